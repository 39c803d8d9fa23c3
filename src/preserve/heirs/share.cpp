#include "preserve/heirs/share.hpp"

#include <algorithm>
#include <array>

#include "foundation/base/assert.hpp"
#include "foundation/base/time.hpp"
#include "foundation/wire/message_pack.hpp"
#include "preserve/heirs/limits.hpp"

namespace tesseras::heirs {
namespace {

using base::ByteSpan;
using base::Code;
using base::fail;
using crypto::Blake3Hash;
using crypto::SecretBuffer;

// Of version 1, which has all of them and no other.
constexpr std::size_t fields = 10;
constexpr std::string_view checksum_begins = "tesseras heir share v1\n";

Blake3Hash checksum_of(const Share& share) {
  const std::array numbers = {std::byte{share_version}, std::byte{share.part.index},
                              std::byte(share.set.threshold), std::byte(share.set.total)};
  crypto::Blake3 hash;
  hash.update(base::as_bytes(checksum_begins));
  hash.update(numbers);
  hash.update(share.set.session.bytes);
  hash.update(share.set.owner.bytes);
  hash.update(share.part.data.span());
  for (const Blake3Hash& one : share.set.hashes) hash.update(one.bytes);
  hash.update(base::as_bytes(share.set.created));
  return hash.finish();
}

base::Bytes joined(const std::vector<Blake3Hash>& hashes) {
  base::Bytes bytes;
  bytes.reserve(hashes.size() * Blake3Hash::size_bytes);
  for (const Blake3Hash& hash : hashes)
    bytes.insert(bytes.end(), hash.bytes.begin(), hash.bytes.end());
  return bytes;
}

bool is_day(std::string_view text) {
  constexpr std::size_t size = std::string_view("2026-02-15").size();
  return text.size() == size && base::from_rfc3339_seconds(fmt::format("{}T00:00:00Z", text));
}

Result<ShareSet> decode_set(const wire::MapView& map) {
  ShareSet set;
  set.threshold = TRY(map.number_to<std::uint8_t>("threshold"));
  set.total = TRY(map.number_to<std::uint8_t>("total"));
  if (!check_numbers(set.threshold, set.total))
    return fail(Code::corrupt, "{} of {} shares cannot be", set.threshold, set.total);
  set.session = TRY(map.id<SessionId>("session"));
  set.owner = TRY(map.id<identity::Fingerprint>("owner"));
  set.created = TRY(map.text("created", Limits::shown_bytes_max));
  if (!is_day(set.created)) return fail(Code::corrupt, "the day on which it was made is none");
  ByteSpan rest = TRY(map.bytes_exactly("hashes", set.total * Blake3Hash::size_bytes));
  set.hashes.reserve(set.total);
  for (; !rest.empty(); rest = rest.subspan(Blake3Hash::size_bytes))
    set.hashes.push_back(*Blake3Hash::from_bytes(rest.first(Blake3Hash::size_bytes)));
  return set;
}

Result<Share> decode_fields(ByteSpan bytes) {
  const wire::MapView map = TRY(wire::unpack_map(bytes, Limits::share_bytes_max));
  const auto version = TRY(map.number("version"));
  if (version != share_version) {
    return fail(Code::unsupported,
                "this share has format version {}, and this release reads version {}; use a newer "
                "release",
                version, share_version);
  }
  if (map.count() != fields) return fail(Code::corrupt, "a share has {} fields", fields);
  Share share;
  share.set = TRY(decode_set(map));
  share.part.index = TRY(map.number_to<std::uint8_t>("index"));
  const ByteSpan data = TRY(map.bytes("data", Limits::data_bytes_max));
  if (share.part.index == 0 || share.part.index > share.set.total)
    return fail(Code::corrupt, "there is no share {} of {}", share.part.index, share.set.total);
  if (data.size() < Limits::data_bytes_min)
    return fail(Code::corrupt, "the data has only {} bytes", data.size());
  share.part.data = SecretBuffer::copy_of(data);
  if (TRY(map.id<Blake3Hash>("checksum")) != checksum_of(share))
    return fail(Code::corrupt, "the checksum does not hold");
  if (crypto::blake3(data) != share.set.hashes[share.part.index - 1U])
    return fail(Code::corrupt, "its data is not what its own list of hashes says");
  return share;
}

}  // namespace

Result<void> check_numbers(unsigned threshold, unsigned total) {
  if (threshold >= 1 && threshold <= total && total <= sharing::shares_max) return {};
  return fail(Code::invalid,
              "{} of {} shares cannot be: there are at most {}, and no more can be needed than "
              "there are",
              threshold, total, sharing::shares_max);
}

SecretBuffer encode(const Share& share) {
  const auto& set = share.set;
  ASSERT(check_numbers(set.threshold, set.total) && set.hashes.size() == set.total);
  const auto packed = wire::pack_map(
      [&](wire::MapWriter& map) {
        map.bytes("checksum", checksum_of(share).bytes);
        map.text("created", set.created);
        // Zeros, and the data into their place below: what grows leaves copies behind.
        map.bytes("data", base::Bytes(share.part.data.size()));
        map.bytes("hashes", joined(set.hashes));
        map.number("index", share.part.index);
        map.bytes("owner", set.owner.bytes);
        map.bytes("session", set.session.bytes);
        map.number("threshold", set.threshold);
        map.number("total", set.total);
        map.number("version", share_version);
      },
      Limits::share_bytes_max);
  ASSERT(packed.has_value());
  SecretBuffer bytes = SecretBuffer::copy_of(*packed);
  const auto zeros = wire::unpack_map(bytes.span()).value().at("data").value();
  const auto place = zeros.offset() + zeros.encoded().size() - share.part.data.size();
  std::ranges::copy(share.part.data.span(), bytes.mutable_span().subspan(place).begin());
  return bytes;
}

Result<Share> decode(ByteSpan bytes) {
  auto share = decode_fields(bytes);
  if (share || share.error().code == Code::unsupported) return share;
  return fail(Code::corrupt, "it is no heir's share, or a damaged one: {}", share.error().message);
}

}  // namespace tesseras::heirs

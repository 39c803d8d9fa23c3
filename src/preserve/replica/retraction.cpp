#include "preserve/replica/retraction.hpp"

#include <fmt/format.h>

#include <utility>

#include "foundation/base/assert.hpp"
#include "foundation/crypto/blake3.hpp"
#include "foundation/wire/message_pack.hpp"
#include "preserve/replica/text_lines.hpp"
#include "preserve/tessera/limits.hpp"

namespace tesseras::replica {
namespace {

using base::Bytes;
using base::ByteSpan;
using base::Code;
using base::fail;

constexpr std::size_t text_bytes_max = 256;

}  // namespace

std::string encode(const Retraction& retraction) {
  return fmt::format("tesseras retraction v1\ncontent: {}\nmanifest: {}\nretracted: {}\n",
                     retraction.content_hash.hex(), retraction.manifest_bytes,
                     base::to_rfc3339(retraction.retracted_at));
}

Result<Retraction> parse_retraction(std::string_view text) {
  if (text.size() > text_bytes_max) return fail(Code::corrupt, "retraction: it is too long");
  TextLines lines("retraction", text);
  TRY(lines.next_alone("tesseras retraction v1"));
  Retraction retraction;
  retraction.content_hash = TRY(lines.next_id<base::ContentHash>("content: "));
  retraction.manifest_bytes =
      TRY(lines.next_number("manifest: ", tessera::Limits::manifest_bytes_max));
  const auto time = base::from_rfc3339_seconds(TRY(lines.next("retracted: ")));
  if (!time) return lines.refuse("has no time that may stand there");
  retraction.retracted_at = *time;
  TRY(lines.expect_end());
  return retraction;
}

SignedRetraction::SignedRetraction(std::string text, const Retraction& retraction,
                                   Authorship authorship)
    : text_(std::move(text)), retraction_(retraction), authorship_(std::move(authorship)) {}

Result<SignedRetraction> SignedRetraction::make(std::string_view manifest,
                                                base::WallTime retracted_at,
                                                const identity::Identity& author) {
  const ByteSpan bytes = base::as_bytes(manifest);
  const Retraction retraction{base::ContentHash{crypto::blake3(bytes).bytes}, bytes.size(),
                              base::WallTime{retracted_at.unix_seconds, 0}};
  std::string text = encode(retraction);
  auto authorship = TRY(Authorship::make(text, manifest, author));
  return SignedRetraction(std::move(text), retraction, std::move(authorship));
}

Result<SignedRetraction> SignedRetraction::decode(ByteSpan bytes) {
  const auto map = TRY(wire::unpack_map(bytes, signed_retraction_bytes_max));
  auto authorship = TRY(Authorship::read(map));
  std::string text(base::as_text(TRY(map.bytes("retraction", text_bytes_max))));
  const auto retraction = TRY(parse_retraction(text));
  const auto checked = authorship.check(text, retraction.content_hash, retraction.manifest_bytes);
  if (!checked) return base::fail_in(checked.error(), "retraction");
  return SignedRetraction(std::move(text), retraction, std::move(authorship));
}

Bytes SignedRetraction::encoded() const {
  auto bytes = wire::pack_map(
      [&](wire::MapWriter& map) {
        authorship_.write(map);
        map.bytes("retraction", base::as_bytes(text_));
      },
      signed_retraction_bytes_max);
  ASSERT(bytes.has_value());
  return *std::move(bytes);
}

}  // namespace tesseras::replica

#include "preserve/release/release_messages.hpp"

#include <utility>

#include "foundation/wire/body.hpp"
#include "foundation/wire/limits.hpp"
#include "foundation/wire/message_pack.hpp"
#include "preserve/release/limits.hpp"

namespace tesseras::release {
namespace {

using base::Bytes;
using base::ByteSpan;
using wire::MapView;
using wire::MapWriter;

// The last second of the year 9999.
constexpr std::uint64_t seconds_max = 253'402'300'799;
// The largest release is one with a part less than there are witnesses; as much fits into a body.
constexpr std::size_t release_bytes_max = std::size_t{60} << 10U;
static_assert(Limits::manifest_bytes_max + Limits::witnesses_bytes_max < release_bytes_max);
static_assert(release_bytes_max < wire::Limits::body_bytes_max);

Result<Bytes> read_release(const MapView& map) {
  const auto bytes = TRY(map.bytes("release", release_bytes_max));
  return Bytes(bytes.begin(), bytes.end());
}

}  // namespace

Bytes encode(const GiveResponse& response) {
  return wire::pack_body(
      [&](MapWriter& map) { map.number("answer", std::to_underlying(response.answer)); });
}

// What later releases may add counts as what can be tried again.
template <>
Result<GiveResponse> decode(ByteSpan body) {
  const auto number = TRY(TRY(wire::unpack_body(body)).number("answer"));
  if (number > std::to_underlying(GiveAnswer::later)) return GiveResponse{};
  return GiveResponse{static_cast<GiveAnswer>(number)};
}

Bytes encode(const KeepDepositRequest& request) {
  return wire::pack_body([&](MapWriter& map) {
    map.bytes("manifest", base::as_bytes(request.manifest));
    map.bytes("signature", request.signature.bytes);
    map.bytes("witnesses", request.witnesses);
  });
}

template <>
Result<KeepDepositRequest> decode(ByteSpan body) {
  const MapView map = TRY(wire::unpack_body(body));
  const auto manifest = TRY(map.bytes("manifest", Limits::manifest_bytes_max));
  const auto signature = TRY(map.id<crypto::Ed25519Signature>("signature"));
  const auto witnesses = TRY(map.bytes("witnesses", Limits::witnesses_bytes_max));
  return KeepDepositRequest{
      std::string(base::as_text(manifest)), signature, {witnesses.begin(), witnesses.end()}};
}

Bytes encode(const GiveReleaseRequest& request) {
  return wire::pack_body([&](MapWriter& map) { map.bytes("release", request.release); });
}

template <>
Result<GiveReleaseRequest> decode(ByteSpan body) {
  return GiveReleaseRequest{TRY(read_release(TRY(wire::unpack_body(body))))};
}

Bytes encode(const GetReleaseRequest& request) {
  return wire::pack_body([&](MapWriter& map) { map.bytes("content", request.content_hash.bytes); });
}

template <>
Result<GetReleaseRequest> decode(ByteSpan body) {
  return GetReleaseRequest{TRY(TRY(wire::unpack_body(body)).id<base::ContentHash>("content"))};
}

Bytes encode(const GetReleaseResponse& response) {
  return wire::pack_body([&](MapWriter& map) {
    if (!response.release.empty()) map.bytes("release", response.release);
  });
}

template <>
Result<GetReleaseResponse> decode(ByteSpan body) {
  const MapView map = TRY(wire::unpack_body(body));
  if (!map.has("release")) return GetReleaseResponse{};
  return GetReleaseResponse{TRY(read_release(map))};
}

Bytes encode(const ClockRequest&) {
  return wire::pack_body([](MapWriter&) {});
}

template <>
Result<ClockRequest> decode(ByteSpan body) {
  TRY(wire::unpack_body(body));
  return ClockRequest{};
}

// What is before 1970 was nobody's clock but a wrong one's.
Bytes encode(const ClockResponse& response) {
  const auto seconds = response.time.unix_seconds;
  return wire::pack_body([&](MapWriter& map) {
    map.number("time", seconds < 0 ? 0 : static_cast<std::uint64_t>(seconds));
  });
}

template <>
Result<ClockResponse> decode(ByteSpan body) {
  const auto seconds = TRY(TRY(wire::unpack_body(body)).number("time", seconds_max));
  return ClockResponse{base::WallTime{static_cast<std::int64_t>(seconds), 0}};
}

}  // namespace tesseras::release

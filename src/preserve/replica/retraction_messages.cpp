#include "preserve/replica/retraction_messages.hpp"

#include <utility>

#include "foundation/wire/body.hpp"
#include "foundation/wire/message_pack.hpp"
#include "preserve/replica/retraction.hpp"

namespace tesseras::replica {
namespace {

using base::Bytes;
using base::ByteSpan;
using wire::MapView;
using wire::MapWriter;

Result<Bytes> read_retraction(const MapView& map) {
  const auto bytes = TRY(map.bytes("retraction", signed_retraction_bytes_max));
  return Bytes(bytes.begin(), bytes.end());
}

}  // namespace

Bytes encode(const RetractRequest& request) {
  return wire::pack_body([&](MapWriter& map) { map.bytes("retraction", request.retraction); });
}

template <>
Result<RetractRequest> decode(ByteSpan body) {
  return RetractRequest{TRY(read_retraction(TRY(wire::unpack_body(body))))};
}

Bytes encode(const RetractResponse& response) {
  return wire::pack_body(
      [&](MapWriter& map) { map.number("answer", std::to_underlying(response.answer)); });
}

// What later releases may add counts as what can be tried again.
template <>
Result<RetractResponse> decode(ByteSpan body) {
  const auto number = TRY(TRY(wire::unpack_body(body)).number("answer"));
  if (number > std::to_underlying(RetractAnswer::later)) return RetractResponse{};
  return RetractResponse{static_cast<RetractAnswer>(number)};
}

Bytes encode(const GetRetractionRequest& request) {
  return wire::pack_body([&](MapWriter& map) { map.bytes("content", request.content_hash.bytes); });
}

template <>
Result<GetRetractionRequest> decode(ByteSpan body) {
  return GetRetractionRequest{TRY(TRY(wire::unpack_body(body)).id<base::ContentHash>("content"))};
}

Bytes encode(const GetRetractionResponse& response) {
  return wire::pack_body([&](MapWriter& map) {
    if (!response.retraction.empty()) map.bytes("retraction", response.retraction);
  });
}

template <>
Result<GetRetractionResponse> decode(ByteSpan body) {
  const MapView map = TRY(wire::unpack_body(body));
  if (!map.has("retraction")) return GetRetractionResponse{};
  return GetRetractionResponse{TRY(read_retraction(map))};
}

}  // namespace tesseras::replica

#include "preserve/replica/messages.hpp"

#include <utility>

#include "foundation/base/assert.hpp"
#include "foundation/wire/body.hpp"
#include "foundation/wire/message_pack.hpp"
#include "preserve/replica/plan.hpp"

namespace tesseras::replica {
namespace {

using base::Bytes;
using base::ByteSpan;
using base::Code;
using base::fail;
using wire::MapView;
using wire::MapWriter;

constexpr std::uint64_t bytes_max = (std::uint64_t{1} << 63U) - 1;

void write_fragment(MapWriter& map, unsigned fragment) {
  ASSERT(fragment < dht::Limits::fragments_max);
  map.number("fragment", fragment);
}

Result<unsigned> read_fragment(const MapView& map) {
  return static_cast<unsigned>(TRY(map.number("fragment", dht::Limits::fragments_max - 1)));
}

// What later releases may add counts as what can be tried again.
Result<Answer> read_answer(const MapView& map) {
  const auto number = TRY(map.number("answer"));
  return number > std::to_underlying(Answer::taken_back) ? Answer::later
                                                         : static_cast<Answer>(number);
}

Bytes copy(ByteSpan bytes) { return {bytes.begin(), bytes.end()}; }

}  // namespace

Bytes encode(const OfferRequest& request) {
  return wire::pack_body([&](MapWriter& map) {
    write_fragment(map, request.fragment);
    map.bytes("plan", request.plan);
    map.boolean("repair", request.is_repair);
  });
}

template <>
Result<OfferRequest> decode(ByteSpan body) {
  const MapView map = TRY(wire::unpack_body(body));
  OfferRequest request;
  request.fragment = TRY(read_fragment(map));
  request.plan = copy(TRY(map.bytes("plan", signed_plan_bytes_max)));
  request.is_repair = TRY(map.boolean("repair"));
  return request;
}

Bytes encode(const OfferResponse& response) {
  return wire::pack_body([&](MapWriter& map) {
    map.number("answer", std::to_underlying(response.answer));
    if (response.answer == Answer::wanted) map.number("offset", response.offset);
  });
}

template <>
Result<OfferResponse> decode(ByteSpan body) {
  const MapView map = TRY(wire::unpack_body(body));
  OfferResponse response{TRY(read_answer(map)), 0};
  if (response.answer == Answer::wanted) response.offset = TRY(map.number("offset", bytes_max));
  return response;
}

Bytes encode(const SendRequest& request) {
  return wire::pack_body([&](MapWriter& map) {
    write_fragment(map, request.fragment);
    map.number("offset", request.offset);
    map.bytes("plan_id", request.plan.bytes);
  });
}

template <>
Result<SendRequest> decode(ByteSpan body) {
  const MapView map = TRY(wire::unpack_body(body));
  SendRequest request;
  request.fragment = TRY(read_fragment(map));
  request.offset = TRY(map.number("offset", bytes_max));
  request.plan = TRY(map.id<base::PlanId>("plan_id"));
  return request;
}

Bytes encode(const SendResponse& response) {
  return wire::pack_body(
      [&](MapWriter& map) { map.number("answer", std::to_underlying(response.answer)); });
}

template <>
Result<SendResponse> decode(ByteSpan body) {
  const MapView map = TRY(wire::unpack_body(body));
  return SendResponse{TRY(read_answer(map))};
}

Bytes encode(const GetPlanRequest& request) {
  return wire::pack_body([&](MapWriter& map) {
    map.bytes("content", request.content_hash.bytes);
    if (request.plan) map.bytes("plan_id", request.plan->bytes);
  });
}

template <>
Result<GetPlanRequest> decode(ByteSpan body) {
  const MapView map = TRY(wire::unpack_body(body));
  GetPlanRequest request;
  request.content_hash = TRY(map.id<base::ContentHash>("content"));
  if (map.has("plan_id")) request.plan = TRY(map.id<base::PlanId>("plan_id"));
  return request;
}

Bytes encode(const GetPlanResponse& response) {
  return wire::pack_body([&](MapWriter& map) {
    map.bytes("fragments", dht::encode(response.fragments));
    if (response.fragments.any()) map.bytes("plan", response.plan);
  });
}

template <>
Result<GetPlanResponse> decode(ByteSpan body) {
  const MapView map = TRY(wire::unpack_body(body));
  GetPlanResponse response;
  response.fragments =
      TRY(dht::decode_fragment_set(TRY(map.bytes("fragments", dht::fragment_set_bytes_max))));
  if (response.fragments.any()) response.plan = copy(TRY(map.bytes("plan", signed_plan_bytes_max)));
  return response;
}

Bytes encode(const GetFragmentRequest& request) {
  return wire::pack_body([&](MapWriter& map) {
    map.bytes("content", request.content_hash.bytes);
    write_fragment(map, request.fragment);
    map.number("offset", request.offset);
    map.bytes("plan_id", request.plan.bytes);
  });
}

template <>
Result<GetFragmentRequest> decode(ByteSpan body) {
  const MapView map = TRY(wire::unpack_body(body));
  GetFragmentRequest request;
  request.content_hash = TRY(map.id<base::ContentHash>("content"));
  request.fragment = TRY(read_fragment(map));
  request.offset = TRY(map.number("offset", bytes_max));
  request.plan = TRY(map.id<base::PlanId>("plan_id"));
  return request;
}

Bytes encode(const GetFragmentResponse& response) {
  return wire::pack_body([&](MapWriter& map) {
    map.boolean("kept", response.size_bytes.has_value());
    if (response.size_bytes) map.number("size", *response.size_bytes);
  });
}

template <>
Result<GetFragmentResponse> decode(ByteSpan body) {
  const MapView map = TRY(wire::unpack_body(body));
  GetFragmentResponse response;
  if (!TRY(map.boolean("kept"))) return response;
  response.size_bytes = TRY(map.number("size", bytes_max));
  if (*response.size_bytes == 0) return fail(Code::corrupt, "size: no fragment is empty");
  return response;
}

}  // namespace tesseras::replica

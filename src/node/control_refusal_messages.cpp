#include "node/control_refusal_messages.hpp"

#include "foundation/base/assert.hpp"
#include "foundation/wire/body.hpp"
#include "foundation/wire/message_pack.hpp"
#include "node/control_bodies.hpp"
#include "preserve/dht/node_info.hpp"
#include "preserve/replica/retraction.hpp"

namespace tesseras::node {
namespace {

using base::Bytes;
using base::ByteSpan;
using base::Result;
using wire::ArrayWriter;
using wire::MapView;
using wire::MapWriter;
using Limits = ControlMessageLimits;

// The last second of the year 9999.
constexpr std::uint64_t seconds_max = 253'402'300'799;

Bytes encode_nothing() {
  return wire::pack_body([](MapWriter&) {});
}

// What is before 1970 was nobody's clock but a wrong one's.
std::uint64_t from_1970(std::int64_t seconds) {
  return seconds < 0 ? 0 : static_cast<std::uint64_t>(seconds);
}

Result<std::int64_t> read_time(const MapView& map, std::string_view key) {
  return static_cast<std::int64_t>(TRY(map.number(key, seconds_max)));
}

Result<RetractionAnswer::Holder> read_holder(wire::Value value) {
  const MapView map = TRY(value.map());
  RetractionAnswer::Holder holder;
  holder.endpoints = TRY(dht::read_endpoints(map));
  holder.id = TRY(map.id<dht::NodeId>("id"));
  holder.has_let_go = TRY(map.boolean("let_go"));
  return holder;
}

Result<BlockedAnswer::Tessera> read_tessera(wire::Value value) {
  const MapView map = TRY(value.map());
  BlockedAnswer::Tessera tessera;
  tessera.content_hash = TRY(map.id<base::ContentHash>("content_hash"));
  tessera.since_seconds = TRY(read_time(map, "since"));
  return tessera;
}

}  // namespace

Bytes encode(const RetractRequest& request) {
  return wire::pack_body([&](MapWriter& map) { map.bytes("retraction", request.retraction); });
}

template <>
Result<RetractRequest> decode(ByteSpan body) {
  const MapView map = TRY(wire::unpack_body(body));
  const auto bytes = TRY(map.bytes("retraction", replica::signed_retraction_bytes_max));
  return RetractRequest{{bytes.begin(), bytes.end()}};
}

Bytes encode(const RetractAnswer&) { return encode_nothing(); }

template <>
Result<RetractAnswer> decode(ByteSpan body) {
  TRY(wire::unpack_body(body));
  return RetractAnswer{};
}

Bytes encode(const RetractionRequest& request) { return encode_hash(request.content_hash); }

template <>
Result<RetractionRequest> decode(ByteSpan body) {
  return RetractionRequest{TRY(read_hash(body))};
}

Bytes encode(const RetractionAnswer& answer) {
  ASSERT(answer.holders.size() <= Limits::holders_per_answer);
  return wire::pack_body([&](MapWriter& map) {
    map.boolean("busy", answer.is_busy);
    map.list("holders", answer.holders,
             [](ArrayWriter& out, const RetractionAnswer::Holder& holder) {
               out.map([&](MapWriter& one) {
                 dht::write_endpoints(one, holder.endpoints);
                 one.bytes("id", holder.id.bytes);
                 one.boolean("let_go", holder.has_let_go);
               });
             });
    map.number("retracted", from_1970(answer.retracted_seconds));
  });
}

template <>
Result<RetractionAnswer> decode(ByteSpan body) {
  const MapView map = TRY(wire::unpack_body(body));
  RetractionAnswer answer;
  answer.is_busy = TRY(map.boolean("busy"));
  answer.holders = TRY(map.list("holders", Limits::holders_per_answer, read_holder));
  answer.retracted_seconds = TRY(read_time(map, "retracted"));
  return answer;
}

Bytes encode(const BlockRequest& request) { return encode_hash(request.content_hash); }

template <>
Result<BlockRequest> decode(ByteSpan body) {
  return BlockRequest{TRY(read_hash(body))};
}

Bytes encode(const BlockAnswer& answer) {
  return wire::pack_body([&](MapWriter& map) { map.number("fragments", answer.fragments); });
}

template <>
Result<BlockAnswer> decode(ByteSpan body) {
  return BlockAnswer{TRY(TRY(wire::unpack_body(body)).number("fragments"))};
}

Bytes encode(const UnblockRequest& request) { return encode_hash(request.content_hash); }

template <>
Result<UnblockRequest> decode(ByteSpan body) {
  return UnblockRequest{TRY(read_hash(body))};
}

Bytes encode(const UnblockAnswer&) { return encode_nothing(); }

template <>
Result<UnblockAnswer> decode(ByteSpan body) {
  TRY(wire::unpack_body(body));
  return UnblockAnswer{};
}

Bytes encode(const BlockedRequest& request) {
  return wire::pack_body([&](MapWriter& map) { map.number("first", request.first); });
}

template <>
Result<BlockedRequest> decode(ByteSpan body) {
  return BlockedRequest{TRY(TRY(wire::unpack_body(body)).number_to<std::uint32_t>("first"))};
}

Bytes encode(const BlockedAnswer& answer) {
  ASSERT(answer.tesserae.size() <= Limits::blocked_per_answer);
  return wire::pack_body([&](MapWriter& map) {
    map.boolean("has_more", answer.has_more);
    map.list("tesserae", answer.tesserae,
             [](ArrayWriter& out, const BlockedAnswer::Tessera& tessera) {
               out.map([&](MapWriter& one) {
                 one.bytes("content_hash", tessera.content_hash.bytes);
                 one.number("since", from_1970(tessera.since_seconds));
               });
             });
  });
}

template <>
Result<BlockedAnswer> decode(ByteSpan body) {
  const MapView map = TRY(wire::unpack_body(body));
  BlockedAnswer answer;
  answer.has_more = TRY(map.boolean("has_more"));
  answer.tesserae = TRY(map.list("tesserae", Limits::blocked_per_answer, read_tessera));
  return answer;
}

}  // namespace tesseras::node

#include "preserve/dht/messages.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "foundation/base/assert.hpp"
#include "foundation/base/text.hpp"
#include "foundation/wire/body.hpp"
#include "foundation/wire/message_pack.hpp"
#include "preserve/dht/address_policy.hpp"
#include "preserve/dht/limits.hpp"

namespace tesseras::dht {
namespace {

using base::Bytes;
using base::ByteSpan;
using base::Code;
using base::fail;
using base::Result;
using std::chrono::seconds;
using wire::ArrayWriter;
using wire::MapView;
using wire::MapWriter;

constexpr std::size_t endpoint_bytes_max = 18;

void write_self(MapWriter& map, const NodeInfo& self) {
  map.map("self", [&](MapWriter& inner) { write(inner, self); });
}

void write_nodes(MapWriter& map, const std::vector<NodeInfo>& nodes) {
  ASSERT(nodes.size() <= Limits::nodes_per_answer);
  map.list("nodes", nodes, [](ArrayWriter& list, const NodeInfo& info) {
    list.map([&](MapWriter& one) { write(one, info); });
  });
}

Result<std::vector<NodeInfo>> read_nodes(const MapView& map, ProofMemo& memo) {
  auto nodes = TRY(map.list("nodes", Limits::nodes_per_answer,
                            [&](wire::Value value) { return read_node_info(value, memo); }));
  for (auto at = nodes.begin(); at != nodes.end(); ++at) {
    if (at->endpoints.empty())
      return fail(Code::corrupt, "nodes: {} is nowhere to be found", at->id.hex());
    if (std::find_if(nodes.begin(), at, [&](const auto& one) { return one.id == at->id; }) != at)
      return fail(Code::corrupt, "nodes: {} stands twice", at->id.hex());
  }
  return nodes;
}

Result<AgedRecord> read_record(wire::Value value) {
  const MapView map = TRY(value.map());
  const auto age = static_cast<std::int64_t>(
      TRY(map.number("age", static_cast<std::uint64_t>(Limits::ttl_max.count()))));
  const ByteSpan record = TRY(map.bytes("record", Limits::holder_record_bytes_max));
  return AgedRecord{seconds(age), Bytes(record.begin(), record.end())};
}

Bytes encode_key(const Key& key) {
  return wire::pack_body([&](MapWriter& map) { map.bytes("key", key.bytes); });
}

// No more than fit, and not half of a character.
std::string cut(std::string_view reason) {
  if (reason.size() <= Limits::reason_bytes_max) return base::to_utf8_lossy(reason);
  std::size_t end = Limits::reason_bytes_max;
  while (end > 0 && !base::is_utf8(reason.substr(0, end))) --end;
  return std::string(reason.substr(0, end));
}

}  // namespace

Bytes encode(const PingRequest& request) {
  return wire::pack_body([&](MapWriter& map) { write_self(map, request.self); });
}

Bytes encode(const PingResponse& response) {
  return wire::pack_body([&](MapWriter& map) {
    map.bytes("seen_at", encode(response.seen_at));
    write_self(map, response.self);
  });
}

Bytes encode(const FindNodeRequest& request) { return encode_key(request.key); }

Bytes encode(const FindNodeResponse& response) {
  return wire::pack_body([&](MapWriter& map) { write_nodes(map, response.nodes); });
}

Bytes encode(const FindValueRequest& request) { return encode_key(request.key); }

Bytes encode(const FindValueResponse& response) {
  ASSERT(response.records.size() <= Limits::entries_per_key);
  return wire::pack_body([&](MapWriter& map) {
    write_nodes(map, response.nodes);
    map.list("records", response.records, [](ArrayWriter& list, const AgedRecord& record) {
      list.map([&](MapWriter& one) {
        one.number("age", static_cast<std::uint64_t>(record.age.count()));
        one.bytes("record", record.record);
      });
    });
  });
}

Bytes encode(const StoreRequest& request) {
  return wire::pack_body([&](MapWriter& map) { map.bytes("record", request.record); });
}

Bytes encode(const StoreResponse& response) {
  return wire::pack_body([&](MapWriter& map) {
    map.boolean("kept", response.is_kept);
    if (response.is_kept) {
      map.number("ttl", static_cast<std::uint64_t>(response.ttl.count()));
    } else {
      map.text("why", cut(response.reason));
    }
  });
}

Bytes encode(const DialBackRequest& request) {
  return wire::pack_body([&](MapWriter& map) { map.bytes("at", encode(request.at)); });
}

Bytes encode(const DialBackResponse& response) {
  return wire::pack_body([&](MapWriter& map) { map.boolean("reached", response.was_reached); });
}

bool is_method(std::string_view method) {
  constexpr std::array known = {PingRequest::method, FindNodeRequest::method,
                                FindValueRequest::method, StoreRequest::method,
                                DialBackRequest::method};
  return std::ranges::contains(known, method);
}

Result<Request> decode_request(std::string_view method, ByteSpan body, ProofMemo& memo) {
  // Before the body, whose form would be another method's.
  if (!is_method(method))
    return fail(Code::unsupported, "there is no method {}", base::to_printable(method));
  const MapView map = TRY(wire::unpack_body(body));
  if (method == PingRequest::method)
    return PingRequest{TRY(read_node_info(TRY(map.at("self")), memo))};
  if (method == FindNodeRequest::method) return FindNodeRequest{TRY(map.id<Key>("key"))};
  if (method == FindValueRequest::method) return FindValueRequest{TRY(map.id<Key>("key"))};
  if (method == StoreRequest::method) {
    const ByteSpan record = TRY(map.bytes("record", Limits::holder_record_bytes_max));
    return StoreRequest{Bytes(record.begin(), record.end())};
  }
  ASSERT(method == DialBackRequest::method);
  return DialBackRequest{TRY(decode_endpoint(TRY(map.bytes("at", endpoint_bytes_max))))};
}

template <>
Result<PingResponse> decode_response(ByteSpan body, ProofMemo& memo) {
  const MapView map = TRY(wire::unpack_body(body));
  PingResponse response;
  response.self = TRY(read_node_info(TRY(map.at("self")), memo));
  response.seen_at = TRY(decode_endpoint(TRY(map.bytes("seen_at", endpoint_bytes_max))));
  return response;
}

template <>
Result<FindNodeResponse> decode_response(ByteSpan body, ProofMemo& memo) {
  return FindNodeResponse{TRY(read_nodes(TRY(wire::unpack_body(body)), memo))};
}

template <>
Result<FindValueResponse> decode_response(ByteSpan body, ProofMemo& memo) {
  const MapView map = TRY(wire::unpack_body(body));
  FindValueResponse response;
  response.nodes = TRY(read_nodes(map, memo));
  response.records = TRY(map.list("records", Limits::entries_per_key, read_record));
  return response;
}

template <>
Result<StoreResponse> decode_response(ByteSpan body, ProofMemo& /*memo*/) {
  const MapView map = TRY(wire::unpack_body(body));
  StoreResponse response;
  response.is_kept = TRY(map.boolean("kept"));
  if (response.is_kept) {
    response.ttl = seconds(static_cast<std::int64_t>(
        TRY(map.number("ttl", static_cast<std::uint64_t>(Limits::ttl_max.count())))));
  } else {
    response.reason = TRY(map.text("why", Limits::reason_bytes_max));
  }
  return response;
}

template <>
Result<DialBackResponse> decode_response(ByteSpan body, ProofMemo& /*memo*/) {
  return DialBackResponse{TRY(TRY(wire::unpack_body(body)).boolean("reached"))};
}

Result<void> may_dial_back(const Endpoint& from, const Endpoint& at) {
  if (at.address == from.address) return {};
  return fail(Code::denied, "who asks from {} is not dialled at {}", from.address.text(),
              at.text());
}

}  // namespace tesseras::dht

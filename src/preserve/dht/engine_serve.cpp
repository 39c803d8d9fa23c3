// What a node does for others.
#include <algorithm>
#include <utility>

#include "foundation/base/assert.hpp"
#include "preserve/dht/engine.hpp"
#include "preserve/dht/limits.hpp"

namespace tesseras::dht {
namespace {

using base::Bytes;
using base::ByteSpan;
using base::Code;
using base::fail;
using base::Instant;
using base::Result;

// Tokens of the rate limit: what a request costs us beside its bytes.
constexpr std::uint32_t cost_of_question = 1;
constexpr std::uint32_t cost_of_store = 4;       // a signature to check, a write
constexpr std::uint32_t cost_of_dial_back = 10;  // a connection to open

std::uint32_t cost_of(std::string_view method) {
  if (method == StoreRequest::method) return cost_of_store;
  return method == DialBackRequest::method ? cost_of_dial_back : cost_of_question;
}

// A peer by its key alone; nothing but the rate limit knows it so.
NodeId limited_as(const NodePublicKey& key) {
  return *NodeId::from_bytes(ByteSpan(key.bytes).first(NodeId::size_bytes));
}

// For a peer's eyes: nothing of our disk.
std::string reason_of(const base::Error& error) {
  switch (error.code) {
    case Code::conflict: return error.message;
    case Code::exhausted: return "there is no room for it";
    default: return "not now";
  }
}

}  // namespace

void Engine::serve(Instant now, const Peer& from, const wire::Request& request) {
  ASSERT(from.stream.has_value());
  const auto send_frame = [&](Bytes frame) {
    outgoing_.push_back({.is_answer = true,
                         .to = from.key,
                         .endpoints = {},
                         .id = request.id,
                         .stream = *from.stream,
                         .frame = std::move(frame)});
  };
  const auto refuse = [&](const base::Error& why) {
    ++counts_.requests_refused;
    send_frame(wire::refusal_of(request.id, why));
    events_.emplace_back(Refused{from.at, std::string(request.method), why});
  };
  if (!rate_limit_.admit(now, limited_as(from.key), from.at, cost_of(request.method)))
    return refuse({Code::unavailable, "too many requests; try again later"});
  const auto body = answer(now, from, request);
  if (!body) return refuse(body.error());
  ++counts_.requests_served;
  if (*body) send_answer(from, request.id, **body);
}

void Engine::send_answer(const Peer& to, wire::RequestId id, ByteSpan body) {
  auto frame = wire::encode(wire::Response{id, body});
  ASSERT(frame.has_value());
  outgoing_.push_back({.is_answer = true,
                       .to = to.key,
                       .endpoints = {},
                       .id = id,
                       .stream = *to.stream,
                       .frame = *std::move(frame)});
}

// nullopt: the answer comes later.
Result<std::optional<Bytes>> Engine::answer(Instant now, const Peer& from,
                                            const wire::Request& request) {
  const Request decoded = TRY(decode_request(request.method, request.body, memo_));
  if (const auto* one = std::get_if<PingRequest>(&decoded))
    return encode(TRY(on_ping(now, from, *one)));
  if (const auto* one = std::get_if<FindNodeRequest>(&decoded))
    return encode(on_find_node(from, one->key));
  if (const auto* one = std::get_if<StoreRequest>(&decoded))
    return encode(on_store(now, from, *one));
  if (const auto* one = std::get_if<DialBackRequest>(&decoded)) {
    TRY(on_dial_back(now, from, request.id, *one));
    return std::optional<Bytes>();
  }
  const Key& key = std::get<FindValueRequest>(decoded).key;
  FindValueResponse response;
  response.nodes = on_find_node(from, key).nodes;
  for (auto& found : store_.get(now, key))
    response.records.push_back(
        {std::min<std::chrono::seconds>(found.age, Limits::ttl_max), std::move(found.record)});
  return encode(response);
}

Result<PingResponse> Engine::on_ping(Instant now, const Peer& from, const PingRequest& ping_) {
  const NodeInfo& node = ping_.self;
  if (node.key != from.key) return fail(Code::invalid, "the connection's key is not the node's");
  const Contact* contact = table_.find(node.id);
  if (contact != nullptr && contact->reached_at.address == from.at.address) {
    // What it names by now; whether it is there as well is seen when it is spoken to there.
    const NodeInfo told = that_may_be_told(node, from.at);
    table_.seen(now, told.endpoints.empty() ? contact->info : told, contact->reached_at, true);
  } else if (waiting_.size() < Limits::requests_under_way_max &&
             (contact != nullptr || table_.has_use_for(node.id))) {
    // New, or it has moved. It says where it is; we believe it once it answers there. Nobody is
    // dialled but at the address that the ping came from.
    NodeInfo there = node;
    std::erase_if(there.endpoints,
                  [&](const Endpoint& endpoint) { return endpoint.address != from.at.address; });
    // Only this tells whether it is there: a question may be one to who it was before a restart,
    // and a dial-back is of the node that it was before others reached it.
    const bool is_dialled = std::ranges::any_of(waiting_, [&](const auto& one) {
      const auto* pinged = std::get_if<PingTask>(&one.second.purpose);
      return pinged != nullptr && pinged->on_new_connection && one.second.to == node.key;
    });
    if (!there.endpoints.empty() && !is_dialled) ping(now, there, true);
  }
  return PingResponse{self(), from.at};
}

FindNodeResponse Engine::on_find_node(const Peer& from, const Key& key) const {
  FindNodeResponse response;
  for (Contact& contact : table_.closest(key, Limits::nodes_per_answer + 1)) {
    if (response.nodes.size() == Limits::nodes_per_answer) break;
    if (contact.info.key == from.key) continue;
    // It would not believe the rest, and our own network is nothing to strangers.
    NodeInfo info = that_may_be_told(dialable(contact), from.at);
    if (!info.endpoints.empty()) response.nodes.push_back(std::move(info));
  }
  return response;
}

StoreResponse Engine::on_store(Instant now, const Peer& from, const StoreRequest& store) {
  const auto refused = [](std::string why) {
    return StoreResponse{false, std::chrono::seconds(0), std::move(why)};
  };
  const auto record = open_holder_record(store.record);
  if (!record) return refused(record.error().message);
  const auto checked = check_sender(*record, from.key, from.at);
  if (!checked) return refused(checked.error().message);
  const auto kept = store_.put(now, *record, store.record, from.at);
  if (!kept) return refused(reason_of(kept.error()));
  return {true, *kept, {}};
}

Result<void> Engine::on_dial_back(Instant now, const Peer& from, wire::RequestId id,
                                  const DialBackRequest& request) {
  TRY(may_dial_back(from.at, request.at));
  const auto under_way = std::ranges::count_if(waiting_, [](const auto& one) {
    return std::holds_alternative<DialBackTried>(one.second.purpose);
  });
  if (static_cast<std::size_t>(under_way) >= Limits::dial_backs_under_way_max)
    return fail(Code::unavailable, "too many dial-backs are under way; ask another node");
  send(now, PingRequest{self()}, {from.key, {request.at}, std::nullopt, true},
       DialBackTried{from, id});
  return {};
}

}  // namespace tesseras::dht

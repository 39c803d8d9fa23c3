#include "preserve/dht/engine.hpp"

#include <algorithm>
#include <utility>

#include "foundation/base/assert.hpp"
#include "preserve/dht/limits.hpp"

namespace tesseras::dht {

using base::ByteSpan;
using base::Code;
using base::fail;
using base::Instant;
using base::Result;

Engine::Engine(const crypto::Ed25519Key& key, std::uint64_t nonce, PointerStore& store,
               ProofMemo& memo, EngineOptions options, Instant now)
    : key_(key),
      nonce_(nonce),
      id_(node_id_of(key.public_key(), nonce)),
      store_(store),
      memo_(memo),
      options_(std::move(options)),
      started_(now),
      prng_(options_.seed),
      table_(id_, options_.table),
      rate_limit_(options_.rate_limit),
      next_tick_(now),
      next_knock_(now),
      knock_again_in_(options_.rebootstrap_every),
      next_sweep_(now + options_.sweep_every),
      next_seek_(now + options_.rebootstrap_every),
      seek_again_in_(options_.rebootstrap_every) {
  ASSERT(check_nonce(key.public_key(), nonce));
}

NodeInfo Engine::self() const {
  return {id_, key_.public_key(), nonce_, own_endpoints_, options_.capabilities};
}

bool Engine::is_reached_by(bool is_v4) const {
  return std::ranges::any_of(own_endpoints_,
                             [&](const Endpoint& one) { return one.address.is_v4() == is_v4; });
}

std::optional<Event> Engine::next_event() {
  if (events_.empty()) return std::nullopt;
  Event event = std::move(events_.front());
  events_.pop_front();
  return event;
}

void Engine::send(Instant now, std::string_view method, ByteSpan body, const Target& target,
                  const Purpose& purpose) {
  ++counts_.requests_sent;
  const wire::RequestId id{++last_id_};
  auto frame = wire::encode(wire::Request{id, method, body});
  ASSERT(frame.has_value());
  const Contact* contact = target.node ? table_.find(target.node->id) : nullptr;
  const bool is_where_known =
      contact != nullptr && std::ranges::contains(target.endpoints, contact->reached_at);
  waiting_.insert_or_assign(id.value, Waiting{purpose, target.key, target.node, is_where_known,
                                              now + options_.request_timeout});
  outgoing_.push_back({.is_answer = false,
                       .to = target.key,
                       .endpoints = target.endpoints,
                       .needs_new_connection = target.needs_new_connection,
                       .id = id,
                       .stream = 0,
                       .frame = *std::move(frame)});
}

void Engine::ping(Instant now, const NodeInfo& node, bool needs_new_connection) {
  Target target = target_of(node);
  target.needs_new_connection = needs_new_connection;
  send(now, PingRequest{self()}, target, PingTask{needs_new_connection, !own_endpoints_.empty()});
}

void Engine::on_message(Instant now, const Peer& from, ByteSpan envelope) {
  const auto decoded = wire::decode_envelope(envelope);
  if (from.stream) {
    const auto* request = decoded ? std::get_if<wire::Request>(&*decoded) : nullptr;
    if (request != nullptr) return serve(now, from, *request);
    const base::Error why =
        decoded ? base::Error{Code::invalid, "an answer where a request belongs"} : decoded.error();
    // Without even an id there is nothing to answer; the driver resets the stream.
    auto frame = wire::refusal_of(envelope, why);
    if (!frame) return;
    outgoing_.push_back({.is_answer = true,
                         .to = from.key,
                         .endpoints = {},
                         .id = {},
                         .stream = *from.stream,
                         .frame = *std::move(frame)});
    return;
  }
  if (!decoded) return;  // its time will run out
  if (const auto* response = std::get_if<wire::Response>(&*decoded))
    on_answer(now, from, response->id, envelope);
  if (const auto* refusal = std::get_if<wire::Refusal>(&*decoded))
    on_answer(now, from, refusal->id, envelope);
}

void Engine::on_answer(Instant now, const Peer& from, wire::RequestId id, ByteSpan envelope) {
  const auto at = waiting_.find(id.value);
  if (at == waiting_.end()) return;
  // Ids are no secret; only who was asked may answer.
  if (at->second.to && *at->second.to != from.key) return;
  const Waiting waiting = std::move(at->second);
  waiting_.erase(at);
  const auto body = wire::decode_answer(envelope, id);
  if (!body) {
    give_up(now, waiting, false);
  } else if (!take(now, from, waiting, *body)) {
    give_up(now, waiting, true);  // who speaks nonsense is of no more use than who is gone
  }
  finish_lookups(now);
}

void Engine::on_failure(Instant now, wire::RequestId id) {
  const auto at = waiting_.find(id.value);
  if (at == waiting_.end()) return;
  const Waiting waiting = std::move(at->second);
  waiting_.erase(at);
  give_up(now, waiting, true);
  finish_lookups(now);
}

Result<void> Engine::take(Instant now, const Peer& from, const Waiting& waiting, ByteSpan body) {
  if (const auto* pinged = std::get_if<PingTask>(&waiting.purpose))
    return take_ping(now, from, *pinged, body);
  if (const auto* question = std::get_if<Question>(&waiting.purpose))
    return take_nodes(now, from, *waiting.node, question->lookup, body);
  if (const auto* store = std::get_if<StoreTask>(&waiting.purpose))
    return take_store(now, store->key, body);
  if (const auto* asked = std::get_if<DialBackAsked>(&waiting.purpose)) {
    if (!TRY(decode_response<DialBackResponse>(body, memo_)).was_reached) return {};
    reachability_.on_reached(now, from.at, asked->at);
    check_reachability(now);
    return {};
  }
  const auto& tried = std::get<DialBackTried>(waiting.purpose);
  TRY(decode_response<PingResponse>(body, memo_));
  send_answer(tried.asker, tried.id, encode(DialBackResponse{from.is_dialled}));
  return {};
}

Result<void> Engine::take_ping(Instant now, const Peer& from, const PingTask& pinged,
                               ByteSpan body) {
  const PingResponse response = TRY(decode_response<PingResponse>(body, memo_));
  if (response.self.key != from.key)
    return fail(Code::invalid, "the node says it has another key than it has");
  if (pinged.on_new_connection) {
    // Seen at a port that nobody listens on: whoever needs to know asks again from its own.
    if (!is_reached_by(from.at.address.is_v4())) knock_at(now, from.at);
  } else if (reachability_.on_seen_at(now, from.at, response.seen_at)) {
    send(now, DialBackRequest{response.seen_at}, {from.key, {from.at}, response.self, false},
         DialBackAsked{response.seen_at});
  }
  // What was true when it was sent may not be all by now.
  learn(now, from, response.self, pinged.is_said_where || own_endpoints_.empty());
  return {};
}

Result<void> Engine::take_nodes(Instant now, const Peer& from, const NodeInfo& node,
                                std::uint64_t lookup, ByteSpan body) {
  const auto at = lookups_.find(lookup);
  if (at == lookups_.end()) {
    TRY(decode_response<FindNodeResponse>(body, memo_));
  } else if (at->second.aim != Aim::find) {
    const auto found = TRY(decode_response<FindNodeResponse>(body, memo_));
    at->second.lookup.on_answer(now, node.id, from.at, found.nodes);
  } else {
    const auto found = TRY(decode_response<FindValueResponse>(body, memo_));
    at->second.lookup.on_answer(now, node.id, from.at, found.nodes);
    const bool is_first = at->second.holders.empty();
    for (const AgedRecord& one : found.records) take_record(at->second, one);
    if (is_first && !at->second.holders.empty())
      at->second.hops = at->second.lookup.hop_of(node.id);
  }
  learn_by_hearsay(now, from, node);
  return {};
}

// A node has answered that others had told us of. That it answers there is all that we take of it:
// what it has said itself stands, and else its answer to a ping tells the rest.
void Engine::learn_by_hearsay(Instant now, const Peer& from, NodeInfo info) {
  const Contact* contact = table_.find(info.id);
  const bool is_known = contact != nullptr;
  const bool is_its_own_word =
      is_known && std::ranges::contains(dialable(*contact).endpoints, from.at);
  if (is_its_own_word) {
    info = contact->info;
  } else {
    info.endpoints = {from.at};
  }
  learn(now, from, info, false);
  if (is_known && !is_its_own_word) ping(now, info);
}

void Engine::take_record(Running& running, const AgedRecord& aged) {
  const auto said = decode_holder_record(aged.record);
  if (!said || said->key != running.lookup.key() || !remaining(*said, aged.age)) return;
  const auto known = running.holders.find(said->node);
  // Signatures are checked once, not for each node that tells of the record.
  if (known != running.holders.end() && known->second.issue >= said->issue) return;
  if (known == running.holders.end() && running.holders.size() >= Limits::holders_found_max) return;
  auto record = open_holder_record(aged.record);
  if (record) running.holders.insert_or_assign(said->node, *std::move(record));
}

Result<void> Engine::take_store(Instant now, const Key& key, ByteSpan body) {
  const StoreResponse response = TRY(decode_response<StoreResponse>(body, memo_));
  const auto at = publications_.find(key);
  if (at != publications_.end() && response.is_kept) {
    ++at->second.kept;
    at->second.ttl = std::min(at->second.ttl, response.ttl);
  }
  one_answered(now, key);
  return {};
}

void Engine::give_up(Instant now, const Waiting& waiting, bool is_gone) {
  ++counts_.requests_failed;
  if (const auto* question = std::get_if<Question>(&waiting.purpose)) {
    const auto at = lookups_.find(question->lookup);
    if (at != lookups_.end()) at->second.lookup.on_failure(now, waiting.node->id);
  } else if (const auto* store = std::get_if<StoreTask>(&waiting.purpose)) {
    one_answered(now, store->key);
  } else if (const auto* tried = std::get_if<DialBackTried>(&waiting.purpose)) {
    send_answer(tried->asker, tried->id, encode(DialBackResponse{false}));
  }
  // Where others say that it is, it may never have been.
  if (is_gone && waiting.is_where_known) contact_failed(now, waiting.node->id);
}

void Engine::contact_failed(Instant now, const NodeId& id) {
  const auto again = table_.failed(id);
  if (again) ping(now, dialable(*again));
}

// A node has answered us.
void Engine::learn(Instant now, const Peer& from, NodeInfo info, bool is_known_there) {
  if (!from.is_dialled) return;
  info = that_may_be_told(std::move(info), from.at);
  const auto outcome = table_.seen(now, info, from.at, true);
  if (outcome.to_ping) ping(now, dialable(*outcome.to_ping));
  if (outcome.admission != RoutingTable::Admission::added) return;
  // So that it comes to know us, too.
  if (!is_known_there) ping(now, info);
  const bool is_looking = std::ranges::any_of(
      lookups_, [](const auto& one) { return one.second.aim == Aim::ourselves; });
  if (!is_bootstrapped_ && !is_looking) look_up(now, key_of(id_), Aim::ourselves);
}

std::optional<Outgoing> Engine::poll(Instant now) {
  for (auto& [number, running] : lookups_) {
    while (const auto node = running.lookup.poll(now)) {
      if (running.aim == Aim::find) {
        send(now, FindValueRequest{running.lookup.key()}, target_of(*node), Question{number});
      } else {
        send(now, FindNodeRequest{running.lookup.key()}, target_of(*node), Question{number});
      }
    }
  }
  finish_lookups(now);
  if (outgoing_.empty()) return std::nullopt;
  Outgoing next = std::move(outgoing_.front());
  outgoing_.pop_front();
  return next;
}

Instant Engine::deadline() const {
  Instant earliest = next_tick_;
  for (const auto& [id, waiting] : waiting_) earliest = std::min(earliest, waiting.deadline);
  for (const auto& [number, running] : lookups_)
    earliest = std::min(earliest, running.lookup.deadline());
  return earliest;
}

void Engine::on_deadline(Instant now) {
  std::vector<wire::RequestId> late;
  for (const auto& [id, waiting] : waiting_)
    if (waiting.deadline <= now) late.push_back({id});
  for (const wire::RequestId id : late) on_failure(now, id);
  for (auto& [number, running] : lookups_) running.lookup.on_deadline(now);
  if (next_tick_ <= now) tick(now);
  finish_lookups(now);
}

}  // namespace tesseras::dht

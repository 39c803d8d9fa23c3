#include "node/control_messages.hpp"

#include <algorithm>
#include <utility>

#include "foundation/base/assert.hpp"
#include "foundation/base/text.hpp"
#include "foundation/wire/body.hpp"
#include "foundation/wire/message_pack.hpp"
#include "node/control_bodies.hpp"
#include "preserve/dht/limits.hpp"
#include "preserve/dht/node_info.hpp"

namespace tesseras::node {
namespace {

using base::Bytes;
using base::ByteSpan;
using base::Code;
using base::fail;
using base::Result;
using runtime::Endpoint;
using std::chrono::seconds;
using wire::ArrayWriter;
using wire::MapView;
using wire::MapWriter;

using Limits = ControlMessageLimits;

std::uint64_t count_of(seconds span) { return static_cast<std::uint64_t>(span.count()); }

Result<seconds> read_seconds(const MapView& map, std::string_view key) {
  constexpr std::uint64_t max = std::uint64_t{1} << 40U;
  return seconds(static_cast<std::int64_t>(TRY(map.number(key, max))));
}

// Our own are words for a person: an address that one listens on may be 0.0.0.0.
void write_own(MapWriter& map, std::string_view key, const std::vector<Endpoint>& all) {
  map.list(key, all, [](ArrayWriter& out, const Endpoint& one) { out.text(one.text()); });
}

Result<Endpoint> read_endpoint(wire::Value value) {
  constexpr std::size_t endpoint_text_bytes_max = 64;
  const auto endpoint = Endpoint::parse(TRY(value.text(endpoint_text_bytes_max)));
  if (!endpoint) return fail(Code::corrupt, "this is no address and port");
  return *endpoint;
}

Result<std::vector<Endpoint>> read_own(const MapView& map, std::string_view key) {
  return map.list(key, Limits::endpoints_max, read_endpoint);
}

// A tessera, and the size of the tar that it comes in.
Bytes encode_sized(const base::ContentHash& hash, std::uint64_t size_bytes) {
  return wire::pack_body([&](MapWriter& map) {
    map.bytes("content_hash", hash.bytes);
    map.number("size", size_bytes);
  });
}

template <class Request>
Result<Request> read_sized(ByteSpan body) {
  const MapView map = TRY(wire::unpack_body(body));
  Request request;
  request.content_hash = TRY(map.id<base::ContentHash>("content_hash"));
  request.size_bytes = TRY(map.number("size"));
  return request;
}

Result<PeersAnswer::Peer> read_peer(wire::Value value) {
  const MapView map = TRY(value.map());
  PeersAnswer::Peer peer;
  peer.capabilities = dht::Capabilities(TRY(map.number("capabilities")));
  peer.endpoints = TRY(dht::read_endpoints(map));
  peer.failures = TRY(map.number_to<std::uint32_t>("failures"));
  peer.id = TRY(map.id<dht::NodeId>("id"));
  peer.seen_ago = TRY(read_seconds(map, "seen_ago"));
  return peer;
}

Result<FindAnswer::Holder> read_holder(wire::Value value) {
  const MapView map = TRY(value.map());
  FindAnswer::Holder holder;
  holder.endpoints = TRY(dht::read_endpoints(map));
  holder.fragments =
      TRY(dht::decode_fragment_set(TRY(map.bytes("fragments", dht::fragment_set_bytes_max))));
  holder.id = TRY(map.id<dht::NodeId>("id"));
  return holder;
}

void write(MapWriter& map, const KeptByOthers& others) {
  map.boolean("busy", others.is_busy);
  map.boolean("crowded", others.breaks_diversity);
  map.number("fragments", others.fragments);
  map.boolean("here", others.is_here);
  map.number("holders", others.holders);
  map.boolean("in_need", others.is_in_need);
  map.number("kept", others.kept);
  if (others.may_vanish) map.number("may_vanish", *others.may_vanish);
  map.number("missing", others.missing);
  map.number("needed", others.needed);
  if (others.proved_ago) map.number("proved_ago", count_of(*others.proved_ago));
  map.text("trouble", others.trouble);
}

Result<KeptByOthers> read_others(const MapView& map) {
  KeptByOthers others;
  others.is_busy = TRY(map.boolean("busy"));
  others.breaks_diversity = TRY(map.boolean("crowded"));
  others.fragments = TRY(map.number("fragments"));
  others.is_here = TRY(map.boolean("here"));
  others.holders = TRY(map.number("holders"));
  others.is_in_need = TRY(map.boolean("in_need"));
  others.kept = TRY(map.number("kept"));
  if (map.has("may_vanish")) others.may_vanish = TRY(map.number("may_vanish"));
  others.missing = TRY(map.number("missing"));
  others.needed = TRY(map.number("needed"));
  if (map.has("proved_ago")) others.proved_ago = TRY(read_seconds(map, "proved_ago"));
  others.trouble = TRY(map.text("trouble", Limits::text_bytes_max));
  return others;
}

}  // namespace

Bytes encode(const NodeInfoRequest&) {
  return wire::pack_body([](MapWriter&) {});
}

template <>
Result<NodeInfoRequest> decode(ByteSpan body) {
  TRY(wire::unpack_body(body));
  return NodeInfoRequest{};
}

Bytes encode(const NodeInfoAnswer& answer) {
  return wire::pack_body([&](MapWriter& map) {
    map.boolean("bootstrapped", answer.is_bootstrapped);
    map.number("contacts", answer.contacts);
    map.text("data_dir", base::to_utf8_lossy(answer.data_dir));
    map.bytes("id", answer.id.bytes);
    map.bytes("key", answer.key.bytes);
    write_own(map, "listening", answer.listening);
    if (answer.metrics) map.text("metrics", answer.metrics->text());
    map.number("pointers", answer.pointers);
    map.number("published", answer.published);
    write_own(map, "reached_at", answer.reached_at);
    map.number("uptime", count_of(answer.uptime));
    map.text("version", answer.version);
  });
}

template <>
Result<NodeInfoAnswer> decode(ByteSpan body) {
  const MapView map = TRY(wire::unpack_body(body));
  NodeInfoAnswer answer;
  answer.is_bootstrapped = TRY(map.boolean("bootstrapped"));
  answer.contacts = TRY(map.number("contacts"));
  answer.data_dir = TRY(map.text("data_dir", Limits::text_bytes_max));
  answer.id = TRY(map.id<dht::NodeId>("id"));
  answer.key = TRY(map.id<dht::NodePublicKey>("key"));
  answer.listening = TRY(read_own(map, "listening"));
  if (const auto metrics = map.find("metrics")) answer.metrics = TRY(read_endpoint(*metrics));
  answer.pointers = TRY(map.number("pointers"));
  answer.published = TRY(map.number("published"));
  answer.reached_at = TRY(read_own(map, "reached_at"));
  answer.uptime = TRY(read_seconds(map, "uptime"));
  answer.version = TRY(map.text("version", Limits::text_bytes_max));
  return answer;
}

Bytes encode(const NodeCardRequest&) {
  return wire::pack_body([](MapWriter&) {});
}

template <>
Result<NodeCardRequest> decode(ByteSpan body) {
  TRY(wire::unpack_body(body));
  return NodeCardRequest{};
}

Bytes encode(const NodeCardAnswer& answer) {
  return wire::pack_body([&](MapWriter& map) { map.text("card", answer.card); });
}

template <>
Result<NodeCardAnswer> decode(ByteSpan body) {
  const MapView map = TRY(wire::unpack_body(body));
  return NodeCardAnswer{std::string(TRY(map.text("card", Limits::text_bytes_max)))};
}

Bytes encode(const PeersRequest& request) {
  return wire::pack_body([&](MapWriter& map) { map.number("first", request.first); });
}

template <>
Result<PeersRequest> decode(ByteSpan body) {
  return PeersRequest{TRY(TRY(wire::unpack_body(body)).number_to<std::uint32_t>("first"))};
}

Bytes encode(const PeersAnswer& answer) {
  ASSERT(answer.peers.size() <= Limits::peers_per_answer);
  return wire::pack_body([&](MapWriter& map) {
    map.boolean("has_more", answer.has_more);
    map.list("peers", answer.peers, [](ArrayWriter& out, const PeersAnswer::Peer& peer) {
      out.map([&](MapWriter& one) {
        one.number("capabilities", peer.capabilities.bits);
        dht::write_endpoints(one, peer.endpoints);
        one.number("failures", peer.failures);
        one.bytes("id", peer.id.bytes);
        one.number("seen_ago", count_of(peer.seen_ago));
      });
    });
  });
}

template <>
Result<PeersAnswer> decode(ByteSpan body) {
  const MapView map = TRY(wire::unpack_body(body));
  PeersAnswer answer;
  answer.has_more = TRY(map.boolean("has_more"));
  answer.peers = TRY(map.list("peers", Limits::peers_per_answer, read_peer));
  return answer;
}

Bytes encode(const PublishRequest& request) { return encode_hash(request.content_hash); }

template <>
Result<PublishRequest> decode(ByteSpan body) {
  return PublishRequest{TRY(read_hash(body))};
}

Bytes encode(const PublishAnswer& answer) {
  return wire::pack_body([&](MapWriter& map) {
    map.number("asked", answer.asked);
    map.number("kept", answer.kept);
    map.boolean("reachable", answer.is_reachable);
  });
}

template <>
Result<PublishAnswer> decode(ByteSpan body) {
  const MapView map = TRY(wire::unpack_body(body));
  PublishAnswer answer;
  answer.asked = TRY(map.number("asked"));
  answer.kept = TRY(map.number("kept"));
  answer.is_reachable = TRY(map.boolean("reachable"));
  return answer;
}

Bytes encode(const OfferRequest& request) {
  return encode_sized(request.content_hash, request.size_bytes);
}

template <>
Result<OfferRequest> decode(ByteSpan body) {
  return read_sized<OfferRequest>(body);
}

Bytes encode(const OfferAnswer& answer) {
  return wire::pack_body([&](MapWriter& map) { map.boolean("wanted", answer.is_wanted); });
}

template <>
Result<OfferAnswer> decode(ByteSpan body) {
  return OfferAnswer{TRY(TRY(wire::unpack_body(body)).boolean("wanted"))};
}

Bytes encode(const TakeRequest& request) {
  return encode_sized(request.content_hash, request.size_bytes);
}

template <>
Result<TakeRequest> decode(ByteSpan body) {
  return read_sized<TakeRequest>(body);
}

Bytes encode(const TakeAnswer& answer) {
  return wire::pack_body([&](MapWriter& map) { map.number("files", answer.files); });
}

template <>
Result<TakeAnswer> decode(ByteSpan body) {
  return TakeAnswer{TRY(TRY(wire::unpack_body(body)).number("files"))};
}

Bytes encode(const FindRequest& request) { return encode_hash(request.content_hash); }

template <>
Result<FindRequest> decode(ByteSpan body) {
  return FindRequest{TRY(read_hash(body))};
}

Bytes encode(const FindAnswer& answer) {
  ASSERT(answer.holders.size() <= Limits::holders_per_answer);
  return wire::pack_body([&](MapWriter& map) {
    map.number("asked", answer.asked);
    map.list("holders", answer.holders, [](ArrayWriter& out, const FindAnswer::Holder& holder) {
      out.map([&](MapWriter& one) {
        dht::write_endpoints(one, holder.endpoints);
        one.bytes("fragments", dht::encode(holder.fragments));
        one.bytes("id", holder.id.bytes);
      });
    });
    map.number("hops", answer.hops);
  });
}

template <>
Result<FindAnswer> decode(ByteSpan body) {
  const MapView map = TRY(wire::unpack_body(body));
  FindAnswer answer;
  answer.asked = TRY(map.number("asked"));
  answer.holders = TRY(map.list("holders", Limits::holders_per_answer, read_holder));
  answer.hops = TRY(map.number_to<std::uint32_t>("hops"));
  return answer;
}

Bytes encode(const StatusRequest& request) { return encode_hash(request.content_hash); }

template <>
Result<StatusRequest> decode(ByteSpan body) {
  return StatusRequest{TRY(read_hash(body))};
}

Bytes encode(const StatusAnswer& answer) {
  return wire::pack_body([&](MapWriter& map) {
    map.boolean("blocked", answer.is_blocked);
    map.boolean("in_vault", answer.is_in_vault);
    if (answer.last_round) {
      map.map("last_round", [&](MapWriter& round) {
        round.number("ago", count_of(answer.last_round->ago));
        round.number("asked", answer.last_round->asked);
        round.number("kept", answer.last_round->kept);
      });
    }
    if (answer.others) {
      map.map("others", [&](MapWriter& others) { write(others, *answer.others); });
    }
    map.boolean("published", answer.is_published);
    if (answer.retracted_seconds)
      map.number("retracted",
                 static_cast<std::uint64_t>(std::max<std::int64_t>(0, *answer.retracted_seconds)));
  });
}

template <>
Result<StatusAnswer> decode(ByteSpan body) {
  const MapView map = TRY(wire::unpack_body(body));
  StatusAnswer answer;
  answer.is_blocked = TRY(map.boolean("blocked"));
  answer.is_in_vault = TRY(map.boolean("in_vault"));
  if (map.has("last_round")) {
    const MapView round = TRY(map.map("last_round"));
    answer.last_round.emplace();
    answer.last_round->ago = TRY(read_seconds(round, "ago"));
    answer.last_round->asked = TRY(round.number("asked"));
    answer.last_round->kept = TRY(round.number("kept"));
  }
  if (map.has("others")) answer.others = TRY(read_others(TRY(map.map("others"))));
  answer.is_published = TRY(map.boolean("published"));
  if (map.has("retracted")) {
    constexpr std::uint64_t end_of_9999 = 253'402'300'799;
    answer.retracted_seconds = static_cast<std::int64_t>(TRY(map.number("retracted", end_of_9999)));
  }
  return answer;
}

}  // namespace tesseras::node

// A node of the distributed hash table as a state machine, without I/O: table, store, lookups,
// reachability, renewal (spec/dht.md, section 6). Time is an argument.
//
// Whoever drives it sends what poll() gives, tells what came of it, and calls on_deadline() at
// deadline():
//
//   engine.bootstrap(now, endpoints, known);
//   while (auto out = engine.poll(now)) send(*out);       // after each call below
//   engine.on_message(now, peer, envelope);                // a request, or an answer to ours
//   engine.on_failure(now, id);                            // of ours: not reached, or reset
//   engine.on_deadline(now);
//   while (auto event = engine.next_event()) ...
//
// What a peer proved: that it has the key by which it is called, at the address that it speaks
// from. Nothing else that it says is taken for true.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "foundation/base/time.hpp"
#include "foundation/crypto/ed25519.hpp"
#include "foundation/runtime/prng.hpp"
#include "foundation/wire/frame.hpp"
#include "preserve/dht/holder_record.hpp"
#include "preserve/dht/lookup.hpp"
#include "preserve/dht/messages.hpp"
#include "preserve/dht/pointer_store.hpp"
#include "preserve/dht/rate_limit.hpp"
#include "preserve/dht/reachability.hpp"
#include "preserve/dht/routing_table.hpp"
#include "preserve/dht/table_snapshot.hpp"

namespace tesseras::dht {

struct EngineOptions {
  RoutingTableOptions table;
  LookupOptions lookup;
  RateLimitOptions rate_limit;
  std::chrono::seconds request_timeout{5};
  std::chrono::seconds refresh_every{3600};    // a bucket without a lookup
  std::chrono::seconds check_every{900};       // a contact that nothing was heard of
  std::chrono::seconds recheck_every{30};      // and that has failed since: the trouble may pass
  std::chrono::seconds republish_every{3600};  // at four fifths of the time granted at the latest
  // After bootstrapping, for those who came in the same moment and were told of nobody else; then
  // twice as long each time, up to refresh_every.
  std::chrono::seconds settle_every{10};
  // While the table is empty, or nobody reaches us in one of the two families; then twice as long
  // each time, up to the maximum.
  std::chrono::seconds rebootstrap_every{30};
  std::chrono::seconds rebootstrap_max{600};
  std::chrono::seconds sweep_every{300};         // of the store
  std::chrono::seconds pointer_ttl{24 * 3600};   // of our own records
  std::uint64_t first_issue = 0;                 // of our records: seconds since 1970 at the start
  std::uint64_t seed = 0;                        // of the keys that stale buckets are tried with
  Capabilities capabilities = own_capabilities;  // what this node says that it does
};

struct Peer {
  NodePublicKey key;        // that the connection proved
  Endpoint at;              // its end of the connection
  bool is_dialled = false;  // we opened the connection, so it can be reached there
  // The driver's own mark of a stream that the peer opened, for a request; it comes back with the
  // answer. Unset: the message came on a stream of ours, and answers a request.
  std::optional<std::uint64_t> stream = {};
};

// A frame to send.
struct Outgoing {
  bool is_answer = false;
  // To whom; a request without: whoever is at the endpoints (a name to bootstrap from).
  std::optional<NodePublicKey> to;
  std::vector<Endpoint> endpoints;    // of a request: where to dial, best first
  bool needs_new_connection = false;  // of a request: it is there to see whether one can be made
  wire::RequestId id;
  std::uint64_t stream = 0;  // of an answer: that of the request
  base::Bytes frame;
};

struct Bootstrapped {
  std::size_t contacts = 0;
};
struct Reached {
  std::vector<Endpoint> endpoints;  // where others reach us by now; none: we are a client
};
struct Published {
  Key key;
  std::size_t asked = 0;
  std::size_t kept = 0;  // by so many, ourselves included
};
struct Found {
  Key key;
  std::vector<HolderRecord> holders;  // opened, each holder once; in the order of their ids
  std::size_t asked = 0;              // nodes that answered
  std::size_t requests = 0;           // sent for it, those included that nobody answered
  // Where the first holder was told of: 0 here, 1 by a node that we knew, and so on. 0 for none.
  unsigned hops = 0;
  // The same of the nodes nearest to the key, for the one that took longest: all of the way.
  unsigned depth = 0;
  // The nodes nearest to the key that answered, nearest first and without this one, at most
  // `width`; each has first the endpoint at which it answered.
  std::vector<NodeInfo> nearest;
  std::size_t width = 0;
};
// A peer's request was not answered as it wished.
struct Refused {
  Endpoint from;
  std::string method;
  base::Error why;
};
using Event = std::variant<Bootstrapped, Reached, Published, Found, Refused>;

// What came of the last round of publishing under a key.
struct PublishRound {
  std::size_t asked = 0;
  std::size_t kept = 0;
  base::Instant ended_at;
};

// Who says where somebody may be met. What strangers name never displaces what was configured.
enum class HintOrigin { configuration, neighbours };

class Engine {
 public:
  // Key, store and memo outlive the engine; the nonce is that of the key.
  Engine(const crypto::Ed25519Key& key, std::uint64_t nonce, PointerStore& store, ProofMemo& memo,
         EngineOptions options, base::Instant now);

  // Begins with whoever is at the endpoints, and with those known before. While the table is empty
  // they are tried again and again.
  void bootstrap(base::Instant now, std::vector<Endpoint> endpoints, std::vector<KnownNode> known);
  // Meets whoever is at the endpoints, and remembers the newest of each origin for when the table
  // is empty (Limits::bootstrap_endpoints_max, neighbour_endpoints_max). Those that are known are
  // tried again only while it is.
  void add_bootstrap(base::Instant now, std::span<const Endpoint> endpoints, HintOrigin origin);
  // Has our record for `key` kept by the nodes nearest to it, and renewed, until withdrawn.
  void publish(base::Instant now, const Key& key, std::optional<PlanShare> share);
  // As publish(), in turn with others: for all that was published before a restart.
  void publish_in_turn(base::Instant now, const Key& key, std::optional<PlanShare> share);
  void withdraw(const Key& key);
  // Looks for all holders; an event Found tells.
  void find(base::Instant now, const Key& key) { find(now, key, options_.lookup.width); }
  // The same, and for more of those nearest to the key: at most Limits::shortlist_max.
  void find(base::Instant now, const Key& key, std::size_t width);

  void on_message(base::Instant now, const Peer& from, base::ByteSpan envelope);
  void on_failure(base::Instant now, wire::RequestId id);
  void on_deadline(base::Instant now);
  std::optional<Outgoing> poll(base::Instant now);
  base::Instant deadline() const;
  std::optional<Event> next_event();

  NodeInfo self() const;
  const RoutingTable& table() const { return table_; }
  // Whether it has looked itself up among others; false again when the table is empty.
  bool is_bootstrapped() const { return is_bootstrapped_; }
  // nullopt: not published, or the first round has not ended.
  std::optional<PublishRound> last_round(const Key& key) const;

  // Since the engine was made.
  struct Counts {
    std::uint64_t lookups = 0;
    std::uint64_t requests_sent = 0;
    std::uint64_t requests_failed = 0;  // of these: not reached, or refused, or nonsense
    std::uint64_t requests_served = 0;
    std::uint64_t requests_refused = 0;
  };
  const Counts& counts() const { return counts_; }

 private:
  // What a request of ours is for.
  struct PingTask {
    bool on_new_connection = false;
    bool is_said_where = false;  // it named our endpoints, so that who answers comes to know us
  };
  struct Question {
    std::uint64_t lookup = 0;
  };
  struct StoreTask {
    Key key;
  };
  struct DialBackAsked {
    Endpoint at;
  };
  struct DialBackTried {  // for a peer, which waits for the answer
    Peer asker;
    wire::RequestId id;
  };
  using Purpose = std::variant<PingTask, Question, StoreTask, DialBackAsked, DialBackTried>;
  struct Waiting {
    Purpose purpose;
    std::optional<NodePublicKey> to;
    std::optional<NodeInfo> node;  // as far as we know it
    bool is_where_known = false;   // it is asked, among others, where it answered us before
    base::Instant deadline;
  };

  enum class Aim { ourselves, refresh, publish, find };
  struct Running {
    Lookup lookup;
    Aim aim = Aim::refresh;
    std::size_t width = 0;
    std::map<NodeId, HolderRecord> holders;  // found so far
    unsigned hops = 0;                       // to where the first of them was told of
  };
  struct Publication {
    std::optional<PlanShare> share;
    std::uint64_t issue = 0;
    base::Instant next_at;
    // Of the present round:
    std::optional<PlanShare> told;  // what its record says
    std::size_t asked = 0;
    std::size_t waiting = 0;
    std::size_t kept = 0;
    std::chrono::seconds ttl{0};
    bool is_under_way = false;
    int misses = 0;  // rounds in a row in which few kept it
    std::optional<PublishRound> last;
  };

  // Serving others (engine_serve.cpp).
  void serve(base::Instant now, const Peer& from, const wire::Request& request);
  base::Result<std::optional<base::Bytes>> answer(base::Instant now, const Peer& from,
                                                  const wire::Request& request);
  base::Result<PingResponse> on_ping(base::Instant now, const Peer& from, const PingRequest& ping);
  FindNodeResponse on_find_node(const Peer& from, const Key& key) const;
  StoreResponse on_store(base::Instant now, const Peer& from, const StoreRequest& store);
  base::Result<void> on_dial_back(base::Instant now, const Peer& from, wire::RequestId id,
                                  const DialBackRequest& request);
  void send_answer(const Peer& to, wire::RequestId id, base::ByteSpan body);

  // Answers to our requests.
  void on_answer(base::Instant now, const Peer& from, wire::RequestId id, base::ByteSpan envelope);
  base::Result<void> take(base::Instant now, const Peer& from, const Waiting& waiting,
                          base::ByteSpan body);
  base::Result<void> take_ping(base::Instant now, const Peer& from, const PingTask& pinged,
                               base::ByteSpan body);
  base::Result<void> take_nodes(base::Instant now, const Peer& from, const NodeInfo& node,
                                std::uint64_t lookup, base::ByteSpan body);
  base::Result<void> take_store(base::Instant now, const Key& key, base::ByteSpan body);
  void learn_by_hearsay(base::Instant now, const Peer& from, NodeInfo info);
  static void take_record(Running& running, const AgedRecord& aged);
  void give_up(base::Instant now, const Waiting& waiting, bool is_gone);
  void contact_failed(base::Instant now, const NodeId& id);
  void learn(base::Instant now, const Peer& from, NodeInfo info, bool is_known_there);

  struct Target {
    std::optional<NodePublicKey> key;
    std::vector<Endpoint> endpoints;
    std::optional<NodeInfo> node;
    bool needs_new_connection = false;
  };
  template <class Request>
  void send(base::Instant now, const Request& request, const Target& target,
            const Purpose& purpose) {
    send(now, Request::method, encode(request), target, purpose);
  }
  void send(base::Instant now, std::string_view method, base::ByteSpan body, const Target& target,
            const Purpose& purpose);
  void ping(base::Instant now, const NodeInfo& node, bool needs_new_connection = false);
  static Target target_of(const NodeInfo& node) { return {node.key, node.endpoints, node, false}; }

  // What runs by itself (engine_tasks.cpp).
  void knock(base::Instant now);
  void knock_at(base::Instant now, const Endpoint& endpoint);
  void look_up(base::Instant now, const Key& key, Aim aim) {
    look_up(now, key, aim, options_.lookup.width);
  }
  void look_up(base::Instant now, const Key& key, Aim aim, std::size_t width);
  void finish_lookups(base::Instant now);
  void finish(base::Instant now, const Running& running);
  Key random_key();
  void begin_round(base::Instant now, const Key& key);
  void begin_due_rounds(base::Instant now);
  void store_at(base::Instant now, const Key& key, const std::vector<Lookup::Answered>& nodes);
  void one_answered(base::Instant now, const Key& key);
  void tick(base::Instant now);
  void check_contacts(base::Instant now);
  void check_reachability(base::Instant now);
  void seek_families(base::Instant now);
  void settle(base::Instant now);
  bool is_reached_by(bool is_v4) const;

  const crypto::Ed25519Key& key_;
  std::uint64_t nonce_;
  NodeId id_;
  PointerStore& store_;
  ProofMemo& memo_;
  EngineOptions options_;
  base::Instant started_;
  runtime::Prng prng_;

  RoutingTable table_;
  RateLimit rate_limit_;
  Reachability reachability_;
  std::vector<Endpoint> own_endpoints_;
  std::vector<Endpoint> bootstrap_endpoints_;  // oldest first, as the next
  std::vector<Endpoint> neighbour_endpoints_;
  std::vector<KnownNode> bootstrap_nodes_;
  bool is_bootstrapped_ = false;
  base::Instant next_settle_;  // once it is bootstrapped
  std::chrono::nanoseconds settle_again_in_{0};

  std::map<std::uint64_t, Waiting> waiting_;
  std::map<std::uint64_t, Running> lookups_;
  std::map<Key, Publication> publications_;
  std::uint64_t last_id_ = 0;
  std::uint64_t last_lookup_ = 0;
  std::deque<Outgoing> outgoing_;
  std::deque<Event> events_;
  Counts counts_;
  base::Instant next_tick_;
  base::Instant next_knock_;
  std::chrono::nanoseconds knock_again_in_;
  base::Instant next_sweep_;
  base::Instant next_seek_;  // of an address in a family in which nobody reaches us
  std::chrono::nanoseconds seek_again_in_;
};

}  // namespace tesseras::dht

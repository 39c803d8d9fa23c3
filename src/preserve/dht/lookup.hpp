// Finding the nodes nearest to a key: Kademlia's iterative lookup, over disjoint paths (Baumgart,
// Mies: "S/Kademlia: A practicable approach towards secure key-based routing", 2007, section 4.4).
// Pure: it says whom to ask, and is told what came of it; time is an argument.
//
// Where it departs from the papers:
// - A node is asked once and by one path, but all paths know that it was: a path is done when the
//   nearest that it knows have been asked by any. So paths cost little more than one would, as
//   long as all tell the truth.
// - What nodes tell of others is not signed, so each path goes by its own word for where a node is.
//   Another path that knows it elsewhere may ask it again when that fails.
// - On each path, and in the result, few nodes of one network count.
// - Where nodes lie twice as dense around the key as they should, all within a radius are asked,
// not
//   only the nearest k: whoever puts k nodes next to a key does not keep us from those that would
//   be there without them (RoutingTable::expected_radius).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "foundation/base/time.hpp"
#include "preserve/dht/address_policy.hpp"
#include "preserve/dht/limits.hpp"
#include "preserve/dht/node_id.hpp"
#include "preserve/dht/node_info.hpp"

namespace tesseras::dht {

struct LookupOptions {
  std::size_t width = 20;  // Kademlia's k: how many to find
  std::size_t alpha = 3;   // how many are asked at once; at least one on each path
  std::size_t paths = 4;   // S/Kademlia's d, 1 to Limits::paths_max
  // Where half as many again as `width` are expected. When `width` lie within half of it, all
  // within it are asked and found, up to region_max.
  std::optional<Distance> radius = {};
  std::size_t region_max = 64;
  // So long a path waits for one before it asks another beside it; so long an answer is taken.
  std::chrono::milliseconds slow_after{1500};
  std::chrono::milliseconds timeout{5000};
  // In all. Whoever makes up nodes without end uses up its own path's share.
  std::size_t questions_max = 240;
  // Private networks of these are exempt from the limits on one network.
  std::vector<IpAddress> own_addresses = {};
};

class Lookup {
 public:
  struct Answered {
    NodeInfo info;
    Endpoint reached_at;
    unsigned hop = 0;  // 1: we knew it
  };
  struct Counts {
    std::size_t asked = 0;
    std::size_t answered = 0;
    std::size_t failed = 0;
  };

  // `known`: whom we know nearest to the key, some width of them.
  Lookup(const NodeId& own, const Key& key, std::span<const NodeInfo> known,
         const LookupOptions& options);

  const Key& key() const { return key_; }

  // Whom to ask next; call until there is none, then again after each of the calls below.
  std::optional<NodeInfo> poll(base::Instant now);

  // The node answered at `reached_at`, with these. From who was not asked, or is late: nothing.
  // Endpoints that it may not tell of (may_tell()) are left out, and nodes without any.
  void on_answer(base::Instant now, const NodeId& from, const Endpoint& reached_at,
                 std::span<const NodeInfo> nodes);
  // It could not be reached, or what it said was refused.
  void on_failure(base::Instant now, const NodeId& from);
  // The moment that deadline() promised has come.
  void on_deadline(base::Instant now);
  base::Instant deadline() const { return deadline_; }

  // Nobody is left to ask. Those that are merely slow are waited for only while too few answered.
  bool is_done() const;
  // Those that answered, nearest first: `width`, or all of the region where it is dense; of one
  // network at most Limits::network_nodes_per_path. Good at any time, best when done.
  std::vector<Answered> result() const;
  const Counts& counts() const { return counts_; }
  // How far a node that was asked is from whom we knew: 1 for those. 0: it was not asked.
  unsigned hop_of(const NodeId& id) const;

 private:
  struct Candidate {
    NodeInfo info;
    unsigned hop = 0;
  };
  struct Path {
    std::map<Distance, Candidate> candidates;  // as this path was told of them
    std::map<Network, std::size_t> networks;   // of those that it asked
    std::size_t asked = 0;
    std::size_t under_way = 0;  // asked, and neither answered, failed nor slow
  };
  enum class State { asked, slow, answered, failed };
  struct Question {
    State state = State::asked;
    std::size_t path = 0;
    unsigned attempts = 0;
    base::Instant asked_at;
    Candidate candidate;
    Endpoint reached_at;
  };

  Distance distance_of(const NodeId& id) const { return distance(id, key_); }
  void tell(std::size_t path, const NodeInfo& info, unsigned hop);
  std::size_t wanted(const Distance& at, const std::optional<Distance>& last) const;
  bool may_ask(const Path& path, const Distance& at, const Candidate& candidate) const;
  bool has_room(const Path& path, const NodeInfo& info) const;
  const Candidate* next_on(const Path& path) const;
  NodeInfo ask(base::Instant now, std::size_t path, const Candidate& candidate);
  void on_change();
  void stop_waiting(Question& question, State state);
  std::size_t per_path() const { return (options_.alpha + paths_.size() - 1) / paths_.size(); }

  NodeId own_;
  Key key_;
  LookupOptions options_;
  std::vector<Path> paths_;
  std::map<Distance, Question> questions_;
  std::size_t next_path_ = 0;
  // A node runs many lookups and asks them all after each message, so what is known is kept.
  bool is_exhausted_ = false;  // poll() had none, and nothing has come since
  base::Instant deadline_ = base::Instant::never();
  Counts counts_;
};

}  // namespace tesseras::dht

// Whom we know: Kademlia's k-buckets (Maymounkov, Mazières 2002, section 2.4), without I/O.
//
// Departures from the paper: a node enters only when it has answered us at an address that we
// reached it at (the caller says so); of one network (address_policy.hpp) only a few enter each
// bucket and the whole table, so that whoever has one network cannot fill what we know; a contact
// goes after some failures in a row rather than the first, since links lose packets; and a bucket
// does not split, there being one for each of the 160 distances.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "foundation/base/time.hpp"
#include "preserve/dht/address_policy.hpp"
#include "preserve/dht/limits.hpp"
#include "preserve/dht/node_id.hpp"
#include "preserve/dht/node_info.hpp"

namespace tesseras::dht {

struct Contact {
  NodeInfo info;
  Endpoint reached_at;  // where it answered us
  base::Instant last_seen;
  unsigned failures = 0;  // since then

  bool operator==(const Contact&) const = default;
};

struct RoutingTableOptions {
  std::size_t bucket_size = 20;         // Kademlia's k
  unsigned ping_failure_threshold = 3;  // failures in a row after which a contact goes
};

// The contact's info with the endpoint that it answered at as the first.
NodeInfo dialable(const Contact& contact);

class RoutingTable {
 public:
  enum class Admission {
    added,
    refreshed,    // it was there, and is the most recently seen now
    waiting,      // the bucket is full; it takes the place of one that goes
    ourselves,    // our own id
    unreachable,  // the caller has not reached it
    crowded,      // its network has its share of the bucket or of the table
  };
  struct Outcome {
    Admission admission = Admission::added;
    // The bucket is full, and this is its least recently seen contact: ping it, and tell with
    // seen() or failed(). Not again until then.
    std::optional<Contact> to_ping;
  };

  explicit RoutingTable(const NodeId& own, const RoutingTableOptions& options = {});

  const NodeId& own() const { return own_; }
  // The addresses that this node is at; private networks of theirs are exempt from the limits.
  void set_own_addresses(std::vector<IpAddress> addresses);

  // A node has answered us at `at`; or, when not `is_reachable`, it has only come to us: then it
  // is a client, and enters nothing. A node that is known with other words or another address is
  // taken as it is now.
  Outcome seen(base::Instant now, const NodeInfo& info, const Endpoint& at, bool is_reachable);

  // Whether another node of that id would be of use: its bucket has room, or few wait for a place.
  bool has_use_for(const NodeId& id) const;

  // A contact did not answer. At the threshold it goes, and the one that waited last comes in.
  // What to ping now: the same once more, while others wait for its place. Unknown ids: nothing.
  std::optional<Contact> failed(const NodeId& id);

  const Contact* find(const NodeId& id) const;
  // The `count` contacts nearest to `key`, nearest first. Those that have failed come too.
  std::vector<Contact> closest(const Key& key, std::size_t count) const;
  // All, by bucket from the nearest, in each the least recently seen first.
  std::vector<Contact> contacts() const;
  // Those of them that were not heard of for `quiet`, and for `again` more after each failure
  // since.
  std::vector<Contact> unheard_of(base::Instant now, std::chrono::nanoseconds quiet,
                                  std::chrono::nanoseconds again) const;
  std::size_t size() const { return size_; }
  // Grows whenever somebody comes in or goes.
  std::uint64_t changes() const { return changes_; }

  // Buckets that no lookup went into since `before`, from the farthest down to that of the nearest
  // contact: nearer ones are empty, and a lookup of our own id covers them.
  std::vector<std::size_t> stale_buckets(base::Instant before) const;
  // A lookup for `key` has begun.
  void looked_up(base::Instant now, const Key& key);
  // A key in a bucket, of random bits.
  Key key_in_bucket(std::size_t bucket, const Key& random) const;

  // How far from any key its `count` nearest nodes are expected to reach, judged by how dense nodes
  // lie around ourselves. nullopt: we know too few to say (fewer than bucket_size).
  std::optional<Distance> expected_radius(std::size_t count) const;

 private:
  struct Bucket {
    std::vector<Contact> contacts;  // least recently seen first
    std::vector<Contact> waiting;   // came last, last
    std::optional<NodeId> pinged;
  };

  Bucket* bucket_of(const NodeId& id);
  bool has_room(const Bucket& bucket, const Contact& contact) const;
  void put(Bucket& bucket, Contact contact);
  void erase(Bucket& bucket, std::size_t index);
  void wait_in(Bucket& bucket, const Contact& contact);
  void promote(Bucket& bucket);
  Outcome refresh(Bucket& bucket, std::size_t index, Contact contact);

  NodeId own_;
  RoutingTableOptions options_;
  std::vector<IpAddress> own_addresses_;
  std::map<std::size_t, Bucket> buckets_;  // only those that somebody is in
  std::map<Network, std::size_t> networks_;
  std::array<base::Instant, id_bits> looked_up_{};
  std::size_t size_ = 0;
  std::uint64_t changes_ = 0;
};

}  // namespace tesseras::dht

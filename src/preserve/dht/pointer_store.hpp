// The pointers that this node keeps for others: bounded, on disk, found again after a restart.
//
// In memory stands only where in the journal the entries of a key begin, some 100 bytes a key, and
// a small cache. When there are too many keys, those farthest from our own id go, for which others
// are better placed; of one network come only so many keys, since keys near us cost nothing to make
// up. What is kept expires, so the journal's segments empty by themselves; where they don't, the
// oldest is gone through.
#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "foundation/base/time.hpp"
#include "foundation/crypto/secret.hpp"
#include "foundation/runtime/disk.hpp"
#include "preserve/dht/holder_record.hpp"
#include "preserve/dht/node_id.hpp"
#include "preserve/dht/pointer_frames.hpp"
#include "preserve/dht/pointer_group.hpp"
#include "preserve/dht/pointer_journal.hpp"

namespace tesseras::dht {

struct PointerStoreOptions {
  std::size_t keys_max = 100'000;
  // Longer wishes are cut to this; the holder is told, and renews in time.
  std::chrono::seconds ttl_max = std::chrono::hours(24);
  // Where this node is: private networks of these are exempt from the limits on one network.
  std::vector<IpAddress> own_addresses = {};
};

// For one thread. Time is an argument, and never goes back.
class PointerStore {
 public:
  struct Found {
    base::Bytes record;        // as its holder signed it
    std::chrono::seconds age;  // since we received it

    bool operator==(const Found&) const = default;
  };

  // What `folder` has, or an empty store. `wall_now` ties expiry on disk to `now`; should that
  // clock have stood wrong, nothing is kept for longer than twice ttl_max from now on. `secret` is
  // of this node (SlotRules). Errors as PointerJournal::open().
  static base::Result<PointerStore> open(runtime::Disk& disk, const runtime::path& folder,
                                         const NodeId& own, crypto::SecretBytes<32> secret,
                                         const PointerStoreOptions& options, base::Instant now,
                                         base::WallTime wall_now);

  void set_own_addresses(std::vector<IpAddress> addresses);

  // Keeps a record that open_holder_record() and check_sender() have found good; `bytes` are its.
  // For how long from now. It survives a power cut after sync().
  // conflict: its counter is not newer (the very same record again is no error, and gets no longer
  // time). exhausted: no slot under the key; or we keep keys_max that are nearer to us, or as many
  // from its network as may be. io, denied, exhausted of the disk: it is not kept.
  base::Result<std::chrono::seconds> put(base::Instant now, const HolderRecord& record,
                                         base::ByteSpan bytes, const Endpoint& from);

  // What has not expired; at most Limits::entries_per_key. What the disk cannot give is left out.
  std::vector<Found> get(base::Instant now, const Key& key);

  // Lets go of what has expired, and of segments that nobody needs. Every five minutes or so.
  // Errors of the disk; what was let go of stays so.
  base::Result<void> sweep(base::Instant now);
  base::Result<void> sync() { return journal_->sync(); }

  std::size_t key_count() const { return keys_.size(); }
  std::uint64_t disk_bytes() const { return journal_->size_bytes(); }
  std::uint64_t damage_count() const { return journal_->damage_count(); }

 private:
  using Place = PointerJournal::Place;
  using Entries = std::vector<PointerEntry>;
  struct RankTag;
  // A key as its distance from us, so that a map has the farthest at its end. The first byte of a
  // key does not count for the distance, and stands last.
  using Rank = base::StrongId<RankTag, 20>;

  struct Pointer {
    Place head;
    std::uint32_t tail_segment = 0;  // nothing of it lies before this one
    std::uint32_t network = 0;       // a short hash of that of its oldest entry; 0: exempt
    unsigned chain = 0;              // frames to read
    std::uint64_t live_bytes = 0;    // at least, of the entries in it
    std::int64_t last_expiry = 0;    // by then all of it has expired
  };
  using Keys = std::map<Rank, Pointer>;
  using Cache = std::list<std::pair<Rank, Entries>>;

  PointerStore(const NodeId& own, crypto::SecretBytes<32> secret, PointerStoreOptions options,
               base::Instant now, base::WallTime wall_now);

  std::int64_t seconds_at(base::Instant now) const;
  Rank rank_of(const Key& key) const;
  Key key_of_rank(const Rank& rank) const;
  std::uint32_t network_hash(const Endpoint& from) const;
  SlotRules rules() const { return {secret_, options_.own_addresses}; }

  std::int64_t replay(Place place, base::ByteSpan payload);
  void begin();

  // What the journal has of a key, expired entries left out, and those that are damaged. An error
  // of the disk is passed on: what it does not give now may be there.
  base::Result<Entries> read(std::int64_t now, const Rank& rank, const Pointer& pointer);
  base::Result<Entries> read_frames(const Key& key, Place head);
  void drop_expired(std::int64_t now, Entries& entries) const;
  // The same, through the cache.
  base::Result<Entries> load(std::int64_t now, const Rank& rank, const Pointer& pointer);
  void cache(const Rank& rank, Entries entries);
  void uncache(const Rank& rank);

  base::Result<void> make_room(const Rank& rank, std::uint32_t network);
  base::Result<void> write_entry(const Rank& rank, const Entries& entries,
                                 const PointerEntry& added);
  base::Result<void> write_group(const Rank& rank, const Entries& entries);
  void set(const Rank& rank, const Pointer& pointer);
  void account(const Pointer& pointer, bool is_there);
  void forget(Keys::iterator at);
  base::Result<void> rewrite_oldest_segment(std::int64_t now);
  base::Result<void> tidy_journal(std::int64_t now);

  NodeId own_;
  crypto::SecretBytes<32> secret_;
  PointerStoreOptions options_;
  base::Instant opened_;
  std::int64_t opened_seconds_ = 0;
  std::optional<PointerJournal> journal_;  // always, once open
  Keys keys_;
  std::map<std::uint32_t, std::size_t> keys_of_network_;
  std::uint64_t live_bytes_ = 0;
  Cache cache_;  // most recently used first
  std::map<Rank, Cache::iterator> cached_;
};

}  // namespace tesseras::dht

// Keys that are due, and parts of them, with those nearest to their place (spec/key-publication.md,
// section 4): takes what peers bring, gives it to who asks, and sees to it that it stays there. On
// the thread of the loop.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "foundation/runtime/log.hpp"
#include "foundation/runtime/loop.hpp"
#include "foundation/runtime/tasks.hpp"
#include "foundation/transport/transport.hpp"
#include "node/peer_methods.hpp"
#include "preserve/dht/service.hpp"
#include "preserve/release/release_messages.hpp"
#include "preserve/release/release_store.hpp"

namespace tesseras::node {

class Releasing {
 public:
  // Peers that are called at once, for each of so many that are given at once.
  static constexpr std::size_t calls_max = 8;
  static constexpr std::size_t gives_max = 4;
  // Nodes that are given one; and so many of them that have it are enough for a node that is none
  // of them.
  static constexpr std::size_t keepers_max = 20;
  static constexpr std::size_t keepers_enough = 15;

  // All that is given outlives it. What is kept here is given again, to whoever is nearest by then,
  // when `again_every` has passed, or up to half as much longer, in which nobody else has.
  Releasing(runtime::Loop& loop, transport::Transport& transport, dht::Service& dht,
            release::ReleaseStore& store, std::chrono::seconds again_every, runtime::Log log);

  void add_to(PeerMethods& methods);
  void set_own_addresses(std::vector<runtime::IpAddress> addresses) {
    own_addresses_ = std::move(addresses);
  }

  struct Given {
    std::uint64_t asked = 0;  // of those nearest
    std::uint64_t kept = 0;   // by so many of them
  };
  // Keeps it here, durably, and gives it to those nearest; from then on again and again. Nobody
  // reached is no error. Errors of ReleaseStore::add_own().
  runtime::Task<base::Result<Given>> publish(release::Release release);
  // The same, and comes back as soon as it is here: it is given soon. Errors as publish().
  base::Result<void> keep(const release::Release& release);
  // Gives what is here to those nearest; from then on again and again.
  runtime::Task<Given> give(base::ContentHash content_hash);

  // What is here, together with what those nearest have. not_found: nobody has anything of it.
  runtime::Task<base::Result<release::Release>> find(base::ContentHash content_hash);

  bool has_key(const base::ContentHash& hash) const { return store_.has_key(hash); }

  struct Counts {
    std::size_t kept = 0;       // now, keys and parts
    std::uint64_t taken = 0;    // from peers, since the start
    std::uint64_t refused = 0;  // that did not hold, or for which there was no room
  };
  Counts counts() const { return {store_.all().size(), taken_, refused_}; }

 private:
  runtime::Task<base::Result<base::Bytes>> on_give(replica::Caller caller, base::ByteSpan body);
  base::Result<base::Bytes> on_get(base::ByteSpan body) const;

  // When one is given again from here.
  struct Turn {
    base::Instant next;
    base::Instant last;        // when it was given from here, or came here
    std::uint32_t failed = 0;  // times in a row that nobody took it
  };
  Turn& turn_of(const base::ContentHash& content_hash);
  std::chrono::seconds some_seconds(std::chrono::seconds most);
  base::Instant a_turn_from_now();
  std::vector<base::ContentHash> due() const;

  runtime::Task<void> keep_giving();
  void give_what_is_due();
  runtime::Task<void> give_in_turn(base::ContentHash content_hash);
  runtime::Task<void> give_one(dht::NodeInfo node, const base::Bytes& release, Given& given);
  runtime::Task<std::vector<dht::NodeInfo>> nearest(base::ContentHash content_hash);
  runtime::Task<void> ask_one(dht::NodeInfo node, base::ContentHash content_hash,
                              std::optional<release::Release>& found);
  void add_found(const release::Release& release);
  void leave_to(const std::vector<dht::NodeInfo>& keepers, const Given& given,
                const base::ContentHash& content_hash);

  runtime::Loop& loop_;
  transport::Transport& transport_;
  dht::Service& dht_;
  release::ReleaseStore& store_;
  std::chrono::seconds again_every_;
  runtime::Log log_;
  std::vector<runtime::IpAddress> own_addresses_;
  std::map<base::ContentHash, Turn> turns_;  // of all that is in the store
  std::size_t giving_ = 0;                   // now, of those whose turn it was
  std::uint64_t taken_ = 0;
  std::uint64_t refused_ = 0;
  runtime::Tasks tasks_;  // dropped first
};

}  // namespace tesseras::node

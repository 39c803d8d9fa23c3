// What this node and each of its peers keep for one another, in bytes. It stands in nobody's word:
// one side is what we keep, by the references of the store, the other what peers have acknowledged
// to keep for us and prove. So it has no entries of its own that could be booked twice, and is made
// again at every start. Peers are known by the keys that their connections prove.
//
// A peer without history keeps nothing for us. Keys cost nothing to make, so these count by the
// address block that they came from. For one thread.
#pragma once

#include <cstdint>
#include <map>

#include "foundation/runtime/endpoint.hpp"
#include "preserve/dht/node_info.hpp"

namespace tesseras::replica {

struct Account {
  std::uint64_t kept_for_it = 0;  // bytes, by us
  std::uint64_t kept_for_us = 0;  // bytes, by it

  // It owes us so many.
  std::uint64_t deficit() const {
    return kept_for_it > kept_for_us ? kept_for_it - kept_for_us : 0;
  }
  bool has_history() const { return kept_for_us > 0; }

  bool operator==(const Account&) const = default;
};

class Ledger {
 public:
  // We keep so many bytes more, or fewer, for a peer that brought them from `from`. What is taken
  // away was there.
  void add_kept(const dht::NodePublicKey& peer, const runtime::IpAddress& from,
                std::uint64_t bytes);
  void remove_kept(const dht::NodePublicKey& peer, const runtime::IpAddress& from,
                   std::uint64_t bytes);
  // It keeps so many more, or fewer, for us.
  void add_owed(const dht::NodePublicKey& peer, std::uint64_t bytes);
  void remove_owed(const dht::NodePublicKey& peer, std::uint64_t bytes);

  Account account(const dht::NodePublicKey& peer) const;
  // Of all with whom there is anything, by key.
  std::map<dht::NodePublicKey, Account> accounts() const;

  // What we keep for all peers without history.
  std::uint64_t kept_for_newcomers() const;
  // The same of those that came from the block of this address.
  std::uint64_t kept_for_newcomers_of(const runtime::IpAddress& address) const;

 private:
  struct Entry {
    std::map<runtime::IpAddress, std::uint64_t> kept_by_block;
    std::uint64_t kept_for_us = 0;

    std::uint64_t kept_for_it() const;
  };
  void drop_if_empty(std::map<dht::NodePublicKey, Entry>::iterator at);

  std::map<dht::NodePublicKey, Entry> entries_;
};

}  // namespace tesseras::replica

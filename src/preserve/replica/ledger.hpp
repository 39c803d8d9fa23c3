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
#include <optional>

#include "foundation/runtime/endpoint.hpp"
#include "preserve/dht/node_info.hpp"
#include "preserve/replica/reference.hpp"

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

struct Tally {
  std::uint64_t bytes = 0;
  std::uint64_t fragments = 0;

  bool operator==(const Tally&) const = default;
};

// Each call that adds or removes is for one fragment, of so many bytes; it counts for
// Limits::charged_bytes() of them, on both sides.
class Ledger {
 public:
  // We keep one more, or one fewer, that came so. A repair is on nobody's account; it counts where
  // repairs do, and for the block that it came from. What is taken away was there.
  void add(const Charge& charge, std::uint64_t bytes);
  void remove(const Charge& charge, std::uint64_t bytes);
  // The same of what the store has dropped, which may have been on nobody's account: the log was
  // lost, or it was just being made again.
  void remove_dropped(const std::optional<Charge>& charge, std::uint64_t bytes);
  // The same of one that is no repair.
  void add_kept(const dht::NodePublicKey& peer, const runtime::IpAddress& from,
                std::uint64_t bytes);
  void remove_kept(const dht::NodePublicKey& peer, const runtime::IpAddress& from,
                   std::uint64_t bytes);
  // The peer keeps one more, or one fewer, for us.
  void add_owed(const dht::NodePublicKey& peer, std::uint64_t bytes);
  void remove_owed(const dht::NodePublicKey& peer, std::uint64_t bytes);

  Account account(const dht::NodePublicKey& peer) const;
  // Of all that have one, by key.
  std::map<dht::NodePublicKey, Account> accounts() const;

  // What we keep that was lost elsewhere.
  std::uint64_t repaired_bytes() const { return repaired_bytes_; }
  // What we keep that peers without history have brought for themselves. Repairs have a share of
  // their own: once the authors are gone, nobody has a history.
  Tally kept_for_newcomers() const;
  // What those have brought that came from the block of this address, repairs too.
  Tally kept_for_newcomers_of(const runtime::IpAddress& address) const;

 private:
  struct Share {
    Tally charged;
    Tally repaired;
  };
  struct Entry {
    std::map<runtime::IpAddress, Share> by_block;
    std::uint64_t kept_for_us = 0;

    Account account() const;
  };
  void drop_if_empty(std::map<dht::NodePublicKey, Entry>::iterator at);

  std::map<dht::NodePublicKey, Entry> entries_;
  std::uint64_t repaired_bytes_ = 0;
};

}  // namespace tesseras::replica

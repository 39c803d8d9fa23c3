// Room that this node has promised to peers for fragments that they offered (spec/transfer.md,
// section 2): it counts as kept, in the ledger too, until they have sent what they said or their
// time is up. For one thread.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "foundation/base/time.hpp"
#include "foundation/runtime/endpoint.hpp"
#include "preserve/replica/caller.hpp"
#include "preserve/replica/ledger.hpp"
#include "preserve/replica/plan.hpp"

namespace tesseras::replica {

struct PromiseKey {
  dht::NodePublicKey peer;
  base::PlanId plan;
  unsigned fragment = 0;

  auto operator<=>(const PromiseKey&) const = default;
};

struct Promise {
  std::shared_ptr<const SignedPlan> plan;
  runtime::Endpoint from;  // where the peer is
  bool is_repair = false;
  base::Instant until;
  std::uint64_t offset = 0;  // to send from, or from an earlier byte
  bool is_used = false;      // its bytes are coming in, or it is being kept

  std::uint64_t size_bytes() const { return plan->plan().shape.fragment_bytes(); }
  Charge charge(const dht::NodePublicKey& peer, std::int64_t since_seconds = 0) const {
    return {peer, from.address, is_repair, since_seconds};
  }
};

class Promises {
 public:
  explicit Promises(std::shared_ptr<Ledger> ledger) : ledger_(std::move(ledger)) {}
  // Withdraws those that are not being used: who uses one sees to it, or what it is for is being
  // kept, and stays charged.
  ~Promises();
  Promises(const Promises&) = delete;
  Promises& operator=(const Promises&) = delete;

  // Private networks of these have no limit but their peers'.
  void set_own_addresses(std::vector<runtime::IpAddress> addresses) {
    own_addresses_ = std::move(addresses);
  }

  // Whether another one may be made to this peer (Limits::promises_per_peer_max,
  // promises_per_network_max, promises_max).
  bool has_place(const Caller& caller) const;
  // In the place of the same, if there is one.
  void add(const PromiseKey& key, Promise promise);
  // nullptr: there is none.
  Promise* find(const PromiseKey& key);
  // What was promised is kept now: the ledger goes on counting it, if it did.
  void fulfil(const PromiseKey& key);
  // It is not, and will not be.
  void withdraw(const PromiseKey& key);
  // Withdraws those whose time is up and that are not being used.
  void drop_late(base::Instant now);

  // As they are charged (Limits::charged_bytes).
  std::uint64_t bytes() const { return bytes_; }
  std::size_t count() const { return promises_.size(); }

 private:
  using Place = std::map<PromiseKey, Promise>::iterator;
  void take_out(Place at);
  void withdraw(Place at);
  template <class Predicate>
  void withdraw_where(Predicate is_over);

  std::shared_ptr<Ledger> ledger_;
  std::vector<runtime::IpAddress> own_addresses_;
  std::map<PromiseKey, Promise> promises_;
  std::uint64_t bytes_ = 0;
};

}  // namespace tesseras::replica

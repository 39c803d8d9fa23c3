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

#include "foundation/base/time.hpp"
#include "foundation/runtime/endpoint.hpp"
#include "preserve/replica/fragment_store.hpp"
#include "preserve/replica/ledger.hpp"
#include "preserve/replica/plan.hpp"

namespace tesseras::replica {

// A fragment on its way in, and the store that it goes to, which it must not outlive.
struct Incoming {
  std::shared_ptr<FragmentStore> store;
  FragmentWriter writer;
};

struct PromiseKey {
  dht::NodePublicKey peer;
  base::PlanId plan;
  unsigned fragment = 0;

  auto operator<=>(const PromiseKey&) const = default;
};

struct Promise {
  std::shared_ptr<const SignedPlan> plan;
  runtime::IpAddress address;  // of the peer
  bool is_repair = false;
  base::Instant until;
  std::shared_ptr<Incoming> incoming;  // with what has come of it so far
  bool is_used = false;                // its bytes are coming in

  std::uint64_t size_bytes() const { return plan->plan().shape.fragment_bytes(); }
};

class Promises {
 public:
  explicit Promises(std::shared_ptr<Ledger> ledger) : ledger_(std::move(ledger)) {}

  // Whether another one may be made to this peer (Limits::promises_per_peer_max, promises_max).
  bool has_place(const dht::NodePublicKey& peer) const;
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

  std::uint64_t bytes() const { return bytes_; }
  std::uint64_t repair_bytes() const { return repair_bytes_; }
  std::size_t count() const { return promises_.size(); }

 private:
  using Place = std::map<PromiseKey, Promise>::iterator;
  void take_out(Place at);
  void withdraw(Place at);

  std::shared_ptr<Ledger> ledger_;
  std::map<PromiseKey, Promise> promises_;
  std::uint64_t bytes_ = 0;
  std::uint64_t repair_bytes_ = 0;
};

}  // namespace tesseras::replica

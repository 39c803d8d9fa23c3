// How many of something may be under way at once: in all, for one peer, and for one network. For
// one thread.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "preserve/replica/caller.hpp"

namespace tesseras::replica {

struct SlotsOptions {
  std::size_t max = 0;
  std::size_t per_peer_max = 0;
  std::size_t per_network_max = 0;
};

class Slots {
 public:
  explicit Slots(const SlotsOptions& options) : state_(std::make_shared<State>()) {
    state_->options = options;
  }

  // Private networks of these have no limit but their peers'.
  void set_own_addresses(std::vector<runtime::IpAddress> addresses) {
    state_->own_addresses = std::move(addresses);
  }

  // One slot, until it is dropped; it may outlive the Slots.
  class Slot;
  // nullopt: as many as may be are under way.
  std::optional<Slot> take(const Caller& caller);

 private:
  template <class Id>
  using Counts = std::map<Id, std::size_t>;
  struct State {
    SlotsOptions options;
    std::vector<runtime::IpAddress> own_addresses;
    std::size_t taken = 0;
    Counts<dht::NodePublicKey> of_peer;
    Counts<dht::Network> of_network;
  };

  template <class Id>
  static std::size_t count_of(const Counts<Id>& counts, const Id& id) {
    const auto at = counts.find(id);
    return at == counts.end() ? 0 : at->second;
  }
  template <class Id>
  static void take_from(Counts<Id>& counts, const Id& id) {
    const auto at = counts.find(id);
    if (--at->second == 0) counts.erase(at);
  }

  std::shared_ptr<State> state_;
};

class Slots::Slot {
 public:
  Slot(Slot&&) noexcept = default;
  Slot& operator=(Slot&&) = delete;
  ~Slot() {
    if (state_ == nullptr) return;
    --state_->taken;
    take_from(state_->of_peer, peer_);
    if (network_) take_from(state_->of_network, *network_);
  }

 private:
  friend class Slots;
  Slot(std::shared_ptr<State> state, const dht::NodePublicKey& peer,
       const std::optional<dht::Network>& network)
      : state_(std::move(state)), peer_(peer), network_(network) {
    ++state_->taken;
    ++state_->of_peer[peer_];
    if (network_) ++state_->of_network[*network_];
  }

  std::shared_ptr<State> state_;
  dht::NodePublicKey peer_;
  std::optional<dht::Network> network_;
};

inline std::optional<Slots::Slot> Slots::take(const Caller& caller) {
  const auto& options = state_->options;
  const auto network = limited_network(caller.from, state_->own_addresses);
  const bool is_full =
      state_->taken >= options.max ||
      count_of(state_->of_peer, caller.key) >= options.per_peer_max ||
      (network && count_of(state_->of_network, *network) >= options.per_network_max);
  if (is_full) return std::nullopt;
  return Slot(state_, caller.key, network);
}

}  // namespace tesseras::replica

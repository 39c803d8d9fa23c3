// How many of something may be under way at once: in all, and for one peer. For one thread.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "preserve/dht/node_id.hpp"

namespace tesseras::replica {

class Slots {
 public:
  Slots(std::size_t max, std::size_t per_peer_max) : state_(std::make_shared<State>()) {
    state_->max = max;
    state_->per_peer_max = per_peer_max;
  }

  // One slot, until it is dropped; it may outlive the Slots.
  class Slot;
  // nullopt: as many as may be are under way.
  std::optional<Slot> take(const dht::NodePublicKey& peer);

 private:
  struct State {
    std::size_t max = 0, per_peer_max = 0;
    std::size_t taken = 0;
    std::map<dht::NodePublicKey, std::size_t> of_peer;
  };
  std::shared_ptr<State> state_;
};

class Slots::Slot {
 public:
  Slot(Slot&&) noexcept = default;
  Slot& operator=(Slot&&) = delete;
  ~Slot() {
    if (state_ == nullptr) return;
    --state_->taken;
    if (--state_->of_peer[peer_] == 0) state_->of_peer.erase(peer_);
  }

 private:
  friend class Slots;
  Slot(std::shared_ptr<State> state, const dht::NodePublicKey& peer)
      : state_(std::move(state)), peer_(peer) {
    ++state_->taken;
    ++state_->of_peer[peer_];
  }

  std::shared_ptr<State> state_;
  dht::NodePublicKey peer_;
};

inline std::optional<Slots::Slot> Slots::take(const dht::NodePublicKey& peer) {
  const auto at = state_->of_peer.find(peer);
  const std::size_t of_peer = at == state_->of_peer.end() ? 0 : at->second;
  if (state_->taken >= state_->max || of_peer >= state_->per_peer_max) return std::nullopt;
  return Slot(state_, peer);
}

}  // namespace tesseras::replica

#include "preserve/replica/promises.hpp"

#include <algorithm>
#include <utility>

#include "foundation/base/assert.hpp"
#include "preserve/replica/limits.hpp"

namespace tesseras::replica {

bool Promises::has_place(const dht::NodePublicKey& peer) const {
  const auto count =
      std::ranges::count_if(promises_, [&](const auto& one) { return one.first.peer == peer; });
  return promises_.size() < Limits::promises_max &&
         static_cast<std::size_t>(count) < Limits::promises_per_peer_max;
}

void Promises::add(const PromiseKey& key, Promise promise) {
  withdraw(key);
  const auto size = promise.size_bytes();
  bytes_ += size;
  if (promise.is_repair) {
    repair_bytes_ += size;
  } else {
    ledger_->add_kept(key.peer, promise.address, size);
  }
  promises_.emplace(key, std::move(promise));
}

Promise* Promises::find(const PromiseKey& key) {
  const auto at = promises_.find(key);
  return at == promises_.end() ? nullptr : &at->second;
}

void Promises::take_out(Place at) {
  const auto size = at->second.size_bytes();
  bytes_ -= size;
  if (at->second.is_repair) repair_bytes_ -= size;
  promises_.erase(at);
}

void Promises::fulfil(const PromiseKey& key) {
  const auto at = promises_.find(key);
  ASSERT(at != promises_.end());
  take_out(at);
}

void Promises::withdraw(const PromiseKey& key) {
  const auto at = promises_.find(key);
  if (at != promises_.end()) withdraw(at);
}

void Promises::withdraw(Place at) {
  if (!at->second.is_repair)
    ledger_->remove_kept(at->first.peer, at->second.address, at->second.size_bytes());
  take_out(at);
}

void Promises::drop_late(base::Instant now) {
  for (auto at = promises_.begin(); at != promises_.end();) {
    const auto next = std::next(at);
    if (!at->second.is_used && at->second.until <= now) withdraw(at);
    at = next;
  }
}

}  // namespace tesseras::replica

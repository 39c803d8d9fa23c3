#include "preserve/replica/promises.hpp"

#include <iterator>
#include <utility>

#include "foundation/base/assert.hpp"
#include "preserve/replica/limits.hpp"

namespace tesseras::replica {

bool Promises::has_place(const Caller& caller) const {
  const auto network = limited_network(caller.from, own_addresses_);
  std::size_t of_peer = 0, of_network = 0;
  for (const auto& [key, promise] : promises_) {
    if (key.peer == caller.key) ++of_peer;
    if (network && dht::network_of(promise.from) == *network) ++of_network;
  }
  return promises_.size() < Limits::promises_max && of_peer < Limits::promises_per_peer_max &&
         of_network < Limits::promises_per_network_max;
}

void Promises::add(const PromiseKey& key, Promise promise) {
  withdraw(key);
  bytes_ += Limits::charged_bytes(promise.size_bytes());
  ledger_->add(promise.charge(key.peer), promise.size_bytes());
  promises_.emplace(key, std::move(promise));
}

Promise* Promises::find(const PromiseKey& key) {
  const auto at = promises_.find(key);
  return at == promises_.end() ? nullptr : &at->second;
}

void Promises::take_out(Place at) {
  bytes_ -= Limits::charged_bytes(at->second.size_bytes());
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
  ledger_->remove(at->second.charge(at->first.peer), at->second.size_bytes());
  take_out(at);
}

template <class Predicate>
void Promises::withdraw_where(Predicate is_over) {
  for (auto at = promises_.begin(); at != promises_.end();) {
    const auto next = std::next(at);
    if (!at->second.is_used && is_over(at->second)) withdraw(at);
    at = next;
  }
}

void Promises::drop_late(base::Instant now) {
  withdraw_where([&](const Promise& promise) { return promise.until <= now; });
}

Promises::~Promises() {
  withdraw_where([](const Promise&) { return true; });
}

}  // namespace tesseras::replica

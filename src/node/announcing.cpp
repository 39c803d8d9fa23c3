#include "node/announcing.hpp"

#include <chrono>

namespace tesseras::node {
namespace {

using base::Code;
using runtime::Task;

constexpr std::chrono::seconds announcing_time_max{60};

}  // namespace

Announcing::Announcing(runtime::Loop& loop, dht::Service& dht, Holding& holding,
                       const Publications& publications, const replica::Refusals& refusals)
    : loop_(loop),
      dht_(dht),
      holding_(holding),
      publications_(publications),
      refusals_(refusals),
      tasks_(loop) {
  tasks_.spawn(announce_all());
}

Task<void> Announcing::announce_all() {
  const auto shares = co_await holding_.shares();
  if (!shares) co_return;
  for (const auto& one : *shares) {
    if (!publications_.all().contains(one.content_hash) && !refusals_.of(one.content_hash))
      dht_.publish_in_turn(dht::key_of(one.content_hash), one.share);
  }
}

Task<void> Announcing::announce(base::ContentHash content_hash) {
  if (refusals_.of(content_hash)) {
    (void)co_await holding_.drop_all(content_hash);
    co_return;
  }
  if (publications_.all().contains(content_hash)) co_return;
  const auto share = co_await holding_.share_of(content_hash);
  if (!share && share.error().code == Code::not_found) dht_.withdraw(dht::key_of(content_hash));
  if (!share) co_return;
  // At once: who has given it may be gone soon. What comes of it, the DHT sees to.
  (void)co_await dht_.publish(dht::key_of(content_hash), share->share,
                              loop_.now() + announcing_time_max);
}

}  // namespace tesseras::node

// What a node does by itself: it bootstraps, looks up, publishes, renews, checks.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <iterator>
#include <set>
#include <utility>
#include <vector>

#include "foundation/base/assert.hpp"
#include "preserve/dht/engine.hpp"
#include "preserve/dht/limits.hpp"

namespace tesseras::dht {
namespace {

using base::Instant;
using std::chrono::seconds;

constexpr seconds tick_every{5};
// What a tick begins at most, so that a quiet node stays quiet.
constexpr std::size_t checks_per_tick = 8;
constexpr std::size_t refreshes_per_tick = 2;
// In a small network all of them go to the same peers, which admit some 50 tokens in that time.
constexpr std::size_t rounds_per_tick = 8;
// Each doubles the time until the next try.
constexpr int misses_max = 8;

// The oldest go: whoever still stands by them names them again.
void keep_newest(std::vector<Endpoint>& endpoints, std::size_t max) {
  if (endpoints.size() <= max) return;
  const auto surplus = static_cast<std::ptrdiff_t>(endpoints.size() - max);
  endpoints.erase(endpoints.begin(), endpoints.begin() + surplus);
}

}  // namespace

void Engine::bootstrap(Instant now, std::vector<Endpoint> endpoints, std::vector<KnownNode> known) {
  bootstrap_endpoints_ = std::move(endpoints);
  if (bootstrap_endpoints_.size() > Limits::bootstrap_endpoints_max)
    bootstrap_endpoints_.resize(Limits::bootstrap_endpoints_max);
  bootstrap_nodes_ = std::move(known);
  knock(now);
}

void Engine::add_bootstrap(Instant now, std::span<const Endpoint> endpoints, HintOrigin origin) {
  std::set<Endpoint> met(own_endpoints_.begin(), own_endpoints_.end());
  for (const Contact& contact : table_.contacts()) met.insert(contact.reached_at);
  for (const Endpoint& endpoint : endpoints) {
    const bool was_configured = std::erase(bootstrap_endpoints_, endpoint) > 0;
    const bool was_known = std::erase(neighbour_endpoints_, endpoint) > 0 || was_configured;
    if (!was_known) {
      knock_again_in_ = options_.rebootstrap_every;
      next_knock_ = std::min(next_knock_, now + knock_again_in_);
    }
    // Where neighbours name one that was configured, it stays so.
    const bool is_configured = was_configured || origin == HintOrigin::configuration;
    (is_configured ? bootstrap_endpoints_ : neighbour_endpoints_).push_back(endpoint);
    if (!met.insert(endpoint).second || (was_known && table_.size() > 0)) continue;
    knock_at(now, endpoint);
  }
  keep_newest(bootstrap_endpoints_, Limits::bootstrap_endpoints_max);
  keep_newest(neighbour_endpoints_, Limits::neighbour_endpoints_max);
}

void Engine::knock_at(Instant now, const Endpoint& endpoint) {
  send(now, PingRequest{self()}, {std::nullopt, {endpoint}, std::nullopt, false},
       PingTask{false, !own_endpoints_.empty()});
}

void Engine::knock(Instant now) {
  // Not all at one time that have lost the same network at one time.
  const auto jitter = static_cast<std::int64_t>(
      prng_.below(static_cast<std::uint64_t>(knock_again_in_.count()) / 4));
  next_knock_ = now + knock_again_in_ + std::chrono::nanoseconds(jitter);
  for (const Endpoint& endpoint : bootstrap_endpoints_) knock_at(now, endpoint);
  for (const Endpoint& endpoint : neighbour_endpoints_) knock_at(now, endpoint);
  for (const KnownNode& node : bootstrap_nodes_)
    ping(now, dialable(Contact{node.info, node.reached_at, now, 0}));
}

void Engine::look_up(Instant now, const Key& key, Aim aim, std::size_t width) {
  ++counts_.lookups;
  std::vector<NodeInfo> known;
  LookupOptions options = options_.lookup;
  options.width = width;
  for (const Contact& one : table_.closest(key, options.width)) known.push_back(dialable(one));
  options.radius = table_.expected_radius(options.width + options.width / 2);
  table_.looked_up(now, key);
  Running running{Lookup(id_, key, known, options), aim, width, {}, 0};
  if (aim == Aim::find) {
    for (auto& found : store_.get(now, key))
      take_record(running, {found.age, std::move(found.record)});
  }
  lookups_.emplace(++last_lookup_, std::move(running));
}

void Engine::finish_lookups(Instant now) {
  for (auto at = lookups_.begin(); at != lookups_.end();) {
    if (!at->second.lookup.is_done()) {
      ++at;
      continue;
    }
    const Running running = std::move(at->second);
    at = lookups_.erase(at);
    finish(now, running);
  }
}

void Engine::finish(Instant now, const Running& running) {
  const Key& key = running.lookup.key();
  switch (running.aim) {
    case Aim::refresh: return;
    case Aim::publish: return store_at(now, key, running.lookup.result());
    case Aim::find: {
      const auto counts = running.lookup.counts();
      Found found{key, {}, counts.answered, counts.asked, running.hops, 0, {}, running.width};
      for (auto& node : running.lookup.result()) {
        found.depth = std::max(found.depth, node.hop);
        auto& endpoints = node.info.endpoints;
        std::erase(endpoints, node.reached_at);
        endpoints.insert(endpoints.begin(), node.reached_at);
        if (endpoints.size() > Limits::endpoints_max) endpoints.pop_back();
        found.nearest.push_back(std::move(node.info));
      }
      for (const auto& [node, record] : running.holders) found.holders.push_back(record);
      events_.emplace_back(std::move(found));
      return;
    }
    case Aim::ourselves:
      if (table_.size() == 0) return;
      is_bootstrapped_ = true;
      settle_again_in_ = options_.settle_every;
      next_settle_ = now + settle_again_in_;
      events_.emplace_back(Bootstrapped{table_.size()});
      // Kademlia, section 2.3: then those farther away than the nearest neighbour.
      for (const std::size_t bucket : table_.stale_buckets(now))
        look_up(now, table_.key_in_bucket(bucket, random_key()), Aim::refresh);
      return;
  }
}

Key Engine::random_key() {
  Key key;
  for (std::byte& byte : key.bytes) byte = static_cast<std::byte>(prng_.below(256));
  return key;
}

void Engine::find(Instant now, const Key& key, std::size_t width) {
  ASSERT(width <= Limits::shortlist_max);
  look_up(now, key, Aim::find, width);
}

void Engine::publish(Instant now, const Key& key, std::optional<PlanShare> share) {
  Publication& publication = publications_[key];
  publication.share = share;
  publication.next_at = now;
  if (!publication.is_under_way) begin_round(now, key);
}

void Engine::publish_in_turn(Instant now, const Key& key, std::optional<PlanShare> share) {
  Publication& publication = publications_[key];
  publication.share = share;
  publication.next_at = now;
}

std::optional<PublishRound> Engine::last_round(const Key& key) const {
  const auto at = publications_.find(key);
  return at == publications_.end() ? std::nullopt : at->second.last;
}

void Engine::withdraw(const Key& key) { publications_.erase(key); }

void Engine::begin_round(Instant now, const Key& key) {
  Publication& publication = publications_.at(key);
  publication.is_under_way = true;
  publication.asked = publication.kept = 0;
  look_up(now, key, Aim::publish);
}

void Engine::begin_due_rounds(Instant now) {
  std::vector<std::pair<Instant, Key>> due;
  for (const auto& [key, publication] : publications_) {
    if (!publication.is_under_way && publication.next_at <= now)
      due.emplace_back(publication.next_at, key);
  }
  // Those that have waited longest: when more is due than there is time for, each has its turn.
  const auto count = std::min(due.size(), rounds_per_tick);
  std::ranges::partial_sort(due, due.begin() + static_cast<std::ptrdiff_t>(count));
  for (std::size_t i = 0; i < count; ++i) begin_round(now, due[i].second);
}

void Engine::store_at(Instant now, const Key& key, const std::vector<Lookup::Answered>& nodes) {
  const auto at = publications_.find(key);
  if (at == publications_.end()) return;
  Publication& publication = at->second;
  publication.ttl = options_.pointer_ttl;
  publication.told = publication.share;
  // One more than nodes: the round ends here when there are none, or we cannot be reached.
  publication.waiting = 1;
  if (!own_endpoints_.empty()) {
    const auto since_start = std::chrono::duration_cast<seconds>(now - started_).count();
    publication.issue = std::max(publication.issue + 1,
                                 options_.first_issue + static_cast<std::uint64_t>(since_start));
    const HolderRecord record{.key = key,
                              .node_key = key_.public_key(),
                              .nonce = nonce_,
                              .node = id_,
                              .endpoints = own_endpoints_,
                              .share = publication.share,
                              .issue = publication.issue,
                              .ttl = options_.pointer_ttl};
    const base::Bytes bytes = sign(record, key_);
    publication.asked = nodes.size();
    publication.waiting += nodes.size();
    const bool is_near = nodes.size() < options_.lookup.width ||
                         distance(id_, key) < distance(nodes.back().info.id, key);
    if (is_near && store_.put(now, record, bytes, own_endpoints_.front())) ++publication.kept;
    for (const Lookup::Answered& one : nodes) {
      Target target = target_of(one.info);
      target.endpoints.insert(target.endpoints.begin(), one.reached_at);
      send(now, StoreRequest{bytes}, target, StoreTask{key});
    }
  }
  one_answered(now, key);
}

// Or failed to.
void Engine::one_answered(Instant now, const Key& key) {
  const auto at = publications_.find(key);
  if (at == publications_.end() || at->second.waiting == 0) return;
  Publication& publication = at->second;
  if (--publication.waiting > 0) return;
  publication.is_under_way = false;
  const seconds renewal = std::min(options_.republish_every, publication.ttl * 4 / 5);
  // Peers that have too much to do refuse, and so do those whose slots are full: the first soon
  // have room again, the second do not.
  const bool is_kept = publication.kept > 0 && 2 * publication.kept > publication.asked;
  publication.misses = is_kept ? 0 : std::min(publication.misses + 1, misses_max);
  const seconds rest =
      is_kept ? renewal
              : std::min(renewal, options_.rebootstrap_every * (1 << (publication.misses - 1)));
  // What has changed since the record was signed is told next.
  publication.next_at = publication.share == publication.told ? now + rest : now;
  publication.last = {publication.asked, publication.kept, now};
  events_.emplace_back(Published{key, publication.asked, publication.kept});
}

void Engine::tick(Instant now) {
  next_tick_ = now + tick_every;
  check_reachability(now);
  if (table_.size() == 0) {
    is_bootstrapped_ = false;
    if (next_knock_ <= now) {
      knock_again_in_ =
          std::min<std::chrono::nanoseconds>(2 * knock_again_in_, options_.rebootstrap_max);
      knock(now);
    }
  } else {
    knock_again_in_ = options_.rebootstrap_every;
    if (next_seek_ <= now) seek_families(now);
  }
  if (is_bootstrapped_ && next_settle_ <= now) settle(now);
  check_contacts(now);
  std::size_t refreshes = 0;
  for (const std::size_t bucket : table_.stale_buckets(now + -options_.refresh_every)) {
    if (!is_bootstrapped_ || refreshes++ == refreshes_per_tick) break;
    look_up(now, table_.key_in_bucket(bucket, random_key()), Aim::refresh);
  }
  begin_due_rounds(now);
  if (next_sweep_ <= now) {
    next_sweep_ = now + options_.sweep_every;
    // What could not be cleared away is tried again; the store counts damage.
    (void)store_.sweep(now);
  }
}

void Engine::settle(Instant now) {
  look_up(now, key_of(id_), Aim::refresh);
  settle_again_in_ =
      std::min<std::chrono::nanoseconds>(2 * settle_again_in_, options_.refresh_every);
  next_settle_ = now + settle_again_in_;
}

void Engine::check_contacts(Instant now) {
  std::size_t checks = 0;
  for (const Contact& contact :
       table_.unheard_of(now, options_.check_every, options_.recheck_every)) {
    const bool is_asked = std::ranges::any_of(
        waiting_, [&](const auto& one) { return one.second.to == contact.info.key; });
    if (is_asked) continue;
    if (checks++ == checks_per_tick) return;
    ping(now, dialable(contact));
  }
}

void Engine::check_reachability(Instant now) {
  std::vector<Endpoint> endpoints = reachability_.endpoints(now);
  if (endpoints == own_endpoints_) return;
  own_endpoints_ = std::move(endpoints);
  seek_again_in_ = options_.rebootstrap_every;
  next_seek_ = now + seek_again_in_;
  std::vector<IpAddress> addresses;
  addresses.reserve(own_endpoints_.size());
  for (const Endpoint& endpoint : own_endpoints_) addresses.push_back(endpoint.address);
  table_.set_own_addresses(addresses);
  rate_limit_.set_own_addresses(addresses);
  store_.set_own_addresses(addresses);
  options_.lookup.own_addresses = std::move(addresses);
  events_.emplace_back(Reached{own_endpoints_});
  if (own_endpoints_.empty()) return;
  // Who knows nobody as yet tells those it began with. Else our neighbours are to know us; the
  // others will hear of us when they look here.
  if (table_.size() == 0) knock(now);
  for (const Contact& contact : table_.closest(key_of(id_), 2 * options_.table.bucket_size))
    ping(now, dialable(contact));
  for (auto& [key, publication] : publications_) publication.next_at = now;
}

// A contact is spoken to where it answered last, which is of one family. So one packet lost when
// both were tried, or a family that came later, is made up for here.
void Engine::seek_families(Instant now) {
  seek_again_in_ = std::min<std::chrono::nanoseconds>(2 * seek_again_in_, options_.rebootstrap_max);
  next_seek_ = now + seek_again_in_;
  std::set<Endpoint> known(bootstrap_endpoints_.begin(), bootstrap_endpoints_.end());
  known.insert(neighbour_endpoints_.begin(), neighbour_endpoints_.end());
  for (const Contact& contact : table_.contacts())
    known.insert(contact.info.endpoints.begin(), contact.info.endpoints.end());
  for (const bool is_v4 : {true, false}) {
    if (is_reached_by(is_v4)) continue;
    std::vector<Endpoint> there;
    std::ranges::copy_if(known, std::back_inserter(there),
                         [&](const Endpoint& one) { return one.address.is_v4() == is_v4; });
    if (!there.empty()) knock_at(now, there[prng_.below(there.size())]);
  }
}

}  // namespace tesseras::dht

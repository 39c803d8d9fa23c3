#include "preserve/upkeep/watch.hpp"

#include <algorithm>
#include <set>

namespace tesseras::upkeep {

using replica::FragmentName;
using replica::Roster;

Watch::Watch(replica::Rosters& rosters, AuditNotes& notes, const dht::NodePublicKey& self,
             runtime::Log log)
    : rosters_(rosters), notes_(notes), self_(self), log_(log) {
  for (auto& [key, record] : notes_.take()) peers_[key].record = std::move(record);
}

void Watch::add(const base::PlanId& id, const replica::Plan& plan, bool is_own) {
  const auto at = plans_.find(id);
  if (at != plans_.end()) {
    at->second.is_own = at->second.is_own || is_own;
    return;
  }
  plans_.emplace(id, WatchedPlan{plan.content_hash, plan.shape, plan.fragments, is_own});
}

void Watch::remove(const base::PlanId& id) {
  const auto at = plans_.find(id);
  if (at == plans_.end()) return;
  forget([&](const FragmentName& name) { return name.plan == id; });
  plans_.erase(at);
}

void Watch::all_are_added() {
  has_all_ = true;
  forget([&](const FragmentName& name) { return !plans_.contains(name.plan); });
}

// Of all peers, and on disk.
void Watch::forget(const AuditRecord::IsGone& is_gone) {
  for (auto& [key, peer] : peers_)
    if (peer.record.forget(is_gone)) note(key, peer.record);
}

void Watch::disown(const base::PlanId& id) {
  if (const auto at = plans_.find(id); at != plans_.end()) at->second.is_own = false;
}

void Watch::set(const Roster& roster) {
  const auto written = rosters_.set(roster);
  if (!written) {
    log_.warn("who keeps fragments could not be noted", {{"why", written.error().message}});
  }
}

void Watch::note(const dht::NodePublicKey& peer, const AuditRecord& record) {
  const auto written = notes_.set(peer, record);
  if (!written) {
    log_.warn("what an audit has found could not be noted", {{"why", written.error().message}});
  }
}

void Watch::merge(const base::PlanId& id, std::span<const dht::HolderRecord> records) {
  Roster roster = rosters_.of(id);
  const Roster before = roster;
  for (const auto& record : records) {
    if (!record.share || record.share->plan != id || record.node_key == self_) continue;
    const dht::NodeInfo node{record.node, record.node_key, record.nonce, record.endpoints, {}};
    for (unsigned i = 0; i < record.share->fragments.size(); ++i)
      if (record.share->fragments.test(i)) roster.add(node, i, 0);
  }
  if (roster != before) set(roster);
}

void Watch::acknowledged(const base::PlanId& id, const dht::NodeInfo& node, unsigned fragment,
                         base::WallTime now) {
  Roster roster = rosters_.of(id);
  roster.add(node, fragment, now.unix_seconds);
  set(roster);
}

void Watch::was_asked(const dht::NodePublicKey& peer, std::span<const FragmentName> proved,
                      base::WallTime now) {
  note(peer, peers_[peer].record);
  std::set<base::PlanId> plans;
  for (const auto& name : proved) plans.insert(name.plan);
  for (const auto& plan : plans) {
    Roster roster = rosters_.of(plan);
    const auto at = roster.holders.find(peer);
    if (at == roster.holders.end()) continue;
    at->second.proved_seconds = now.unix_seconds;
    set(roster);
  }
}

void Watch::let_go(const dht::NodePublicKey& peer, const FragmentName& name) {
  Roster roster = rosters_.of(name.plan);
  roster.remove(peer, name.fragment);
  set(roster);
  if (const auto at = peers_.find(peer); at != peers_.end()) {
    at->second.record.forget([&](const FragmentName& one) { return one == name; });
    note(peer, at->second.record);
  }
}

std::span<const Sample> Watch::next_questions(const dht::NodePublicKey& peer, std::uint64_t seed) {
  const auto shared = shared_with(peer);
  auto& record = peers_[peer].record;
  if (has_all_) record.forget_all_but(shared);
  return record.next(shared, seed);
}

std::set<dht::NodePublicKey> Watch::keepers() const {
  std::set<dht::NodePublicKey> keepers;
  for (const auto& [id, plan] : plans_) {
    const auto at = rosters_.all().find(id);
    if (at == rosters_.all().end()) continue;
    for (const auto& [key, holder] : at->second.holders) keepers.insert(key);
  }
  return keepers;
}

dht::NodeInfo Watch::node_of(const dht::NodePublicKey& key) const {
  for (const auto& [id, roster] : rosters_.all()) {
    const auto at = roster.holders.find(key);
    if (at != roster.holders.end()) return at->second.node;
  }
  dht::NodeInfo unknown;
  unknown.key = key;
  return unknown;
}

std::vector<SharedFragment> Watch::shared_with(const dht::NodePublicKey& peer) const {
  std::vector<SharedFragment> shared;
  for (const auto& [id, plan] : plans_) {
    const auto roster = rosters_.all().find(id);
    if (roster == rosters_.all().end()) continue;
    const auto holder = roster->second.holders.find(peer);
    if (holder == roster->second.holders.end()) continue;
    for (unsigned i = 0; i < plan.shape.fragments(); ++i) {
      if (holder->second.fragments.test(i))
        shared.push_back(
            {{id, i}, plan.content_hash, plan.hash_of(i), plan.shape.fragment_bytes()});
    }
  }
  return shared;
}

Presence Watch::presence(const dht::NodePublicKey& peer, const FragmentName& name) const {
  const auto at = peers_.find(peer);
  return at == peers_.end() ? Presence::live : at->second.record.presence(name);
}

bool Watch::is_with_another(const dht::NodePublicKey& than, const FragmentName& name,
                            base::WallTime now) const {
  const auto roster = rosters_.of(name.plan);
  return std::ranges::any_of(roster.holders, [&](const auto& one) {
    const auto& [key, holder] = one;
    if (key == than || !holder.fragments.test(name.fragment)) return false;
    const auto peer = peers_.find(key);
    return peer != peers_.end() && peer->second.record.has_proved_lately(name, now);
  });
}

bool Watch::may_be_given_more(const dht::NodePublicKey& peer, base::WallTime now) const {
  const auto at = peers_.find(peer);
  return at == peers_.end() || at->second.record.may_be_given_more(now);
}

std::vector<Holder> Watch::holders_of(const base::PlanId& id) const {
  std::vector<Holder> holders;
  const auto roster = rosters_.of(id);
  for (const auto& [key, kept] : roster.holders) {
    Holder holder{kept.node.id, {}, {}, {}};
    for (unsigned i = 0; i < kept.fragments.size(); ++i) {
      if (!kept.fragments.test(i)) continue;
      switch (presence(key, {id, i})) {
        case Presence::live: holder.live.set(i); break;
        case Presence::away: holder.away.set(i); break;
        case Presence::late: holder.late.set(i); break;
        case Presence::lost: break;
      }
    }
    holders.push_back(holder);
  }
  return holders;
}

std::vector<replica::Recipient> Watch::recipients_of(const base::PlanId& id,
                                                     const dht::Found& found,
                                                     std::span<const runtime::Endpoint> own,
                                                     const replica::Ledger& ledger,
                                                     base::WallTime now) const {
  const auto counted = [&](const dht::NodePublicKey& key,
                           const Fragments& kept) -> std::optional<Fragments> {
    if (!may_be_given_more(key, now)) return std::nullopt;
    Fragments live;
    for (unsigned i = 0; i < kept.size(); ++i)
      live.set(i, kept.test(i) && presence(key, {id, i}) == Presence::live);
    return live;
  };
  return replica::recipients_of(found, rosters_.of(id), own, ledger, counted);
}

}  // namespace tesseras::upkeep

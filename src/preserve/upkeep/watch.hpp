// What a node knows of the plans that it cares for: who keeps what of them, and how far that
// counts. On one thread, and without I/O but for the rosters and what audits have found.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "foundation/base/strong_id.hpp"
#include "foundation/runtime/log.hpp"
#include "preserve/dht/holder_record.hpp"
#include "preserve/replica/plan.hpp"
#include "preserve/replica/recipients.hpp"
#include "preserve/replica/rosters.hpp"
#include "preserve/upkeep/assessment.hpp"
#include "preserve/upkeep/audit_notes.hpp"
#include "preserve/upkeep/audit_record.hpp"
#include "preserve/upkeep/challenges.hpp"

namespace tesseras::upkeep {

struct WatchedPlan {
  base::ContentHash content_hash;
  erasure::Shape shape;
  std::vector<crypto::Blake3Hash> hashes;  // as replica::Plan has them
  bool is_own = false;                     // this node's user is its author

  const crypto::Blake3Hash& hash_of(unsigned fragment) const {
    return hashes.size() == 1 ? hashes.front() : hashes.at(fragment);
  }
};

// Another node that keeps something of them.
struct WatchedPeer {
  AuditRecord record;
  std::optional<base::WallTime> given_at;  // by a repair, and not asked since; stretched
  bool is_being_asked = false;
};

class Watch {
 public:
  // The rosters outlive it, and are also changed by who gives fragments away; so do the notes, of
  // which it takes what they say.
  Watch(replica::Rosters& rosters, AuditNotes& notes, const dht::NodePublicKey& self,
        runtime::Log log);

  void add(const base::PlanId& id, const replica::Plan& plan, bool is_own);
  // It is no concern of this node any more.
  void remove(const base::PlanId& id);
  // Its user is not concerned with it any more; what is kept of it may be.
  void disown(const base::PlanId& id);
  const std::map<base::PlanId, WatchedPlan>& plans() const { return plans_; }
  // After a start: every plan that concerns this node has been added. What is known of fragments
  // of others is forgotten, and from now on that of fragments that a peer does not keep any more.
  void all_are_added();
  bool has_all() const { return has_all_; }

  // Holders as the network tells of them: what they say that they keep is to be proved.
  void merge(const base::PlanId& id, std::span<const dht::HolderRecord> records);
  // A peer has acknowledged one that we have given it.
  void acknowledged(const base::PlanId& id, const dht::NodeInfo& node, unsigned fragment,
                    base::WallTime now);
  // And that was a repair; `now` is stretched. It is asked soon.
  void was_given(const dht::NodePublicKey& peer, base::WallTime now) {
    peers_[peer].given_at = now;
  }
  // A peer was asked, and its record told what came of it. At this real time it has proved these.
  void was_asked(const dht::NodePublicKey& peer, std::span<const replica::FragmentName> proved,
                 base::WallTime now);
  // It is not counted as this peer's any more.
  void let_go(const dht::NodePublicKey& peer, const replica::FragmentName& name);

  // What to ask a peer next; good until the next call of anything of its record.
  std::span<const Sample> next_questions(const dht::NodePublicKey& peer, std::uint64_t seed);

  // Those that keep anything.
  std::set<dht::NodePublicKey> keepers() const;
  // What is known of one; it stays where it is.
  WatchedPeer& peer(const dht::NodePublicKey& key) { return peers_[key]; }
  // Where it was met; without endpoints when it keeps nothing.
  dht::NodeInfo node_of(const dht::NodePublicKey& key) const;
  // What the peer says that it keeps of all plans, sorted by name.
  std::vector<SharedFragment> shared_with(const dht::NodePublicKey& peer) const;
  replica::Roster roster_of(const base::PlanId& id) const { return rosters_.of(id); }
  Presence presence(const dht::NodePublicKey& peer, const replica::FragmentName& name) const;
  // Whether a holder other than this one has proved that it keeps it, and was there lately; `now`
  // is stretched.
  bool is_with_another(const dht::NodePublicKey& than, const replica::FragmentName& name,
                       base::WallTime now) const;
  // Whether it may be given further fragments, as far as is known; `now` is stretched.
  bool may_be_given_more(const dht::NodePublicKey& peer, base::WallTime now) const;
  // For assess() and safety_of().
  std::vector<Holder> holders_of(const base::PlanId& id) const;
  // Who may be given fragments of the plan: not who owes proofs, and who keeps something and does
  // not count for it now may be given the same again. `own`: where this node is; `now` is
  // stretched.
  std::vector<replica::Recipient> recipients_of(const base::PlanId& id, const dht::Found& found,
                                                std::span<const runtime::Endpoint> own,
                                                const replica::Ledger& ledger,
                                                base::WallTime now) const;

 private:
  void set(const replica::Roster& roster);
  void note(const dht::NodePublicKey& peer, const AuditRecord& record);
  void forget(const AuditRecord::IsGone& is_gone);

  replica::Rosters& rosters_;
  AuditNotes& notes_;
  dht::NodePublicKey self_;
  runtime::Log log_;
  std::map<base::PlanId, WatchedPlan> plans_;
  std::map<dht::NodePublicKey, WatchedPeer> peers_;
  bool has_all_ = false;
};

}  // namespace tesseras::upkeep

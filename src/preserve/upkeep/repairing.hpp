// Looking after the plans of which this node keeps something, and those of its own user: who keeps
// what, whether that is enough, and, when it is this node's turn, making again what is gone
// (spec/repair.md). On the thread of the loop.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "foundation/runtime/disk.hpp"
#include "foundation/runtime/log.hpp"
#include "foundation/runtime/offload.hpp"
#include "foundation/runtime/tasks.hpp"
#include "foundation/transport/transport.hpp"
#include "preserve/dht/service.hpp"
#include "preserve/replica/distribution.hpp"
#include "preserve/replica/fetch.hpp"
#include "preserve/replica/fragment_store.hpp"
#include "preserve/replica/ledger.hpp"
#include "preserve/replica/pack_fragments.hpp"
#include "preserve/upkeep/kept_packs.hpp"
#include "preserve/upkeep/repair_order.hpp"
#include "preserve/upkeep/repair_turn.hpp"
#include "preserve/upkeep/tempo.hpp"
#include "preserve/upkeep/watch.hpp"

namespace tesseras::upkeep {

using runtime::Task;

struct RepairingOptions {
  // How often it is asked who keeps what of a plan, and by how much more or less.
  std::chrono::seconds look_every{86'400};
  std::chrono::seconds look_jitter{7200};
  std::size_t transfers_max = 4;
  // What may be taken by packs of which repairs were made, and what must stay free of the disk.
  std::uint64_t packs_bytes_max = 0;
  std::uint64_t min_free_bytes = 0;
  // A plan of this node's own user is in need, and others do not count as holders of these any
  // more: whoever has the tessera gives it anew.
  std::function<void(const base::ContentHash&)> on_own_need;
  // A fragment that this node keeps was made again.
  std::function<void(const base::ContentHash&)> on_mended;
  // It has just been asked who keeps a tessera: these may know whether it was taken back. The same
  // of a peer that says so.
  std::function<void(const base::ContentHash&, std::vector<dht::NodeInfo> holders)> on_asked;
};

class Repairing {
 public:
  struct Counts {
    std::size_t plans = 0;      // that are looked after
    std::size_t in_need = 0;    // of these
    std::size_t at_risk = 0;    // of these: urgent, or what is left does not suffice now
    std::uint64_t repairs = 0;  // that ended well
    std::uint64_t repairs_failed = 0;
    std::uint64_t fragments_made = 0;    // and given to others
    std::uint64_t fragments_mended = 0;  // of this node's own
  };

  // Looks until it is dropped; all that is given outlives it. `folder` is its own, and it goes on
  // from what an earlier run has left there.
  Repairing(runtime::Offload offload, runtime::Disk& disk, runtime::path folder,
            transport::Transport& transport, dht::Service& dht,
            std::shared_ptr<replica::FragmentStore> store, std::shared_ptr<replica::Ledger> ledger,
            Watch& watch, Tempo tempo, RepairingOptions options, runtime::Log log);

  Counts counts() const;
  // Since it began, once: those of all that the store keeps are with the watch.
  bool has_read_all_plans() const { return has_read_all_plans_; }
  // What this node keeps of it, whole, and whether what is missing of it is to be made again.
  Fragments kept_here(const base::PlanId& id) const;
  bool is_in_need(const base::PlanId& id) const;
  // This peer gets a fragment from here. Another holder does that to repair.
  void on_giving(const dht::NodePublicKey& to, const base::PlanId& id);

 private:
  struct Plan {
    base::Instant look_at;               // it is asked then who keeps it
    std::vector<transport::Peer> whole;  // who says so of all of it; they are not holders
    bool was_asked_about = false;        // before, it is not known what is missing
    std::optional<Need> need;
    bool others_work = false;  // since it was assessed
    std::uint64_t turn_seed = 0;
    base::Instant not_before;  // a repair has come to nothing
    Assessment assessment;
  };
  // What the store keeps of a plan.
  struct Kept {
    Fragments whole;
    Fragments quarantined;
    std::optional<dht::NodePublicKey> charged_to;  // whoever had it kept; nullopt: not known
  };

  void take_over();
  Task<void> keep_looking();
  Task<Result<void>> look_into_store();
  Task<void> ask_network();
  Task<void> ask_network_about(base::PlanId id);
  void assess_all();
  void assess_one(const base::PlanId& id, Plan& plan);
  std::optional<base::PlanId> next_in_need();
  bool is_due(const base::PlanId& id, const Plan& plan) const;
  bool is_free_riders(const base::PlanId& id) const;

  Task<void> work_on(base::PlanId id);
  Task<bool> has_room();
  Task<void> drop_packs(bool has_room);
  Task<void> drop_gathered(bool has_room);
  Task<void> remove_folder(base::PlanId id);
  Task<void> keep_gathered(base::PlanId id);
  Task<Result<void>> repair(base::PlanId id);
  Task<Result<void>> mend(base::PlanId id);
  Task<Result<replica::Fetched>> fetch(base::PlanId id);
  Task<Result<std::shared_ptr<const replica::PackFragments>>> fragments_of(base::PlanId id);
  Task<Result<std::vector<replica::Recipient>>> recipients(base::PlanId id);
  // What the network says of who keeps it.
  void merge(const base::PlanId& id, std::span<const dht::HolderRecord> records);
  void give_own_anew(const base::PlanId& id);
  void ask_whether_taken_back(const base::PlanId& id) const;

  base::Instant now() const { return tempo_.stretched(offload_.loop().now()); }
  std::uint64_t random(std::uint64_t end);
  runtime::path folder_of(const base::PlanId& id) const { return folder_ / id.hex(); }

  runtime::Offload offload_;
  runtime::Disk& disk_;
  runtime::path folder_;
  transport::Transport& transport_;
  dht::Service& dht_;
  std::shared_ptr<replica::FragmentStore> store_;
  std::shared_ptr<replica::Ledger> ledger_;
  Watch& watch_;
  Tempo tempo_;
  RepairingOptions options_;
  runtime::Log log_;
  std::map<base::PlanId, Plan> plans_;
  std::map<base::PlanId, Kept> kept_;
  std::set<base::PlanId> gathered_;  // of these a repair has got something, and no pack yet
  KeptPacks packs_;
  Counts counts_;
  bool has_read_all_plans_ = false;
  runtime::Tasks tasks_;  // dropped first
};

}  // namespace tesseras::upkeep

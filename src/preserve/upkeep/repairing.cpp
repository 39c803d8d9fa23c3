#include "preserve/upkeep/repairing.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "foundation/runtime/waiter.hpp"
#include "preserve/replica/limits.hpp"
#include "preserve/upkeep/repair_folder.hpp"

namespace tesseras::upkeep {

using base::Code;
using base::fail;
using base::PlanId;
using dht::key_of;
using replica::FragmentName;
using replica::PackFragments;
using replica::Recipient;
using replica::SignedPlan;

namespace {

constexpr std::chrono::seconds find_patience{45};
// How often all plans are assessed, where time is as it is.
constexpr std::chrono::minutes assess_every{5};
constexpr std::chrono::milliseconds assess_every_min{500};
// A repair that has come to nothing is tried again after that.
constexpr std::chrono::hours retry_after{1};
// Of a plan that is new here: whoever gives it should have given all of it by then.
constexpr std::chrono::seconds first_look_after{60};
// Plans that are read from the store, and asked the network about, before others have their turn.
constexpr std::size_t plans_per_round = 64;

Task<Result<std::shared_ptr<const SignedPlan>>> plan_of(
    runtime::Offload offload, std::shared_ptr<replica::FragmentStore> store, PlanId id) {
  co_return co_await offload.run([store, id]() -> Result<std::shared_ptr<const SignedPlan>> {
    return std::make_shared<const SignedPlan>(TRY(store->plan(id)));
  });
}

}  // namespace

Repairing::Repairing(runtime::Offload offload, runtime::Disk& disk, runtime::path folder,
                     transport::Transport& transport, dht::Service& dht,
                     std::shared_ptr<replica::FragmentStore> store,
                     std::shared_ptr<replica::Ledger> ledger, Watch& watch, Tempo tempo,
                     RepairingOptions options, runtime::Log log)
    : offload_(offload),
      disk_(disk),
      folder_(std::move(folder)),
      transport_(transport),
      dht_(dht),
      store_(std::move(store)),
      ledger_(std::move(ledger)),
      watch_(watch),
      tempo_(tempo),
      options_(std::move(options)),
      log_(log),
      packs_(options_.packs_bytes_max),
      tasks_(offload.loop()) {
  take_over();
  tasks_.spawn(keep_looking());
}

// What an earlier run has gathered, and packs that it has made.
void Repairing::take_over() {
  const auto wall_now = tempo_.stretched(offload_.loop().wall_now());
  for (const auto& one : left_behind(disk_, folder_)) {
    if (!one.pack_since) {
      gathered_.insert(one.plan);
      continue;
    }
    const auto since = std::min(tempo_.stretched(*one.pack_since), wall_now);
    const std::chrono::seconds age(wall_now.unix_seconds - since.unix_seconds);
    packs_.keep(one.plan, nullptr, one.bytes,
                now() + -std::min<std::chrono::seconds>(age, pack_time));
  }
}

Repairing::Counts Repairing::counts() const {
  Counts counts = counts_;
  counts.plans = plans_.size();
  for (const auto& [id, plan] : plans_) {
    const auto& assessment = plan.assessment;
    if (assessment.needs_replication) ++counts.in_need;
    if (assessment.is_urgent || (assessment.needs_replication && !assessment.can_be_rebuilt()))
      ++counts.at_risk;
  }
  return counts;
}

Fragments Repairing::kept_here(const PlanId& id) const {
  const auto kept = kept_.find(id);
  return kept == kept_.end() ? Fragments() : kept->second.whole;
}

bool Repairing::is_in_need(const PlanId& id) const {
  const auto plan = plans_.find(id);
  return plan != plans_.end() && plan->second.need.has_value();
}

void Repairing::on_giving(const dht::NodePublicKey& to, const PlanId& id) {
  const auto at = plans_.find(id);
  if (at == plans_.end() || !watch_.roster_of(id).holders.contains(to)) return;
  at->second.others_work = true;
}

std::uint64_t Repairing::random(std::uint64_t end) {
  std::uint64_t number = 0;
  offload_.loop().fill_random(std::as_writable_bytes(std::span(&number, 1)));
  return end == 0 ? 0 : number % end;
}

Task<void> Repairing::keep_looking() {
  auto& loop = offload_.loop();
  for (;;) {
    if (const auto looked = co_await look_into_store(); !looked) {
      log_.warn("what this node keeps cannot be looked at", {{"why", looked.error().message}});
    }
    const bool has_room = co_await this->has_room();
    co_await drop_packs(has_room);
    co_await ask_network();
    assess_all();
    co_await drop_gathered(has_room);
    if (const auto next = next_in_need()) co_await work_on(*next);
    const auto pause = std::max<base::nanoseconds>(tempo_.real(assess_every), assess_every_min);
    co_await runtime::sleep_until(loop, loop.now() + pause);
  }
}

// Plans come and go with the fragments that are kept.
Task<Result<void>> Repairing::look_into_store() {
  const auto references =
      CO_TRY(co_await offload_.run([store = store_]() -> Result<std::vector<replica::Reference>> {
        return store->references();
      }));
  kept_.clear();
  for (const auto& one : references) {
    auto& kept = kept_[one.name.plan];
    (one.is_quarantined ? kept.quarantined : kept.whole).set(one.name.fragment);
    if (one.charge && !one.charge->is_repair) kept.charged_to = one.charge->peer;
  }
  std::size_t read = 0;
  for (const auto& [id, kept] : kept_) {
    if (watch_.plans().contains(id)) continue;
    if (read == plans_per_round) break;
    ++read;
    const auto plan = co_await plan_of(offload_, store_, id);
    if (plan) watch_.add(id, (*plan)->plan(), false);
  }
  if (read < plans_per_round) has_read_all_plans_ = true;
  std::vector<PlanId> gone;
  for (const auto& [id, plan] : watch_.plans()) {
    if (!plan.is_own && !kept_.contains(id)) gone.push_back(id);
    if (plans_.contains(id)) continue;
    auto& added = plans_[id];
    added.look_at = offload_.loop().now() + std::min(options_.look_every, first_look_after);
    added.turn_seed = random(UINT64_MAX);
  }
  for (const auto& id : gone) watch_.remove(id);
  std::erase_if(plans_, [&](const auto& one) { return !watch_.plans().contains(one.first); });
  co_return Result<void>();
}

// The disk is to stay as free as its operator wants.
Task<bool> Repairing::has_room() {
  const auto free = co_await offload_.run(
      [&disk = disk_, folder = folder_] { return disk.free_bytes(folder.parent_path()); });
  co_return !free || *free >= options_.min_free_bytes;
}

Task<void> Repairing::drop_packs(bool has_room) {
  const auto gone = packs_.take_gone(now(), [&](const PlanId& id) {
    return has_room && (plans_.contains(id) || !has_read_all_plans_);
  });
  for (const auto& one : gone) co_await remove_folder(one.plan);
}

// What was gathered for plans that are not in need any more, or are none of ours.
Task<void> Repairing::drop_gathered(bool has_room) {
  std::vector<PlanId> unneeded;
  for (const auto& id : gathered_) {
    const auto plan = plans_.find(id);
    const bool is_unknown = plan == plans_.end() && has_read_all_plans_;
    const bool is_well = plan != plans_.end() && plan->second.was_asked_about &&
                         !plan->second.need && plan->second.assessment.corrupt_here.none();
    if (!has_room || is_unknown || is_well) unneeded.push_back(id);
  }
  for (const auto& id : unneeded) co_await remove_folder(id);
}

Task<void> Repairing::remove_folder(PlanId id) {
  gathered_.erase(id);
  (void)co_await offload_.run(
      [&disk = disk_, folder = folder_of(id)] { return disk.remove_tree(folder); });
}

Task<void> Repairing::ask_network() {
  std::vector<PlanId> due;
  for (const auto& [id, plan] : plans_)
    if (plan.look_at <= offload_.loop().now() && due.size() < plans_per_round) due.push_back(id);
  for (const auto& id : due) co_await ask_network_about(id);
}

Task<void> Repairing::ask_network_about(PlanId id) {
  const auto at = watch_.plans().find(id);
  if (at == watch_.plans().end()) co_return;
  const auto found =
      co_await dht_.find(key_of(at->second.content_hash), offload_.loop().now() + find_patience);
  if (found) merge(id, found->holders);
  ask_whether_taken_back(id);
  if (const auto plan = plans_.find(id); found && plan != plans_.end())
    plan->second.was_asked_about = true;
  const auto jitter = std::min(options_.look_jitter, options_.look_every);
  const auto more =
      std::chrono::seconds(random(2 * static_cast<std::uint64_t>(jitter.count()) + 1));
  if (const auto plan = plans_.find(id); plan != plans_.end())
    plan->second.look_at = offload_.loop().now() + (options_.look_every - jitter + more);
}

void Repairing::merge(const PlanId& id, std::span<const dht::HolderRecord> records) {
  watch_.merge(id, records);
  if (const auto plan = plans_.find(id); plan != plans_.end())
    plan->second.whole = replica::whole_of(records, dht_.engine().self().key);
}

void Repairing::ask_whether_taken_back(const PlanId& id) const {
  if (!options_.on_asked) return;
  std::vector<dht::NodeInfo> holders;
  const auto roster = watch_.roster_of(id);
  holders.reserve(roster.holders.size());
  for (const auto& [key, holder] : roster.holders) holders.push_back(holder.node);
  options_.on_asked(watch_.plans().at(id).content_hash, std::move(holders));
}

void Repairing::assess_one(const PlanId& id, Plan& plan) {
  const auto& watched = watch_.plans().at(id);
  const auto holders = watch_.holders_of(id);
  const auto kept = kept_.find(id);
  const bool has_any = kept != kept_.end();
  plan.assessment = assess({.shape = watched.shape,
                            .kept_here = kept_here(id),
                            .corrupt_here = has_any ? kept->second.quarantined : Fragments(),
                            .holders = holders,
                            .is_under_repair = plan.need.has_value() || packs_.has(id)});
  const bool was_in_need = plan.need.has_value();
  plan.need = follow(plan.need, plan.assessment, now(), std::exchange(plan.others_work, false));
  if (plan.need.has_value() == was_in_need) return;
  log_.info(was_in_need ? "a tessera is whole again among its holders" : "a tessera is in need",
            {{"plan", id.hex()},
             {"counted", plan.assessment.counted},
             {"at_hand", plan.assessment.at_hand},
             {"urgent", plan.assessment.is_urgent}});
}

void Repairing::assess_all() {
  for (auto& [id, plan] : plans_)
    if (plan.was_asked_about) assess_one(id, plan);
}

bool Repairing::is_due(const PlanId& id, const Plan& plan) const {
  if (plan.not_before > now()) return false;
  if (plan.assessment.corrupt_here.any()) return true;
  const auto& watched = watch_.plans().at(id);
  if (!plan.need) return false;
  // The author gives it anew from what it has; nobody has to be asked for that.
  if (watched.is_own) return true;
  // Nobody else could do it for less.
  if (packs_.has(id)) return true;
  const auto holders = watch_.holders_of(id);
  const auto turn = turn_of(dht_.engine().self().id, key_of(watched.content_hash), holders,
                            plan.assessment.is_urgent, plan.turn_seed);
  return begins_at(*plan.need, turn) <= now();
}

// Of whom nothing is known, as of those whose fragments came by a repair, is none.
bool Repairing::is_free_riders(const PlanId& id) const {
  const auto kept = kept_.find(id);
  return kept != kept_.end() && kept->second.charged_to &&
         ledger_->account(*kept->second.charged_to).deficit() > 0;
}

std::optional<PlanId> Repairing::next_in_need() {
  std::vector<PlanInNeed> due;
  for (const auto& [id, plan] : plans_) {
    if (is_due(id, plan))
      due.push_back(
          {id, plan.assessment, plan.need ? plan.need->since : now(), is_free_riders(id)});
  }
  if (due.empty()) return std::nullopt;
  sort_by_need(due, now());
  return due.front().plan;
}

Task<void> Repairing::work_on(PlanId id) {
  Plan& plan = plans_.at(id);
  plan.not_before = now() + retry_after;
  if (watch_.plans().at(id).is_own && !plan.assessment.corrupt_here.any()) {
    give_own_anew(id);
    co_return;
  }
  const bool is_mending = plan.assessment.corrupt_here.any();
  const auto done = is_mending ? co_await mend(id) : co_await repair(id);
  // What could be got stays: the next attempt goes on from there, when others are back.
  if (packs_.has(id))
    gathered_.erase(id);
  else if (done)
    co_await remove_folder(id);
  else
    co_await keep_gathered(id);
  ++(done ? counts_.repairs : counts_.repairs_failed);
  if (!done) {
    log_.warn("a tessera could not be repaired; it will be tried again",
              {{"plan", id.hex()}, {"why", done.error().message}});
  }
}

// For the next attempt, also after a power cut.
Task<void> Repairing::keep_gathered(PlanId id) {
  gathered_.insert(id);
  (void)co_await offload_.run(
      [&disk = disk_, folder = folder_of(id)] { return disk.sync_tree(folder); });
}

// What its holders do not count for is nobody's any more, so that it is given to others.
void Repairing::give_own_anew(const PlanId& id) {
  const auto& missing = plans_.at(id).assessment.missing;
  const auto roster = watch_.roster_of(id);
  for (const auto& [key, holder] : roster.holders) {
    for (unsigned i = 0; i < missing.size(); ++i) {
      if (missing.test(i) && holder.fragments.test(i)) watch_.let_go(key, {id, i});
    }
  }
  if (options_.on_own_need) options_.on_own_need(watch_.plans().at(id).content_hash);
}

Task<Result<void>> Repairing::repair(PlanId id) {
  const auto plan = CO_TRY(co_await plan_of(offload_, store_, id));
  auto to = CO_TRY(co_await recipients(id));
  // Others may have been at work since.
  Plan& state = plans_.at(id);
  assess_one(id, state);
  if (!state.assessment.needs_replication) co_return Result<void>();
  const auto missing = state.assessment.missing;
  std::vector<replica::Candidate> candidates;
  candidates.reserve(to.size());
  for (const auto& one : to) candidates.push_back(one.candidate);
  if (replica::place(plan->plan().shape, missing, candidates).choices.empty())
    co_return fail(Code::unavailable, "nobody is known who could take a fragment");
  const auto fragments = CO_TRY(co_await fragments_of(id));
  replica::DistributionOptions options;
  options.plan = plan;
  options.wanted = missing;
  options.is_repair = true;
  options.recipients = std::move(to);
  options.open = [fragments](unsigned fragment, std::uint64_t offset) {
    return fragments->open(fragment, offset);
  };
  options.transfers_max = options_.transfers_max;
  options.on_taken_back = [this, hash = plan->plan().content_hash](const dht::NodeInfo& node) {
    if (options_.on_asked) options_.on_asked(hash, {node});
  };
  options.on_kept = [this, id](const dht::NodeInfo& node, unsigned fragment) {
    ++counts_.fragments_made;
    watch_.acknowledged(id, node, fragment, offload_.loop().wall_now());
    watch_.was_given(node.key, tempo_.stretched(offload_.loop().wall_now()));
  };
  const auto done =
      CO_TRY(co_await replica::distribute(transport_, offload_, log_, std::move(options)));
  if (done.kept.none()) co_return fail(Code::unavailable, "nobody takes a fragment now");
  log_.info("a tessera was repaired",
            {{"plan", id.hex()}, {"made", done.kept.count()}, {"homeless", done.homeless.size()}});
  const auto& shape = plan->plan().shape;
  if (is_worth_keeping(shape.tier()) && !packs_.has(id)) {
    packs_.keep(id, fragments, shape.fragments() * shape.fragment_bytes(), now());
    // Where it is not written down, it is gathered anew after the next start.
    (void)co_await offload_.run(
        [&disk = disk_, folder = folder_of(id), since = offload_.loop().wall_now()] {
          return note_pack(disk, folder, since);
        });
  }
  co_return Result<void>();
}

// What this node kept, and has rotted.
Task<Result<void>> Repairing::mend(PlanId id) {
  const auto rotten = plans_.at(id).assessment.corrupt_here;
  const auto plan = CO_TRY(co_await plan_of(offload_, store_, id));
  const auto fragments = CO_TRY(co_await fragments_of(id));
  CO_TRY(co_await offload_.run(
      [store = store_, plan, fragments, rotten, own = dht_.engine().self().key]() -> Result<void> {
        base::Bytes piece(replica::Limits::piece_bytes);
        for (unsigned i = 0; i < plan->plan().shape.fragments(); ++i) {
          if (!rotten.test(i)) continue;
          auto writer = TRY(store->receive(*plan, i, own));
          const auto next = TRY(fragments->open(i, writer.offset()));
          for (auto count = TRY(next(piece)); count > 0; count = TRY(next(piece)))
            TRY(writer.append(base::ByteSpan(piece).first(count)));
          // It stays charged to whom it was. If it was dropped meanwhile, it is not wanted.
          if (TRY(store->keep(writer, replica::Charge{}))) TRY(store->drop({plan->id(), i}));
        }
        return {};
      }));
  counts_.fragments_mended += rotten.count();
  log_.info("what had rotted was made again", {{"plan", id.hex()}, {"fragments", rotten.count()}});
  if (options_.on_mended) options_.on_mended(plan->plan().content_hash);
  co_return Result<void>();
}

// All fragments, out of those that are kept here and by others.
Task<Result<std::shared_ptr<const PackFragments>>> Repairing::fragments_of(PlanId id) {
  if (auto kept = packs_.find(id)) co_return kept;
  const auto fetched = CO_TRY(co_await fetch(id));
  if (fetched.plan->id() != id)
    co_return fail(Code::unavailable, "others keep it by another plan of its author");
  auto fragments =
      CO_TRY(co_await offload_.run([&disk = disk_, folder = folder_of(id) / "made", fetched] {
        return PackFragments::make(disk, folder, fetched.plan->plan(), fetched.open_pack);
      }));
  if (packs_.has(id)) packs_.opened(id, fragments);
  co_return fragments;
}

Task<Result<replica::Fetched>> Repairing::fetch(PlanId id) {
  replica::FetchOptions options;
  options.content_hash = watch_.plans().at(id).content_hash;
  options.folder = folder_of(id);
  options.own = store_;
  const auto roster = watch_.roster_of(id);
  for (const auto& [key, holder] : roster.holders)
    options.sources.push_back({transport::PeerId{key.bytes}, holder.node.endpoints});
  // What they give is not counted, but it serves.
  if (const auto plan = plans_.find(id); plan != plans_.end())
    std::ranges::copy(plan->second.whole, std::back_inserter(options.sources));
  co_return co_await replica::fetch(transport_, offload_, disk_, log_, std::move(options));
}

Task<Result<std::vector<Recipient>>> Repairing::recipients(PlanId id) {
  const auto found = CO_TRY(co_await dht_.survey(key_of(watch_.plans().at(id).content_hash),
                                                 offload_.loop().now() + find_patience));
  merge(id, found.holders);
  co_return watch_.recipients_of(id, found, dht_.engine().self().endpoints, *ledger_,
                                 tempo_.stretched(offload_.loop().wall_now()));
}

}  // namespace tesseras::upkeep

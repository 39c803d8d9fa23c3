#include "node/spreading.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "node/own_packs.hpp"
#include "preserve/replica/recipients.hpp"

namespace tesseras::node {
namespace {

using base::Code;
using base::ContentHash;
using base::fail;
using base::Result;
using replica::Distributed;
using replica::Fragments;
using replica::Recipient;
using replica::Roster;
using replica::SignedPlan;
using runtime::Task;
using std::chrono::seconds;

constexpr seconds survey_patience{45};

Fragments all_of(const erasure::Shape& shape) {
  Fragments all;
  for (unsigned i = 0; i < shape.fragments(); ++i) all.set(i);
  return all;
}

std::optional<std::size_t> may_vanish(const erasure::Shape& shape, const Roster& roster) {
  std::vector<Fragments> kept;
  kept.reserve(roster.holders.size());
  for (const auto& [key, holder] : roster.holders) kept.push_back(holder.fragments);
  return replica::may_vanish(shape, kept, 0);
}

}  // namespace

Spreading::Spreading(runtime::Offload offload, runtime::Disk& disk, runtime::path folder,
                     transport::Transport& transport, dht::Service& dht, OwnPlans& plans,
                     replica::Rosters& rosters, std::shared_ptr<replica::Ledger> ledger,
                     OpenVault open_vault, SpreadingOptions options, runtime::Log log)
    : offload_(offload),
      disk_(disk),
      folder_(std::move(folder)),
      transport_(transport),
      dht_(dht),
      plans_(plans),
      rosters_(rosters),
      ledger_(std::move(ledger)),
      open_vault_(std::move(open_vault)),
      options_(std::move(options)),
      log_(log),
      changed_(offload.loop()),
      tasks_(std::in_place, offload.loop()) {
  (void)disk_.remove_tree(folder_);
  for (const auto& hash : plans_.all()) looks_[hash].next_at = offload_.loop().now();
  tasks_->spawn(keep_looking());
}

void Spreading::begin(const ContentHash& content_hash) {
  Look& look = looks_[content_hash];
  look.next_at = offload_.loop().now();
  look.retry_in = seconds(0);
  look.was_looked_at = false;
  changed_.set({});
}

void Spreading::forget(const ContentHash& content_hash, const base::PlanId& plan) {
  looks_.erase(content_hash);
  if (under_way_ == content_hash) {
    tasks_.emplace(offload_.loop());
    under_way_.reset();
    changed_ = runtime::Waiter<void>(offload_.loop());
    tasks_->spawn(keep_looking());
  }
  const auto booked = booked_.find(plan);
  if (booked == booked_.end()) return;
  const auto signed_plan = plans_.plan(content_hash);
  for (const auto& [key, fragment] : booked->second)
    if (signed_plan) ledger_->remove_owed(key, signed_plan->plan().shape.fragment_bytes());
  booked_.erase(booked);
}

bool Spreading::is_busy(const ContentHash& content_hash) const {
  const auto at = looks_.find(content_hash);
  return under_way_ == content_hash || (at != looks_.end() && !at->second.was_looked_at);
}

Result<Spread> Spreading::spread_of(const ContentHash& content_hash) const {
  const auto plan = TRY(plans_.plan(content_hash));
  const auto& shape = plan.plan().shape;
  const auto roster = rosters_.of(plan.id());
  Spread spread(shape);
  spread.kept = roster.kept();
  spread.holders = roster.holders.size();
  spread.may_vanish = may_vanish(shape, roster);
  if (const auto at = looks_.find(content_hash); at != looks_.end()) {
    spread.is_busy = is_busy(content_hash);
    spread.breaks_diversity = at->second.breaks_diversity;
    spread.trouble = at->second.trouble;
  }
  return spread;
}

Spreading::Counts Spreading::counts() const {
  Counts counts;
  for (const auto& [hash, look] : looks_) {
    if (!look.was_looked_at) continue;
    ++counts.tesserae;
    if (look.retry_in > seconds(0)) ++counts.incomplete;
    if (look.may_vanish.value_or(0) == 0) ++counts.at_risk;
  }
  return counts;
}

seconds Spreading::with_jitter(seconds span) {
  std::uint64_t random = 0;
  offload_.loop().fill_random(std::as_writable_bytes(std::span(&random, 1)));
  const auto jitter = std::min(options_.look_jitter, span);
  const auto range = static_cast<std::uint64_t>(2 * jitter.count() + 1);
  return span - jitter + seconds(static_cast<std::int64_t>(random % range));
}

// One tessera after another: several transfers of one are under way at once.
Task<void> Spreading::keep_looking() {
  auto& loop = offload_.loop();
  for (;;) {
    const auto next =
        std::ranges::min_element(looks_, {}, [](const auto& one) { return one.second.next_at; });
    const auto at = next == looks_.end() ? base::Instant::never() : next->second.next_at;
    if (at > loop.now()) {
      (void)co_await changed_.wait(at);
      changed_ = runtime::Waiter<void>(loop);
      continue;
    }
    const ContentHash hash = next->first;
    under_way_ = hash;
    Look seen;
    const auto done = co_await look(hash, seen);
    under_way_.reset();
    seen.was_looked_at = true;
    if (!done) {
      seen.trouble = done.error().message;
      log_.warn("a tessera could not be given to others",
                {{"content_hash", hash.hex()}, {"why", seen.trouble}});
    }
    Look& kept = looks_[hash];
    const bool is_whole = done && seen.trouble.empty();
    seen.retry_in = is_whole
                        ? seconds(0)
                        : std::clamp(2 * kept.retry_in, options_.first_retry, options_.retry_max);
    seen.next_at = loop.now() + (is_whole ? with_jitter(options_.look_every) : seen.retry_in);
    kept = std::move(seen);
  }
}

Task<Result<void>> Spreading::look(ContentHash content_hash, Look& look) {
  const auto plan = std::make_shared<const SignedPlan>(CO_TRY(plans_.plan(content_hash)));
  const auto& shape = plan->plan().shape;
  book(*plan);
  const auto missing = all_of(shape) & ~rosters_.of(plan->id()).kept();
  if (missing.any()) {
    const auto given = co_await give(plan, missing);
    look.may_vanish = may_vanish(shape, rosters_.of(plan->id()));
    const auto done = CO_TRY(given);
    look.breaks_diversity = done.breaks_diversity;
    const auto homeless = (missing & ~done.kept).count();
    if (homeless > 0) {
      look.trouble =
          fmt::format("nobody takes {} of its {} fragments now", homeless, shape.fragments());
    }
    log_.info("a tessera was given to others",
              {{"content_hash", content_hash.hex()},
               {"given", done.kept.count()},
               {"homeless", homeless},
               {"holders", rosters_.of(plan->id()).holders.size()}});
  }
  look.may_vanish = may_vanish(shape, rosters_.of(plan->id()));
  co_return Result<void>();
}

void Spreading::book(const SignedPlan& plan) {
  std::set<std::pair<dht::NodePublicKey, unsigned>> kept;
  const auto roster = rosters_.of(plan.id());
  for (const auto& [key, holder] : roster.holders) {
    // Who only says so has no credit for it.
    if (holder.since_seconds == 0) continue;
    for (unsigned i = 0; i < holder.fragments.size(); ++i)
      if (holder.fragments.test(i)) kept.emplace(key, i);
  }
  auto& booked = booked_[plan.id()];
  const auto bytes = plan.plan().shape.fragment_bytes();
  for (const auto& one : kept)
    if (!booked.contains(one)) ledger_->add_owed(one.first, bytes);
  for (const auto& one : booked)
    if (!kept.contains(one)) ledger_->remove_owed(one.first, bytes);
  booked = std::move(kept);
}

Task<Result<Distributed>> Spreading::give(std::shared_ptr<const SignedPlan> plan,
                                          Fragments missing) {
  auto to = CO_TRY(co_await recipients(plan->plan(), plan->id()));
  // Before the pack is read: while a node is alone, that would be for nothing.
  if (to.empty()) co_return fail(Code::unavailable, "no other node is known that keeps fragments");
  const auto fragments =
      CO_TRY(co_await offload_.run([&disk = disk_, folder = folder_, plan,
                                    open = opens_pack(open_vault_, plan->plan().content_hash)] {
        return replica::PackFragments::make(disk, folder, plan->plan(), open);
      }));
  replica::DistributionOptions options;
  options.plan = plan;
  options.wanted = missing;
  options.recipients = std::move(to);
  options.open = [fragments](unsigned fragment, std::uint64_t offset) {
    return fragments->open(fragment, offset);
  };
  options.transfers_max = options_.transfers_max;
  options.on_kept = [this, plan](const dht::NodeInfo& node, unsigned fragment) {
    acknowledged(*plan, node, fragment);
  };
  options.on_taken_back = [this, plan](const dht::NodeInfo& node) {
    if (options_.on_taken_back) options_.on_taken_back(plan->plan().content_hash, node);
  };
  co_return co_await replica::distribute(transport_, offload_, log_, std::move(options));
}

void Spreading::acknowledged(const SignedPlan& plan, const dht::NodeInfo& node, unsigned fragment) {
  auto roster = rosters_.of(plan.id());
  roster.add(node, fragment, offload_.loop().wall_now().unix_seconds);
  const auto written = rosters_.set(roster);
  if (!written) {
    log_.warn("who keeps a fragment could not be noted; it will be offered again",
              {{"why", written.error().message}});
  }
  book(plan);
}

Task<Result<std::vector<Recipient>>> Spreading::recipients(const replica::Plan& plan,
                                                           base::PlanId id) const {
  const auto found = CO_TRY(co_await dht_.survey(dht::key_of(plan.content_hash),
                                                 offload_.loop().now() + survey_patience));
  co_return replica::recipients_of(
      found, rosters_.of(id), dht_.engine().self().endpoints, *ledger_,
      [](const dht::NodePublicKey&, const Fragments& kept) { return kept; });
}

}  // namespace tesseras::node

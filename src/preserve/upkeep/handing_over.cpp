#include "preserve/upkeep/handing_over.hpp"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "foundation/runtime/waiter.hpp"
#include "preserve/replica/distribution.hpp"

namespace tesseras::upkeep {

using base::Code;
using base::fail;
using base::PlanId;
using base::Result;
using dht::key_of;
using replica::FragmentName;
using replica::Fragments;
using replica::SignedPlan;
using runtime::Task;

namespace {

constexpr std::chrono::seconds survey_patience{45};

std::map<PlanId, Fragments> whole_by_plan(const replica::FragmentStore& store) {
  std::map<PlanId, Fragments> whole;
  for (const auto& one : store.references())
    if (!one.is_quarantined) whole[one.name.plan].set(one.name.fragment);
  return whole;
}

// Reads what is kept, for whoever is given it.
Result<replica::ReadNext> read_kept(const std::shared_ptr<replica::FragmentStore>& store,
                                    const FragmentName& name, std::uint64_t offset) {
  const auto reader = std::make_shared<replica::FragmentReader>(TRY(store->read(name, offset)));
  return [store, reader](base::MutableByteSpan into) { return reader->read(into); };
}

}  // namespace

HandingOver::HandingOver(runtime::Offload offload, transport::Transport& transport,
                         dht::Service& dht, std::shared_ptr<replica::FragmentStore> store,
                         std::shared_ptr<replica::Ledger> ledger, Watch& watch, Tempo tempo,
                         HandingOverOptions options, runtime::Log log)
    : offload_(offload),
      transport_(transport),
      dht_(dht),
      store_(std::move(store)),
      ledger_(std::move(ledger)),
      watch_(watch),
      tempo_(tempo),
      options_(std::move(options)),
      log_(log) {}

Task<Result<void>> HandingOver::run() {
  auto& loop = offload_.loop();
  auto pause = options_.first_retry;
  for (;;) {
    const auto given_before = counts_.given;
    CO_TRY(co_await give_each_once());
    if (counts_.left == 0) co_return Result<void>();
    if (counts_.given > given_before) pause = options_.first_retry;
    log_.warn("nobody takes some of the fragments now; it will be tried again",
              {{"left", counts_.left}, {"again_in_seconds", pause.count()}});
    co_await runtime::sleep_until(loop, loop.now() + pause);
    pause = std::min(2 * pause, options_.retry_max);
  }
}

Task<Result<void>> HandingOver::give_each_once() {
  const auto look = [store = store_]() -> Result<std::map<PlanId, Fragments>> {
    return whole_by_plan(*store);
  };
  const auto whole = CO_TRY(co_await offload_.run(look));
  counts_.left = 0;
  for (const auto& [id, kept] : whole) counts_.left += kept.count();
  for (const auto& [id, kept] : whole) {
    const auto done = co_await give(id, kept);
    if (!done) {
      log_.warn("fragments of a tessera could not be handed over",
                {{"plan", id.hex()}, {"why", done.error().message}});
    }
  }
  co_return Result<void>();
}

Task<Result<void>> HandingOver::give(PlanId id, Fragments kept) {
  const auto read_plan = [store = store_, id]() -> Result<std::shared_ptr<const SignedPlan>> {
    return std::make_shared<const SignedPlan>(TRY(store->plan(id)));
  };
  const auto plan = CO_TRY(co_await offload_.run(read_plan));
  const auto& content_hash = plan->plan().content_hash;
  watch_.add(id, plan->plan(), false);
  const auto found =
      CO_TRY(co_await dht_.survey(key_of(content_hash), offload_.loop().now() + survey_patience));
  watch_.merge(id, found.holders);
  // What another holder has proved needs nobody more: it was made again while this node was away.
  const auto& self = dht_.engine().self();
  const auto now = tempo_.stretched(offload_.loop().wall_now());
  Fragments given;
  for (unsigned i = 0; i < plan->plan().shape.fragments(); ++i)
    given.set(i, kept.test(i) && watch_.is_with_another(self.key, {id, i}, now));
  replica::DistributionOptions options;
  options.plan = plan;
  options.wanted = kept & ~given;
  // Charged to nobody, like what is made again: this node owes it to its author no longer.
  options.is_repair = true;
  options.recipients = watch_.recipients_of(id, found, self.endpoints, *ledger_, now);
  options.open = [store = store_, id](unsigned fragment, std::uint64_t offset) {
    return read_kept(store, {id, fragment}, offset);
  };
  options.transfers_max = options_.transfers_max;
  options.on_taken_back = [this, content_hash](const dht::NodeInfo& node) {
    if (options_.on_taken_back) options_.on_taken_back(content_hash, node);
  };
  options.on_kept = [this, id, &given](const dht::NodeInfo& node, unsigned fragment) {
    given.set(fragment);
    watch_.acknowledged(id, node, fragment, offload_.loop().wall_now());
  };
  const auto done = co_await replica::distribute(transport_, offload_, log_, std::move(options));
  // Also where one of them has turned out to be rotten, the others were given.
  CO_TRY(co_await let_go(id, given));
  if (given.any()) {
    log_.info("fragments of a tessera were handed over",
              {{"plan", id.hex()}, {"given", given.count()}, {"left", counts_.left}});
    if (options_.on_given) options_.on_given(content_hash);
  }
  if (!done) co_return fail(done.error());
  co_return Result<void>();
}

Task<Result<void>> HandingOver::let_go(PlanId id, Fragments given) {
  const auto drop = [store = store_, id, given]() -> Result<std::vector<replica::Reference>> {
    std::vector<replica::Reference> dropped;
    for (const auto& one : store->references()) {
      if (one.name.plan != id || !given.test(one.name.fragment)) continue;
      TRY(store->drop(one.name));
      dropped.push_back(one);
    }
    return dropped;
  };
  const auto dropped = CO_TRY(co_await offload_.run(drop));
  for (const auto& one : dropped) ledger_->remove_dropped(one.charge, one.size_bytes);
  counts_.given += dropped.size();
  counts_.left -= std::min(counts_.left, dropped.size());
  co_return Result<void>();
}

}  // namespace tesseras::upkeep

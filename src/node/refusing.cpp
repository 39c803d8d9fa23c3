#include "node/refusing.hpp"

#include <array>
#include <map>
#include <utility>

namespace tesseras::node {
namespace {

using base::Code;
using base::ContentHash;
using base::fail;
using base::Result;
using runtime::Task;
using std::chrono::seconds;

constexpr seconds first_retry{10};
constexpr seconds retry_max{3600};

}  // namespace

Refusing::Refusing(runtime::Offload offload, const Parts& parts, runtime::Log log)
    : offload_(offload), parts_(parts), log_(log), tasks_(offload.loop()) {
  tasks_.spawn(keep_finishing());
}

Task<void> Refusing::find_what_was_begun() {
  std::set<ContentHash> known = parts_.publications.all();
  known.insert(parts_.plans.all().begin(), parts_.plans.all().end());
  const auto sealed = parts_.releases.known();
  known.insert(sealed.begin(), sealed.end());
  const auto kept =
      co_await offload_.run([store = parts_.holding.store()]() -> Result<std::set<ContentHash>> {
        return store->tesserae();
      });
  if (kept) known.insert(kept->begin(), kept->end());
  for (const auto& hash : known)
    if (parts_.refusals.of(hash)) unfinished_.insert(hash);
}

Task<void> Refusing::keep_finishing() {
  co_await find_what_was_begun();
  for (auto pause = first_retry;; pause = std::min(2 * pause, retry_max)) {
    for (const auto& hash : std::set(unfinished_)) {
      const auto gone = co_await let_go(hash);
      if (gone) {
        unfinished_.erase(hash);
      } else {
        log_.warn("what is refused could not be let go of yet",
                  {{"content_hash", hash.hex()}, {"why", gone.error().message}});
      }
    }
    if (unfinished_.empty()) pause = first_retry;
    co_await runtime::sleep_until(offload_.loop(), offload_.loop().now() + pause);
  }
}

Task<std::vector<base::PlanId>> Refusing::plans_of(ContentHash content_hash) {
  auto plans = co_await offload_.run(
      [store = parts_.holding.store(), content_hash]() -> Result<std::vector<base::PlanId>> {
        return store->plans_of(content_hash);
      });
  co_return plans ? *std::move(plans) : std::vector<base::PlanId>();
}

Task<bool> Refusing::knows(ContentHash content_hash) {
  if (parts_.refusals.retracted().contains(content_hash) ||
      parts_.plans.all().contains(content_hash) ||
      parts_.publications.all().contains(content_hash) || parts_.releases.knows(content_hash))
    co_return true;
  const auto plans = co_await plans_of(content_hash);
  co_return !plans.empty();
}

Task<Result<Refusing::Retracted>> Refusing::retract(replica::SignedRetraction retraction) {
  const auto hash = retraction.content_hash();
  auto plans = co_await plans_of(hash);
  if (const auto own = parts_.plans.plan(hash)) plans.push_back(own->id());
  std::map<dht::NodePublicKey, dht::NodeInfo> holders;
  for (const auto& plan : plans) {
    const auto roster = parts_.rosters.of(plan);
    for (const auto& [key, holder] : roster.holders) holders.emplace(key, holder.node);
  }
  Retracted done;
  done.was_new = CO_TRY(parts_.refusals.retract(retraction, offload_.loop().wall_now()));
  done.holders.reserve(holders.size());
  for (const auto& [key, node] : holders) done.holders.push_back(node);
  const auto fragments = co_await let_go(hash);
  if (!fragments) done.let_go = fail(fragments.error());
  for (const auto& plan : plans) {
    if (const auto removed = parts_.rosters.remove(plan); !removed) done.let_go = removed;
  }
  if (!done.let_go) unfinished_.insert(hash);
  if (done.was_new) {
    log_.info("a tessera was taken back by its author",
              {{"content_hash", hash.hex()}, {"fragments_dropped", fragments.value_or(0)}});
  }
  co_return done;
}

Task<Result<std::size_t>> Refusing::block(ContentHash content_hash) {
  if (parts_.plans.all().contains(content_hash)) {
    co_return fail(Code::conflict,
                   "this node's own user has others keep {0}; its author takes it back with: tes "
                   "retract {0}",
                   content_hash.hex().substr(0, 16));
  }
  const auto blocked = parts_.refusals.block(content_hash, offload_.loop().wall_now());
  if (!blocked && blocked.error().code != Code::conflict) co_return fail(blocked.error());
  const auto fragments = CO_TRY(co_await let_go(content_hash));
  // Else the disk kept it from going when it was blocked.
  if (!blocked && fragments == 0) co_return fail(blocked.error());
  log_.info("a tessera is blocked by the operator",
            {{"content_hash", content_hash.hex()}, {"fragments_dropped", fragments}});
  co_return fragments;
}

// How many fragments that were. It can be asked for again where it failed.
Task<Result<std::size_t>> Refusing::let_go(ContentHash content_hash) {
  parts_.dht.withdraw(dht::key_of(content_hash));
  CO_TRY(parts_.publications.remove(std::array{content_hash}));
  CO_TRY(parts_.releases.let_go(content_hash));
  if (parts_.plans.all().contains(content_hash)) {
    if (const auto plan = parts_.plans.plan(content_hash)) {
      parts_.spreading.forget(content_hash, plan->id());
      parts_.upkeep.disown(plan->id());
    }
    CO_TRY(parts_.plans.remove(content_hash));
  }
  const auto dropped = co_await parts_.holding.drop_all(content_hash);
  // It may have been announced again meanwhile.
  parts_.dht.withdraw(dht::key_of(content_hash));
  co_return dropped;
}

base::Error taken_back(const replica::Retraction& retraction, Code code) {
  const auto name = retraction.content_hash.hex().substr(0, 16);
  const auto day = base::to_rfc3339(retraction.retracted_at).substr(0, 10);
  if (code == Code::not_found) {
    return {code, fmt::format("the author of {} took it back on {}, and those who kept it have "
                              "deleted it; ask whoever may have a copy of their own",
                              name, day)};
  }
  return {code,
          fmt::format("the author of {} took it back on {}, which is for good; to have others "
                      "keep the same files again, make a new tessera of them",
                      name, day)};
}

std::optional<base::Error> why_refused(const replica::Refusals& refusals,
                                       const ContentHash& content_hash, Code code) {
  const auto refusal = refusals.of(content_hash);
  if (!refusal) return std::nullopt;
  const auto name = content_hash.hex().substr(0, 16);
  if (*refusal == replica::Refusal::blocked) {
    if (code == Code::not_found) return std::nullopt;
    return base::Error{code, fmt::format("{0} is blocked on this node; first: tes node unblock {1}",
                                         name, content_hash.hex())};
  }
  if (const auto retraction = refusals.retraction(content_hash))
    return taken_back(retraction->retraction(), code);
  return base::Error{code, fmt::format("the author of {} took it back", name)};
}

}  // namespace tesseras::node

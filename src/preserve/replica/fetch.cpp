#include "preserve/replica/fetch.hpp"

#include <algorithm>
#include <atomic>
#include <deque>
#include <map>
#include <utility>

#include "foundation/base/text.hpp"
#include "foundation/runtime/tasks.hpp"
#include "foundation/runtime/waiter.hpp"
#include "preserve/replica/assembly.hpp"
#include "preserve/replica/incoming_fragment.hpp"
#include "preserve/replica/limits.hpp"
#include "preserve/replica/transfer.hpp"

namespace tesseras::replica {
namespace {

using base::Code;
using base::fail;
using runtime::Disk;
using runtime::Offload;
using Failure = Gathering::Failure;

constexpr std::uint32_t folder_permissions = 0700;
constexpr std::chrono::seconds opening_time_max{10};
// Of a fragment of which less has come since it was last looked at, another is asked for beside it.
constexpr std::uint64_t slow_bytes = std::uint64_t{64} << 10U;

// One fragment on its way; shared with work that may outlive the fetch.
struct Part {
  std::unique_ptr<IncomingFragment> incoming;
  std::atomic<std::uint64_t> come_bytes = 0;
  std::uint64_t come_bytes_then = 0;  // when last looked whether it stalls
  bool was_looked_at = false;
  std::atomic<bool> was_spoilt = false;    // by what an earlier source or attempt had left
  std::atomic<bool> is_our_fault = false;  // our disk has failed, which is no holder's doing

  // Notes whose fault it is when the files say so; gives on what came of it.
  template <class T>
  Result<T> ours(Result<T> result) {
    const bool is_theirs =
        result || result.error().code == Code::corrupt || result.error().code == Code::unavailable;
    if (!is_theirs) is_our_fault = true;
    // From here on the fragment is asked for from its beginning.
    if (!result && result.error().code == Code::unavailable) was_spoilt = true;
    return result;
  }
};

// What came of asking for one.
struct Outcome {
  Gathering::Ask ask;
  Result<void> result;
};

Failure failure_of(const base::Error& why, bool was_spoilt) {
  if (was_spoilt) return Failure::was_spoilt;
  switch (why.code) {
    case Code::not_found: return Failure::is_missing;
    case Code::corrupt:
    case Code::denied: return Failure::has_lied;
    default: return Failure::broke_off;
  }
}

class Run {
 public:
  Run(transport::Transport& transport, Offload offload, Disk& disk, runtime::Log log,
      FetchOptions options)
      : transport_(transport),
        offload_(offload),
        disk_(disk),
        log_(log),
        options_(std::move(options)),
        changed_(offload.loop()),
        tasks_(offload.loop()) {}

  Task<Result<Fetched>> run() {
    CO_TRY(co_await offload_.run([&disk = disk_, folder = options_.folder] {
      return disk.make_folders(folder, folder_permissions);
    }));
    CO_TRY(co_await find_plan());
    CO_TRY(co_await gather());
    const auto pack = options_.folder / "pack";
    CO_TRY(co_await offload_.run([&disk = disk_, folder = options_.folder,
                                  shape = plan_->plan().shape, have = gathering_->have(),
                                  pack] { return assemble(disk, folder, shape, have, pack); }));
    co_return Fetched{pack, gathering_->have()};
  }

 private:
  base::Instant in(base::nanoseconds time) const { return offload_.loop().now() + time; }

  // Something that the main task waits for has happened.
  void tell() { changed_.set({}); }
  Task<void> wait(base::Instant deadline) {
    (void)co_await changed_.wait(deadline);
    changed_ = runtime::Waiter<void>(offload_.loop());
  }

  // The first plan that anybody gives and that is one of this tessera.
  Task<Result<void>> find_plan() {
    std::size_t asked = 0;
    while (plan_ == nullptr) {
      while (asked < options_.sources.size() && asking_ < options_.gathering.moving_max) {
        ++asking_;
        tasks_.spawn(ask_for_plan(asked++));
      }
      if (asking_ == 0)
        co_return fail(Code::not_found,
                       "none of {} holders has given a plan of {}; try again when others are there",
                       options_.sources.size(), options_.content_hash.hex());
      co_await wait(base::Instant::never());
    }
    co_return Result<void>();
  }

  Task<void> ask_for_plan(std::size_t number) {
    const auto plan = co_await plan_from(options_.sources[number]);
    if (plan) {
      if (plan_ == nullptr) plan_ = *plan;
    } else {
      log_.debug("a holder has given no plan", {{"holder", options_.sources[number].peer.id.hex()},
                                                {"why", plan.error().message}});
    }
    --asking_;
    tell();
  }

  Task<Result<std::shared_ptr<const SignedPlan>>> plan_from(const FetchSource& source) {
    const auto session = CO_TRY(co_await transport_.open(source.peer, in(opening_time_max)));
    const auto response = CO_TRY(
        co_await get_plan(session, offload_, GetPlanRequest{options_.content_hash, source.plan}));
    if (response.fragments.none()) co_return fail(Code::not_found, "it keeps none of the plan");
    const auto plan = std::make_shared<const SignedPlan>(CO_TRY(SignedPlan::decode(response.plan)));
    if (plan->id() != source.plan || plan->plan().content_hash != options_.content_hash)
      co_return fail(Code::corrupt, "it is another plan");
    co_return plan;
  }

  Task<Result<void>> gather() {
    const auto& shape = plan_->plan().shape;
    gathering_.emplace(shape, CO_TRY(co_await begun()), options_.gathering);
    for (const FetchSource& source : options_.sources) {
      // Numbers in the gathering are those in the list.
      gathering_->add_source(source.plan == plan_->id() ? source.fragments : Fragments());
    }
    auto look_at = in(options_.stall_time);
    while (!gathering_->is_complete()) {
      while (const auto ask = gathering_->next()) {
        parts_[ask->fragment] = std::make_shared<Part>();
        tasks_.spawn(get(*ask));
      }
      if (gathering_->under_way() == 0)
        co_return fail(Code::unavailable,
                       "{} of the {} fragments that it takes could be got; try again later, which "
                       "goes on from here",
                       gathering_->have().count(), shape.data());
      co_await wait(look_at);
      CO_TRY(take_outcomes());
      if (offload_.loop().now() >= look_at) {
        mark_stalled();
        look_at = in(options_.stall_time);
      }
    }
    co_return Result<void>();
  }

  // Fragments that an earlier attempt has begun.
  Task<Result<Fragments>> begun() {
    co_return co_await offload_.run(
        [&disk = disk_, folder = options_.folder]() -> Result<Fragments> {
          Fragments found;
          for (const auto& entry : TRY(disk.list(folder))) {
            const auto number = base::decimal_from(entry.name, found.size() - 1);
            if (number && entry.kind == runtime::FileKind::file) found.set(*number);
          }
          return found;
        });
  }

  Task<void> get(Gathering::Ask ask) {
    auto result = co_await get_whole(ask, parts_.at(ask.fragment));
    outcomes_.push_back({ask, std::move(result)});
    tell();
  }

  // Whole, with the right hash, and on the disk.
  Task<Result<void>> get_whole(Gathering::Ask ask, std::shared_ptr<Part> part) {
    const auto& plan = plan_->plan();
    const auto size = plan.shape.fragment_bytes();
    part->incoming = CO_TRY(co_await offload_.run(
        [&disk = disk_, part, file = fragment_file(options_.folder, ask.fragment),
         hash = plan.hash_of(ask.fragment),
         size] { return part->ours(IncomingFragment::open(disk, file, hash, size)); }));
    const auto offset = part->incoming->offset();
    part->come_bytes = offset;
    if (offset < size) {
      const auto& peer = options_.sources[ask.source].peer;
      const auto session = CO_TRY(co_await transport_.open(peer, in(opening_time_max)));
      const GetFragmentRequest request{options_.content_hash, ask.fragment, offset, plan_->id()};
      CO_TRY(co_await get_fragment(session, offload_, request, size,
                                   [part](base::ByteSpan bytes) -> Result<void> {
                                     TRY(part->ours(part->incoming->append(bytes)));
                                     part->come_bytes += bytes.size();
                                     return {};
                                   }));
    }
    co_return co_await offload_.run([part] { return part->ours(part->incoming->finish()); });
  }

  Result<void> take_outcomes() {
    while (!outcomes_.empty()) {
      const Outcome one = std::move(outcomes_.front());
      outcomes_.pop_front();
      if (one.result) {
        gathering_->done(one.ask);
        continue;
      }
      const auto& why = one.result.error();
      log_.debug("a fragment was not got",
                 {{"fragment", one.ask.fragment},
                  {"holder", options_.sources[one.ask.source].peer.id.hex()},
                  {"why", why.message}});
      const Part& part = *parts_.at(one.ask.fragment);
      if (part.is_our_fault) return fail(why);
      gathering_->failed(one.ask, failure_of(why, part.was_spoilt));
    }
    tell_progress();
    return {};
  }

  void mark_stalled() {
    for (auto& [fragment, part] : parts_) {
      const std::uint64_t come = part->come_bytes;
      const std::uint64_t since = come - std::exchange(part->come_bytes_then, come);
      if (std::exchange(part->was_looked_at, true) && since < slow_bytes)
        gathering_->stalled(fragment);
    }
    tell_progress();
  }

  void tell_progress() {
    if (!options_.progress) return;
    const auto& shape = plan_->plan().shape;
    std::uint64_t come = 0;
    for (const auto& [fragment, part] : parts_) come += part->come_bytes;
    const auto needed = shape.data() * shape.fragment_bytes();
    options_.progress(std::min(come, needed), needed);
  }

  transport::Transport& transport_;
  Offload offload_;
  Disk& disk_;
  runtime::Log log_;
  FetchOptions options_;
  std::shared_ptr<const SignedPlan> plan_;
  std::size_t asking_ = 0;  // holders, for the plan
  std::optional<Gathering> gathering_;
  std::map<unsigned, std::shared_ptr<Part>> parts_;
  std::deque<Outcome> outcomes_;
  runtime::Waiter<void> changed_;
  runtime::Tasks tasks_;  // dropped first
};

}  // namespace

Task<Result<Fetched>> fetch(transport::Transport& transport, Offload offload, Disk& disk,
                            runtime::Log log, FetchOptions options) {
  Run run(transport, offload, disk, log, std::move(options));
  co_return co_await run.run();
}

}  // namespace tesseras::replica

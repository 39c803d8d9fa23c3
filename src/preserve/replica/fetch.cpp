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
#include "preserve/replica/plan_inquiry.hpp"
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
// What is gathered goes with the pack: to bring it to the medium would be work for nothing.
constexpr auto to_use = IncomingFragment::Purpose::to_use;
// Of a fragment of which less has come since it was last looked at, another is asked for beside it.
constexpr std::uint64_t slow_bytes = std::uint64_t{64} << 10U;

// One fragment on its way; shared with work that may outlive the fetch.
struct Part {
  std::unique_ptr<IncomingFragment> incoming;
  std::atomic<std::uint64_t> come_bytes = 0;
  std::optional<std::uint64_t> come_bytes_then;  // when last looked whether it stalls
  std::atomic<bool> was_spoilt = false;          // by what an earlier source or attempt had left
  std::atomic<bool> is_our_fault = false;        // our disk has failed, which is no holder's doing

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

// Whether the fragment is in the file, or could be copied there from the store, whole.
Result<bool> take_if_here(Disk& disk, FragmentStore* own, const FragmentName& name,
                          const runtime::path& file, const crypto::Blake3Hash& hash,
                          std::uint64_t size_bytes, Part& part) {
  const auto there = disk.status(file);
  const bool is_left = there && there->size_bytes == size_bytes;
  if (!is_left && (own == nullptr || !own->kept(name.plan).test(name.fragment))) return false;
  const auto incoming = TRY(IncomingFragment::open(disk, file, hash, size_bytes, to_use));
  if (incoming->offset() < size_bytes && own != nullptr) {
    auto reader = own->read(name, incoming->offset());
    base::Bytes piece(Limits::piece_bytes);
    while (reader) {
      const auto count = reader->read(piece);
      if (!count || *count == 0) break;
      TRY(incoming->append(base::ByteSpan(piece).first(*count)));
    }
  }
  if (incoming->offset() < size_bytes) return false;
  const auto finished = incoming->finish();
  const bool was_spoilt = !finished && (finished.error().code == Code::unavailable ||
                                        finished.error().code == Code::corrupt);
  if (!finished && !was_spoilt) return fail(finished.error());
  if (finished) part.come_bytes = size_bytes;
  return finished.has_value();
}

// All fragments of one plan that anybody has given or may give.
struct Attempt {
  explicit Attempt(std::shared_ptr<const SignedPlan> of) : plan(std::move(of)) {}

  std::shared_ptr<const SignedPlan> plan;
  std::vector<PlanOffer> offers;
};

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
        inquiry_(transport, offload, log, options_.content_hash, options_.sources,
                 [this] { tell(); }),
        tasks_(offload.loop()) {}

  Task<Result<Fetched>> run() {
    CO_TRY(co_await find_own());
    std::optional<base::Error> last;
    // One plan, but for an author who has signed two.
    for (std::size_t i = 0; co_await has_attempt(i); ++i) {
      auto fetched = co_await fetch(i);
      if (fetched || fetched.error().code != Code::unavailable) co_return fetched;
      last = fetched.error();
    }
    co_return fail(last ? *last : without_a_plan());
  }

 private:
  base::Error without_a_plan() const {
    const auto count = options_.sources.size();
    const auto hash = options_.content_hash.hex();
    if (!inquiry_.has_met_silence())
      return {Code::not_found, fmt::format("none of {} holders has a plan of {}", count, hash)};
    return {
        Code::unavailable,
        fmt::format("none of {} holders has given a plan of {}; try again when others are there",
                    count, hash)};
  }

  base::Instant in(base::nanoseconds time) const { return offload_.loop().now() + time; }

  // Something that the main task waits for has happened.
  void tell() { changed_.set({}); }
  Task<void> wait(base::Instant deadline) {
    (void)co_await changed_.wait(deadline);
    changed_ = runtime::Waiter<void>(offload_.loop());
  }

  // The plans of which this node keeps something itself.
  Task<Result<void>> find_own() {
    if (options_.own == nullptr) co_return Result<void>();
    const auto plans = CO_TRY(co_await offload_.run(
        [own = options_.own,
         hash = options_.content_hash]() -> Result<std::vector<std::shared_ptr<const SignedPlan>>> {
          std::vector<std::shared_ptr<const SignedPlan>> all;
          for (const auto& id : own->plans_of(hash)) {
            auto plan = own->plan(id);
            if (plan) all.push_back(std::make_shared<const SignedPlan>(*std::move(plan)));
          }
          return all;
        }));
    for (const auto& plan : plans) attempts_.emplace_back(plan);
    co_return Result<void>();
  }

  Attempt& attempt_of(const std::shared_ptr<const SignedPlan>& plan) {
    const auto at = std::ranges::find_if(
        attempts_, [&](const Attempt& one) { return one.plan->id() == plan->id(); });
    return at != attempts_.end() ? *at : attempts_.emplace_back(plan);
  }
  void take_offers() {
    for (auto& offer : inquiry_.take()) attempt_of(offer.plan).offers.push_back(std::move(offer));
  }

  Task<bool> has_attempt(std::size_t number) {
    for (take_offers(); attempts_.size() <= number && !inquiry_.is_done(); take_offers())
      co_await wait(base::Instant::never());
    co_return number < attempts_.size();
  }

  Task<Result<Fetched>> fetch(std::size_t number) {
    plan_ = attempts_[number].plan;
    folder_ = fragments_folder(options_.folder, plan_->id());
    sources_.clear();
    parts_.clear();
    CO_TRY(co_await offload_.run([&disk = disk_, folder = folder_] {
      return disk.make_folders(folder, folder_permissions);
    }));
    gathering_.emplace(plan_->plan().shape, CO_TRY(co_await begun()), options_.gathering);
    CO_TRY(co_await take_what_is_here());
    CO_TRY(co_await gather(number));
    auto open_pack = CO_TRY(co_await offload_.run(
        [&disk = disk_, folder = folder_, shape = plan_->plan().shape, have = gathering_->come()] {
          return assemble(disk, folder, shape, have);
        }));
    co_return Fetched{plan_, std::move(open_pack)};
  }

  Task<Result<void>> gather(std::size_t number) {
    const auto& shape = plan_->plan().shape;
    auto look_at = in(options_.stall_time);
    for (unsigned rounds = 0; !gathering_->is_complete();) {
      take_offers();
      add_sources(attempts_[number]);
      while (const auto ask = gathering_->next()) {
        parts_[ask->fragment] = std::make_shared<Part>();
        tasks_.spawn(get(*ask));
      }
      if (gathering_->under_way() == 0 && inquiry_.is_done()) {
        if (rounds++ == options_.rounds)
          co_return fail(Code::unavailable,
                         "{} of the {} fragments that it takes could be got; try again later, "
                         "which goes on from here",
                         gathering_->come().count(), shape.data());
        // Whoever was busy, or starting, may have time by then.
        co_await runtime::sleep_until(offload_.loop(), in(options_.round_pause));
        gathering_->forgive();
        inquiry_.ask_again();
        continue;
      }
      co_await wait(look_at);
      CO_TRY(take_outcomes());
      if (offload_.loop().now() >= look_at) {
        mark_stalled();
        look_at = in(options_.stall_time);
      }
    }
    co_return Result<void>();
  }

  // Those that have answered since.
  void add_sources(const Attempt& attempt) {
    for (std::size_t i = sources_.size(); i < attempt.offers.size(); ++i) {
      gathering_->add_source(attempt.offers[i].fragments);
      sources_.push_back(attempt.offers[i].source);
    }
  }

  // Fragments that an earlier attempt has begun.
  Task<Result<Fragments>> begun() {
    co_return co_await offload_.run([&disk = disk_, folder = folder_]() -> Result<Fragments> {
      TRY(take_over_rebuilt(disk, folder));
      Fragments found;
      for (const auto& entry : TRY(disk.list(folder))) {
        const auto number = base::decimal_from(entry.name, found.size() - 1);
        if (number && entry.kind == runtime::FileKind::file) found.set(*number);
      }
      return found;
    });
  }

  // What an earlier attempt has left whole, and what this node keeps itself.
  Task<Result<void>> take_what_is_here() {
    const auto& plan = plan_->plan();
    for (unsigned i = 0; i < plan.shape.fragments() && !gathering_->is_complete(); ++i) {
      const auto part = std::make_shared<Part>();
      const bool is_here = CO_TRY(co_await offload_.run(
          [&disk = disk_, own = options_.own, name = FragmentName{plan_->id(), i},
           file = fragment_file(folder_, i), hash = plan.hash_of(i),
           size = plan.shape.fragment_bytes(),
           part] { return take_if_here(disk, own.get(), name, file, hash, size, *part); }));
      if (!is_here) continue;
      gathering_->have(i);
      parts_[i] = part;
    }
    tell_progress();
    co_return Result<void>();
  }

  Task<void> get(Gathering::Ask ask) {
    auto result = co_await get_whole(ask, parts_.at(ask.fragment));
    outcomes_.push_back({ask, std::move(result)});
    tell();
  }

  // Whole, and with the right hash.
  Task<Result<void>> get_whole(Gathering::Ask ask, std::shared_ptr<Part> part) {
    const auto& plan = plan_->plan();
    const auto size = plan.shape.fragment_bytes();
    part->incoming = CO_TRY(
        co_await offload_.run([&disk = disk_, part, file = fragment_file(folder_, ask.fragment),
                               hash = plan.hash_of(ask.fragment), size] {
          return part->ours(IncomingFragment::open(disk, file, hash, size, to_use));
        }));
    const auto offset = part->incoming->offset();
    part->come_bytes = offset;
    if (offset < size) {
      const auto& peer = peer_of(ask);
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

  const transport::Peer& peer_of(const Gathering::Ask& ask) const {
    return options_.sources[sources_[ask.source]];
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
      log_.debug("a fragment was not got", {{"fragment", one.ask.fragment},
                                            {"holder", peer_of(one.ask).id.hex()},
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
      const auto then = std::exchange(part->come_bytes_then, come);
      if (then && come - std::min(come, *then) < slow_bytes) gathering_->stalled(fragment);
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
  std::vector<Attempt> attempts_;
  // Of the present one:
  std::shared_ptr<const SignedPlan> plan_;
  runtime::path folder_;
  std::optional<Gathering> gathering_;
  std::vector<std::size_t> sources_;  // by the gathering's numbers, those in options_.sources
  std::map<unsigned, std::shared_ptr<Part>> parts_;
  std::deque<Outcome> outcomes_;
  runtime::Waiter<void> changed_;
  PlanInquiry inquiry_;
  runtime::Tasks tasks_;  // dropped first
};

}  // namespace

std::vector<transport::Peer> whole_of(std::span<const dht::HolderRecord> records,
                                      const dht::NodePublicKey& self) {
  std::vector<transport::Peer> whole;
  for (const auto& one : records) {
    if (!one.share && one.node_key != self)
      whole.push_back({transport::PeerId{one.node_key.bytes}, one.endpoints});
  }
  return whole;
}

runtime::path fragments_folder(const runtime::path& folder, const base::PlanId& plan) {
  return folder / plan.hex();
}

Task<Result<Fetched>> fetch(transport::Transport& transport, Offload offload, Disk& disk,
                            runtime::Log log, FetchOptions options) {
  Run run(transport, offload, disk, log, std::move(options));
  co_return co_await run.run();
}

}  // namespace tesseras::replica

#include "preserve/replica/distribution.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <optional>
#include <utility>

#include "foundation/runtime/tasks.hpp"
#include "foundation/runtime/waiter.hpp"

namespace tesseras::replica {
namespace {

using base::Error;
using base::Instant;
using runtime::Offload;
using std::chrono::seconds;

constexpr seconds opening_time_max{10};
// A peer that says "later" is asked again after so long, and then twice as long each time.
constexpr seconds first_pause{1};
// Who has said so often that it cannot now, or could not be reached so often, is left alone.
constexpr unsigned postponements_max = 6;
constexpr unsigned failures_max = 2;

class Run {
 public:
  Run(transport::Transport& transport, Offload offload, runtime::Log log,
      DistributionOptions options)
      : transport_(transport),
        offload_(offload),
        log_(log),
        options_(std::move(options)),
        encoded_(std::make_shared<const base::Bytes>(options_.plan->encoded())),
        left_(options_.wanted),
        changed_(offload.loop()),
        tasks_(offload.loop()) {
    for (auto& one : options_.recipients) {
      candidates_.push_back(std::move(one.candidate));
      peers_.push_back({std::move(one.node), {}, 0, 0, false});
    }
  }

  Task<Result<Distributed>> run() {
    while (true) {
      const auto placement =
          our_fault_ ? Placement{} : place(shape(), left_ & ~moving_, candidates_);
      const auto again_at = start(placement);
      if (moving_.none() && again_at == Instant::never()) {
        if (our_fault_) co_return base::fail(*our_fault_);
        co_return Distributed{options_.wanted & ~left_, placement.homeless,
                              placement.breaks_diversity};
      }
      (void)co_await changed_.wait(again_at);
      changed_ = runtime::Waiter<void>(offload_.loop());
    }
  }

 private:
  struct Peer {
    dht::NodeInfo node;
    Instant not_before;  // it has asked us to come later
    unsigned postponements = 0;
    unsigned failures = 0;
    bool is_busy = false;  // one at a time, so that all get theirs at once
  };

  const erasure::Shape& shape() const { return options_.plan->plan().shape; }
  Instant now() const { return offload_.loop().now(); }

  // Begins what there is room for. When there will be something to begin again, if nothing else
  // happens before.
  Instant start(const Placement& placement) {
    Instant again_at = Instant::never();
    for (const Choice& choice : placement.choices) {
      const auto at = std::ranges::find(candidates_, choice.holder, &Candidate::id);
      const auto number = static_cast<std::size_t>(at - candidates_.begin());
      Peer& peer = peers_[number];
      if (peer.is_busy) continue;
      if (peer.not_before > now()) {
        again_at = std::min(again_at, peer.not_before);
        continue;
      }
      if (moving_.count() >= options_.transfers_max) break;
      log_.debug("giving a fragment", {{"fragment", choice.fragment},
                                       {"to", peer.node.id.hex()},
                                       {"because", explain(choice.reason)}});
      peer.is_busy = true;
      moving_.set(choice.fragment);
      at->kept.set(choice.fragment);
      tasks_.spawn(give(number, choice.fragment));
    }
    return again_at;
  }

  Task<void> give(std::size_t number, unsigned fragment) {
    const auto is_ours = std::make_shared<std::atomic<bool>>(false);
    const auto answer = co_await answer_of(number, fragment, is_ours);
    Peer& peer = peers_[number];
    peer.is_busy = false;
    moving_.reset(fragment);
    if (answer && *answer == Answer::kept) {
      left_.reset(fragment);
      peer.postponements = peer.failures = 0;
      if (options_.on_kept) options_.on_kept(peer.node, fragment);
    } else {
      candidates_[number].kept.reset(fragment);
      if (answer) {
        refused(number, *answer);
      } else {
        log_.debug(
            "a fragment could not be given",
            {{"fragment", fragment}, {"to", peer.node.id.hex()}, {"why", answer.error().message}});
        if (*is_ours) our_fault_ = answer.error();
        if (++peer.failures == failures_max) candidates_[number].free_bytes = 0;
      }
    }
    changed_.set({});
  }

  Task<Result<Answer>> answer_of(std::size_t number, unsigned fragment,
                                 std::shared_ptr<std::atomic<bool>> is_ours) {
    const auto& node = peers_[number].node;
    const auto session = CO_TRY(co_await transport_.open(
        {transport::PeerId{node.key.bytes}, node.endpoints}, now() + opening_time_max));
    Gift gift{options_.plan->id(),      encoded_,           fragment,
              shape().fragment_bytes(), options_.is_repair, noting(fragment, std::move(is_ours))};
    co_return co_await give_fragment(session, offload_, std::move(gift));
  }

  // Reads the fragment, and notes when that fails: then no peer is to blame.
  std::function<Result<ReadNext>(std::uint64_t)> noting(
      unsigned fragment, std::shared_ptr<std::atomic<bool>> is_ours) const {
    return [open = options_.open, fragment, is_ours](std::uint64_t offset) -> Result<ReadNext> {
      auto next = open(fragment, offset);
      if (!next) {
        *is_ours = true;
        return next;
      }
      return [next = *std::move(next),
              is_ours](base::MutableByteSpan into) mutable -> Result<std::size_t> {
        auto count = next(into);
        if (!count) *is_ours = true;
        return count;
      };
    };
  }

  void refused(std::size_t number, Answer answer) {
    Peer& peer = peers_[number];
    log_.debug("a peer takes no fragment",
               {{"peer", peer.node.id.hex()}, {"answer", std::to_underlying(answer)}});
    if (answer == Answer::taken_back && options_.on_taken_back) options_.on_taken_back(peer.node);
    if (answer != Answer::later || peer.postponements == postponements_max) {
      candidates_[number].free_bytes = 0;
    } else {
      peer.not_before = now() + first_pause * (1U << peer.postponements++);
    }
  }

  transport::Transport& transport_;
  Offload offload_;
  runtime::Log log_;
  DistributionOptions options_;
  std::shared_ptr<const base::Bytes> encoded_;
  std::vector<Candidate> candidates_;
  std::vector<Peer> peers_;  // of the candidate with the same number
  Fragments left_;           // nobody has acknowledged them
  Fragments moving_;
  std::optional<Error> our_fault_;
  runtime::Waiter<void> changed_;
  runtime::Tasks tasks_;  // dropped first
};

}  // namespace

Task<Result<Distributed>> distribute(transport::Transport& transport, Offload offload,
                                     runtime::Log log, DistributionOptions options) {
  Run run(transport, offload, log, std::move(options));
  co_return co_await run.run();
}

}  // namespace tesseras::replica

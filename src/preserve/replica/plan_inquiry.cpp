#include "preserve/replica/plan_inquiry.hpp"

#include <chrono>
#include <numeric>
#include <utility>

#include "preserve/replica/transfer.hpp"

namespace tesseras::replica {

using base::Code;
using base::fail;
using base::Result;
using runtime::Task;

namespace {

constexpr std::chrono::seconds opening_time_max{10};

// Who has answered, and has none, will have none.
bool may_answer_later(Code code) {
  return code != Code::not_found && code != Code::corrupt && code != Code::denied;
}

// It was the holder itself that said so.
bool has_answered(Code code) { return code == Code::not_found || code == Code::corrupt; }

}  // namespace

PlanInquiry::PlanInquiry(transport::Transport& transport, runtime::Offload offload,
                         runtime::Log log, base::ContentHash content_hash,
                         std::vector<transport::Peer> sources, std::function<void()> on_change)
    : transport_(transport),
      offload_(offload),
      log_(log),
      content_hash_(content_hash),
      sources_(std::move(sources)),
      on_change_(std::move(on_change)),
      waiting_(sources_.size()),
      tasks_(offload.loop()) {
  std::iota(waiting_.begin(), waiting_.end(), std::size_t{0});
  ask_on();
}

std::vector<PlanOffer> PlanInquiry::take() { return std::exchange(offers_, {}); }

void PlanInquiry::ask_again() {
  waiting_ = std::exchange(silent_, {});
  next_ = 0;
  ask_on();
}

void PlanInquiry::ask_on() {
  while (next_ < waiting_.size() && asking_ < asked_at_once_max) {
    ++asking_;
    tasks_.spawn(ask(waiting_[next_++]));
  }
}

Task<void> PlanInquiry::ask(std::size_t source) {
  bool is_away = false;
  auto offer = co_await offer_of(source, is_away);
  if (offer) {
    offers_.push_back(*std::move(offer));
  } else {
    log_.debug("a holder has given no plan",
               {{"holder", sources_[source].id.hex()}, {"why", offer.error().message}});
    if (!is_away && may_answer_later(offer.error().code)) silent_.push_back(source);
    has_met_silence_ |= !has_answered(offer.error().code);
  }
  --asking_;
  ask_on();
  on_change_();
}

Task<Result<PlanOffer>> PlanInquiry::offer_of(std::size_t source, bool& is_away) {
  const auto deadline = offload_.loop().now() + opening_time_max;
  const auto called = co_await transport_.open(sources_[source], deadline);
  // Who was called for so long will not be there a moment later.
  is_away = !called && called.error().code == Code::timeout;
  const auto session = CO_TRY(called);
  const auto answer =
      CO_TRY(co_await get_plan(session, offload_, GetPlanRequest{content_hash_, {}}));
  if (answer.fragments.none()) co_return fail(Code::not_found, "it keeps none of it");
  const auto plan = CO_TRY(
      co_await offload_.run([bytes = answer.plan]() -> Result<std::shared_ptr<const SignedPlan>> {
        return std::make_shared<const SignedPlan>(TRY(SignedPlan::decode(bytes)));
      }));
  if (plan->plan().content_hash != content_hash_)
    co_return fail(Code::corrupt, "it is a plan of another tessera");
  co_return PlanOffer{source, plan, answer.fragments};
}

}  // namespace tesseras::replica

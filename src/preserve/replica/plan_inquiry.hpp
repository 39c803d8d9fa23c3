// Asking those who say that they keep a tessera what they have of it: which plan, which fragments.
// Several are asked at once, and each answer is told when it comes.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "foundation/base/strong_id.hpp"
#include "foundation/runtime/log.hpp"
#include "foundation/runtime/offload.hpp"
#include "foundation/runtime/tasks.hpp"
#include "foundation/transport/transport.hpp"
#include "preserve/replica/placement.hpp"
#include "preserve/replica/plan.hpp"

namespace tesseras::replica {

// What one of them has, with a plan that the tessera's author has signed.
struct PlanOffer {
  std::size_t source = 0;  // which of those asked
  std::shared_ptr<const SignedPlan> plan;
  Fragments fragments;  // at least one; not checked
};

class PlanInquiry {
 public:
  static constexpr std::size_t asked_at_once_max = 16;

  // Each of `sources` is asked once, the first of them first; `on_change` is called after each
  // answer, and when one has come to nothing. On the thread of the loop; what is given by reference
  // outlives it.
  PlanInquiry(transport::Transport& transport, runtime::Offload offload, runtime::Log log,
              base::ContentHash content_hash, std::vector<transport::Peer> sources,
              std::function<void()> on_change);

  // The offers that have come since the last call.
  std::vector<PlanOffer> take();
  bool is_done() const { return asking_ == 0 && next_ == waiting_.size(); }
  // Somebody of those asked has said neither what he has nor that he has nothing.
  bool has_met_silence() const { return has_met_silence_; }
  // Asks those again that were busy, or went away; when it is done. Not those that were called for
  // ten seconds, and did not answer.
  void ask_again();

 private:
  void ask_on();
  runtime::Task<void> ask(std::size_t source);
  runtime::Task<base::Result<PlanOffer>> offer_of(std::size_t source, bool& is_away);

  transport::Transport& transport_;
  runtime::Offload offload_;
  runtime::Log log_;
  base::ContentHash content_hash_;
  std::vector<transport::Peer> sources_;
  std::function<void()> on_change_;
  std::vector<std::size_t> waiting_;  // whom to ask, in this order
  std::size_t next_ = 0;              // of these
  std::size_t asking_ = 0;
  std::vector<std::size_t> silent_;
  bool has_met_silence_ = false;
  std::vector<PlanOffer> offers_;
  runtime::Tasks tasks_;  // dropped first
};

}  // namespace tesseras::replica

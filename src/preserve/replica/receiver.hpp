// Taking fragments from peers (spec/transfer.md, section 2): what is offered is weighed before a
// byte of it is taken, and acknowledged once it survives a power cut. What was sent and never came
// to its end goes after a while (Limits::leftover_time), for as long as a Receiver is there. On the
// thread of the loop; the store is called beside it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "foundation/runtime/log.hpp"
#include "foundation/runtime/offload.hpp"
#include "foundation/runtime/tasks.hpp"
#include "foundation/runtime/waiter.hpp"
#include "foundation/transport/transport.hpp"
#include "preserve/dht/rate_limit.hpp"
#include "preserve/replica/admission.hpp"
#include "preserve/replica/caller.hpp"
#include "preserve/replica/fragment_store.hpp"
#include "preserve/replica/messages.hpp"
#include "preserve/replica/promises.hpp"
#include "preserve/replica/refusals.hpp"
#include "preserve/replica/slots.hpp"

namespace tesseras::replica {

using runtime::Task;

struct ReceiverOptions {
  AdmissionOptions admission;
  // Of a pack; larger ones are refused for good. 1 GiB of media, and what describes them.
  std::uint64_t pack_bytes_max = std::uint64_t{5} << 28U;
  // Peers that may owe as much as they like; unset: none.
  std::function<bool(const dht::NodePublicKey&)> is_exempt;
  // Whether what is offered as lost elsewhere (OfferRequest::is_repair) is lost, as far as is known
  // here; if not, the peer is asked to offer it later. Unset: it is.
  std::function<bool(const dht::NodePublicKey& offered_by, const SignedPlan& plan,
                     unsigned fragment)>
      is_lost;
  // Whether this node keeps nothing of the tessera, for good; unset: of none.
  std::function<std::optional<Refusal>(const base::ContentHash&)> refusal;
  // A fragment has come, and is kept. Where the tessera is refused since, the caller drops it.
  std::function<void(const SignedPlan& plan, unsigned fragment)> on_kept;
};

class Receiver {
 public:
  struct Counts {
    std::uint64_t fragments_kept = 0;
    std::uint64_t bytes_received = 0;
    std::uint64_t offers_refused = 0;
  };

  // The ledger counts what the store has already, repairs too (Ledger::add). Both are shared with
  // work that may be under way when this goes.
  Receiver(runtime::Offload offload, std::shared_ptr<FragmentStore> store,
           std::shared_ptr<Ledger> ledger, ReceiverOptions options, runtime::Log log);

  // Private networks of these have no limit but their peers'.
  void set_own_addresses(const std::vector<runtime::IpAddress>& addresses);

  // The tasks must not outlive the Receiver; dropping one loses nothing but time.
  //
  // corrupt: the plan is none, or has no such fragment.
  Task<Result<OfferResponse>> offer(Caller caller, OfferRequest request);
  // Reads the fragment's bytes off the stream. corrupt: they are not the plan's, or too many or too
  // few. Else as Stream::read. Where the disk fails, no_room, and a word to the log.
  Task<Result<SendResponse>> receive(Caller caller, SendRequest request, transport::Stream& stream);

  const Counts& counts() const { return counts_; }

 private:
  struct Room;
  class Use;
  // A fragment on its way in, and the store that it goes to, which it must not outlive.
  struct Incoming {
    std::shared_ptr<FragmentStore> store;
    FragmentWriter writer;
  };

  base::Instant now() const { return offload_.loop().now(); }
  // nullopt: it may be kept.
  std::optional<Answer> refused(const SignedPlan& plan) const;
  Task<void> tidy();
  Task<Result<Room>> look(std::shared_ptr<const SignedPlan> plan, unsigned fragment, Caller caller);
  Admission weigh(const Caller& caller, const Plan& plan, bool is_repair, const Room& room);
  Task<Result<std::shared_ptr<Incoming>>> begin(PromiseKey key,
                                                std::shared_ptr<const SignedPlan> plan);
  Task<Result<Answer>> keep_what_is_here(PromiseKey key, std::shared_ptr<const SignedPlan> plan);
  Result<Answer> unless_ours(const PromiseKey& key, Result<Answer> answer);
  Task<Result<Answer>> take(PromiseKey key, Caller caller, SendRequest request,
                            transport::Stream& stream);
  Task<Result<void>> read_into(std::shared_ptr<Incoming> incoming, std::uint64_t offset,
                               transport::Stream& stream);
  Task<Result<Answer>> keep(PromiseKey key, std::shared_ptr<Incoming> incoming);
  Task<void> keep_and_book(PromiseKey key, std::shared_ptr<Incoming> incoming,
                           std::shared_ptr<runtime::Waiter<Answer>> done);

  runtime::Offload offload_;
  std::shared_ptr<FragmentStore> store_;
  std::shared_ptr<Ledger> ledger_;
  ReceiverOptions options_;
  runtime::Log log_;
  dht::RateLimit offers_;
  Promises promises_;
  Slots slots_;
  Counts counts_;
  runtime::Tasks tasks_;  // dropped first
};

}  // namespace tesseras::replica

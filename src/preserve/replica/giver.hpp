// Giving plans and fragments to whoever asks and knows the content hash (spec/transfer.md, section
// 3). On the thread of the loop; the store is called beside it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "foundation/runtime/log.hpp"
#include "foundation/runtime/offload.hpp"
#include "foundation/transport/transport.hpp"
#include "preserve/replica/fragment_store.hpp"
#include "preserve/replica/messages.hpp"
#include "preserve/replica/slots.hpp"

namespace tesseras::replica {

using runtime::Task;

class Giver {
 public:
  struct Counts {
    std::uint64_t fragments_given = 0;
    std::uint64_t bytes_given = 0;
    std::uint64_t rotten = 0;  // found while giving, and not given
  };

  // A peer begins to get a fragment of this plan.
  using OnGiving = std::function<void(const dht::NodePublicKey& to, const base::PlanId& plan)>;

  // The store is shared with work that may be under way when this goes.
  Giver(runtime::Offload offload, std::shared_ptr<FragmentStore> store, runtime::Log log,
        OnGiving on_giving = nullptr);

  // Private networks of these have no limit but their peers'.
  void set_own_addresses(std::vector<runtime::IpAddress> addresses) {
    slots_.set_own_addresses(std::move(addresses));
  }

  // The tasks must not outlive the Giver.
  Task<Result<GetPlanResponse>> plan(GetPlanRequest request);
  // A fragment that is open, and the store that it is of, which it must not outlive.
  struct Opened {
    std::shared_ptr<FragmentStore> store;
    FragmentReader reader;
  };
  // One that is being given, in one of the places that there are for that.
  struct Gift {
    GetFragmentResponse response;
    std::shared_ptr<Opened> opened;  // null: there is nothing to give
    std::optional<Slots::Slot> slot;
  };
  // corrupt: the fragment is shorter than the offset. unavailable: too many are being given.
  Task<Result<Gift>> open(Caller caller, GetFragmentRequest request);
  // The bytes behind the answer. corrupt: the fragment has rotted, and the end was not given. Else
  // as Stream::write.
  Task<Result<void>> give(Gift gift, transport::Stream& stream);

  const Counts& counts() const { return counts_; }

 private:
  runtime::Offload offload_;
  std::shared_ptr<FragmentStore> store_;
  runtime::Log log_;
  OnGiving on_giving_;
  Slots slots_;
  Counts counts_;
};

}  // namespace tesseras::replica

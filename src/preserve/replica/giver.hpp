// Giving plans and fragments to whoever asks and knows the content hash (spec/transfer.md, section
// 3): those that are kept for others, and what the packs of the user's own tesserae are made of. On
// the thread of the loop; the store and the packs are read beside it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "foundation/runtime/log.hpp"
#include "foundation/runtime/offload.hpp"
#include "foundation/transport/transport.hpp"
#include "preserve/replica/fragment_store.hpp"
#include "preserve/replica/messages.hpp"
#include "preserve/replica/own_tesserae.hpp"
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
        OnGiving on_giving = nullptr, OwnTesserae own = {});

  // Private networks of these have no limit but their peers'.
  void set_own_addresses(std::vector<runtime::IpAddress> addresses) {
    own_slots_.set_own_addresses(addresses);
    slots_.set_own_addresses(std::move(addresses));
  }

  // The tasks must not outlive the Giver.
  Task<Result<GetPlanResponse>> plan(GetPlanRequest request);
  // One that is being given, in one of the places that there are for that.
  struct Gift {
    GetFragmentResponse response;
    std::shared_ptr<OpenFragment> opened;  // null: there is nothing to give
    std::optional<Slots::Slot> slot;
    std::optional<Slots::Slot> own_slot;      // of those there are for packs, too
    std::optional<base::ContentHash> of_own;  // the tessera of whose pack it is
  };
  // corrupt: the fragment is shorter than the offset. unavailable: too many are being given.
  Task<Result<Gift>> open(Caller caller, GetFragmentRequest request);
  // The bytes behind the answer. corrupt: the fragment has rotted, and the end was not given. Else
  // as Stream::write.
  Task<Result<void>> give(Gift gift, transport::Stream& stream);

  const Counts& counts() const { return counts_; }

 private:
  bool has_own(const base::ContentHash& content_hash) const {
    return own_.has && own_.has(content_hash);
  }
  // Once of each; it is asked for again and again.
  void tell_damage(const base::ContentHash& content_hash, const base::Error& why);

  runtime::Offload offload_;
  std::shared_ptr<FragmentStore> store_;
  runtime::Log log_;
  OnGiving on_giving_;
  OwnTesserae own_;
  Slots slots_;
  Slots own_slots_;
  std::set<base::ContentHash> told_damaged_;  // of the own
  Counts counts_;
};

}  // namespace tesseras::replica

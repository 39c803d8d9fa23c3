#include "preserve/replica/admission.hpp"

#include "foundation/base/assert.hpp"
#include "preserve/replica/limits.hpp"

namespace tesseras::replica {
namespace {

// Whether `more` fits beside what is there.
bool has_room(std::uint64_t there, std::uint64_t more, std::uint64_t max) {
  return there <= max && more <= max - there;
}

std::uint64_t share_of(std::uint64_t bytes, unsigned percent) {
  return bytes / 100 * percent + bytes % 100 * percent / 100;
}

Admission admit_newcomer(const Offer& offer, const AdmissionOptions& options) {
  const auto size = offer.size_bytes;
  // Anybody can say that something was lost elsewhere.
  if (!has_room(offer.block_bytes, size, options.deficit_allowance_bytes))
    return Admission::too_many_newcomers;
  // Once the authors are gone, all that repair are newcomers to each other. A share of their own is
  // what bounds them.
  if (offer.is_repair) return Admission::granted;
  const auto share = share_of(options.max_bytes, options.newcomers_percent);
  if (!has_room(offer.newcomers_bytes, size, share)) return Admission::too_many_newcomers;
  const auto fragments = share_of(Limits::references_max, options.newcomers_percent);
  return has_room(offer.newcomers_fragments, 1, fragments) ? Admission::granted
                                                           : Admission::too_many_fragments;
}

}  // namespace

std::string_view explain(Admission admission) {
  switch (admission) {
    case Admission::granted: return "it is taken";
    case Admission::disk_is_full: return "the disk has too little room left";
    case Admission::share_is_full: return "what may be kept for others is full";
    case Admission::peer_has_enough: return "enough is kept for this peer";
    case Admission::peer_owes_too_much: return "this peer keeps too little in return";
    case Admission::too_many_newcomers: return "enough is kept for peers that keep nothing for us";
    case Admission::too_many_fragments: return "as many fragments are kept as may be";
  }
  ASSERT(false);
  return {};
}

Admission admit(const Offer& offer, const AdmissionOptions& options) {
  const auto size = offer.size_bytes;
  if (offer.free_bytes < size || offer.free_bytes - size < options.min_free_bytes)
    return Admission::disk_is_full;
  if (!has_room(offer.kept_bytes, size, options.max_bytes)) return Admission::share_is_full;
  if (!has_room(offer.fragments, 1, Limits::references_max)) return Admission::too_many_fragments;
  if (offer.is_repair) {
    const auto share = share_of(options.max_bytes, options.repairs_percent);
    if (!has_room(offer.repaired_bytes, size, share)) return Admission::share_is_full;
  }
  if (offer.is_exempt) return Admission::granted;
  if (!offer.is_repair) {
    const auto& [for_it, for_us] = offer.account;
    if (!has_room(for_it, size, options.per_peer_limit_bytes)) return Admission::peer_has_enough;
    if (!has_room(for_it, size, for_us + options.deficit_allowance_bytes))
      return Admission::peer_owes_too_much;
  }
  return offer.account.has_history() ? Admission::granted : admit_newcomer(offer, options);
}

}  // namespace tesseras::replica

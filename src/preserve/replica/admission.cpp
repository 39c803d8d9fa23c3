#include "preserve/replica/admission.hpp"

#include "foundation/base/assert.hpp"

namespace tesseras::replica {
namespace {

// Whether `more` fits beside what is there.
bool has_room(std::uint64_t there, std::uint64_t more, std::uint64_t max) {
  return there <= max && more <= max - there;
}

std::uint64_t share_of(std::uint64_t bytes, unsigned percent) {
  return bytes / 100 * percent + bytes % 100 * percent / 100;
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
  }
  ASSERT(false);
  return {};
}

Admission admit(const Offer& offer, const AdmissionOptions& options) {
  const auto size = offer.size_bytes;
  if (offer.free_bytes < size || offer.free_bytes - size < options.min_free_bytes)
    return Admission::disk_is_full;
  if (!has_room(offer.kept_bytes, size, options.max_bytes)) return Admission::share_is_full;
  if (offer.is_repair) {
    const auto share = share_of(options.max_bytes, options.repairs_percent);
    return has_room(offer.repaired_bytes, size, share) ? Admission::granted
                                                       : Admission::share_is_full;
  }
  if (offer.is_exempt) return Admission::granted;
  if (!has_room(offer.account.kept_for_it, size, options.per_peer_limit_bytes))
    return Admission::peer_has_enough;
  if (!has_room(offer.account.kept_for_it, size,
                offer.account.kept_for_us + options.deficit_allowance_bytes))
    return Admission::peer_owes_too_much;
  if (offer.account.has_history()) return Admission::granted;
  const auto share = share_of(options.max_bytes, options.newcomers_percent);
  const bool is_taken = has_room(offer.newcomers_bytes, size, share) &&
                        has_room(offer.block_bytes, size, options.deficit_allowance_bytes);
  return is_taken ? Admission::granted : Admission::too_many_newcomers;
}

}  // namespace tesseras::replica

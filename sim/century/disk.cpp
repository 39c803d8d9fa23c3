#include "sim/century/disk.hpp"

#include "preserve/replica/admission.hpp"
#include "preserve/replica/limits.hpp"

namespace tesseras::century {
namespace {

// What a node gives unless its operator says otherwise.
constexpr std::uint64_t max_bytes = std::uint64_t{10} << 30U;
// Beside that its disk is never full.
constexpr std::uint64_t free_bytes = std::uint64_t{1} << 40U;

}  // namespace

bool Disk::takes(std::uint64_t fragment_bytes, unsigned count, const Brought& by) const {
  replica::AdmissionOptions options;
  options.max_bytes = max_bytes;
  replica::Offer offer;
  offer.size_bytes = count * replica::Limits::charged_bytes(fragment_bytes);
  offer.is_repair = by.is_repair;
  // Whoever gives something of its own keeps as much; who repairs keeps nothing for this user.
  if (!by.is_repair) offer.account = {offer.size_bytes, offer.size_bytes};
  offer.free_bytes = free_bytes;
  offer.kept_bytes = kept_bytes_;
  offer.repaired_bytes = repaired_bytes_;
  offer.fragments = fragments_;
  offer.block_bytes = by.from_block < by_block_.size() ? by_block_[by.from_block] : 0;
  return replica::admit(offer, options) == replica::Admission::granted;
}

void Disk::add(std::uint64_t fragment_bytes, const Brought& by) {
  const auto bytes = replica::Limits::charged_bytes(fragment_bytes);
  kept_bytes_ += bytes;
  ++fragments_;
  if (!by.is_repair) return;
  repaired_bytes_ += bytes;
  if (by.from_block >= by_block_.size()) by_block_.resize(by.from_block + std::size_t{1});
  by_block_[by.from_block] += bytes;
}

}  // namespace tesseras::century

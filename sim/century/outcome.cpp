#include "sim/century/century.hpp"
#include "sim/century/population.hpp"

namespace tesseras::century {

double OfTier::repair_share(unsigned days) const {
  if (stored_bytes == 0 || days == 0) return 0;
  return static_cast<double>(moved_bytes) / static_cast<double>(stored_bytes) / days;
}

double OfTier::pack_share(unsigned days) const {
  if (tesserae == 0 || days == 0) return 0;
  const double seconds = static_cast<double>(days) * day;
  return static_cast<double>(pack_seconds) / static_cast<double>(tesserae) / seconds;
}

std::uint64_t Outcome::lost() const { return tiers[0].lost + tiers[1].lost + tiers[2].lost; }

}  // namespace tesseras::century

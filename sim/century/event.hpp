// What happens in a century, and when.
#pragma once

#include <cstdint>
#include <utility>

#include "sim/century/population.hpp"

namespace tesseras::century {

enum class What : std::uint8_t {
  dies,
  goes_off,
  comes_back,
  is_audited,
  is_repaired,
  is_given_again,
  rots,
  is_read_again,
  block_is_lost,
};

struct Event {
  Time at = 0;
  std::uint64_t number = 0;  // breaks ties
  What what = What::dies;
  std::uint32_t whom = 0;

  bool operator>(const Event& other) const {
    return std::pair(at, number) > std::pair(other.at, other.number);
  }
};

}  // namespace tesseras::century

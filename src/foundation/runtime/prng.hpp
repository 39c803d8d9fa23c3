// Random-looking numbers that are the same everywhere for the same seed: for tests and
// simulations, never for secrets. Integers only, no distribution of the standard library,
// whose results differ between compilers.
#pragma once

#include <cstdint>

namespace tesseras::runtime {

// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
class Prng {
 public:
  explicit constexpr Prng(std::uint64_t seed) : state_(seed) {}

  constexpr std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15U;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebU;
    return mixed ^ (mixed >> 31U);
  }

  // 0 to end - 1; 0 for an end of 0. The bias is below 2^-32 for ends below 2^32.
  constexpr std::uint64_t below(std::uint64_t end) { return end == 0 ? 0 : next() % end; }

 private:
  std::uint64_t state_;
};

}  // namespace tesseras::runtime

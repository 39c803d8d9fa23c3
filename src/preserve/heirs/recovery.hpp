// An identity into shares, and shares into the identity (spec/heir-share.md, section 3). Pure, but
// for the operating system's randomness.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "foundation/base/time.hpp"
#include "preserve/heirs/share.hpp"
#include "preserve/identity/identity.hpp"

namespace tesseras::heirs {

// Shares 1 to `total` of the seed, of a session of their own, made on the day of `now`.
// invalid: as check_numbers().
Result<std::vector<Share>> make_shares(const identity::RootSeed& seed, unsigned threshold,
                                       unsigned total, base::WallTime now);

// A share, and what messages call it: its file.
struct Given {
  std::string name;
  Share share;
};

struct Recovered {
  identity::RootSeed seed;
  identity::Identity identity;
  std::vector<unsigned> indices;  // of the shares that it is made of, ascending
};

// The identity of which these are shares; all that are given are looked at, and one that is given
// twice counts once.
//   invalid      none is given, fewer than the threshold, or they are not all of one set: the
//                message names the one that differs from most others, and in what
//   corrupt      together they do not give what they say that they do: one is false
//   unsupported  what was shared was of a newer release
Result<Recovered> recover(std::span<const Given> given);

}  // namespace tesseras::heirs

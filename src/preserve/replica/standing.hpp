// How far a peer can be relied on, for whoever has to choose among peers. What makes it up (what it
// keeps for us, what it proved, what its operator is trusted with) is not placement's to know.
#pragma once

#include <cstdint>

namespace tesseras::replica {

// Better ones are smaller.
enum class Standing : std::uint8_t {
  in_credit,  // keeps more for us than we for it
  unknown,    // no history, or an even one
  in_debt,    // we keep more for it
};

}  // namespace tesseras::replica

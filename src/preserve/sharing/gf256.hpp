// The field GF(2⁸) with x⁸+x⁴+x³+x+1 (0x11b), as in AES (FIPS 197, section 4): addition is the
// exclusive or. Secrets go through it, so that nothing here branches on an element, or looks one up
// in a table: the time and the memory that are touched are the same for all of them.
#pragma once

#include <cstdint>

namespace tesseras::sharing {

using Element = std::uint8_t;

Element multiply(Element a, Element b);

// The element that gives 1 with `a`; 0 for 0, which has none.
Element inverse(Element a);

}  // namespace tesseras::sharing

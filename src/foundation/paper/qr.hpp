// QR codes (ISO/IEC 18004): a text as dark and light modules, to be printed or shown, and read
// again by any phone. Pure; qr.cpp alone knows the library that makes them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "foundation/base/result.hpp"
#include "foundation/crypto/secret.hpp"

namespace tesseras::paper {

using base::Result;

// How much of a code may be lost: of its codewords 7, 15, 25 or 30 in a hundred. The stronger, the
// larger: 2953, 2331, 1663 or 1273 bytes at most.
enum class Correction : std::uint8_t { low, medium, quartile, high };

// The smallest code that holds a text, byte for byte. What it holds may be a secret: the modules
// are zeroised. (The library's own memory is freed, and not zeroised.)
class QrCode {
 public:
  // Light modules that have to surround a code, on each side (section 5.3.8).
  static constexpr unsigned quiet_modules = 4;

  // invalid: the text is empty. exhausted: it does not fit into any code of that correction; use
  // less of it, or of the text.
  static Result<QrCode> of(std::string_view text, Correction correction);

  // 1 to 40.
  unsigned version() const { return (side_ - 17) / 4; }
  // Modules in a row, and rows; without the quiet zone: 21 to 177.
  unsigned side() const { return side_; }
  // Both below side().
  bool is_dark(unsigned column, unsigned row) const;

 private:
  QrCode(unsigned side, crypto::SecretBuffer modules);

  unsigned side_;
  crypto::SecretBuffer modules_;  // a byte each, row by row
};

// For a terminal: lines of side() + 2 * quiet_modules columns, two rows of modules in each, of
// U+2580, U+2584, U+2588 and spaces. What is filled is light, as on a dark background.
std::string to_blocks(const QrCode& code);

}  // namespace tesseras::paper

// Bytes, and their written form. A ByteSpan borrows: it lives as long as what it points at.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tesseras::base {

using Bytes = std::vector<std::byte>;
using ByteSpan = std::span<const std::byte>;
using MutableByteSpan = std::span<std::byte>;

// The bytes of a text, without copying.
ByteSpan as_bytes(std::string_view text);
// The text in some bytes, without copying and without asking whether it is UTF-8.
std::string_view as_text(ByteSpan bytes);

Bytes to_bytes(std::string_view text);

// Two lower-case digits a byte.
std::string to_hex(ByteSpan bytes);

// Fills `out` from exactly 2 * out.size() digits of either case; false, and `out` undefined,
// for anything else. Callers that demand lower case check is_lower_hex first.
bool from_hex(std::string_view hex, MutableByteSpan out);
bool is_lower_hex(std::string_view text);

template <std::size_t N>
std::optional<std::array<std::byte, N>> array_from_hex(std::string_view hex) {
  std::array<std::byte, N> out{};
  if (!from_hex(hex, out)) return std::nullopt;
  return out;
}

// RFC 4648 section 4, with padding. Decoding is strict: nullopt for any other character,
// wrong padding or bits set beyond the last byte.
std::string to_base64(ByteSpan bytes);
std::optional<Bytes> from_base64(std::string_view text);

}  // namespace tesseras::base

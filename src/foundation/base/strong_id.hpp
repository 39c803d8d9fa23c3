// Ids that the compiler keeps apart: a ContentHash is no BlobId, though both are 32 bytes.
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "foundation/base/bytes.hpp"

namespace tesseras::base {

template <class Tag, std::size_t Size>
struct StrongId {
  static constexpr std::size_t size_bytes = Size;

  std::array<std::byte, Size> bytes{};

  auto operator<=>(const StrongId&) const = default;

  std::string hex() const { return to_hex(bytes); }

  // Exactly 2 * Size lower-case digits; nullopt for anything else.
  static std::optional<StrongId> from_hex(std::string_view text) {
    if (!is_lower_hex(text)) return std::nullopt;
    const auto parsed = array_from_hex<Size>(text);
    if (!parsed) return std::nullopt;
    return StrongId{*parsed};
  }

  // Exactly Size bytes; nullopt for anything else.
  static std::optional<StrongId> from_bytes(ByteSpan from) {
    if (from.size() != Size) return std::nullopt;
    StrongId id;
    std::ranges::copy(from, id.bytes.begin());
    return id;
  }
};

struct ContentHashTag;
// BLAKE3 of a MANIFEST's bytes: the name of a tessera.
using ContentHash = StrongId<ContentHashTag, 32>;

struct PlanIdTag;
// BLAKE3 of a plan's bytes: its name, and that of the set of fragments that it lists.
using PlanId = StrongId<PlanIdTag, 32>;

struct BlobIdTag;
// BLAKE3 of a blob's bytes: its name in a vault.
using BlobId = StrongId<BlobIdTag, 32>;

}  // namespace tesseras::base

template <class Tag, std::size_t Size>
struct std::hash<tesseras::base::StrongId<Tag, Size>> {
  // Ids are hashes already; eight of their bytes spread well enough for a table.
  std::size_t operator()(const tesseras::base::StrongId<Tag, Size>& id) const noexcept {
    std::size_t value = 0;
    std::memcpy(&value, id.bytes.data(), std::min(sizeof(value), Size));
    return value;
  }
};

// The words that stand for values in meta.json. They may never change. Not for others.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "foundation/base/assert.hpp"
#include "preserve/tessera/meta.hpp"

namespace tesseras::tessera::names {

template <class Value>
using Name = std::pair<Value, std::string_view>;

using Kind = ApproximateDate::Kind;
inline constexpr std::array date_kinds = {Name<Kind>{Kind::year, "year"},
                                          Name<Kind>{Kind::year_month, "year_month"},
                                          Name<Kind>{Kind::full, "full"}};
inline constexpr std::array memory_types = {Name<MemoryType>{MemoryType::moment, "moment"},
                                            Name<MemoryType>{MemoryType::reflection, "reflection"},
                                            Name<MemoryType>{MemoryType::daily, "daily"},
                                            Name<MemoryType>{MemoryType::relation, "relation"},
                                            Name<MemoryType>{MemoryType::object, "object"}};
inline constexpr std::array origins = {
    Name<Origin>{Origin::exif, "exif"}, Name<Origin>{Origin::xmp, "xmp"},
    Name<Origin>{Origin::quicktime, "quicktime"}, Name<Origin>{Origin::author, "author"}};

template <class Table, class Value>
std::string_view of(const Table& table, Value value) {
  const auto found = std::ranges::find(table, value, &Name<Value>::first);
  ASSERT(found != table.end());
  return found->second;
}

template <class Value, std::size_t Size>
std::optional<Value> from(const std::array<Name<Value>, Size>& table, std::string_view name) {
  const auto found = std::ranges::find(table, name, &Name<Value>::second);
  if (found == table.end()) return std::nullopt;
  return found->first;
}

}  // namespace tesseras::tessera::names

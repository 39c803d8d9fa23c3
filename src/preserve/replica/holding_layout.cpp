#include "preserve/replica/holding_layout.hpp"

#include <fmt/format.h>

#include <string>

#include "foundation/base/text.hpp"

namespace tesseras::replica {
namespace {

runtime::path sharded(const runtime::path& folder, const std::string& hex) {
  return folder / hex.substr(0, 2) / hex;
}

}  // namespace

runtime::path HoldingLayout::object(const crypto::Blake3Hash& hash) const {
  return sharded(objects(), hash.hex());
}

runtime::path HoldingLayout::plan(const base::PlanId& id) const {
  return sharded(plans(), id.hex());
}

runtime::path HoldingLayout::incoming(const FragmentName& name) const {
  return incoming() / fmt::format("{}-{}", name.plan.hex(), name.fragment);
}

runtime::path HoldingLayout::quarantined(const crypto::Blake3Hash& hash) const {
  return quarantine() / hash.hex();
}

runtime::path tree_of(const runtime::path& file) {
  runtime::path name = file;
  name += ".tree";
  return name;
}

bool is_shard(std::string_view name) { return name.size() == 2 && base::is_lower_hex(name); }

std::optional<FragmentName> incoming_name(std::string_view file_name) {
  constexpr std::size_t digits = 2 * base::PlanId::size_bytes;
  if (file_name.size() < digits + 2 || file_name[digits] != '-') return std::nullopt;
  const auto plan = base::PlanId::from_hex(file_name.substr(0, digits));
  const auto fragment = base::decimal_from(file_name.substr(digits + 1), fragment_max);
  if (!plan || !fragment) return std::nullopt;
  return FragmentName{*plan, static_cast<unsigned>(*fragment)};
}

}  // namespace tesseras::replica

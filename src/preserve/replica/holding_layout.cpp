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

SenderMark mark_of(const dht::NodePublicKey& sender) {
  return *SenderMark::from_bytes(base::ByteSpan(sender.bytes).first(SenderMark::size_bytes));
}

runtime::path HoldingLayout::object(const crypto::Blake3Hash& hash) const {
  return sharded(objects(), hash.hex());
}

runtime::path HoldingLayout::plan(const base::PlanId& id) const {
  return sharded(plans(), id.hex());
}

runtime::path HoldingLayout::incoming(const IncomingName& name) const {
  const auto& [plan, fragment] = name.fragment;
  return incoming() / fmt::format("{}-{}-{}", plan.hex(), fragment, name.sender.hex());
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

std::optional<IncomingName> incoming_name(std::string_view file_name) {
  constexpr std::size_t plan_digits = 2 * base::PlanId::size_bytes;
  constexpr std::size_t mark_digits = 2 * SenderMark::size_bytes;
  if (file_name.size() < plan_digits + mark_digits + 3) return std::nullopt;
  const auto number = file_name.substr(plan_digits, file_name.size() - plan_digits - mark_digits);
  if (number.front() != '-' || number.back() != '-') return std::nullopt;
  const auto plan = base::PlanId::from_hex(file_name.substr(0, plan_digits));
  const auto fragment = base::decimal_from(number.substr(1, number.size() - 2), fragment_max);
  const auto sender = SenderMark::from_hex(file_name.substr(file_name.size() - mark_digits));
  if (!plan || !fragment || !sender) return std::nullopt;
  return IncomingName{{*plan, static_cast<unsigned>(*fragment)}, *sender};
}

}  // namespace tesseras::replica

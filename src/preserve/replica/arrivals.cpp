#include "preserve/replica/arrivals.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "foundation/runtime/free_name.hpp"
#include "preserve/replica/limits.hpp"

namespace tesseras::replica {

using base::Code;
using base::fail;
using base::Result;

void Arrivals::load() {
  struct Found {
    IncomingName name;
    base::WallTime modified;
    std::uint64_t bytes = 0;
  };
  std::vector<Found> all;
  const auto entries = disk_.list(layout_.incoming());
  if (!entries) return;
  for (const auto& entry : *entries) {
    const auto name = incoming_name(entry.name);
    if (!name) continue;
    if (const auto status = disk_.status(layout_.incoming() / entry.name))
      all.push_back({*name, status->modified, status->size_bytes});
  }
  std::ranges::sort(all, {}, &Found::modified);
  for (const Found& one : all)
    if (begin(one.name)) end(one.name, one.bytes);
}

bool Arrivals::take(const IncomingName& name) {
  const auto [at, is_new] = files_.try_emplace(name);
  if (!is_new) {
    if (at->second.is_taken) return false;
    left_bytes_ -= at->second.bytes;
    --left_;
  }
  at->second.is_taken = true;
  return true;
}

void Arrivals::put_back(const IncomingName& name) {
  File& file = files_.at(name);
  file.is_taken = false;
  left_bytes_ += file.bytes;
  ++left_;
}

Result<void> Arrivals::begin(const IncomingName& name) {
  const std::lock_guard lock(mutex_);
  if (take(name)) return {};
  return fail(Code::conflict, "fragment {} of plan {} is being received from there already",
              name.fragment.fragment, name.fragment.plan.hex());
}

void Arrivals::end(const IncomingName& name, std::uint64_t left_bytes) {
  const std::lock_guard lock(mutex_);
  if (left_bytes == 0) {
    files_.erase(name);
    return;
  }
  File& file = files_.at(name);
  file.bytes = left_bytes;
  file.order = next_order_++;
  put_back(name);
}

std::uint64_t Arrivals::left_bytes(const IncomingName& name) const {
  const std::lock_guard lock(mutex_);
  const auto at = files_.find(name);
  return at == files_.end() || at->second.is_taken ? 0 : at->second.bytes;
}

std::uint64_t Arrivals::left_bytes() const {
  const std::lock_guard lock(mutex_);
  return left_bytes_;
}

Result<void> Arrivals::remove_taken(const IncomingName& name) {
  auto removed = runtime::remove_if_there(disk_, layout_.incoming(name));
  if (removed) (void)disk_.remove(tree_of(layout_.incoming(name)));
  const std::lock_guard lock(mutex_);
  if (removed) {
    files_.erase(name);
  } else {
    put_back(name);
  }
  return removed;
}

std::optional<IncomingName> Arrivals::take_oldest() {
  const std::lock_guard lock(mutex_);
  if (left_ < Limits::leftovers_max && left_bytes_ <= Limits::leftover_bytes_max) return {};
  const Files::value_type* oldest = nullptr;
  for (const auto& one : files_) {
    if (one.second.is_taken) continue;
    if (oldest == nullptr || one.second.order < oldest->second.order) oldest = &one;
  }
  if (oldest == nullptr) return {};
  const IncomingName name = oldest->first;
  take(name);
  return name;
}

Result<void> Arrivals::make_place() {
  while (const auto oldest = take_oldest()) TRY(remove_taken(*oldest));
  return {};
}

Result<std::uint64_t> Arrivals::clear(base::WallTime before) {
  std::vector<std::pair<IncomingName, std::uint64_t>> all;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, file] : files_)
      if (!file.is_taken) all.emplace_back(name, file.bytes);
  }
  std::uint64_t cleared_bytes = 0;
  for (const auto& [name, bytes] : all) {
    const auto status = disk_.status(layout_.incoming(name));
    if (!status && status.error().code != Code::not_found) return fail(status.error());
    if (status && status->modified >= before) continue;
    {
      const std::lock_guard lock(mutex_);
      // Somebody has gone on with it meanwhile.
      const auto at = files_.find(name);
      if (at == files_.end() || at->second.bytes != bytes || !take(name)) continue;
    }
    TRY(remove_taken(name));
    cleared_bytes += bytes;
  }
  return cleared_bytes;
}

void Arrivals::remove(const FragmentName& fragment) {
  std::vector<IncomingName> all;
  {
    const std::lock_guard lock(mutex_);
    for (auto at = files_.lower_bound({fragment, {}});
         at != files_.end() && at->first.fragment == fragment; ++at)
      if (!at->second.is_taken) all.push_back(at->first);
    for (const IncomingName& name : all) take(name);
  }
  for (const IncomingName& name : all) (void)remove_taken(name);
}

}  // namespace tesseras::replica

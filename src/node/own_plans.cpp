#include "node/own_plans.hpp"

#include <array>

#include "foundation/base/text.hpp"
#include "foundation/runtime/whole_file.hpp"

namespace tesseras::node {
namespace {

using base::Code;
using base::ContentHash;
using base::fail;
using base::Result;

constexpr std::uint32_t file_permissions = 0600;
constexpr std::uint32_t folder_permissions = 0700;

}  // namespace

Result<OwnPlans> OwnPlans::open(runtime::Disk& disk, runtime::path folder) {
  TRY(disk.make_folders(folder, folder_permissions));
  TRY(disk.sync(std::array{folder.parent_path()}));
  OwnPlans plans(disk, std::move(folder));
  for (const auto& entry : TRY(disk.list(plans.folder_))) {
    // Others are being written.
    if (const auto hash = ContentHash::from_hex(entry.name)) plans.all_.insert(*hash);
  }
  return plans;
}

Result<replica::SignedPlan> OwnPlans::plan(const ContentHash& content_hash) const {
  const auto file = file_of(content_hash);
  const auto bytes = TRY(runtime::read_whole(*disk_, file, replica::signed_plan_bytes_max));
  auto plan = replica::SignedPlan::decode(bytes);
  if (plan && plan->plan().content_hash == content_hash) return plan;
  return fail(Code::corrupt, "{} is damaged; delete it, and publish the tessera again",
              base::to_printable(file.native()));
}

Result<void> OwnPlans::set(const replica::SignedPlan& plan) {
  const auto& hash = plan.plan().content_hash;
  TRY(runtime::replace_whole(*disk_, file_of(hash), file_permissions, plan.encoded()));
  all_.insert(hash);
  return {};
}

Result<void> OwnPlans::remove(const ContentHash& content_hash) {
  if (!all_.contains(content_hash)) return {};
  TRY(disk_->remove(file_of(content_hash)));
  all_.erase(content_hash);
  return {};
}

}  // namespace tesseras::node

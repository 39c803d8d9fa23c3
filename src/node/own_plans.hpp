// The signed plans of the tesserae that this node gives to others for its user: a file each, named
// by the tessera. For one thread, but for plan(), which is for any; under the lock of who runs the
// node.
#pragma once

#include <set>

#include "foundation/base/result.hpp"
#include "foundation/base/strong_id.hpp"
#include "foundation/runtime/disk.hpp"
#include "preserve/replica/plan.hpp"

namespace tesseras::node {

class OwnPlans {
 public:
  // `folder` (made when missing) belongs to nobody else; `disk` outlives it. Errors of the disk.
  static base::Result<OwnPlans> open(runtime::Disk& disk, runtime::path folder);

  const std::set<base::ContentHash>& all() const { return all_; }
  // not_found: there is none. corrupt: its file is damaged, and the message says what to do.
  base::Result<replica::SignedPlan> plan(const base::ContentHash& content_hash) const;
  // In the place of an earlier one; on the medium when this returns. Errors of the disk; then
  // nothing has changed.
  base::Result<void> set(const replica::SignedPlan& plan);
  // Errors of the disk; then it is still there. None is none.
  base::Result<void> remove(const base::ContentHash& content_hash);

 private:
  OwnPlans(runtime::Disk& disk, runtime::path folder) : disk_(&disk), folder_(std::move(folder)) {}
  runtime::path file_of(const base::ContentHash& hash) const { return folder_ / hash.hex(); }

  runtime::Disk* disk_;
  runtime::path folder_;
  std::set<base::ContentHash> all_;
};

}  // namespace tesseras::node

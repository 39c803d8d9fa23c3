// Where an export goes. What is there already is compared instead of written, so that an
// interrupted export is completed and a different one is never touched.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "foundation/base/time.hpp"
#include "preserve/custody/hashing.hpp"
#include "preserve/custody/tools.hpp"

namespace tesseras::custody {

class Outlet {
 public:
  virtual ~Outlet() = default;

  // The sink for one file's bytes; the file before it is complete then. conflict when what is
  // there already differs.
  virtual Result<Sink> begin(const std::string& relative, std::uint64_t size_bytes) = 0;
  // Makes everything durable and gives it its name; true when part of it was there before.
  virtual Result<bool> finish() = 0;
};

// Destroyed before finish() succeeded, each removes what it wrote.
Result<std::unique_ptr<Outlet>> folder_outlet(runtime::Disk& disk, const path& target);
Result<std::unique_ptr<Outlet>> tar_outlet(runtime::Disk& disk, const path& target,
                                           base::WallTime modified);

}  // namespace tesseras::custody

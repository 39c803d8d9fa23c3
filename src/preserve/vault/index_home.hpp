// Where a vault's index lives, and how it is opened and replaced. The vault itself never names
// the database.
#pragma once

#include <memory>

#include "foundation/base/result.hpp"
#include "foundation/runtime/disk.hpp"

namespace tesseras::vault {

class Index;

class IndexHome {
 public:
  virtual ~IndexHome() = default;

  virtual bool exists() const = 0;
  // A new, empty index; conflict when there is one.
  virtual base::Result<void> create() = 0;
  // not_found; corrupt: damaged; unsupported: a newer release wrote it. Older ones are
  // migrated. What cannot be written to is opened for reading.
  virtual base::Result<std::unique_ptr<Index>> open() = 0;

  // A new, empty index beside the one in use, and nobody's yet.
  virtual base::Result<std::unique_ptr<Index>> begin_anew() = 0;
  // Puts what begin_anew gave, closed by now, in the place of the one in use. Called with the
  // vault's lock held.
  virtual base::Result<void> replace_with_new() = 0;
};

// SQLite, in `folder`/tesseras.db (made when missing).
std::unique_ptr<IndexHome> sqlite_index_home(const runtime::path& folder);

// In memory, for tests; it lives as long as the home.
std::unique_ptr<IndexHome> memory_index_home();

}  // namespace tesseras::vault

// An archive of any bytes becomes a tessera that holds, or leaves the vault as it was.
#include <cstddef>
#include <cstdint>
#include <span>

#include "foundation/base/assert.hpp"
#include "foundation/runtime/disk_memory.hpp"
#include "preserve/custody/files.hpp"
#include "preserve/custody/import.hpp"
#include "preserve/custody/verify.hpp"
#include "preserve/vault/index_home.hpp"

namespace {

class StillClock final : public tesseras::runtime::Clock {
 public:
  tesseras::base::Instant now() override { return {}; }
  tesseras::base::WallTime wall_now() override { return {1'767'225'600, 0}; }
};

}  // namespace

namespace tesseras {

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  runtime::MemoryDisk disk;
  const auto file = disk.create("/in", 0644);
  ASSERT(file && (*file)->append(std::as_bytes(std::span(data, size))));
  const auto indexes = vault::memory_index_home();
  ASSERT(vault::Vault::create(disk, "/home", *indexes));
  const auto vault = vault::Vault::open(disk, "/home", *indexes);
  ASSERT(vault.has_value());
  StillClock clock;
  runtime::Workers workers(1);
  custody::Tools tools{disk, clock, workers, runtime::no_progress(), {}};
  const auto used_bytes = disk.used_bytes();

  const auto imported = custody::import_tessera(**vault, "/in", tools);
  const auto kept = (*vault)->list();
  ASSERT(kept.has_value());
  if (!imported) {
    ASSERT(!imported.error().message.empty());
    ASSERT(imported.error().code != base::Code::internal);
    ASSERT(kept->empty() && disk.used_bytes() == used_bytes);
    return 0;
  }
  ASSERT(kept->size() == 1 && kept->front().content_hash == imported->content_hash);
  const auto files = custody::files_in_vault(**vault, imported->content_hash);
  const auto report = custody::verify(*files, {.full = true, .folder_name = {}}, tools);
  ASSERT(report && report->passed());
  return 0;
}

}  // namespace tesseras

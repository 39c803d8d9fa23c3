// An archive of any bytes, and a pack that comes as they do, becomes a tessera that holds, or
// leaves the vault as it was.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

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

namespace {

using Import =
    std::function<base::Result<custody::Imported>(vault::Vault& vault, custody::Tools& tools)>;

void becomes_whole_or_nothing(runtime::MemoryDisk& disk, const runtime::path& home,
                              const Import& import) {
  const auto indexes = vault::memory_index_home();
  ASSERT(vault::Vault::create(disk, home, *indexes));
  const auto vault = vault::Vault::open(disk, home, *indexes);
  ASSERT(vault.has_value());
  StillClock clock;
  runtime::Workers workers(1);
  custody::Tools tools{disk, clock, workers, runtime::no_progress(), {}};
  const auto used_bytes = disk.used_bytes();

  const auto imported = import(**vault, tools);
  const auto kept = (*vault)->list();
  ASSERT(kept.has_value());
  if (!imported) {
    ASSERT(!imported.error().message.empty());
    ASSERT(imported.error().code != base::Code::internal);
    ASSERT(kept->empty() && disk.used_bytes() == used_bytes);
    return;
  }
  ASSERT(kept->size() == 1 && kept->front().content_hash == imported->content_hash);
  const auto files = custody::files_in_vault(**vault, imported->content_hash);
  const auto report = custody::verify(*files, {.full = true, .folder_name = {}}, tools);
  ASSERT(report && report->passed());
}

// The tessera that a pack of these bytes would be one of, as far as its first header says so.
base::ContentHash named_in(base::ByteSpan bytes) {
  constexpr std::string_view before = "tessera-";
  const auto name =
      base::as_text(bytes).substr(0, before.size() + 2 * base::ContentHash::size_bytes);
  if (!name.starts_with(before)) return {};
  return base::ContentHash::from_hex(name.substr(before.size())).value_or(base::ContentHash{});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  runtime::MemoryDisk disk;
  const auto file = disk.create("/in", 0644);
  ASSERT(file && (*file)->append(bytes));
  becomes_whole_or_nothing(disk, "/home", [](vault::Vault& vault, custody::Tools& tools) {
    return custody::import_tessera(vault, "/in", tools);
  });
  becomes_whole_or_nothing(disk, "/home-of-packs", [&](vault::Vault& vault, custody::Tools& tools) {
    return custody::import_pack(vault, named_in(bytes), custody::source_of(**file), tools);
  });
  return 0;
}

}  // namespace tesseras

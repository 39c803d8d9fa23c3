// A pack of any bytes: records and damage together are all of it, each byte once; a vault that has
// it is rebuilt, and passes its own check but for what the rebuild told.
#include <cstddef>
#include <cstdint>
#include <span>

#include "foundation/base/assert.hpp"
#include "foundation/crypto/blake3.hpp"
#include "foundation/runtime/disk_memory.hpp"
#include "foundation/runtime/progress.hpp"
#include "preserve/vault/index_home.hpp"
#include "preserve/vault/layout.hpp"
#include "preserve/vault/pack_scan.hpp"
#include "preserve/vault/vault.hpp"

namespace tesseras {
namespace {

// How many records of blobs there are.
std::size_t scan(runtime::File& pack, std::uint64_t size_bytes) {
  std::uint64_t at = 0;
  std::size_t blobs = 0;
  const vault::PackVisitor visitor{
      [&](const vault::PackRecord& record) -> base::Result<void> {
        ASSERT(record.offset == at);
        ASSERT(crypto::blake3(record.payload).bytes == record.payload_hash.bytes);
        at = record.end();
        if (record.kind == vault::RecordKind::blob) ++blobs;
        return {};
      },
      [&](const vault::PackDamage& damage) {
        ASSERT(damage.offset == at && damage.size_bytes > 0 && !damage.why.empty());
        at += damage.size_bytes;
      }};
  ASSERT(vault::scan_pack(pack, 0, size_bytes, visitor));
  ASSERT(at == size_bytes);
  return blobs;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  runtime::MemoryDisk disk;
  const auto indexes = vault::memory_index_home();
  ASSERT(vault::Vault::create(disk, "/home", *indexes));
  const auto pack = disk.create(vault::Layout("/home").pack(1), 0600);
  ASSERT(pack && (*pack)->append(std::as_bytes(std::span(data, size))));
  const auto blobs = scan(**pack, size);

  const auto rebuilt = vault::Vault::rebuild(disk, "/home", *indexes, runtime::no_progress(), {});
  ASSERT(rebuilt.has_value() && rebuilt->blobs <= blobs);
  const auto vault = vault::Vault::open(disk, "/home", *indexes);
  ASSERT(vault.has_value());
  const auto kept = (*vault)->list();
  ASSERT(kept && kept->size() == rebuilt->tesserae);
  const auto checked = (*vault)->check(runtime::no_progress(), {});
  ASSERT(checked && (!rebuilt->problems.empty() || checked->problems.empty()));
  return 0;
}

}  // namespace tesseras

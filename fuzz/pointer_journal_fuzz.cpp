// Whatever lies in the journal's folder, a store of pointers begins with what is whole of it, gives
// only records of the key that it is asked for, and keeps what it is given. And a frame that is
// read is written again as the same.
#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>

#include "foundation/base/assert.hpp"
#include "foundation/runtime/disk_memory.hpp"
#include "preserve/dht/limits.hpp"
#include "preserve/dht/pointer_store.hpp"

namespace tesseras {
namespace {

using base::Instant;
using dht::Key;

const runtime::path folder = "/pointers";
constexpr base::WallTime wall{1'000, 0};

dht::PointerStore open(runtime::MemoryDisk& disk, Instant now) {
  const dht::PointerStoreOptions options{.keys_max = 16, .own_addresses = {}};
  auto store = dht::PointerStore::open(disk, folder, {}, {}, options, now, wall);
  ASSERT(store.has_value());
  return *std::move(store);
}

dht::HolderRecord some_record(const crypto::Ed25519Key& key) {
  dht::HolderRecord record;
  record.node_key = key.public_key();
  record.node = dht::node_id_of(record.node_key, 0);
  record.endpoints = {{runtime::IpAddress::v4(192, 0, 2, 1), 4433}};
  record.issue = ~std::uint64_t{0};
  record.ttl = dht::Limits::ttl_max;
  return record;
}

void check_frame(base::ByteSpan bytes) {
  const auto frame = dht::decode_pointer_frame(bytes);
  if (!frame) return;
  const base::Bytes again = std::visit([](const auto& one) { return encode(one); }, *frame);
  ASSERT(dht::decode_pointer_frame(again).value() == *frame);
  ASSERT(dht::summarize_pointer_frame(bytes)->is_group ==
         std::holds_alternative<dht::GroupFrame>(*frame));
}

void check_store(base::ByteSpan segment) {
  runtime::MemoryDisk disk;
  ASSERT(disk.make_folders(folder, 0700));
  auto file = disk.create(folder / "0000000001.journal", 0600);
  ASSERT(file && (*file)->append(segment));
  const Instant now{};
  auto store = open(disk, now);
  ASSERT(store.key_count() <= 16);
  static const auto key = crypto::Ed25519Key::from_seed(crypto::SecretBytes<32>());
  const dht::HolderRecord record = some_record(key);
  const auto kept = store.put(now, record, dht::sign(record, key), record.endpoints[0]);
  const std::size_t found = store.get(now, record.key).size();
  ASSERT(found <= dht::Limits::entries_per_key && (!kept || found > 0));
  ASSERT(store.sweep(now));
  ASSERT(open(disk, now).get(now, record.key).size() == found);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  check_frame(bytes);
  // An error of a later release's is not what this is about.
  if (size > 7 && data[7] == 1) check_store(bytes);
  return 0;
}

}  // namespace tesseras

// Whatever the log of references holds: what is whole of it is read, it can be written again as the
// same, events can be added, and a store of fragments begins with it and keeps what it is given.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "foundation/base/assert.hpp"
#include "foundation/runtime/disk_memory.hpp"
#include "preserve/replica/fragment_store.hpp"
#include "preserve/replica/reference_log.hpp"
#include "preserve/tessera/manifest_head.hpp"

namespace tesseras {
namespace {

using base::Bytes;
using base::ByteSpan;
using replica::ReferenceEvent;
using replica::ReferenceLog;
using replica::SignedPlan;

const runtime::path folder = "/holdings";
const runtime::path file = folder / "references.log";

const Bytes& fragment() {
  static const Bytes bytes(1500, std::byte{7});
  return bytes;
}

const SignedPlan& some_plan() {
  static const SignedPlan plan = [] {
    const auto author = identity::Identity::from_seed(identity::RootSeed());
    tessera::ManifestHeader header;
    header.created = {1'770'000'000, 0};
    header.creator = author.public_keys().ed25519;
    header.creator_mldsa65 = crypto::blake3(author.public_keys().mldsa65.bytes);
    const std::string manifest = tessera::encode(header);
    const auto bytes = base::as_bytes(manifest);
    const replica::Plan made{base::ContentHash{crypto::blake3(bytes).bytes},
                             bytes.size(),
                             erasure::Shape(erasure::Tier::copies, fragment().size()),
                             {crypto::blake3(fragment())}};
    return SignedPlan::make(made, manifest, author).value();
  }();
  return plan;
}

void put_log(runtime::MemoryDisk& disk, ByteSpan bytes) {
  ASSERT(disk.make_folders(folder, 0700));
  auto log = disk.create(file, 0600);
  ASSERT(log && (*log)->append(bytes));
}

std::vector<ReferenceEvent> events_in(runtime::MemoryDisk& disk,
                                      std::optional<ReferenceLog>* opened = nullptr) {
  std::vector<ReferenceEvent> events;
  auto log =
      ReferenceLog::open(disk, file, [&](const ReferenceEvent& event) { events.push_back(event); });
  ASSERT(log.has_value());
  if (opened) *opened = *std::move(log);
  return events;
}

void check_event(ByteSpan bytes) {
  const auto event = replica::decode_reference_event(bytes);
  if (!event) return;
  const Bytes again = encode(*event);
  ASSERT(std::ranges::equal(again, bytes));
}

void check_log(ByteSpan bytes) {
  runtime::MemoryDisk disk;
  put_log(disk, bytes);
  std::optional<ReferenceLog> log;
  auto events = events_in(disk, &log);
  if (log->must_be_rewritten()) {
    auto at = events.begin();
    ASSERT(log->rewrite([&]() -> std::optional<ReferenceEvent> {
      if (at == events.end()) return std::nullopt;
      return *at++;
    }));
  }
  const replica::QuarantinedEvent added{crypto::blake3(fragment())};
  ASSERT(log->append(added));
  events.emplace_back(added);
  ASSERT(events_in(disk, &log) == events && !log->must_be_rewritten());
}

void check_store(ByteSpan bytes) {
  runtime::MemoryDisk disk;
  put_log(disk, bytes);
  auto store = replica::FragmentStore::open(disk, folder);
  ASSERT(store.has_value());
  // None of its objects are there.
  for (const auto& one : (*store)->references()) ASSERT(one.is_quarantined);
  ASSERT((*store)->size_bytes() == 0);
  {
    auto writer = (*store)->receive(some_plan(), 3, dht::NodePublicKey{});
    ASSERT(writer && writer->append(fragment()) && (*store)->keep(*writer, {}));
  }
  const auto references = (*store)->references();
  store = base::fail(base::Code::internal, "over");
  store = replica::FragmentStore::open(disk, folder);
  ASSERT(store && (*store)->references() == references);
  ASSERT((*store)->kept(some_plan().id()).test(3));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  check_event(bytes);
  // An error of a later release's is not what this is about.
  if (size > 7 && data[7] != 1) return 0;
  check_log(bytes);
  check_store(bytes);
  return 0;
}

}  // namespace tesseras

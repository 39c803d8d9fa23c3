// Authors, plans and fragments for the tests of this library, and a store of them on a MemoryDisk.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/runtime/disk_memory.hpp"
#include "foundation/runtime/prng.hpp"
#include "preserve/replica/fragment_store.hpp"
#include "preserve/replica/holding_layout.hpp"
#include "preserve/tessera/manifest_head.hpp"

namespace tesseras::replica {

inline identity::Identity author_from(unsigned char byte) {
  identity::RootSeed seed;
  std::ranges::fill(seed.mutable_span(), static_cast<std::byte>(byte));
  return identity::Identity::from_seed(seed);
}

// As a MANIFEST begins, and then anything: a plan is bound to no more of it.
inline std::string manifest_of(const identity::Identity& author, std::size_t size_bytes = 5000,
                               std::string_view name = {}) {
  tessera::ManifestHeader header;
  header.created = *base::from_rfc3339_seconds("2026-02-14T09:30:00Z");
  header.creator = author.public_keys().ed25519;
  header.creator_mldsa65 = crypto::blake3(author.public_keys().mldsa65.bytes);
  std::string text = tessera::encode(header);
  text += name;
  while (text.size() < size_bytes) text += static_cast<char>('a' + text.size() % 26);
  return text;
}

// The same bytes for the same number.
inline base::Bytes bytes_of(std::uint64_t number, std::uint64_t size_bytes) {
  runtime::Prng prng(number);
  base::Bytes bytes(size_bytes);
  for (std::byte& one : bytes) one = static_cast<std::byte>(prng.below(256));
  return bytes;
}

// A plan, and its fragments: a single one for copies, as in the plan.
struct Sample {
  SignedPlan plan;
  std::vector<base::Bytes> fragments;

  const base::Bytes& fragment(unsigned number) const {
    return fragments.size() == 1 ? fragments.front() : fragments.at(number);
  }
  const crypto::Blake3Hash& hash(unsigned number) const { return plan.plan().hash_of(number); }
  FragmentName name(unsigned number) const { return {plan.id(), number}; }
};

inline Sample sample_of(std::string_view name, std::uint64_t pack_bytes,
                        std::vector<base::Bytes> fragments) {
  static const identity::Identity author = author_from(7);
  const std::string manifest = manifest_of(author, 2000, name);
  const auto bytes = base::as_bytes(manifest);
  Plan plan{base::ContentHash{crypto::blake3(bytes).bytes},
            bytes.size(),
            erasure::Shape(erasure::tier_of(pack_bytes), pack_bytes),
            {}};
  for (const auto& one : fragments) plan.fragments.push_back(crypto::blake3(one));
  return {SignedPlan::make(plan, manifest, author).value(), std::move(fragments)};
}

// Seven copies of so many bytes.
inline Sample small_sample(std::uint64_t number, std::uint64_t size_bytes = 5000) {
  return sample_of(std::to_string(number), size_bytes, {bytes_of(number, size_bytes)});
}

// 24 fragments of 256 KiB. They are no pack's, which nobody here could tell.
inline Sample medium_sample(std::uint64_t number) {
  constexpr std::uint64_t pack_bytes = std::uint64_t{4} << 20U;
  std::vector<base::Bytes> fragments;
  for (std::uint64_t i = 0; i < 24; ++i)
    fragments.push_back(bytes_of(1000 * number + i, pack_bytes / 16));
  return sample_of(std::to_string(number), pack_bytes, std::move(fragments));
}

inline dht::NodePublicKey key_of(unsigned char peer) {
  dht::NodePublicKey key;
  key.bytes.fill(static_cast<std::byte>(peer));
  return key;
}

inline Charge charge_of(unsigned char peer) {
  Charge charge;
  charge.peer = key_of(peer);
  charge.address = runtime::IpAddress::v4(192, 0, 2, peer);
  charge.is_repair = peer % 2 == 0;
  charge.since_seconds = 1'770'000'000 + peer;
  return charge;
}

inline Result<void> keep(FragmentStore& store, const Sample& sample, unsigned fragment,
                         const Charge& charge = charge_of(1)) {
  auto writer = TRY(store.receive(sample.plan, fragment, charge.peer));
  TRY(writer.append(base::ByteSpan(sample.fragment(fragment))
                        .subspan(static_cast<std::size_t>(writer.offset()))));
  TRY(store.keep(writer, charge));
  return {};
}

// All from `offset` on, in pieces of this size.
inline Result<base::Bytes> read_all(FragmentStore& store, const FragmentName& name,
                                    std::uint64_t offset = 0, std::size_t piece_bytes = 1000) {
  auto reader = TRY(store.read(name, offset));
  base::Bytes all;
  base::Bytes piece(piece_bytes);
  for (;;) {
    const std::size_t size = TRY(reader.read(piece));
    if (size == 0) return all;
    all.insert(all.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(size));
  }
}

// Everything that can be asked of a fragment that is kept has the right answer.
inline testing::AssertionResult is_whole(FragmentStore& store, const Sample& sample,
                                         unsigned fragment) {
  const auto name = sample.name(fragment);
  const base::Bytes& expected = sample.fragment(fragment);
  if (!store.kept(name.plan).test(fragment)) return testing::AssertionFailure() << "it is not kept";
  const auto bytes = read_all(store, name);
  if (!bytes) return testing::AssertionFailure() << bytes.error().message;
  if (*bytes != expected) return testing::AssertionFailure() << "its bytes differ";
  const auto last = crypto::blake3_chunk_count(expected.size()) - 1;
  const auto proof = store.prove(name, last);
  if (!proof) return testing::AssertionFailure() << proof.error().message;
  const auto verified =
      crypto::verify_path(sample.hash(fragment), expected.size(), last, proof->chunk, proof->path);
  if (!verified) return testing::AssertionFailure() << verified.error().message;
  const auto checked = store.check(name);
  if (!checked) return testing::AssertionFailure() << checked.error().message;
  const auto plan = store.plan(name.plan);
  if (!plan) return testing::AssertionFailure() << plan.error().message;
  if (plan->encoded() != sample.plan.encoded())
    return testing::AssertionFailure() << "its plan differs";
  return testing::AssertionSuccess();
}

// A store on a MemoryDisk.
class MemoryHolder {
 public:
  MemoryHolder() { open(); }

  void open() {
    store.reset();
    auto opened = FragmentStore::open(disk, layout.folder());
    ASSERT_TRUE(opened) << opened.error().message;
    store = *std::move(opened);
  }
  // Power off and on.
  void lose_power(std::uint64_t seed) {
    store.reset();
    disk.lose_power(seed);
    open();
  }
  std::vector<std::string> names(const runtime::path& folder) {
    std::vector<std::string> found;
    const auto entries = disk.list(folder);
    EXPECT_TRUE(entries) << entries.error().message;
    if (entries)
      for (const auto& entry : *entries) found.push_back(entry.name);
    return found;
  }
  // What has come of it from the peer of that number.
  runtime::path incoming(const Sample& sample, unsigned fragment, unsigned char peer = 1) const {
    return layout.incoming({sample.name(fragment), mark_of(key_of(peer))});
  }
  bool has_file(const runtime::path& file) { return disk.status(file).has_value(); }

  runtime::MemoryDisk disk;
  HoldingLayout layout{"/data/holdings"};
  std::unique_ptr<FragmentStore> store;
};

}  // namespace tesseras::replica

#include "preserve/vault/pack_scan.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "foundation/crypto/blake3.hpp"
#include "foundation/runtime/disk_memory.hpp"
#include "preserve/vault/limits.hpp"

namespace tesseras::vault {
namespace {

constexpr std::uint64_t to_the_end = std::numeric_limits<std::uint64_t>::max();

base::Bytes record_of(std::string_view text) {
  const auto bytes = base::as_bytes(text);
  return blob_record(bytes, base::BlobId{crypto::blake3(bytes).bytes});
}

base::Bytes joined(std::initializer_list<base::Bytes> parts) {
  base::Bytes whole;
  for (const base::Bytes& part : parts) whole.insert(whole.end(), part.begin(), part.end());
  return whole;
}

struct Found {
  std::vector<std::string> blobs;
  std::vector<std::uint64_t> offsets;
  std::uint64_t damaged_bytes = 0;
  std::vector<PackDamage> damage;
};

Found scan(const base::Bytes& pack, std::uint64_t begin = 0, std::uint64_t end = to_the_end) {
  runtime::MemoryDisk disk;
  auto file = disk.create("/pack", 0600).value();
  EXPECT_TRUE(file->append(pack));
  Found found;
  const PackVisitor visitor{[&](const PackRecord& record) -> base::Result<void> {
                              found.blobs.emplace_back(base::as_text(record.payload));
                              found.offsets.push_back(record.offset);
                              return {};
                            },
                            [&](const PackDamage& damage) {
                              found.damaged_bytes += damage.size_bytes;
                              found.damage.push_back(damage);
                            }};
  EXPECT_TRUE(scan_pack(*file, begin, end, visitor));
  return found;
}

using Blobs = std::vector<std::string>;

TEST(PackScan, FindsAllRecordsInOrder) {
  const base::Bytes pack = joined({record_of("a"), record_of(""), record_of("ccc")});
  const Found found = scan(pack);
  EXPECT_EQ(found.blobs, (Blobs{"a", "", "ccc"}));
  EXPECT_EQ(found.offsets, (std::vector<std::uint64_t>{0, 53, 105}));
  EXPECT_TRUE(found.damage.empty());
  EXPECT_EQ(scan(pack, 53).blobs, (Blobs{"", "ccc"}));
  EXPECT_EQ(scan(pack, 0, 105).blobs, (Blobs{"a", ""}));
  EXPECT_TRUE(scan({}).blobs.empty());
}

TEST(PackScan, GoesOnBehindGarbage) {
  const base::Bytes garbage = base::to_bytes("some bytes \x89TESREC\n that are no record");
  for (const base::Bytes& bytes : {garbage, base::Bytes(1), base::Bytes(51), base::Bytes(5000),
                                   base::to_bytes("\x89TESREC\n")}) {
    const Found found = scan(joined({bytes, record_of("a"), bytes, bytes, record_of("b"), bytes}));
    EXPECT_EQ(found.blobs, (Blobs{"a", "b"}));
    EXPECT_EQ(found.damaged_bytes, 4 * bytes.size());
    EXPECT_EQ(found.damage.size(), 3U);
  }
}

TEST(PackScan, OneFlippedBitCostsOneRecordAtMost) {
  const base::Bytes good = joined({record_of("first"), record_of("second"), record_of("third")});
  for (std::size_t i = 0; i < good.size() * 8; ++i) {
    base::Bytes bad = good;
    bad[i / 8] ^= static_cast<std::byte>(1U << (i % 8));
    const Found found = scan(bad);
    EXPECT_EQ(found.blobs.size(), 2U) << "bit " << i;
    EXPECT_EQ(found.damage.size(), 1U) << "bit " << i;
    for (const std::string& blob : found.blobs)
      EXPECT_TRUE(blob == "first" || blob == "second" || blob == "third");
  }
}

TEST(PackScan, ACutTailIsDamage) {
  const base::Bytes good = joined({record_of("first"), record_of("second")});
  const std::size_t whole = record_of("first").size();
  for (std::size_t size = whole + 1; size < good.size(); ++size) {
    const Found found = scan(base::Bytes(good.begin(), good.begin() + static_cast<long>(size)));
    EXPECT_EQ(found.blobs, Blobs{"first"}) << size;
    EXPECT_EQ(found.damaged_bytes, size - whole) << size;
  }
}

TEST(PackScan, NamesWhatALaterReleaseWrote) {
  for (const auto& [version, kind] : {std::pair{2, 1}, {1, 5}, {1, 0}, {255, 255}}) {
    const base::Bytes payload = base::to_bytes("from the future");
    const auto header = encode({static_cast<std::uint8_t>(version), static_cast<std::uint8_t>(kind),
                                static_cast<std::uint32_t>(payload.size()),
                                base::BlobId{crypto::blake3(payload).bytes}});
    const Found found =
        scan(joined({record_of("a"), {header.begin(), header.end()}, payload, record_of("b")}));
    EXPECT_EQ(found.blobs, (Blobs{"a", "b"}));
    ASSERT_EQ(found.damage.size(), 1U);
    EXPECT_NE(found.damage[0].why.find("does not know"), std::string::npos);
  }
}

TEST(PackScan, RecordsAndGarbageMayLieAnywhereInTheWindow) {
  // The scanner reads 2 MiB at a time; every kind of boundary falls somewhere below.
  base::Bytes pack;
  Blobs expected;
  std::uint64_t garbage = 0;
  for (int i = 0; i < 200; ++i) {
    expected.push_back(std::string(60'000 + static_cast<std::size_t>(i) * 7, 'a'));
    const base::Bytes record = record_of(expected.back());
    pack.insert(pack.end(), record.begin(), record.end());
    const std::size_t skipped = i % 3 == 0 ? static_cast<std::size_t>(i) * 997 : 0;
    pack.resize(pack.size() + skipped, std::byte{0x89});
    garbage += skipped;
  }
  const Found found = scan(pack);
  EXPECT_EQ(found.blobs, expected);
  EXPECT_EQ(found.damaged_bytes, garbage);
}

TEST(PackScan, TheVisitorsErrorEndsIt) {
  runtime::MemoryDisk disk;
  auto file = disk.create("/pack", 0600).value();
  ASSERT_TRUE(file->append(joined({record_of("a"), record_of("b")})));
  int calls = 0;
  const PackVisitor visitor{[&](const PackRecord&) -> base::Result<void> {
                              ++calls;
                              return base::fail(base::Code::cancelled, "enough");
                            },
                            [](const PackDamage&) {}};
  EXPECT_EQ(scan_pack(*file, 0, to_the_end, visitor).error().code, base::Code::cancelled);
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace tesseras::vault

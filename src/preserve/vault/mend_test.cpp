// What is put again over damage: by a writer who has the bytes in hand, and for good.
#include "preserve/vault/record.hpp"
#include "preserve/vault/vault_fixture.hpp"

namespace tesseras::vault {
namespace {

constexpr const char* first_pack = "/data/blobs/packs/00000001.pack";

runtime::path file_of(std::string_view content) {
  const std::string name = id_of(content).hex();
  return "/data/blobs/" + name.substr(0, 2) + "/" + name.substr(2, 2) + "/" + name;
}

class MendTest : public testing::Test {
 protected:
  MendTest() { EXPECT_TRUE(keep(*memory.vault, sample)); }

  void truncate(const runtime::path& file, std::uint64_t size_bytes) {
    EXPECT_TRUE(memory.disk.open_append(file).value()->truncate(size_bytes));
  }
  // Keeps another tessera with the same files, and one more.
  void expect_that_a_new_one_is_whole() {
    const Sample shares = make_sample("shares", {"small", large, "one more"});
    ASSERT_TRUE(keep(*memory.vault, shares));
    EXPECT_TRUE(is_whole(*memory.vault, shares));
  }
  void expect_mended() {
    EXPECT_TRUE(is_whole(*memory.vault, sample));
    for (const Problem& problem : memory.check().problems) ADD_FAILURE() << problem.what;
  }

  const std::string large = content_of("large", 100'000);
  const Sample sample = make_sample("sample", {"small", large});
  MemoryVault memory;
};

TEST_F(MendTest, ANewTesseraPutsTheLargeBlobAgainThatTheVaultHasLost) {
  ASSERT_TRUE(memory.disk.remove(file_of(large)));
  expect_that_a_new_one_is_whole();
  expect_mended();
}

TEST_F(MendTest, ANewTesseraPutsTheLargeBlobAgainThatTheVaultHasDamaged) {
  memory.disk.flip_bit(file_of(large), 77'777, 3);
  expect_that_a_new_one_is_whole();
  expect_mended();
  truncate(file_of(large), 99'999);
  ASSERT_TRUE(keep(*memory.vault, make_sample("third", {large})));
  expect_mended();
}

TEST_F(MendTest, ANewTesseraPutsTheLargeBlobAgainThatCannotBeRead) {
  memory.disk.fail_reads(file_of(large));
  expect_that_a_new_one_is_whole();
}

TEST_F(MendTest, ANewTesseraPutsTheSmallBlobAgainThatTheVaultHasDamaged) {
  const BlobPlace place = *memory.index().blob(id_of("small")).value();
  memory.disk.flip_bit(first_pack, place.offset + record_header_size_bytes, 0);
  expect_that_a_new_one_is_whole();
  expect_mended();
}

TEST_F(MendTest, ANewTesseraPutsAgainWhatALostOrShortPackHeld) {
  truncate(first_pack, 100);
  expect_that_a_new_one_is_whole();
  MemoryVault lost;
  ASSERT_TRUE(keep(*lost.vault, sample));
  ASSERT_TRUE(lost.disk.remove(first_pack));
  const Sample shares = make_sample("shares", {"small", large, "one more"});
  ASSERT_TRUE(keep(*lost.vault, shares));
  EXPECT_TRUE(is_whole(*lost.vault, shares));
}

TEST_F(MendTest, AFailedCommitLeavesTheLargeBlobThatItMended) {
  memory.disk.flip_bit(file_of(large), 77'777, 3);
  const Sample shares = make_sample("shares", {large});
  for (std::uint64_t n = 1;; ++n) {
    ASSERT_LT(n, 100U);
    memory.disk.fail_operation(n, base::Code::io);
    const bool is_kept = keep(*memory.vault, shares).has_value();
    memory.disk.fail_operation(1'000'000, base::Code::io);
    ASSERT_TRUE(memory.disk.status(file_of(large))) << "half a photograph is better than none";
    if (is_kept) break;
  }
  EXPECT_TRUE(is_whole(*memory.vault, shares));
}

TEST_F(MendTest, WhatWasMendedIsKeptByTheRecordsThatAreLeft) {
  for (const std::uint64_t size : {0U, 1'000U}) {
    MemoryVault damaged;
    ASSERT_TRUE(keep(*damaged.vault, sample));
    ASSERT_TRUE(damaged.disk.open_append(first_pack).value()->truncate(size));
    ASSERT_TRUE(keep(*damaged.vault, sample, test_second + 5));
    for (const Problem& problem : damaged.check().problems)
      EXPECT_TRUE(problem.tesserae.empty()) << problem.what;
    EXPECT_TRUE(is_whole(*damaged.vault, sample));
    EXPECT_TRUE(damaged.rebuild().problems[0].what.starts_with("pack 1 has "));
    EXPECT_TRUE(is_whole(*damaged.vault, sample));
    EXPECT_EQ(damaged.vault->tessera(sample.content_hash())->kept_at, at_second(test_second));
    if (size > 0) continue;
    EXPECT_FALSE(damaged.index().has_lost_records().value());
    // And without the index that remembers the lost pack.
    ASSERT_TRUE(damaged.disk.remove(first_pack));
    damaged.vault.reset();
    damaged.indexes = memory_index_home();
    EXPECT_TRUE(damaged.rebuild().problems.empty());
    EXPECT_TRUE(is_whole(*damaged.vault, sample));
  }
}

TEST_F(MendTest, WhatIsPutBackIsNotMissingAnyMore) {
  const BlobPlace place = *memory.index().blob(id_of("small")).value();
  const auto flip_both = [&] {
    memory.disk.flip_bit(first_pack, place.offset + record_header_size_bytes, 0);
    memory.disk.flip_bit(file_of(large), 77'777, 3);
  };
  const std::string before = dump(memory.index());
  flip_both();
  EXPECT_EQ(memory.check().problems.size(), 2U);
  EXPECT_EQ(memory.check().problems.size(), 2U) << "while nothing is put back";
  EXPECT_NE(dump(memory.index()), before);
  flip_both();
  EXPECT_TRUE(memory.check().problems.empty());
  expect_mended();
  EXPECT_EQ(dump(memory.index()), before);
}

TEST_F(MendTest, WhatIsWholeIsNotPutTwice) {
  const std::string before = dump(memory.index());
  ASSERT_TRUE(keep(*memory.vault, sample));
  EXPECT_EQ(dump(memory.index()), before);
}

}  // namespace
}  // namespace tesseras::vault

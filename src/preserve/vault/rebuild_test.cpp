// A rebuild from what is left: what is lost is named, and nothing that may be its is deleted.
#include <algorithm>

#include "preserve/vault/record.hpp"
#include "preserve/vault/vault_fixture.hpp"

namespace tesseras::vault {
namespace {

using base::Code;

const runtime::path first_pack = "/data/blobs/packs/00000001.pack";
constexpr std::int64_t much_later = test_second + 100'000'000;

class RebuildTest : public testing::Test {
 protected:
  RebuildTest() {
    EXPECT_TRUE(keep(*memory.vault, other));
    EXPECT_TRUE(keep(*memory.vault, sample));
  }

  std::uint64_t size_of_pack() { return memory.disk.status(first_pack)->size_bytes; }
  void truncate(std::uint64_t size_bytes) {
    EXPECT_TRUE(memory.disk.open_append(first_pack).value()->truncate(size_bytes));
  }
  void lose_index() {
    memory.vault.reset();
    memory.indexes = memory_index_home();
  }
  base::Bytes read(const runtime::path& file) {
    base::Bytes bytes(memory.disk.status(file)->size_bytes);
    EXPECT_TRUE(memory.disk.open_read(file).value()->read_at(0, bytes));
    return bytes;
  }
  // The next writer settles what it finds, and sweeps.
  void expect_that_nothing_is_deleted() {
    ASSERT_TRUE(keep(*memory.vault, make_sample("next", {"next"}), much_later));
    ASSERT_TRUE(memory.vault->sweep(at_second(2 * much_later)));
    const std::string name = id_of(large).hex();
    EXPECT_TRUE(memory.disk.status("/data/blobs/" + name.substr(0, 2) + "/" + name.substr(2, 2) +
                                   "/" + name));
  }
  static bool is_named(const RebuildReport& report, const Sample& sample) {
    return std::ranges::any_of(report.problems, [&](const Problem& problem) {
      return problem.tesserae == std::vector{sample.content_hash()};
    });
  }

  const std::string large = content_of("large", 100'000);
  const Sample other = make_sample("other", {"another"});
  const Sample sample = make_sample("sample", {"small", large});
  MemoryVault memory;
};

TEST_F(RebuildTest, AnEmptiedPackIsNamedAndNothingIsSwept) {
  truncate(0);
  const RebuildReport report = memory.rebuild();
  ASSERT_EQ(report.problems.size(), 3U);
  EXPECT_TRUE(report.problems[0].what.starts_with("pack 1 has 0 bytes left of "));
  EXPECT_TRUE(is_named(report, sample));
  EXPECT_TRUE(is_named(report, other));
  expect_that_nothing_is_deleted();
}

TEST_F(RebuildTest, AShortPackIsNamedAndNothingIsCutOff) {
  truncate(size_of_pack() - 10);
  const base::Bytes left = read(first_pack);
  const RebuildReport report = memory.rebuild();
  EXPECT_TRUE(is_named(report, sample));
  EXPECT_FALSE(is_named(report, other));
  expect_that_nothing_is_deleted();
  EXPECT_EQ(read(first_pack), left);
}

TEST_F(RebuildTest, ADamagedLastRecordIsNoTornEnd) {
  const base::Bytes before = read(first_pack);
  memory.disk.flip_bit(first_pack, before.size() - 1, 0);
  EXPECT_TRUE(is_named(memory.rebuild(), sample));
  expect_that_nothing_is_deleted();
  EXPECT_GE(size_of_pack(), before.size());
}

TEST_F(RebuildTest, WhatWasLostIsRememberedByTheNextRebuild) {
  const base::Bytes whole = read(first_pack);
  ASSERT_TRUE(memory.disk.remove(first_pack));
  EXPECT_TRUE(is_named(memory.rebuild(), sample));
  EXPECT_FALSE(memory.rebuild().problems.empty()) << "the pack is still missing";
  expect_that_nothing_is_deleted();
  EXPECT_TRUE(memory.disk.status("/data/blobs/packs/00000002.pack"));
  ASSERT_FALSE(memory.disk.status(first_pack)) << "its place stays free";
  ASSERT_TRUE(memory.disk.create(first_pack, 0600).value()->append(whole));
  EXPECT_TRUE(memory.rebuild().problems.empty());
  EXPECT_TRUE(is_whole(*memory.vault, sample));
  EXPECT_TRUE(is_whole(*memory.vault, other));
  EXPECT_TRUE(memory.check().problems.empty());
}

TEST_F(RebuildTest, WithoutAnIndexNothingUnclaimedIsDeleted) {
  // Of the second tessera everything but the record that says so.
  const std::size_t record = record_header_size_bytes + kept_entry_size_bytes;
  truncate(size_of_pack() - record);
  const base::Bytes left = read(first_pack);
  lose_index();
  const RebuildReport report = memory.rebuild();
  EXPECT_EQ(report.tesserae, 1U);
  ASSERT_EQ(report.problems.size(), 2U) << "what stands at the pack's end, and the large blob";
  expect_that_nothing_is_deleted();
  base::Bytes now = read(first_pack);
  ASSERT_GE(now.size(), left.size());
  now.resize(left.size());
  EXPECT_EQ(now, left);
}

TEST_F(RebuildTest, WithoutAnIndexAndAPackNothingUnclaimedIsDeleted) {
  ASSERT_TRUE(memory.disk.remove(first_pack));
  lose_index();
  EXPECT_EQ(memory.rebuild().problems.size(), 1U);
  EXPECT_EQ(memory.rebuild().problems.size(), 0U) << "it knows no more than that";
  expect_that_nothing_is_deleted();
}

TEST_F(RebuildTest, WithoutAnIndexASoundVaultHasNoProblems) {
  ASSERT_TRUE(memory.vault->remove(other.content_hash(), at_second(test_second)));
  lose_index();
  EXPECT_TRUE(memory.rebuild().problems.empty());
  EXPECT_FALSE(memory.index().has_lost_records().value());
  EXPECT_TRUE(is_whole(*memory.vault, sample));
}

TEST_F(RebuildTest, WhatIsNoPlainFileIsNotTakenForAnAbsentPack) {
  const std::string before = dump(memory.index());
  ASSERT_TRUE(memory.disk.rename(first_pack, "/away"));
  ASSERT_TRUE(memory.disk.make_folders(first_pack, 0700));
  const auto rebuilt =
      Vault::rebuild(memory.disk, "/data", *memory.indexes, runtime::no_progress(), {});
  ASSERT_FALSE(rebuilt);
  EXPECT_EQ(rebuilt.error().code, Code::corrupt);
  EXPECT_EQ(dump(memory.index()), before);
}

}  // namespace
}  // namespace tesseras::vault

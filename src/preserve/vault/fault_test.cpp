// Disks that run full, fail or may not be written: a clear error, and the vault as it was.
#include "preserve/vault/vault_fixture.hpp"

namespace tesseras::vault {
namespace {

using base::Code;

class FaultTest : public testing::Test {
 protected:
  FaultTest() : earlier(make_sample("earlier", {"e1", content_of("e2", 70'000)})) {
    EXPECT_TRUE(keep(*memory.vault, earlier));
    before = dump(memory.index());
  }

  void expect_as_it_was() {
    EXPECT_EQ(dump(memory.index()), before);
    EXPECT_TRUE(is_whole(*memory.vault, earlier));
    const auto packs = memory.disk.list("/data/blobs/packs").value();
    EXPECT_EQ(packs.size(), 1U);
  }

  MemoryVault memory;
  Sample earlier;
  std::string before;
};

TEST_F(FaultTest, AnyFailingOperationLeavesTheVaultAsItWas) {
  const Sample sample = make_sample("new", {"n1", content_of("n2", 70'000)});
  for (const Code code : {Code::io, Code::exhausted}) {
    for (std::uint64_t n = 1;; ++n) {
      ASSERT_LT(n, 100U);
      memory.disk.fail_operation(n, code);
      const std::uint64_t operations = memory.disk.operations();
      const auto result = keep(*memory.vault, sample);
      const bool was_reached = memory.disk.operations() >= operations + n;
      memory.disk.fail_operation(1'000'000, code);
      SCOPED_TRACE(fmt::format("operation {}", n));
      if (result) {
        // Removing the folder under blobs/tmp may fail without harm.
        EXPECT_TRUE(is_whole(*memory.vault, sample));
        ASSERT_TRUE(memory.vault->remove(sample.content_hash(), at_second(test_second)));
        ASSERT_TRUE(memory.vault->sweep(at_second(test_second)));
        before = dump(memory.index());
        if (!was_reached) break;
        continue;
      }
      EXPECT_EQ(result.error().code, code);
      expect_as_it_was();
      EXPECT_TRUE(memory.check().problems.empty());
    }
  }
}

TEST_F(FaultTest, ATransactionThatCannotBeginLeavesNothing) {
  for (std::uint64_t n = 1; n <= 2; ++n) {
    memory.disk.fail_operation(n, Code::exhausted);
    EXPECT_EQ(memory.vault->begin().error().code, Code::exhausted);
    EXPECT_TRUE(memory.disk.list("/data/blobs/tmp").value().empty()) << n;
  }
  // Room for the folder and not for the lock in it.
  memory.disk.set_inodes_max(memory.disk.used_inodes() + 1);
  EXPECT_EQ(memory.vault->begin().error().code, Code::exhausted);
  memory.disk.set_inodes_max(std::nullopt);
  EXPECT_TRUE(memory.disk.list("/data/blobs/tmp").value().empty());
  EXPECT_TRUE(memory.vault->begin());
}

TEST_F(FaultTest, AFullDiskIsSaidAndNothingIsLost) {
  const Sample sample = make_sample("new", {"n1", content_of("n2", 70'000)});
  const std::uint64_t used = memory.disk.used_bytes();
  // What fits grows from nothing to all of it.
  for (std::uint64_t room = 0;; room += 6'000) {
    ASSERT_LT(room, 1'000'000U);
    memory.disk.set_capacity_bytes(used + room);
    const auto result = keep(*memory.vault, sample);
    if (result) break;
    EXPECT_EQ(result.error().code, Code::exhausted);
    EXPECT_NE(result.error().message.find("no space"), std::string::npos);
    expect_as_it_was();
    EXPECT_EQ(memory.disk.used_bytes(), used) << "what it wrote is gone again";
  }
  EXPECT_TRUE(is_whole(*memory.vault, sample));
}

TEST_F(FaultTest, NoInodesAreSaidAndNothingIsLost) {
  const Sample sample = make_sample("new", {"n1", content_of("n2", 70'000)});
  for (std::uint64_t more = 0;; ++more) {
    ASSERT_LT(more, 100U);
    memory.disk.set_inodes_max(memory.disk.used_inodes() + more);
    const auto result = keep(*memory.vault, sample);
    if (result) break;
    EXPECT_EQ(result.error().code, Code::exhausted);
    EXPECT_NE(result.error().message.find("no inodes"), std::string::npos);
    expect_as_it_was();
  }
  EXPECT_TRUE(is_whole(*memory.vault, sample));
}

TEST_F(FaultTest, AReadOnlyVaultIsReadAndNotWritten) {
  memory.disk.set_read_only(true);
  memory.open();
  EXPECT_TRUE(is_whole(*memory.vault, earlier));
  EXPECT_EQ(titles(*memory.vault), std::vector<std::string>{"earlier"});
  EXPECT_TRUE(memory.check().problems.empty());
  const auto begun = memory.vault->begin();
  ASSERT_FALSE(begun);
  EXPECT_EQ(begun.error().code, Code::denied);
  EXPECT_NE(begun.error().message.find("cannot be written"), std::string::npos);
  EXPECT_EQ(memory.vault->remove(earlier.content_hash(), at_second(0)).error().code, Code::denied);
  EXPECT_EQ(memory.vault->sweep(at_second(0)).error().code, Code::denied);
  const auto rebuilt =
      Vault::rebuild(memory.disk, "/data", *memory.indexes, runtime::no_progress(), {});
  EXPECT_EQ(rebuilt.error().code, Code::denied);
  expect_as_it_was();
}

TEST_F(FaultTest, AFailedRemovalRemovesNothing) {
  for (std::uint64_t n = 1; n <= 2; ++n) {
    memory.disk.fail_operation(n, Code::io);
    EXPECT_EQ(memory.vault->remove(earlier.content_hash(), at_second(test_second)).error().code,
              Code::io);
    expect_as_it_was();
    memory.rebuild();
    EXPECT_TRUE(is_whole(*memory.vault, earlier)) << "nor does a rebuild";
    before = dump(memory.index());
  }
}

}  // namespace
}  // namespace tesseras::vault

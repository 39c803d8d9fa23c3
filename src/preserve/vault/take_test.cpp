// Blobs that come from another vault on the same disk: the same file, and no harm from it.
#include "preserve/vault/vault_fixture.hpp"

namespace tesseras::vault {
namespace {

using base::Code;

constexpr const char* other_dir = "/other";

runtime::path file_of(const runtime::path& data_dir, std::string_view content) {
  const std::string name = id_of(content).hex();
  return data_dir / "blobs" / name.substr(0, 2) / name.substr(2, 2) / name;
}

class TakeTest : public testing::Test {
 protected:
  TakeTest() {
    EXPECT_TRUE(Vault::create(memory.disk, other_dir, *indexes));
    other = Vault::open(memory.disk, other_dir, *indexes).value();
    EXPECT_TRUE(keep(*other, sample));
  }

  Result<bool> take(Transaction& transaction, std::string_view content) {
    return transaction.take(*other, id_of(content), [&](std::size_t bytes) -> Result<void> {
      bytes_read += bytes;
      return {};
    });
  }

  Result<void> take_all() {
    const auto transaction = TRY(memory.vault->begin());
    for (const std::string& content : sample.files) TRY(take(*transaction, content));
    const KeptTessera kept[] = {sample.kept()};
    return transaction->commit(kept, at_second(test_second));
  }

  void expect_sound() {
    for (const Problem& problem : memory.check().problems) ADD_FAILURE() << problem.what;
  }
  bool are_one_file() {
    return memory.disk.status(file_of("/data", large)).value().inode ==
           memory.disk.status(file_of(other_dir, large)).value().inode;
  }

  const std::string large = content_of("large", 3'000'000);
  const Sample sample = make_sample("sample", {"small", large});
  MemoryVault memory;
  std::unique_ptr<IndexHome> indexes = memory_index_home();
  std::unique_ptr<Vault> other;
  std::uint64_t bytes_read = 0;
};

TEST_F(TakeTest, ALargeBlobBecomesTheSameFileAndASmallOneACopy) {
  const auto used = memory.disk.used_bytes();
  ASSERT_TRUE(take_all());
  EXPECT_TRUE(are_one_file());
  EXPECT_LT(memory.disk.used_bytes(), used + 100'000);
  EXPECT_TRUE(is_whole(*memory.vault, sample));
  EXPECT_EQ(memory.index().blob(id_of("small")).value()->where, Where::pack);
  expect_sound();

  std::uint64_t bytes = 0;
  for (const std::string& content : sample.files) bytes += content.size();
  EXPECT_EQ(bytes_read, bytes) << "all of it is read, whether copied or not";
  EXPECT_TRUE(memory.disk.list("/data/blobs/tmp").value().empty());
}

TEST_F(TakeTest, WhatOneVaultRemovesTheOtherKeeps) {
  ASSERT_TRUE(take_all());
  ASSERT_TRUE(other->remove(sample.content_hash(), at_second(test_second)));
  EXPECT_TRUE(is_whole(*memory.vault, sample));
  ASSERT_TRUE(keep(*other, sample));
  ASSERT_TRUE(memory.vault->remove(sample.content_hash(), at_second(test_second)));
  EXPECT_TRUE(is_whole(*other, sample));
}

TEST_F(TakeTest, ASweepLeavesAFileThatIsOlderThanItsTessera) {
  memory.disk.set_now(at_second(test_second));
  ASSERT_TRUE(take_all());
  ASSERT_LT(memory.disk.status(file_of("/data", large)).value().modified.unix_seconds,
            test_second - 3600);
  EXPECT_EQ(memory.vault->sweep(at_second(test_second)).value().files_removed, 0U);
  EXPECT_TRUE(is_whole(*memory.vault, sample));
}

TEST_F(TakeTest, WhereNoFileCanHaveTwoNamesItIsCopied) {
  for (const Code code : {Code::unsupported, Code::denied, Code::exhausted}) {
    const auto transaction = memory.vault->begin().value();
    memory.disk.fail_operation(1, code);
    const auto taken = take(*transaction, large);
    ASSERT_TRUE(taken) << taken.error().message;
    EXPECT_FALSE(*taken);
  }
  const auto transaction = memory.vault->begin().value();
  memory.disk.fail_operation(1, Code::unsupported);
  for (const std::string& content : sample.files) ASSERT_TRUE(take(*transaction, content));
  const KeptTessera kept[] = {sample.kept()};
  ASSERT_TRUE(transaction->commit(kept, at_second(test_second)));
  EXPECT_TRUE(is_whole(*memory.vault, sample));
  EXPECT_FALSE(are_one_file());
}

TEST_F(TakeTest, AVaultOnAnotherDiskGivesCopies) {
  MemoryVault elsewhere;
  const auto transaction = elsewhere.vault->begin().value();
  for (const std::string& content : sample.files)
    EXPECT_FALSE(take(*transaction, content).value()) << content.substr(0, 20);
  const KeptTessera kept[] = {sample.kept()};
  ASSERT_TRUE(transaction->commit(kept, at_second(test_second)));
  EXPECT_TRUE(is_whole(*elsewhere.vault, sample));
}

TEST_F(TakeTest, DamageIsNotTaken) {
  const auto transaction = memory.vault->begin().value();
  EXPECT_EQ(take(*transaction, "never kept").error().code, Code::not_found);

  memory.disk.flip_bit(file_of(other_dir, large), 2'999'999, 0);
  EXPECT_EQ(take(*transaction, large).error().code, Code::corrupt);
  ASSERT_TRUE(memory.disk.open_append(file_of(other_dir, large)).value()->truncate(2'999'999));
  EXPECT_EQ(take(*transaction, large).error().code, Code::corrupt);
  ASSERT_TRUE(memory.disk.remove(file_of(other_dir, large)));
  EXPECT_EQ(take(*transaction, large).error().code, Code::corrupt);
  // Marked as missing, it is asked for no more.
  ASSERT_FALSE(other->check(runtime::no_progress(), {}).value().problems.empty());
  EXPECT_EQ(take(*transaction, large).error().code, Code::corrupt);

  const auto tmp = memory.disk.list("/data/blobs/tmp").value();
  ASSERT_EQ(tmp.size(), 1U);
  EXPECT_EQ(memory.disk.list(runtime::path("/data/blobs/tmp") / tmp[0].name).value().size(), 1U)
      << "only the lock";
}

TEST_F(TakeTest, TheReadersErrorEndsItAndLeavesNothing) {
  const auto transaction = memory.vault->begin().value();
  int calls = 0;
  const auto taken = transaction->take(*other, id_of(large), [&](std::size_t) -> Result<void> {
    if (++calls == 2) return base::fail(Code::cancelled, "enough");
    return {};
  });
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, Code::cancelled);
  EXPECT_EQ(calls, 2);
  EXPECT_TRUE(is_whole(*other, sample));
}

TEST_F(TakeTest, WhatTheVaultHasWholeIsNotPutAgain) {
  ASSERT_TRUE(keep(*memory.vault, sample));
  ASSERT_TRUE(take_all());
  EXPECT_FALSE(are_one_file());
  EXPECT_TRUE(is_whole(*memory.vault, sample));
  expect_sound();
}

// Mending never writes into a file that another vault may have too.
TEST_F(TakeTest, MendingOneVaultPutsANewFileInThePlaceOfTheShared) {
  ASSERT_TRUE(take_all());
  memory.disk.flip_bit(file_of(other_dir, large), 5, 0);
  ASSERT_FALSE(is_whole(*memory.vault, sample)) << "one medium, one damage";

  ASSERT_TRUE(keep(*memory.vault, sample));
  EXPECT_TRUE(is_whole(*memory.vault, sample));
  EXPECT_FALSE(is_whole(*other, sample));
  EXPECT_FALSE(are_one_file());

  // And the mended one mends the other in turn.
  const auto transaction = other->begin().value();
  for (const std::string& content : sample.files)
    ASSERT_TRUE(transaction->take(*memory.vault, id_of(content),
                                  [](std::size_t) -> Result<void> { return {}; }));
  const KeptTessera kept[] = {sample.kept()};
  ASSERT_TRUE(transaction->commit(kept, at_second(test_second)));
  EXPECT_TRUE(is_whole(*other, sample));
  EXPECT_TRUE(are_one_file());
  expect_sound();
}

TEST_F(TakeTest, AnyFailingOperationLeavesBothVaultsWhole) {
  for (std::uint64_t n = 1;; ++n) {
    ASSERT_LT(n, 100U);
    SCOPED_TRACE(fmt::format("operation {}", n));
    memory.disk.fail_operation(n, Code::io);
    const std::uint64_t operations = memory.disk.operations();
    const auto result = take_all();
    const bool was_reached = memory.disk.operations() >= operations + n;
    memory.disk.fail_operation(1'000'000, Code::io);
    EXPECT_TRUE(is_whole(*other, sample));
    const auto there = memory.vault->list().value();
    ASSERT_EQ(there.size(), result ? 1U : 0U);
    expect_sound();
    if (!result) continue;
    EXPECT_TRUE(is_whole(*memory.vault, sample));
    ASSERT_TRUE(memory.vault->remove(sample.content_hash(), at_second(test_second)));
    if (!was_reached) break;
  }
}

}  // namespace
}  // namespace tesseras::vault

#include "node/inbox.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

#include "foundation/base/folder_fixture.hpp"
#include "foundation/runtime/system_loop.hpp"
#include "foundation/runtime/tasks.hpp"
#include "foundation/runtime/waiter.hpp"
#include "preserve/vault/index_home.hpp"

namespace tesseras::node {
namespace {

using base::Code;
using base::Result;
using runtime::Task;
using ::testing::HasSubstr;

// Gives its bytes in small pieces, and then the end.
class Bytes final : public runtime::ByteStream {
 public:
  explicit Bytes(std::size_t count) : left_(count) {}

  Task<Result<std::size_t>> read(base::MutableByteSpan into, base::Instant) override {
    const auto count = std::min({left_, into.size(), std::size_t{1000}});
    std::ranges::fill(into.first(count), std::byte{'x'});
    left_ -= count;
    co_return count;
  }
  Task<Result<void>> write(base::ByteSpan, base::Instant) override { co_return Result<void>(); }
  void finish() override {}

  std::size_t left() const { return left_; }

 private:
  std::size_t left_;
};

class InboxTest : public ::testing::Test {
 protected:
  InboxTest() {
    EXPECT_TRUE(vault::Vault::create(disk_, folder_.path(), *indexes_));
    vault_ = vault::Vault::open(disk_, folder_.path(), *indexes_).value();
    inbox_.emplace(*loop_, disk_, incoming(), open_vault());
  }
  OpenVault open_vault() {
    return [this] { return vault::Vault::open(disk_, folder_.path(), *indexes_); };
  }
  std::filesystem::path incoming() const { return folder_.path() / "incoming"; }

  Result<custody::Imported> take(std::uint64_t size_bytes, Bytes& bytes) {
    std::optional<Result<custody::Imported>> taken;
    runtime::Tasks tasks(*loop_);
    const auto keep = [&]() -> Task<void> {
      taken = co_await inbox_->take({}, size_bytes, bytes);
      loop_->stop();
    };
    tasks.spawn(keep());
    if (!taken) loop_->run();
    return *std::move(taken);
  }
  std::size_t files_left() {
    return disk_.list(incoming()).value_or(std::vector<runtime::FolderEntry>()).size();
  }

  base::TemporaryFolder folder_;
  runtime::Disk& disk_ = runtime::posix_disk();
  std::unique_ptr<runtime::SystemLoop> loop_ = runtime::make_system_loop();
  std::unique_ptr<vault::IndexHome> indexes_ = vault::sqlite_index_home(folder_.path() / "db");
  std::unique_ptr<vault::Vault> vault_;
  std::optional<Inbox> inbox_;
};

TEST_F(InboxTest, RefusesWhatIsNoTesseraAndKeepsNothing) {
  Bytes bytes(10'000);
  const auto refused = take(9'000, bytes);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::unsupported) << refused.error().message;
  EXPECT_EQ(bytes.left(), 1'000U) << "what follows belongs to the next request";
  EXPECT_EQ(files_left(), 0U);
  EXPECT_TRUE(vault_->list().value().empty());
}

TEST_F(InboxTest, RefusesWhatEndsTooEarly) {
  Bytes bytes(5'000);
  const auto refused = take(5'001, bytes);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::corrupt);
  EXPECT_EQ(files_left(), 0U);
}

TEST_F(InboxTest, ReadsToTheEndWhatItHasNoRoomFor) {
  EXPECT_EQ(inbox_->check_room(1ULL << 60U).error().code, Code::exhausted);
  EXPECT_TRUE(inbox_->check_room(1));
  // Nothing can be written where a file stands in the place of the folder.
  ASSERT_TRUE(disk_.create(incoming(), 0600));
  Bytes bytes(5'000);
  EXPECT_FALSE(take(5'000, bytes));
  EXPECT_EQ(bytes.left(), 0U);
}

// From which nothing comes.
class Silence final : public runtime::ByteStream {
 public:
  explicit Silence(runtime::Loop& loop) : loop_(loop) {}
  Task<Result<std::size_t>> read(base::MutableByteSpan, base::Instant) override {
    co_await runtime::sleep_until(loop_, base::Instant::never());
    co_return 0;
  }
  Task<Result<void>> write(base::ByteSpan, base::Instant) override { co_return Result<void>(); }
  void finish() override {}

 private:
  runtime::Loop& loop_;
};

TEST_F(InboxTest, CountsWhatIsBeingTakenAsTaken) {
  const auto third = disk_.free_bytes(folder_.path()).value() / 3;
  Silence silence(*loop_);
  const auto wait = [&]() -> Task<void> { (void)co_await inbox_->take({}, third, silence); };
  {
    runtime::Tasks tasks(*loop_);
    tasks.spawn(wait());
    const auto refused = inbox_->check_room(third);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::exhausted);
    Bytes bytes(1'000);
    EXPECT_NE(take(1'000, bytes).error().code, Code::exhausted) << "a small one still has room";
  }
  EXPECT_TRUE(inbox_->check_room(third)) << "whoever sent it is gone, or has been refused";
}

TEST_F(InboxTest, ClearsAwayWhatADaemonThatWasKilledLeft) {
  ASSERT_TRUE(disk_.make_folders(incoming(), 0700));
  ASSERT_TRUE(disk_.create(incoming() / "1", 0600));
  inbox_.emplace(*loop_, disk_, incoming(), open_vault());
  EXPECT_EQ(files_left(), 0U);
}

}  // namespace
}  // namespace tesseras::node

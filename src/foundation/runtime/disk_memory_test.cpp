#include "foundation/runtime/disk_memory.hpp"

#include <set>

#include "foundation/runtime/disk_suite.hpp"

namespace tesseras::runtime {
namespace {

class MemoryPlace {
 public:
  MemoryPlace() { EXPECT_TRUE(disk_.make_folders("/root", 0755)); }
  MemoryDisk& disk() { return disk_; }
  path root() const { return "/root"; }

 private:
  MemoryDisk disk_;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Memory, DiskSuite, MemoryPlace);

class MemoryDiskTest : public testing::Test {
 public:
  MemoryDisk disk;

  static ByteSpan bytes(std::string_view text) { return base::as_bytes(text); }

  std::unique_ptr<File> create(const path& file) {
    auto created = disk.create(file, 0600);
    EXPECT_TRUE(created);
    return std::move(*created);
  }

  std::optional<std::string> content(const path& file) {
    auto opened = disk.open_read(file);
    if (!opened) return std::nullopt;
    base::Bytes all((*opened)->status()->size_bytes);
    EXPECT_EQ((*opened)->read_at(0, all).value(), all.size());
    return std::string(base::as_text(all));
  }

  void sync(const path& at) {
    const std::array<path, 1> one{at};
    ASSERT_TRUE(disk.sync(one));
  }
};

TEST_F(MemoryDiskTest, PowerLossKeepsWhatWasSynced) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    MemoryDisk fresh;
    auto file = fresh.create("/a", 0600);
    ASSERT_TRUE((*file)->append(bytes("kept")));
    ASSERT_TRUE((*file)->sync());
    const std::array<path, 1> root{"/"};
    ASSERT_TRUE(fresh.sync(root));
    ASSERT_TRUE((*file)->append(bytes("perhaps")));
    fresh.lose_power(seed);
    auto again = fresh.open_read("/a");
    ASSERT_TRUE(again);
    std::array<std::byte, 4> first{};
    EXPECT_EQ((*again)->read_at(0, first).value(), 4U);
    EXPECT_EQ(base::as_text(first), "kept");
  }
}

TEST_F(MemoryDiskTest, PowerLossDoesEverythingToWhatWasNot) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    MemoryDisk fresh;
    const std::array<path, 1> root{"/"};
    auto file = fresh.create("/a", 0600);
    ASSERT_TRUE(fresh.sync(root));
    ASSERT_TRUE((*file)->append(bytes("one")));
    ASSERT_TRUE((*file)->append(bytes("two")));
    fresh.lose_power(seed);
    base::Bytes all(fresh.status("/a")->size_bytes);
    ASSERT_TRUE((*fresh.open_read("/a"))->read_at(0, all));
    seen.insert(std::string(base::as_text(all)));
  }
  using namespace std::string_literals;
  for (const auto& expected :
       {""s, "o"s, "on"s, "one"s, "onet"s, "onetwo"s, "\0\0\0two"s, "\0\0\0"s, "one\0\0\0"s})
    EXPECT_TRUE(seen.contains(expected)) << base::to_hex(bytes(expected));
}

TEST_F(MemoryDiskTest, SeedZeroLosesAllAndSeedOneKeepsAll) {
  for (const std::uint64_t seed : {0U, 1U}) {
    MemoryDisk fresh;
    auto file = fresh.create("/a", 0600);
    ASSERT_TRUE((*file)->append(bytes("abc")));
    ASSERT_TRUE((*file)->truncate(2));
    ASSERT_TRUE(fresh.rename("/a", "/b"));
    fresh.lose_power(seed);
    EXPECT_EQ(bool(fresh.status("/b")), seed == 1);
    EXPECT_FALSE(fresh.status("/a"));
    if (seed == 1) {
      EXPECT_EQ(fresh.status("/b")->size_bytes, 2U);
    }
  }
}

TEST_F(MemoryDiskTest, ContentAndNameAreSyncedApart) {
  auto file = create("/a");
  ASSERT_TRUE(file->append(bytes("x")));
  ASSERT_TRUE(file->sync());
  disk.lose_power(0);
  EXPECT_EQ(content("/a"), std::nullopt) << "the name was not synced";

  file = create("/b");
  ASSERT_TRUE(file->append(bytes("x")));
  sync("/");
  disk.lose_power(0);
  EXPECT_EQ(content("/b"), "") << "the content was not synced";
}

TEST_F(MemoryDiskTest, ARenameWithinAFolderIsOneChange) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    MemoryDisk fresh;
    (void)fresh.create("/a", 0600);
    const std::array<path, 1> root{"/"};
    ASSERT_TRUE(fresh.sync(root));
    ASSERT_TRUE(fresh.rename("/a", "/b"));
    fresh.lose_power(seed);
    EXPECT_EQ(fresh.list("/")->size(), 1U);
  }
}

TEST_F(MemoryDiskTest, OpenFilesAndLocksDoNotSurvive) {
  auto file = create("/a");
  auto lock = disk.lock("/lock", std::chrono::milliseconds(0));
  ASSERT_TRUE(lock);
  disk.lose_power(1);
  EXPECT_EQ(file->append(bytes("x")).error().code, base::Code::io);
  auto next = disk.lock("/lock", std::chrono::milliseconds(0));
  ASSERT_TRUE(next);
  lock->reset();
  EXPECT_FALSE(disk.lock("/lock", std::chrono::milliseconds(0))) << "the old lock is no more";
}

TEST_F(MemoryDiskTest, FailsTheOperationItIsToldTo) {
  auto file = create("/a");
  disk.fail_operation(2, base::Code::io);
  EXPECT_TRUE(file->append(bytes("1")));
  EXPECT_EQ(file->append(bytes("2")).error().code, base::Code::io);
  EXPECT_TRUE(file->append(bytes("3")));
  EXPECT_EQ(disk.operations(), 4U);
}

TEST_F(MemoryDiskTest, NothingWorksUntilThePowerIsBack) {
  auto file = create("/a");
  disk.lose_power_at(2);
  EXPECT_TRUE(file->sync());
  EXPECT_EQ(file->append(bytes("x")).error().code, base::Code::io);
  EXPECT_EQ(disk.status("/a").error().code, base::Code::io);
  EXPECT_EQ(disk.create("/b", 0600).error().code, base::Code::io);
  disk.lose_power(1);
  EXPECT_TRUE(disk.status("/a"));
}

TEST_F(MemoryDiskTest, RunsFull) {
  auto file = create("/a");
  disk.set_capacity_bytes(5);
  const auto result = file->append(bytes("seven b"));
  EXPECT_EQ(result.error().code, base::Code::exhausted);
  EXPECT_NE(result.error().message.find("no space"), std::string::npos);
  EXPECT_EQ(content("/a"), "seven");
  EXPECT_EQ(disk.free_bytes("/").value(), 0U);
  disk.set_inodes_max(disk.used_inodes());
  const auto created = disk.create("/b", 0600);
  EXPECT_EQ(created.error().code, base::Code::exhausted);
  EXPECT_NE(created.error().message.find("no inodes"), std::string::npos);
}

TEST_F(MemoryDiskTest, RefusesChangesWhenReadOnly) {
  auto file = create("/a");
  disk.set_read_only(true);
  EXPECT_EQ(file->append(bytes("x")).error().code, base::Code::denied);
  EXPECT_EQ(disk.create("/b", 0600).error().code, base::Code::denied);
  EXPECT_EQ(disk.remove("/a").error().code, base::Code::denied);
  EXPECT_EQ(disk.rename("/a", "/b").error().code, base::Code::denied);
  EXPECT_EQ(disk.lock("/lock", std::chrono::milliseconds(0)).error().code, base::Code::denied);
  EXPECT_EQ(content("/a"), "");
}

TEST_F(MemoryDiskTest, DamageIsAsAsked) {
  auto file = create("/a");
  ASSERT_TRUE(file->append(bytes("abc")));
  ASSERT_TRUE(file->sync());
  disk.flip_bit("/a", 1, 0);
  EXPECT_EQ(content("/a"), "acc");
  disk.fail_reads("/a");
  std::array<std::byte, 1> one{};
  EXPECT_EQ(file->read_at(0, one).error().code, base::Code::io);
}

TEST_F(MemoryDiskTest, TheSameSeedGivesTheSameDisk) {
  const auto run = [](std::uint64_t seed) {
    MemoryDisk fresh;
    std::string found;
    for (int i = 0; i < 20; ++i) {
      auto file = fresh.create(path("/" + std::to_string(i)), 0600);
      EXPECT_TRUE((*file)->append(base::as_bytes("some text")));
    }
    fresh.lose_power(seed);
    const auto entries = fresh.list("/").value();
    for (const auto& entry : entries)
      found += entry.name + " " + std::to_string(fresh.status("/" + entry.name)->size_bytes) + "\n";
    return found;
  };
  EXPECT_EQ(run(7), run(7));
  EXPECT_NE(run(7), run(8));
}

}  // namespace
}  // namespace tesseras::runtime

// Several writers at once, on the real disk with the real index.
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "foundation/base/folder_fixture.hpp"
#include "preserve/vault/vault_fixture.hpp"

namespace tesseras::vault {
namespace {

using base::Code;

class WritersTest : public testing::Test {
 protected:
  base::TemporaryFolder folder;
  runtime::path data_dir = folder.path() / "data";
  std::unique_ptr<IndexHome> home = sqlite_index_home(data_dir / "db");
  runtime::Disk& disk = runtime::posix_disk();

  std::unique_ptr<Vault> open() {
    auto vault = Vault::open(disk, data_dir, *home);
    EXPECT_TRUE(vault) << vault.error().message;
    return std::move(*vault);
  }

  // What all writers have, what some have, and what only one has.
  static Sample sample_of(int writer, int round) {
    const std::string name = fmt::format("writer {} round {}", writer, round);
    return make_sample(
        name, {"everybody's", content_of("shared by a round" + std::to_string(round), 70'000), name,
               content_of(name, 66'000)});
  }

  void expect_all(int writers, int rounds) {
    const auto vault = open();
    EXPECT_EQ(vault->list().value().size(), static_cast<std::size_t>(writers * rounds));
    for (int writer = 0; writer < writers; ++writer)
      for (int round = 0; round < rounds; ++round)
        EXPECT_TRUE(is_whole(*vault, sample_of(writer, round)));
    const CheckReport report = vault->check(runtime::no_progress(), {}).value();
    for (const Problem& problem : report.problems) ADD_FAILURE() << problem.what;
    EXPECT_EQ(report.orphans, 0U);
  }
};

TEST_F(WritersTest, ThreadsOfOneProcess) {
  ASSERT_TRUE(Vault::create(disk, data_dir, *home));
  {
    const auto vault = open();
    std::vector<std::thread> threads;
    threads.reserve(4);
    for (int writer = 0; writer < 4; ++writer)
      threads.emplace_back([&, writer] {
        for (int round = 0; round < 3; ++round) {
          const auto kept = keep(*vault, sample_of(writer, round));
          EXPECT_TRUE(kept) << kept.error().message;
        }
      });
    for (std::thread& thread : threads) thread.join();
  }
  expect_all(4, 3);
}

TEST_F(WritersTest, ThreadsOfOneTransaction) {
  ASSERT_TRUE(Vault::create(disk, data_dir, *home));
  const Sample sample = sample_of(0, 0);
  {
    const auto vault = open();
    const auto transaction = vault->begin().value();
    std::vector<std::thread> threads;
    threads.reserve(4);
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([&] { EXPECT_TRUE(put_files(*transaction, sample)); });
    for (std::thread& thread : threads) thread.join();
    const KeptTessera kept[] = {sample.kept()};
    ASSERT_TRUE(transaction->commit(kept, at_second(test_second)));
  }
  expect_all(1, 1);
}

TEST_F(WritersTest, TwoProcesses) {
  ASSERT_TRUE(Vault::create(disk, data_dir, *home));
  std::vector<pid_t> children;
  for (int writer = 0; writer < 2; ++writer) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      bool is_good = true;
      const auto vault = Vault::open(disk, data_dir, *home);
      is_good = vault.has_value();
      for (int round = 0; is_good && round < 4; ++round)
        is_good = keep(**vault, sample_of(writer, round)).has_value();
      ::_exit(is_good ? 0 : 1);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  expect_all(2, 4);
}

TEST_F(WritersTest, AProcessKilledAtAnyMomentLosesNothing) {
  ASSERT_TRUE(Vault::create(disk, data_dir, *home));
  ASSERT_TRUE(keep(*open(), sample_of(0, 0)));
  int killed = 0;
  for (int microseconds = 500; microseconds < 30'000; microseconds += 2'500) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      const auto vault = Vault::open(disk, data_dir, *home);
      for (int round = 0; vault; ++round) (void)keep(**vault, sample_of(1 + microseconds, round));
      ::_exit(0);
    }
    std::this_thread::sleep_for(std::chrono::microseconds(microseconds));
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    ++killed;
    const auto vault = open();
    EXPECT_TRUE(is_whole(*vault, sample_of(0, 0)));
    EXPECT_TRUE(keep(*vault, sample_of(0, killed))) << "the next writer goes on";
    const auto tesserae = vault->list().value();
    EXPECT_GE(tesserae.size(), static_cast<std::size_t>(killed + 1));
    const CheckReport report = vault->check(runtime::no_progress(), {}).value();
    for (const Problem& problem : report.problems) ADD_FAILURE() << problem.what;
  }
}

TEST_F(WritersTest, RebuildsADamagedDatabase) {
  ASSERT_TRUE(Vault::create(disk, data_dir, *home));
  std::string before;
  {
    const auto vault = open();
    ASSERT_TRUE(keep(*vault, sample_of(0, 0)));
    ASSERT_TRUE(keep(*vault, sample_of(0, 1)));
    ASSERT_TRUE(vault->remove(sample_of(0, 1).content_hash(), at_second(test_second)));
    before = dump(*home->open().value());
  }
  std::ofstream(data_dir / "db" / "tesseras.db", std::ios::trunc) << std::string(10'000, 'x');
  EXPECT_EQ(Vault::open(disk, data_dir, *home).error().code, Code::corrupt);
  ASSERT_TRUE(Vault::rebuild(disk, data_dir, *home, runtime::no_progress(), {}));
  EXPECT_EQ(dump(*home->open().value()), before);
  expect_all(1, 1);

  ASSERT_TRUE(disk.remove(data_dir / "db" / "tesseras.db"));
  const auto lost = Vault::open(disk, data_dir, *home);
  EXPECT_EQ(lost.error().code, Code::corrupt);
  EXPECT_NE(lost.error().message.find("tes vault rebuild"), std::string::npos);
  ASSERT_TRUE(Vault::rebuild(disk, data_dir, *home, runtime::no_progress(), {}));
  expect_all(1, 1);
}

TEST_F(WritersTest, BlobsMayBeALinkToAnotherDisk) {
  ASSERT_TRUE(Vault::create(disk, data_dir, *home));
  ASSERT_TRUE(keep(*open(), sample_of(0, 0)));
  ASSERT_TRUE(disk.rename(data_dir / "blobs", folder.path() / "elsewhere"));
  std::filesystem::create_directory_symlink(folder.path() / "elsewhere", data_dir / "blobs");
  ASSERT_TRUE(Vault::create(disk, data_dir, *home));
  ASSERT_TRUE(keep(*open(), sample_of(0, 1)));
  ASSERT_TRUE(open()->sweep(at_second(test_second)));
  expect_all(1, 2);
  const auto report = Vault::rebuild(disk, data_dir, *home, runtime::no_progress(), {});
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(report->problems.empty());
  expect_all(1, 2);
}

TEST_F(WritersTest, NeitherPacksNorOneOfThemMayBeALink) {
  ASSERT_TRUE(Vault::create(disk, data_dir, *home));
  ASSERT_TRUE(keep(*open(), sample_of(0, 0)));
  const runtime::path packs = data_dir / "blobs" / "packs";
  const runtime::path away = folder.path() / "away";
  ASSERT_TRUE(disk.rename(packs / "00000001.pack", away));
  std::filesystem::create_symlink(away, packs / "00000001.pack");
  const auto rebuilt = Vault::rebuild(disk, data_dir, *home, runtime::no_progress(), {});
  EXPECT_EQ(rebuilt.error().code, Code::corrupt) << rebuilt.error().message;
  EXPECT_EQ(open()->read_blob(id_of("everybody's"), 100).error().code, Code::corrupt);
  EXPECT_FALSE(open()->check(runtime::no_progress(), {})->problems.empty());
  ASSERT_TRUE(disk.remove(packs / "00000001.pack"));
  ASSERT_TRUE(disk.rename(away, packs / "00000001.pack"));
  expect_all(1, 1);

  ASSERT_TRUE(disk.rename(packs, away));
  std::filesystem::create_directory_symlink(away, packs);
  EXPECT_EQ(Vault::open(disk, data_dir, *home).error().code, Code::corrupt);
  EXPECT_EQ(Vault::rebuild(disk, data_dir, *home, runtime::no_progress(), {}).error().code,
            Code::corrupt);
}

TEST_F(WritersTest, AFolderInTheIndexsPlaceIsNamed) {
  ASSERT_TRUE(Vault::create(disk, data_dir, *home));
  ASSERT_TRUE(disk.remove(data_dir / "db" / "tesseras.db"));
  ASSERT_TRUE(disk.make_folders(data_dir / "db" / "tesseras.db", 0700));
  const auto opened = Vault::open(disk, data_dir, *home);
  EXPECT_EQ(opened.error().code, Code::corrupt);
  EXPECT_NE(opened.error().message.find("is a folder; move it away"), std::string::npos);
}

TEST_F(WritersTest, NobodyWritesToAnIndexThatWasReplaced) {
  ASSERT_TRUE(Vault::create(disk, data_dir, *home));
  const auto early = open();
  ASSERT_TRUE(keep(*early, sample_of(0, 0)));
  ASSERT_TRUE(Vault::rebuild(disk, data_dir, *home, runtime::no_progress(), {}));
  const auto kept = keep(*early, sample_of(0, 1));
  ASSERT_FALSE(kept) << "no list would ever show it";
  EXPECT_EQ(kept.error().code, Code::unavailable);
  EXPECT_TRUE(is_whole(*early, sample_of(0, 0))) << "reading goes on";
  ASSERT_TRUE(keep(*open(), sample_of(0, 1)));
  expect_all(1, 2);
}

TEST_F(WritersTest, AnOlderCopyOfTheIndexCatchesUp) {
  ASSERT_TRUE(Vault::create(disk, data_dir, *home));
  const runtime::path file = data_dir / "db" / "tesseras.db";
  ASSERT_TRUE(keep(*open(), sample_of(0, 0)));
  std::filesystem::copy_file(file, folder.path() / "copy");
  for (int round = 1; round < 4; ++round) ASSERT_TRUE(keep(*open(), sample_of(0, round)));
  std::filesystem::rename(folder.path() / "copy", file);
  EXPECT_EQ(open()->list().value().size(), 1U);
  ASSERT_TRUE(keep(*open(), sample_of(0, 4)));
  expect_all(1, 5);
}

}  // namespace
}  // namespace tesseras::vault

#include "preserve/custody/hand_over.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "preserve/custody/testing.hpp"

namespace tesseras::custody {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::Machine;
using testing::must;
using testing::outcome;
using ::testing::StartsWith;

// More than one chunk, so that it can be interrupted within.
constexpr std::size_t letter_bytes = std::size_t{5} << 20U;

std::string letter() {
  std::string text = "A long letter.\n";
  while (text.size() < letter_bytes)
    text += "And another line, number " + std::to_string(text.size()) + ".\n";
  text.resize(letter_bytes);
  return text;
}

path family(runtime::Disk& disk, const path& at = "/family") {
  testing::sample_folder(disk, at);
  testing::put(disk, at / "long.txt", letter());
  return at;
}

// The file of the only blob that large.
path large_file(runtime::Disk& disk, const path& home) {
  for (const auto& [relative, bytes] : testing::files_below(disk, home / "blobs"))
    if (bytes.size() == letter_bytes) return home / "blobs" / relative;
  return {};
}

class Watcher final : public runtime::Progress {
 public:
  void stage(std::string_view, std::uint64_t total_bytes) override { total = total_bytes; }
  void advance(std::uint64_t bytes) override {
    done += bytes;
    if (done >= stop_at) stop.request_stop();
  }

  std::atomic<std::uint64_t> total = 0;
  std::atomic<std::uint64_t> done = 0;
  std::uint64_t stop_at = ~std::uint64_t{0};
  std::stop_source stop;
};

// What an author has made, on its way to a daemon's vault that is empty.
class HandOver : public ::testing::Test {
 protected:
  HandOver() {
    hash_ = author_.keep(family(disk_));
    before_ = testing::files_below(disk_, "/author");
    empty_ = testing::files_below(disk_, "/daemon");
  }

  Result<HandedOver> give() {
    auto tools = author_.tools();
    return hand_over(author_.vault(), hash_, daemon_.vault(), tools);
  }

  std::string refusal() {
    auto reason = outcome(give());
    EXPECT_TRUE(must(daemon_.vault().list()).empty()) << reason;
    EXPECT_EQ(testing::files_below(disk_, "/daemon"), empty_) << reason;
    return reason;
  }

  void expect_given() {
    EXPECT_TRUE(must(daemon_.check_kept(hash_)).passed());
    EXPECT_TRUE(must(author_.check_kept(hash_)).passed());
    EXPECT_EQ(testing::tree(disk_, must(daemon_.hand_on(hash_, "/one")).at),
              testing::tree(disk_, must(author_.hand_on(hash_, "/two")).at));
    must(disk_.remove_tree("/one"));
    must(disk_.remove_tree("/two"));
  }

  runtime::MemoryDisk disk_;
  Machine author_{disk_, "/author"};
  Machine daemon_{disk_, "/daemon"};
  base::ContentHash hash_;
  std::map<std::string, std::string> before_;
  std::map<std::string, std::string> empty_;
};

TEST_F(HandOver, GivesAllOfIt) {
  const auto given = give();
  ASSERT_EQ(outcome(given), "ok");
  const auto info = must(author_.vault().tessera(hash_));
  EXPECT_EQ(given->content_hash, hash_);
  EXPECT_EQ(given->size_bytes, info.size_bytes);
  std::uint64_t large_bytes = 0;
  const auto files = testing::tree(disk_, must(author_.hand_on(hash_, "/seen")).at);
  for (const auto& [relative, bytes] : files)
    if (bytes.size() > vault::Limits::small_blob_bytes_max) large_bytes += bytes.size();
  EXPECT_EQ(given->files, files.size());
  EXPECT_EQ(given->shared_bytes, large_bytes);
  EXPECT_FALSE(given->was_there);
  EXPECT_FALSE(given->mended);
  expect_given();
  EXPECT_EQ(testing::files_below(disk_, "/author"), before_);
  EXPECT_EQ(disk_.status(large_file(disk_, "/author")).value().inode,
            disk_.status(large_file(disk_, "/daemon")).value().inode);
}

TEST_F(HandOver, GivesTwiceAsIfOnce) {
  must(give());
  const auto once = testing::files_below(disk_, "/daemon");
  const auto again = give();
  ASSERT_EQ(outcome(again), "ok");
  EXPECT_TRUE(again->was_there);
  EXPECT_FALSE(again->mended);
  EXPECT_EQ(testing::files_below(disk_, "/daemon"), once);

  // A vault that is given its own has it already.
  auto tools = author_.tools();
  EXPECT_TRUE(must(hand_over(author_.vault(), hash_, author_.vault(), tools)).was_there);
}

TEST_F(HandOver, OneVaultDoesNotMissWhatTheOtherRemoves) {
  must(give());
  must(author_.vault().remove(hash_, author_.clock.at));
  EXPECT_TRUE(must(daemon_.check_kept(hash_)).passed());
  EXPECT_THAT(outcome(give()), StartsWith("not_found: "));
}

TEST_F(HandOver, RefusesWhatIsDamagedHere) {
  for (const auto& [relative, bytes] : before_) {
    if (!relative.starts_with("blobs/")) continue;
    // Wherever a bit of it is wrong: the first byte, the last, and some between.
    for (std::size_t at = 0; at < bytes.size(); at += 1 + bytes.size() / 9) {
      disk_.flip_bit(path("/author") / relative, at, 3);
      const auto result = give();
      disk_.flip_bit(path("/author") / relative, at, 3);
      if (result) {
        // A pack holds records that are no blob's.
        EXPECT_TRUE(must(daemon_.check_kept(hash_)).passed());
        must(daemon_.vault().remove(hash_, daemon_.clock.at));
        empty_ = testing::files_below(disk_, "/daemon");
        continue;
      }
      EXPECT_THAT(outcome(result), AllOf(StartsWith("corrupt: "), HasSubstr("tes vault check")));
      EXPECT_EQ(testing::files_below(disk_, "/daemon"), empty_);
    }
  }
  disk_.flip_bit(large_file(disk_, "/author"), letter_bytes - 1, 0);
  EXPECT_THAT(refusal(), AllOf(StartsWith("corrupt: "), HasSubstr("/media.txt"),
                               HasSubstr("`tes vault check`")));
  must(disk_.remove(large_file(disk_, "/author")));
  EXPECT_THAT(refusal(), StartsWith("corrupt: "));
}

TEST_F(HandOver, RefusesASignatureThatDoesNotHold) {
  // Nobody's program writes such a vault; one that was made to do harm has it.
  const auto bytes = must(author_.vault().read_blob(must(author_.vault().tessera(hash_)).manifest(),
                                                    std::size_t{1} << 20U));
  const auto manifest = must(tessera::Manifest::parse(std::string(base::as_text(bytes))));
  Machine forger(disk_, "/forger");
  const auto transaction = must(forger.vault().begin());
  for (const auto& entry : manifest.entries())
    must(transaction->take(author_.vault(), base::BlobId{entry.blake3.bytes},
                           [](std::size_t) -> Result<void> { return {}; }));
  const auto forged = must(transaction->put(base::as_bytes(std::string_view("no signature"))));
  const vault::KeptTessera kept{manifest, forged, forged};
  must(transaction->commit(std::span(&kept, 1), forger.clock.at));

  auto tools = author_.tools();
  EXPECT_THAT(outcome(hand_over(forger.vault(), hash_, daemon_.vault(), tools)),
              AllOf(StartsWith("corrupt: "), HasSubstr("signature")));
  EXPECT_TRUE(must(daemon_.vault().list()).empty());
  EXPECT_EQ(testing::files_below(disk_, "/daemon"), empty_);
}

TEST_F(HandOver, MendsACopyThatIsDamagedThere) {
  must(give());
  // A file of its own this time, so that the damage is only there.
  must(disk_.remove(large_file(disk_, "/daemon")));
  auto mended = give();
  ASSERT_EQ(outcome(mended), "ok");
  EXPECT_TRUE(mended->was_there);
  EXPECT_TRUE(mended->mended);
  expect_given();

  disk_.flip_bit("/daemon/blobs/packs/00000001.pack", 60, 0);
  mended = give();
  ASSERT_EQ(outcome(mended), "ok");
  EXPECT_TRUE(mended->mended);
  expect_given();
}

TEST_F(HandOver, RefusesWhatTheDiskCannotHold) {
  disk_.set_capacity_bytes(disk_.used_bytes() + 3'000);
  EXPECT_THAT(refusal(), StartsWith("exhausted: "));
  disk_.set_capacity_bytes(std::nullopt);
  disk_.set_read_only(true);
  EXPECT_THAT(refusal(), StartsWith("denied: "));
  disk_.set_read_only(false);
  // What is shared needs no room.
  disk_.set_capacity_bytes(disk_.used_bytes() + letter_bytes / 2);
  EXPECT_EQ(outcome(give()), "ok");
}

TEST_F(HandOver, IsWholeOrNothingWhereverItFails) {
  const auto before = disk_.operations();
  must(give());
  const auto operations = disk_.operations() - before;
  must(daemon_.vault().remove(hash_, daemon_.clock.at));
  for (std::uint64_t n = 1; n <= operations; ++n) {
    const auto at = disk_.operations() + n;
    disk_.fail_operation(n, Code::io);
    const auto result = give();
    testing::spend_fault(disk_, at);
    EXPECT_EQ(must(daemon_.vault().list()).size(), result ? 1U : 0U) << n << " " << outcome(result);
    if (!result) continue;
    EXPECT_TRUE(must(daemon_.check_kept(hash_)).passed());
    must(daemon_.vault().remove(hash_, daemon_.clock.at));
  }
  EXPECT_TRUE(must(author_.check_kept(hash_)).passed());
}

TEST_F(HandOver, LeavesNothingWhenInterrupted) {
  Watcher all;
  auto tools = author_.tools();
  const Tools watched{tools.disk, tools.clock, tools.workers, all, tools.stop};
  auto with = watched;
  must(hand_over(author_.vault(), hash_, daemon_.vault(), with));
  EXPECT_EQ(all.done, all.total) << "the bar ends where it was to end";
  must(daemon_.vault().remove(hash_, daemon_.clock.at));
  empty_ = testing::files_below(disk_, "/daemon");

  for (std::uint64_t when = 1; when < all.total; when += all.total / 7) {
    Watcher watcher;
    watcher.stop_at = when;
    Tools interrupted{tools.disk, tools.clock, tools.workers, watcher, watcher.stop.get_token()};
    EXPECT_THAT(outcome(hand_over(author_.vault(), hash_, daemon_.vault(), interrupted)),
                StartsWith("cancelled: "));
    EXPECT_TRUE(must(daemon_.vault().list()).empty());
    EXPECT_EQ(testing::files_below(disk_, "/daemon"), empty_);
  }
}

// On a real disk.
class HandOverOnDisk : public ::testing::Test {
 protected:
  base::TemporaryFolder folder_;
  runtime::Disk& disk_ = runtime::posix_disk();
  Machine author_{disk_, folder_.path() / "author"};
  base::ContentHash hash_ = author_.keep(family(disk_, folder_.path() / "family"));
};

TEST_F(HandOverOnDisk, AFileGetsASecondNameAndLosesIt) {
  Machine daemon(disk_, folder_.path() / "daemon");
  auto tools = author_.tools();
  const auto given = must(hand_over(author_.vault(), hash_, daemon.vault(), tools));
  EXPECT_GE(given.shared_bytes, letter_bytes);
  const path file = large_file(disk_, author_.home());
  EXPECT_EQ(std::filesystem::hard_link_count(file), 2U);
  EXPECT_TRUE(std::filesystem::equivalent(file, large_file(disk_, daemon.home())));
  EXPECT_TRUE(must(daemon.check_kept(hash_)).passed());
  must(daemon.vault().remove(hash_, daemon.clock.at));
  EXPECT_EQ(std::filesystem::hard_link_count(file), 1U);
  EXPECT_TRUE(must(author_.check_kept(hash_)).passed());
}

TEST_F(HandOverOnDisk, AnotherFileSystemGetsACopy) {
  const path memory = "/dev/shm";
  std::error_code ignored;
  if (!std::filesystem::is_directory(memory, ignored) ||
      must(disk_.status(memory)).device == must(disk_.status(folder_.path())).device)
    GTEST_SKIP() << "there is no other file system in " << memory;
  std::string name = memory / folder_.path().filename();
  struct Remover {
    path at;
    ~Remover() {
      std::error_code error;
      std::filesystem::remove_all(at, error);
    }
  } const remover{name};
  Machine daemon(disk_, path(name) / "daemon");
  auto tools = author_.tools();
  const auto given = must(hand_over(author_.vault(), hash_, daemon.vault(), tools));
  EXPECT_EQ(given.shared_bytes, 0U);
  EXPECT_EQ(std::filesystem::hard_link_count(large_file(disk_, author_.home())), 1U);
  EXPECT_TRUE(must(daemon.check_kept(hash_)).passed());
}

}  // namespace
}  // namespace tesseras::custody

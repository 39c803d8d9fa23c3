#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "preserve/custody/import.hpp"
#include "preserve/custody/testing.hpp"
#include "preserve/custody/testing_archive.hpp"

namespace tesseras::custody {
namespace {

using ::testing::HasSubstr;
using testing::Machine;
using testing::make_archive;
using testing::must;
using testing::outcome;
using ::testing::StartsWith;

// A pack that comes byte by byte, to a vault that is empty.
class ImportPack : public ::testing::Test {
 protected:
  ImportPack() {
    hash_ = giver_.keep(testing::sample_folder(disk_));
    pack_ = testing::get(disk_, must(giver_.hand_on(hash_, "/given", ExportFormat::tar)).at);
    empty_ = testing::files_below(disk_, "/taker");
  }

  static Source source_of(const std::string& bytes) {
    return [&bytes, at = std::size_t{0}](base::MutableByteSpan into) mutable {
      const auto piece =
          base::as_bytes(bytes).subspan(at).first(std::min(into.size(), bytes.size() - at));
      std::ranges::copy(piece, into.begin());
      at += piece.size();
      return Result<std::size_t>(piece.size());
    };
  }
  Result<Imported> take(Source source) {
    auto tools = taker_.tools();
    return import_pack(taker_.vault(), hash_, std::move(source), tools);
  }
  Result<Imported> take(const std::string& bytes) { return take(source_of(bytes)); }

  // Refused, and the vault as it was.
  std::string refusal_of(const std::string& bytes) {
    auto reason = outcome(take(bytes));
    EXPECT_TRUE(must(taker_.vault().list()).empty()) << reason;
    EXPECT_EQ(testing::files_below(disk_, "/taker"), empty_) << reason;
    return reason;
  }

  runtime::MemoryDisk disk_;
  Machine giver_{disk_, "/giver"};
  Machine taker_{disk_, "/taker"};
  base::ContentHash hash_;
  std::string pack_;
  std::map<std::string, std::string> empty_;
};

TEST_F(ImportPack, TakesWhatTheGiverHas) {
  const auto imported = take(pack_);
  ASSERT_EQ(outcome(imported), "ok");
  EXPECT_EQ(imported->content_hash, hash_);
  EXPECT_FALSE(imported->was_there);
  EXPECT_TRUE(must(taker_.check_kept(hash_)).passed());
  const auto again = must(taker_.hand_on(hash_, "/again", ExportFormat::tar)).at;
  EXPECT_TRUE(testing::get(disk_, again) == pack_);
}

TEST_F(ImportPack, ChecksACopyOfWhatIsThere) {
  must(take(pack_));
  EXPECT_TRUE(must(take(pack_)).was_there);
  auto damaged = pack_;
  damaged[damaged.size() / 2] ^= 1;
  EXPECT_THAT(outcome(take(damaged)), HasSubstr("this copy is damaged"));
}

TEST_F(ImportPack, RefusesAnotherTessera) {
  testing::put(disk_, "/other/text.txt", "something else\n");
  const auto other = giver_.keep("/other");
  const auto at = must(giver_.hand_on(other, "/given", ExportFormat::tar)).at;
  EXPECT_THAT(refusal_of(testing::get(disk_, at)), StartsWith("corrupt: "));
}

TEST_F(ImportPack, RefusesWhatIsCutShort) {
  for (std::size_t size = 0; size + 1024 < pack_.size(); size += 1 + size / 7)
    EXPECT_NE(refusal_of(pack_.substr(0, size)), "ok") << size;
}

// In the padding, and in what a header says beside name and size, a change changes nothing.
TEST_F(ImportPack, WhateverIsChangedWhatItTakesIsTheTessera) {
  std::size_t refused = 0;
  for (std::size_t at = 0; at + 1024 < pack_.size(); at += 1 + at / 50) {
    auto changed = pack_;
    changed[at] ^= 1;
    if (!take(changed)) {
      ++refused;
      EXPECT_EQ(testing::files_below(disk_, "/taker"), empty_) << at;
      continue;
    }
    EXPECT_TRUE(must(taker_.check_kept(hash_)).passed()) << at;
    must(taker_.vault().remove(hash_, taker_.clock.at));
    empty_ = testing::files_below(disk_, "/taker");
  }
  EXPECT_GT(refused, 100U);
}

TEST_F(ImportPack, RefusesWhatIsNoPack) {
  EXPECT_THAT(refusal_of(std::string(5000, 'x')), StartsWith("corrupt: "));
  const auto files = testing::tree(disk_, must(giver_.hand_on(hash_, "/given")).at);
  std::vector<testing::ArchiveEntry> entries;
  for (const auto& [relative, bytes] : files)
    entries.push_back({.path = tessera::folder_name(hash_) + "/" + relative, .bytes = bytes});
  std::ranges::rotate(entries, entries.begin() + 1);
  EXPECT_THAT(refusal_of(make_archive("pax", "none", entries)),
              HasSubstr("does not begin with its MANIFEST"));
  // Nothing is unpacked on the way.
  EXPECT_THAT(refusal_of(make_archive("pax", "gzip", entries)), StartsWith("corrupt: "));
}

TEST_F(ImportPack, GivesOnWhyTheSourceBrokeOff) {
  const auto source = source_of(pack_);
  std::size_t reads = 0;
  const auto come = take([&](base::MutableByteSpan into) -> Result<std::size_t> {
    if (reads++ < 1) return source(into.first(4096));
    return fail(Code::unavailable, "the daemon broke off");
  });
  EXPECT_THAT(outcome(come), StartsWith("unavailable: "));
  EXPECT_EQ(testing::files_below(disk_, "/taker"), empty_);
}

}  // namespace
}  // namespace tesseras::custody

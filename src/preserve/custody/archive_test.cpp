#include "preserve/custody/archive.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "preserve/custody/limits.hpp"
#include "preserve/custody/testing.hpp"
#include "preserve/custody/testing_archive.hpp"

namespace tesseras::custody {
namespace {

using ::testing::AnyOf;
using testing::ArchiveEntry;
using testing::EntryKind;
using ::testing::HasSubstr;
using testing::make_archive;
using testing::must;
using testing::outcome;
using ::testing::StartsWith;

using Contents = std::vector<std::pair<std::string, std::string>>;

// Everything in an archive, or what became of reading it.
class Archives : public ::testing::Test {
 protected:
  Result<Contents> read(const std::string& bytes) {
    testing::put(disk_, "/archive", bytes);
    const auto package = TRY(open_archive(disk_, "/archive", stop_.get_token()));
    Contents found;
    base::Bytes chunk(1000);
    while (const auto entry = TRY(package->next())) {
      found.emplace_back(entry->path + (entry->is_folder ? "/" : ""), "");
      while (const auto got = TRY(package->read(chunk))) {
        found.back().second += base::as_text(base::ByteSpan(chunk).first(got));
      }
    }
    return found;
  }

  runtime::MemoryDisk disk_;
  std::stop_source stop_;
};

const std::vector<ArchiveEntry> plain = {{.path = "t/MANIFEST", .bytes = "list"},
                                         {.path = "t/a", .bytes = std::string(5000, 'a')},
                                         {.path = "t/empty"},
                                         {.path = "t/" + std::string(200, 'n'), .bytes = "long"}};
const Contents plain_contents = {{"t/MANIFEST", "list"},
                                 {"t/a", std::string(5000, 'a')},
                                 {"t/empty", ""},
                                 {"t/" + std::string(200, 'n'), "long"}};

TEST_F(Archives, ReadsTarAndZipHoweverTheyAreCompressed) {
  for (const auto* format : {"pax", "gnutar", "zip"}) {
    EXPECT_EQ(must(read(make_archive(format, "none", plain))), plain_contents) << format;
  }
  for (const auto* filter : {"gzip", "bzip2", "xz", "zstd"}) {
    EXPECT_EQ(must(read(make_archive("pax", filter, plain))), plain_contents) << filter;
  }
}

TEST_F(Archives, TellsFoldersAndPassesOverALeadingDot) {
  const auto bytes = make_archive("pax", "none",
                                  {{.path = "./", .kind = EntryKind::folder},
                                   {.path = "./t/", .kind = EntryKind::folder},
                                   {.path = "./t/a", .bytes = "1"}});
  EXPECT_EQ(must(read(bytes)), (Contents{{"t/", ""}, {"t/a", "1"}}));
}

TEST_F(Archives, BeginsAnewWhereverItIs) {
  testing::put(disk_, "/archive", make_archive("pax", "gzip", plain));
  const auto package = must(open_archive(disk_, "/archive", {}));
  ASSERT_TRUE(must(package->next()));
  ASSERT_TRUE(must(package->next()));
  base::Bytes some(10);
  EXPECT_EQ(must(package->read(some)), 10U);
  must(package->rewind());
  EXPECT_EQ(must(package->next())->path, "t/MANIFEST");
}

TEST_F(Archives, SkipsWhatNobodyReads) {
  for (const auto* format : {"pax", "zip"}) {
    testing::put(disk_, "/archive", make_archive(format, "none", plain));
    const auto package = must(open_archive(disk_, "/archive", {}));
    std::vector<std::string> names;
    while (const auto entry = must(package->next())) names.push_back(entry->path);
    EXPECT_EQ(names.size(), plain.size()) << format;
  }
}

TEST_F(Archives, KeepsNamesThatAreNotAscii) {
  const std::vector<ArchiveEntry> entries = {{.path = "Família 👪/data/t/a", .bytes = "1"}};
  for (const auto* format : {"pax", "zip"}) {
    EXPECT_EQ(must(read(make_archive(format, "none", entries))),
              (Contents{{"Família 👪/data/t/a", "1"}}))
        << format;
  }
}

TEST_F(Archives, RefusesNamesThatLeadOut) {
  for (const auto* path :
       {"../evil", "t/../../evil", "/etc/passwd", "t//a", "t/./a", "..", "././a", "./../a"}) {
    for (const auto* format : {"pax", "gnutar", "zip"}) {
      EXPECT_THAT(outcome(read(make_archive(format, "none", {{.path = path, .bytes = "x"}}))),
                  StartsWith("invalid: "))
          << path << " in " << format;
    }
  }
  EXPECT_THAT(
      outcome(read(make_archive("pax", "none", {{.path = "../x/", .kind = EntryKind::folder}}))),
      StartsWith("invalid: "));
}

TEST_F(Archives, RefusesLinksAndDevices) {
  for (const auto kind : {EntryKind::symlink, EntryKind::hardlink, EntryKind::fifo,
                          EntryKind::character_device, EntryKind::block_device}) {
    const std::vector<ArchiveEntry> entries = {{.path = "t/a", .bytes = "1"},
                                               {.path = "t/b", .kind = kind, .target = "t/a"}};
    EXPECT_THAT(outcome(read(make_archive("pax", "none", entries))),
                AllOf(StartsWith("invalid: "), HasSubstr("'t/b' is a link or a device")))
        << static_cast<int>(kind);
  }
  EXPECT_THAT(outcome(read(make_archive(
                  "zip", "none", {{.path = "t/b", .kind = EntryKind::symlink, .target = "/etc"}}))),
              StartsWith("invalid: "));
}

TEST_F(Archives, GivesASparseFileItsZeros) {
  const std::vector<ArchiveEntry> entries = {
      {.path = "t/a", .bytes = "end", .hole_bytes = 1'000'000}};
  const auto bytes = make_archive("pax", "none", entries);
  EXPECT_LT(bytes.size(), 100'000U);
  EXPECT_EQ(must(read(bytes)), (Contents{{"t/a", std::string(1'000'000, '\0') + "end"}}));
}

TEST_F(Archives, RefusesASparseFileThatFillsDisks) {
  const std::vector<ArchiveEntry> entries = {
      {.path = "t/a", .bytes = "end", .hole_bytes = Limits::archive_growth_free_bytes * 2}};
  testing::put(disk_, "/archive", make_archive("pax", "none", entries));
  const auto package = must(open_archive(disk_, "/archive", {}));
  ASSERT_TRUE(must(package->next()));
  EXPECT_THAT(outcome(package->next()), StartsWith("exhausted: "));
}

TEST_F(Archives, RefusesAnEncryptedZip) {
  EXPECT_THAT(outcome(read(make_archive("zip", "none", plain, "secret"))),
              AllOf(StartsWith("unsupported: "), HasSubstr("encrypted")));
}

TEST_F(Archives, RefusesBombs) {
  const std::vector<ArchiveEntry> entries = {
      {.path = "t/a", .bytes = std::string(Limits::archive_growth_free_bytes * 2, '\0')}};
  for (const auto& bytes :
       {make_archive("zip", "none", entries), make_archive("pax", "gzip", entries),
        make_archive("pax", "xz", entries)}) {
    ASSERT_LT(bytes.size(), entries[0].bytes.size() / 500);
    testing::put(disk_, "/archive", bytes);
    // Whether it is read or passed over.
    const auto package = must(open_archive(disk_, "/archive", {}));
    ASSERT_TRUE(must(package->next()));
    EXPECT_THAT(outcome(package->next()), StartsWith("exhausted: "));
    must(package->rewind());
    ASSERT_TRUE(must(package->next()));
    base::Bytes chunk(Limits::chunk_bytes);
    std::string reason = "ok";
    for (int i = 0; i < 1000 && reason == "ok"; ++i) reason = outcome(package->read(chunk));
    EXPECT_THAT(reason, StartsWith("exhausted: "));
  }
}

TEST_F(Archives, RefusesWhatIsCompressedAgainAndAgain) {
  // Each layer multiplies by up to a thousand, uncounted before the first name is read.
  const auto once = make_archive("pax", "gzip", plain);
  auto nested = once;
  for (int i = 0; i < 3; ++i) {
    nested = make_archive("raw", "gzip", {{.path = "x", .bytes = nested}});
    EXPECT_THAT(outcome(read(nested)), StartsWith("unsupported: ")) << i;
  }
}

TEST_F(Archives, RefusesWhatIsNoArchive) {
  for (const auto& bytes :
       {std::string(), std::string("hello\n"), std::string(100'000, 'x'), std::string("PK\3\4"),
        std::string("\x1f\x8b"), make_archive("7zip", "none", plain),
        make_archive("cpio", "none", plain),
        make_archive("raw", "gzip", {{.path = "x", .bytes = "no tar"}})}) {
    EXPECT_THAT(outcome(read(bytes)), StartsWith("unsupported: ")) << bytes.substr(0, 40);
  }
}

TEST_F(Archives, FindsThatTheEndIsMissing) {
  const std::vector<ArchiveEntry> entries = {{.path = "t/MANIFEST", .bytes = "list"},
                                             {.path = "t/a", .bytes = testing::wav_bytes()}};
  for (const auto& [format, filter] : {std::pair{"pax", "none"}, std::pair{"pax", "gzip"},
                                       std::pair{"pax", "xz"}, std::pair{"pax", "zstd"}}) {
    const auto bytes = make_archive(format, filter, entries);
    EXPECT_THAT(outcome(read(bytes.substr(0, bytes.size() * 2 / 3))),
                AnyOf(StartsWith("corrupt: "), StartsWith("unsupported: ")))
        << format << " " << filter;
  }
  // A zip's list of contents is its end.
  const auto zip = make_archive("zip", "none", entries);
  for (const auto left : {zip.size() / 2, zip.size() - 30}) {
    const auto found = read(zip.substr(0, left));
    if (!found) continue;
    EXPECT_EQ(*found, (Contents{{"t/MANIFEST", "list"}, {"t/a", testing::wav_bytes()}}));
  }
}

TEST_F(Archives, NeverBreaksOnAFlippedByte) {
  for (const auto& [format, filter] :
       {std::pair{"pax", "none"}, std::pair{"zip", "none"}, std::pair{"pax", "gzip"}}) {
    const auto good = make_archive(format, filter, plain);
    for (std::size_t at = 0; at < good.size(); at += 13) {
      auto bytes = good;
      bytes[at] = static_cast<char>(bytes[at] ^ 0x55);
      // It may still be an archive, of something else; MANIFEST tells. It must come to an end.
      static_cast<void>(read(bytes));
    }
  }
}

TEST_F(Archives, PassesOnTheDisksError) {
  testing::put(disk_, "/archive", make_archive("pax", "none", plain));
  disk_.fail_reads("/archive");
  EXPECT_THAT(outcome(open_archive(disk_, "/archive", {})), StartsWith("io: "));
  EXPECT_THAT(outcome(open_archive(disk_, "/nowhere", {})), StartsWith("not_found: "));
}

TEST_F(Archives, RefusesABombOfHeaders) {
  const std::vector<ArchiveEntry> entries(300'000, {.path = "t/a"});
  const auto bytes = make_archive("gnutar", "zstd", entries);
  ASSERT_LT(bytes.size(), 400'000U);
  EXPECT_THAT(outcome(read(bytes)), StartsWith("exhausted: "));
}

TEST_F(Archives, RefusesMoreEntriesThanATesseraHas) {
  std::vector<ArchiveEntry> entries = plain;
  entries.push_back({.path = "t/folder/", .kind = EntryKind::folder});
  for (const auto* format : {"pax", "zip"}) {
    testing::put(disk_, "/archive", make_archive(format, "none", entries));
    for (std::uint64_t entries_max = 1; entries_max <= entries.size(); ++entries_max) {
      const auto package = must(open_archive(disk_, "/archive", {}, entries_max));
      for (std::uint64_t i = 0; i < entries_max; ++i) ASSERT_TRUE(must(package->next()));
      EXPECT_EQ(outcome(package->next()).starts_with("exhausted: "), entries_max < entries.size());
    }
  }
}

TEST_F(Archives, StopsAmongEntriesThatHoldNothing) {
  for (const auto kind : {EntryKind::file, EntryKind::folder}) {
    stop_ = {};
    std::vector<ArchiveEntry> entries = {{.path = "t/MANIFEST"}};
    entries.resize(100, {.path = "t/a", .kind = kind});
    testing::put(disk_, "/archive", make_archive("pax", "none", entries));
    const auto package = must(open_archive(disk_, "/archive", stop_.get_token()));
    ASSERT_TRUE(must(package->next()));
    stop_.request_stop();
    EXPECT_THAT(outcome(package->next()), StartsWith("cancelled: "));
  }
}

TEST_F(Archives, StopsWhilePassingOver) {
  testing::put(disk_, "/archive", make_archive("pax", "none", plain));
  const auto package = must(open_archive(disk_, "/archive", stop_.get_token()));
  ASSERT_TRUE(must(package->next()));
  stop_.request_stop();
  EXPECT_THAT(outcome(package->next()), StartsWith("cancelled: "));
}

}  // namespace
}  // namespace tesseras::custody

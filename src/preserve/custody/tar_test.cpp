#include "preserve/custody/tar.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "preserve/custody/archive.hpp"
#include "preserve/custody/testing.hpp"

namespace tesseras::custody {
namespace {

using testing::must;

constexpr base::WallTime when{1'771'061'400, 0};

std::string field(const base::Bytes& header, std::size_t at, std::size_t size) {
  return std::string(base::as_text(header).substr(at, size));
}

// The sum that POSIX wants: every byte of the block, its own field taken as spaces.
unsigned checksum(base::ByteSpan block) {
  unsigned sum = 8 * ' ';
  for (std::size_t i = 0; i < block.size(); ++i) {
    if (i < 148 || i >= 156) sum += std::to_integer<unsigned>(block[i]);
  }
  return sum;
}

std::string tar_of(const std::vector<std::pair<std::string, std::string>>& files) {
  std::string out;
  for (const auto& [path, bytes] : files) {
    out += base::as_text(tar_header(path, bytes.size(), when));
    out += bytes + std::string(tar_padding_bytes(bytes.size()), '\0');
  }
  return out + std::string(tar_end_bytes, '\0');
}

std::vector<std::pair<std::string, std::string>> read_back(const std::string& bytes) {
  runtime::MemoryDisk disk;
  testing::put(disk, "/t.tar", bytes);
  const auto package = must(open_archive(disk, "/t.tar", {}));
  std::vector<std::pair<std::string, std::string>> found;
  while (const auto entry = must(package->next())) {
    base::Bytes content(1 << 16);
    content.resize(must(package->read(content)));
    EXPECT_EQ(entry->size_bytes, content.size());
    found.emplace_back(entry->path, base::as_text(content));
  }
  return found;
}

TEST(Tar, WritesEveryFieldOfAShortPath) {
  const auto header = tar_header("folder/file.txt", 1234, when);
  ASSERT_EQ(header.size(), tar_block_bytes);
  EXPECT_EQ(field(header, 0, 16), std::string("folder/file.txt\0", 16));
  EXPECT_EQ(field(header, 100, 8), std::string("0000644\0", 8));
  EXPECT_EQ(field(header, 108, 16), std::string("0000000\0000000000\0", 16));
  EXPECT_EQ(field(header, 124, 12), std::string("00000002322\0", 12));
  EXPECT_EQ(field(header, 136, 12), std::string("15144040230\0", 12));
  EXPECT_EQ(field(header, 156, 1), "0");
  EXPECT_EQ(field(header, 157, 100), std::string(100, '\0'));
  EXPECT_EQ(field(header, 257, 8), std::string("ustar\0"
                                               "00",
                                               8));
  EXPECT_EQ(field(header, 265, 64), std::string(64, '\0'));
  EXPECT_EQ(field(header, 345, 167), std::string(167, '\0'));
  EXPECT_EQ(field(header, 154, 2), std::string("\0 ", 2));
  EXPECT_EQ(std::stoul(field(header, 148, 6), nullptr, 8), checksum(header));
}

TEST(Tar, CutsALongPathAtASlash) {
  const std::string prefix(155, 'p'), name(100, 'n');
  const auto header = tar_header(prefix + "/" + name, 1, when);
  ASSERT_EQ(header.size(), tar_block_bytes);
  EXPECT_EQ(field(header, 0, 100), name);
  EXPECT_EQ(field(header, 345, 155), prefix);
}

TEST(Tar, AddsAPaxHeaderWhereNoCutFits) {
  for (const auto& path :
       {std::string(101, 'n'), std::string(156, 'p') + "/" + std::string(100, 'n'),
        "a/" + std::string(300, 'n'), std::string(8192, 'x')}) {
    const auto header = tar_header(path, 5, when);
    ASSERT_GT(header.size(), 2 * tar_block_bytes);
    EXPECT_EQ(header.size() % tar_block_bytes, 0U);
    EXPECT_EQ(field(header, 156, 1), "x");
    EXPECT_THAT(std::string(base::as_text(header)), ::testing::HasSubstr(" path=" + path + "\n"));
  }
}

TEST(Tar, CountsAPaxRecordsLengthIntoItself) {
  // The record's length gains a digit where its own digits make it longer than 99 and 999.
  for (std::size_t size = 80; size < 1100; ++size) {
    const std::string path(size, 'y');
    const auto header = tar_header(path, 0, when);
    if (header.size() == tar_block_bytes) continue;
    const std::string text(base::as_text(header).substr(tar_block_bytes));
    const auto length = std::stoul(text);
    EXPECT_EQ(text.substr(0, length), std::to_string(length) + " path=" + path + "\n");
    EXPECT_EQ(std::stoul(field(header, 124, 11), nullptr, 8), length);
  }
}

TEST(Tar, TellsSizesAboveEightGibibytesInAPaxHeader) {
  constexpr std::uint64_t largest = (std::uint64_t{1} << 33U) - 1;
  EXPECT_EQ(field(tar_header("a", largest, when), 124, 12), std::string("77777777777\0", 12));
  const auto header = tar_header("a", largest + 1, when);
  ASSERT_EQ(header.size(), 3 * tar_block_bytes);
  EXPECT_EQ(field(header, 512, 19), "19 size=8589934592\n");

  runtime::MemoryDisk disk;
  testing::put(disk, "/t.tar", base::as_text(header));
  const auto package = must(open_archive(disk, "/t.tar", {}));
  EXPECT_EQ(must(package->next())->size_bytes, largest + 1);
}

TEST(Tar, IsReadBackAsItWasWritten) {
  const std::vector<std::pair<std::string, std::string>> files = {
      {"t/empty", ""},
      {"t/one block", std::string(512, 'b')},
      {"t/" + std::string(99, 'l'), "just too long for a name alone"},
      {"t/" + std::string(250, 'p') + "/" + std::string(250, 'q'), "only pax holds this"},
      {"t/name\nwith a line", "x"},
      {"t/last", std::string(513, 'c')}};
  EXPECT_EQ(read_back(tar_of(files)), files);
}

TEST(Tar, IsTheSameTwice) {
  const std::string path(300, 'n');
  EXPECT_EQ(tar_header(path, 1, when), tar_header(path, 1, when));
  EXPECT_NE(tar_header(path, 1, when), tar_header(path, 2, when));
}

TEST(Tar, WritesATimeBefore1970AsItsBeginning) {
  EXPECT_EQ(field(tar_header("a", 0, {-1, 0}), 136, 12), std::string("00000000000\0", 12));
}

TEST(Tar, PadsToWholeBlocks) {
  EXPECT_EQ(tar_padding_bytes(0), 0U);
  EXPECT_EQ(tar_padding_bytes(1), 511U);
  EXPECT_EQ(tar_padding_bytes(511), 1U);
  EXPECT_EQ(tar_padding_bytes(512), 0U);
  EXPECT_EQ(tar_padding_bytes((std::uint64_t{1} << 40U) + 1), 511U);
}

}  // namespace
}  // namespace tesseras::custody

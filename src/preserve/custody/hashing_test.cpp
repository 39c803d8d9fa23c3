#include "preserve/custody/hashing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "preserve/custody/limits.hpp"
#include "preserve/custody/testing.hpp"

namespace tesseras::custody {
namespace {

using testing::must;
using testing::outcome;
using ::testing::StartsWith;

class Hashing : public ::testing::Test {
 protected:
  Tools tools() { return {disk_, clock_, workers_, runtime::no_progress(), stop_.get_token()}; }

  Result<Hashed> hash(const std::string& bytes, std::uint64_t expected_bytes,
                      Hashes hashes = Hashes::both) {
    auto with = tools();
    sunk_.clear();
    return read_hashed(
        source_from(bytes), expected_bytes, hashes,
        [&](base::ByteSpan piece) -> Result<void> {
          sunk_ += base::as_text(piece);
          return {};
        },
        with);
  }

  static Source source_from(const std::string& bytes) {
    return
        [&bytes, at = std::size_t{0}](base::MutableByteSpan into) mutable -> Result<std::size_t> {
          const auto piece =
              base::as_bytes(bytes).subspan(at, std::min(into.size(), bytes.size() - at));
          std::ranges::copy(piece, into.begin());
          at += piece.size();
          return piece.size();
        };
  }

  runtime::MemoryDisk disk_;
  testing::FixedClock clock_;
  runtime::Workers workers_{1};
  std::stop_source stop_;
  std::string sunk_;
};

std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 2654435761U >> 24U);
  return text;
}

TEST_F(Hashing, GivesBothHashesAndACopy) {
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, std::size_t{4095}, std::size_t{4096}, std::size_t{4097},
        Limits::chunk_bytes - 1, Limits::chunk_bytes, Limits::chunk_bytes + 1,
        2 * Limits::chunk_bytes}) {
    const auto bytes = pattern(size);
    EXPECT_EQ(must(hash(bytes, size)), hashed(base::as_bytes(bytes))) << size;
    EXPECT_EQ(sunk_, bytes);
  }
}

TEST_F(Hashing, HashesLargeFilesBesideTheCopyAllTheSame) {
  for (const auto size :
       {Limits::parallel_hash_bytes_min, Limits::parallel_hash_bytes_min + 12345}) {
    const auto bytes = pattern(static_cast<std::size_t>(size));
    EXPECT_EQ(must(hash(bytes, size)), hashed(base::as_bytes(bytes)));
    EXPECT_TRUE(sunk_ == bytes);
  }
}

TEST_F(Hashing, DoesNotDependOnWhatWasExpected) {
  const auto bytes = pattern(100'000);
  for (const auto expected : {std::uint64_t{0}, std::uint64_t{10}, std::uint64_t{99'999},
                              Limits::parallel_hash_bytes_min, UINT64_MAX}) {
    EXPECT_EQ(must(hash(bytes, expected)), hashed(base::as_bytes(bytes))) << expected;
    EXPECT_EQ(sunk_, bytes);
  }
}

TEST_F(Hashing, LeavesSha256OutWhereNobodyAsked) {
  const auto found = must(hash("hello", 5, Hashes::blake3_only));
  EXPECT_EQ(found.blake3, crypto::blake3(base::as_bytes("hello")));
  EXPECT_EQ(found.sha256, crypto::Sha256Hash{});
}

TEST_F(Hashing, EndsWithTheSourcesErrorAndTheSinks) {
  auto with = tools();
  const auto keep = [](base::ByteSpan) -> Result<void> { return {}; };
  for (const auto size : {std::uint64_t{10}, Limits::parallel_hash_bytes_min}) {
    int reads = 0;
    const auto breaks = [&](base::MutableByteSpan into) -> Result<std::size_t> {
      if (++reads == 3) return fail(Code::io, "the medium failed");
      return into.size();
    };
    EXPECT_EQ(outcome(read_hashed(breaks, size, Hashes::both, keep, with)),
              "io: the medium failed");
    const auto endless = [](base::MutableByteSpan into) -> Result<std::size_t> {
      return into.size();
    };
    std::uint64_t taken = 0;
    const auto full = [&](base::ByteSpan bytes) -> Result<void> {
      taken += bytes.size();
      if (taken > 3 * Limits::chunk_bytes) return fail(Code::exhausted, "no space left");
      return {};
    };
    EXPECT_EQ(outcome(read_hashed(endless, size, Hashes::both, full, with)),
              "exhausted: no space left");
  }
}

TEST_F(Hashing, StopsWhenAsked) {
  auto with = tools();
  int reads = 0;
  const auto endless = [&](base::MutableByteSpan into) -> Result<std::size_t> {
    if (++reads == 5) stop_.request_stop();
    return into.size();
  };
  const auto keep = [](base::ByteSpan) -> Result<void> { return {}; };
  EXPECT_THAT(outcome(read_hashed(endless, UINT64_MAX, Hashes::both, keep, with)),
              StartsWith("cancelled: "));
  EXPECT_EQ(reads, 5);
}

TEST_F(Hashing, ReadsAFileFromItsBeginning) {
  testing::put(disk_, "/f", "hello");
  const auto file = must(disk_.open_read("/f"));
  const auto source = source_of(*file);
  base::Bytes three(3);
  EXPECT_EQ(must(source(three)), 3U);
  EXPECT_EQ(base::as_text(three), "hel");
  EXPECT_EQ(must(source(three)), 2U);
  EXPECT_EQ(must(source(three)), 0U);
}

}  // namespace
}  // namespace tesseras::custody

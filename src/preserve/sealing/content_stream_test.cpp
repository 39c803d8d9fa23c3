#include "preserve/sealing/content_stream.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "preserve/sealing/limits.hpp"

namespace tesseras::sealing {
namespace {

using base::Bytes;
using base::Code;

constexpr std::size_t chunk = Limits::chunk_bytes;
constexpr std::size_t sealed_chunk = Limits::sealed_chunk_bytes;

// Numerical Recipes' generator: the same each time.
std::uint32_t next(std::uint32_t& state) { return state = state * 1664525U + 1013904223U; }

Bytes noise(std::size_t size) {
  auto state = static_cast<std::uint32_t>(size);
  Bytes bytes(size);
  for (auto& byte : bytes) byte = static_cast<std::byte>(next(state) >> 24U);
  return bytes;
}

struct Stream {
  ContentKey key = new_content_key();
  Capsule capsule{new_capsule_id(), std::nullopt};
  Bytes sealed;

  Result<void> write(base::ByteSpan plain, std::size_t piece_bytes) {
    ContentWriter writer(key, capsule, [this](base::ByteSpan bytes) -> Result<void> {
      sealed.insert(sealed.end(), bytes.begin(), bytes.end());
      return {};
    });
    while (!plain.empty()) {
      const auto piece = plain.first(std::min(piece_bytes, plain.size()));
      TRY(writer.append(piece));
      plain = plain.subspan(piece.size());
    }
    return writer.finish();
  }

  Result<ContentReader> reader() const {
    return ContentReader::open(
        key, capsule, sealed.size(),
        [this](std::uint64_t offset, base::MutableByteSpan into) -> Result<std::size_t> {
          const auto from = base::ByteSpan(sealed).subspan(
              std::min<std::size_t>(static_cast<std::size_t>(offset), sealed.size()));
          const auto piece = from.first(std::min(from.size(), into.size()));
          std::ranges::copy(piece, into.begin());
          return piece.size();
        });
  }

  Result<Bytes> read() const {
    auto content = TRY(reader());
    Bytes plain(static_cast<std::size_t>(content.size_bytes()) + 1);
    plain.resize(TRY(content.read_at(0, plain)));
    return plain;
  }

  bool is_refused() const {
    const auto plain = read();
    return !plain && plain.error().code == Code::corrupt;
  }
};

Stream stream_of(base::ByteSpan plain) {
  Stream stream;
  EXPECT_TRUE(stream.write(plain, 10'000));
  return stream;
}

TEST(PaddedBytes, AreAtMostAnEighthMore) {
  // The paper's algorithm by hand: 9 has e = 3, s = 2, so steps of 2.
  EXPECT_EQ(padded_bytes(2), 2);
  EXPECT_EQ(padded_bytes(8), 8);
  EXPECT_EQ(padded_bytes(9), 10);
  EXPECT_EQ(padded_bytes(1000), 1024);
  EXPECT_EQ(padded_bytes(1025), 1088);
  EXPECT_EQ(padded_bytes(10'000'000), 10'223'616);
  for (std::uint64_t size = 2; size < 1U << 20U; size += 1 + size / 50) {
    const auto padded = padded_bytes(size);
    EXPECT_GE(padded, size);
    EXPECT_LE(padded - size, size * 12 / 100 + 1) << size;
    EXPECT_EQ(padded_bytes(padded), padded) << size;
  }
  EXPECT_GE(padded_bytes((std::uint64_t{1} << 62U) + 1), std::uint64_t{1} << 62U);
}

TEST(SealedBytes, AreThoseOfChunksAndTags) {
  EXPECT_EQ(sealed_bytes(1), 17);
  EXPECT_EQ(sealed_bytes(chunk), sealed_chunk);
  EXPECT_EQ(sealed_bytes(chunk + 1), sealed_chunk + 17);
  for (const std::uint64_t size :
       {1UL, 2UL, chunk - 1, chunk, chunk + 1, 3 * chunk, 10 * chunk + 7})
    EXPECT_EQ(plain_bytes(sealed_bytes(size)).value_or(0), size);
  for (const std::uint64_t size : {0UL, 1UL, 16UL, sealed_chunk + 1, sealed_chunk + 16})
    EXPECT_EQ(plain_bytes(size).error().code, Code::corrupt) << size;
}

TEST(ContentStream, GivesBackWhatWasWrittenAndZeros) {
  for (const std::size_t size :
       {2UL, 1000UL, chunk - 1, chunk, chunk + 1, 4 * chunk, 5 * chunk + 123}) {
    const auto plain = noise(size);
    for (const std::size_t piece : {16 * chunk, 777UL, chunk, chunk + 1, 3 * chunk - 5}) {
      Stream stream;
      ASSERT_TRUE(stream.write(plain, piece));
      EXPECT_EQ(stream.sealed.size(), sealed_bytes(padded_bytes(size)));
      const auto read = stream.read();
      ASSERT_TRUE(read) << size;
      ASSERT_EQ(read->size(), padded_bytes(size));
      EXPECT_TRUE(std::ranges::equal(base::ByteSpan(*read).first(size), plain));
      EXPECT_TRUE(std::ranges::all_of(base::ByteSpan(*read).subspan(size),
                                      [](std::byte byte) { return byte == std::byte{0}; }));
    }
  }
}

TEST(ContentStream, CanBeReadFromAnywhere) {
  const auto plain = noise(3 * chunk + 100);
  const auto stream = stream_of(plain);
  auto reader = stream.reader();
  ASSERT_TRUE(reader);
  std::uint32_t state = 1;
  for (int i = 0; i < 200; ++i) {
    const auto offset = next(state) % plain.size();
    Bytes piece(next(state) % (2 * chunk));
    const auto count = reader->read_at(offset, piece);
    ASSERT_TRUE(count);
    const auto known = std::min(*count, plain.size() - offset);
    EXPECT_TRUE(std::ranges::equal(base::ByteSpan(piece).first(known),
                                   base::ByteSpan(plain).subspan(offset, known)));
  }
  Bytes one(1);
  EXPECT_EQ(reader->read_at(reader->size_bytes(), one).value_or(9), 0);
}

TEST(ContentStream, RefusesEveryFlippedByte) {
  auto stream = stream_of(noise(300));
  for (auto& byte : stream.sealed) {
    byte ^= std::byte{1};
    EXPECT_TRUE(stream.is_refused());
    byte ^= std::byte{1};
  }
  EXPECT_TRUE(stream.read());
}

TEST(ContentStream, FindsWhereItWasChanged) {
  auto stream = stream_of(noise(4 * chunk));
  stream.sealed[2 * sealed_chunk + 5] ^= std::byte{0x80};
  auto reader = stream.reader();
  ASSERT_TRUE(reader);
  Bytes piece(chunk);
  EXPECT_TRUE(reader->read_at(chunk, piece));
  const auto changed = reader->read_at(2 * chunk, piece);
  ASSERT_FALSE(changed);
  EXPECT_NE(changed.error().message.find("chunk 3 of 4"), std::string::npos)
      << changed.error().message;
  // What is not authenticated is given to nobody, and what was before is not taken for it.
  EXPECT_TRUE(reader->read_at(chunk, piece));
  EXPECT_FALSE(reader->read_at(2 * chunk, piece));
}

TEST(ContentStream, IsNotWholeWhereItWasCut) {
  const auto whole = stream_of(noise(4 * chunk));
  ASSERT_EQ(whole.sealed.size(), 4 * sealed_chunk);
  for (std::size_t chunks = 0; chunks < 4; ++chunks) {
    for (const std::size_t more : {0UL, 1UL, 16UL, 17UL, 40'000UL}) {
      Stream cut{whole.key.clone(), whole.capsule, whole.sealed};
      cut.sealed.resize(chunks * sealed_chunk + more);
      EXPECT_TRUE(cut.is_refused()) << chunks << " chunks and " << more;
    }
  }
}

TEST(ContentStream, IsNotWholeWhereSomethingFollows) {
  auto stream = stream_of(noise(4 * chunk));
  const Bytes first(stream.sealed.begin(), stream.sealed.begin() + sealed_chunk);
  stream.sealed.insert(stream.sealed.end(), first.begin(), first.end());
  EXPECT_TRUE(stream.is_refused());
}

TEST(ContentStream, RefusesChunksInAnotherOrder) {
  const auto whole = stream_of(noise(4 * chunk));
  for (std::ptrdiff_t a = 0; a < 4; ++a) {
    for (std::ptrdiff_t b = a + 1; b < 4; ++b) {
      Stream swapped{whole.key.clone(), whole.capsule, whole.sealed};
      const auto size = static_cast<std::ptrdiff_t>(sealed_chunk);
      std::swap_ranges(swapped.sealed.begin() + a * size, swapped.sealed.begin() + (a + 1) * size,
                       swapped.sealed.begin() + b * size);
      EXPECT_TRUE(swapped.is_refused()) << a << " with " << b;
    }
  }
}

TEST(ContentStream, RefusesChunksOfAnotherTessera) {
  const auto plain = noise(4 * chunk);
  const auto mine = stream_of(plain);
  // One key in two capsules would be a mistake of ours; even then nothing can be moved.
  Stream other{mine.key.clone(), {new_capsule_id(), std::nullopt}, {}};
  ASSERT_TRUE(other.write(plain, chunk));
  for (std::size_t at = 0; at < 4; ++at) {
    Stream mixed{mine.key.clone(), mine.capsule, mine.sealed};
    std::copy_n(other.sealed.begin() + static_cast<std::ptrdiff_t>(at * sealed_chunk), sealed_chunk,
                mixed.sealed.begin() + static_cast<std::ptrdiff_t>(at * sealed_chunk));
    EXPECT_TRUE(mixed.is_refused()) << at;
  }
}

TEST(ContentStream, IsBoundToCapsuleDateAndKey) {
  const auto plain = noise(100);
  Stream stream;
  stream.capsule.open_after = base::WallTime{2'000'000'000, 0};
  ASSERT_TRUE(stream.write(plain, 100));
  ASSERT_TRUE(stream.read());
  const auto refused = [&](Capsule capsule) {
    return Stream{stream.key.clone(), capsule, stream.sealed}.is_refused();
  };
  EXPECT_TRUE(refused({new_capsule_id(), stream.capsule.open_after}));
  EXPECT_TRUE(refused({stream.capsule.id, base::WallTime{2'000'000'001, 0}}));
  EXPECT_TRUE(refused({stream.capsule.id, base::WallTime{0, 0}}));
  EXPECT_TRUE(refused({stream.capsule.id, std::nullopt}));
  EXPECT_TRUE((Stream{new_content_key(), stream.capsule, stream.sealed}.is_refused()));
}

TEST(ContentStream, PassesOnWhatTheSinkSays) {
  ContentWriter writer(new_content_key(), {new_capsule_id(), std::nullopt},
                       [](base::ByteSpan) -> Result<void> {
                         return base::fail(Code::exhausted, "the disk is full");
                       });
  const auto plain = noise(2 * chunk);
  EXPECT_EQ(writer.append(plain).error().code, Code::exhausted);
}

}  // namespace
}  // namespace tesseras::sealing

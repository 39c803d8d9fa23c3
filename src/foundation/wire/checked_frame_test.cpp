#include "foundation/wire/checked_frame.hpp"

#include <gtest/gtest.h>

#include "foundation/base/bytes.hpp"

namespace tesseras::wire {
namespace {

using base::Bytes;
using base::ByteSpan;

Bytes joined(Bytes first, const Bytes& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

TEST(CheckedFrames, StandAsTheyAlwaysHave) {
  CheckedFrames frames(100);
  // BLAKE3 of "abc" begins 6437b3ac38465133ffb63b75273a8db5.
  EXPECT_EQ(base::to_hex(frames.frame(base::as_bytes("abc"))),
            "030000006437b3ac38465133ffb63b75273a8db5616263");
}

TEST(CheckedFrames, AreReadAsWritten) {
  CheckedFrames frames(300);
  for (const std::size_t size : {1UL, 2UL, 64UL, 255UL, 256UL, 300UL}) {
    const Bytes payload(size, std::byte{7});
    const Bytes frame = frames.frame(payload);
    EXPECT_EQ(frame.size(), CheckedFrames::head_bytes + size);
    // Whatever follows it.
    for (const Bytes& bytes : {frame, joined(frame, frame), joined(frame, Bytes(1))}) {
      const auto read = frames.payload_at(bytes);
      ASSERT_TRUE(read);
      EXPECT_EQ(Bytes(read->begin(), read->end()), payload);
    }
  }
}

TEST(CheckedFrames, NoBitMayBeAnother) {
  CheckedFrames frames(100);
  const Bytes good = frames.frame(base::as_bytes("some payload"));
  for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
    Bytes bad = good;
    bad[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    bad.resize(bad.size() + 200);
    EXPECT_FALSE(frames.payload_at(bad)) << bit;
  }
}

TEST(CheckedFrames, AreWholeOrNone) {
  CheckedFrames frames(100);
  const Bytes good = frames.frame(base::as_bytes("some payload"));
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_FALSE(frames.payload_at(ByteSpan(good).first(size))) << size;
  EXPECT_FALSE(frames.payload_at(Bytes(1000)));
}

TEST(CheckedFrames, OfMoreThanTheMaximumAreDamage) {
  const Bytes frame = CheckedFrames(12).frame(base::as_bytes("some payload"));
  EXPECT_TRUE(CheckedFrames(12).payload_at(frame));
  EXPECT_FALSE(CheckedFrames(11).payload_at(frame));
}

}  // namespace
}  // namespace tesseras::wire

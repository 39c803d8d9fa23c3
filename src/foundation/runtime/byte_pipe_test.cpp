#include "foundation/runtime/byte_pipe.hpp"

#include <gtest/gtest.h>

#include <random>
#include <thread>

namespace tesseras::runtime {
namespace {

using base::Bytes;
using base::ByteSpan;
using base::Code;

Bytes noise(std::size_t count) {
  std::mt19937 random(1);
  Bytes bytes(count);
  for (auto& one : bytes) one = static_cast<std::byte>(random());
  return bytes;
}

TEST(BytePipe, GivesWhatWasWritten) {
  const auto sent = noise(300'000);
  BytePipe pipe(1000);
  std::jthread writer([&] {
    std::mt19937 random(2);
    for (ByteSpan left(sent); !left.empty();) {
      const auto piece = left.first(std::min<std::size_t>(random() % 3000, left.size()));
      EXPECT_TRUE(pipe.write(piece));
      left = left.subspan(piece.size());
    }
    pipe.end({});
  });
  std::mt19937 random(3);
  Bytes come;
  for (;;) {
    Bytes piece(1 + random() % 3000);
    const auto count = pipe.read(piece);
    ASSERT_TRUE(count);
    come.insert(come.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(*count));
    if (*count < piece.size()) break;
  }
  EXPECT_EQ(come, sent);
}

TEST(BytePipe, AnEarlyEndComesBehindWhatCameBefore) {
  BytePipe pipe(10);
  ASSERT_TRUE(pipe.write(noise(4)));
  pipe.end(base::fail(Code::unavailable, "it broke off"));
  Bytes piece(4);
  EXPECT_EQ(pipe.read(piece).value(), 4U);
  EXPECT_EQ(pipe.read(piece).error().code, Code::unavailable);
}

TEST(BytePipe, AnEndAmidAReadIsAnErrorOfAllOfIt) {
  BytePipe pipe(10);
  ASSERT_TRUE(pipe.write(noise(4)));
  pipe.end(base::fail(Code::unavailable, "it broke off"));
  Bytes piece(5);
  EXPECT_EQ(pipe.read(piece).error().code, Code::unavailable);
}

TEST(BytePipe, WhoReadsNoMoreEndsTheWriting) {
  BytePipe pipe(10);
  std::jthread writer([&] { EXPECT_EQ(pipe.write(noise(100)).error().code, Code::cancelled); });
  Bytes piece(3);
  EXPECT_TRUE(pipe.read(piece));
  pipe.close();
}

}  // namespace
}  // namespace tesseras::runtime

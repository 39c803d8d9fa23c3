#include "foundation/transport/byte_queue.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "foundation/base/text.hpp"

namespace tesseras::transport {
namespace {

std::string pattern(std::size_t size) {
  std::string text(size, ' ');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i % 23);
  return text;
}

std::string all_of(const ByteQueue& queue, std::size_t offset) {
  std::array<base::ByteSpan, 64> pieces;
  std::string text;
  const auto count = queue.pieces(offset, pieces);
  for (std::size_t i = 0; i < count; ++i) text += base::as_text(pieces[i]);
  return text;
}

TEST(ByteQueue, GivesBackWhatWasPutIn) {
  ByteQueue queue;
  EXPECT_TRUE(queue.empty());
  const auto text = pattern(300'000);
  for (std::size_t at = 0; at < text.size(); at += 997)
    queue.append(base::as_bytes(std::string_view(text).substr(at, 997)));
  EXPECT_EQ(queue.size(), text.size());
  EXPECT_EQ(all_of(queue, 0), text);
  EXPECT_EQ(all_of(queue, 123'456), text.substr(123'456));
  EXPECT_EQ(all_of(queue, text.size()), "");
  std::string taken;
  std::array<std::byte, 1234> some;
  while (!queue.empty()) taken += base::as_text(base::ByteSpan(some).first(queue.take(some)));
  EXPECT_EQ(taken, text);
  EXPECT_EQ(queue.take(some), 0U);
}

TEST(ByteQueue, WhatWaitsDoesNotMove) {
  ByteQueue queue;
  queue.append(base::as_bytes(pattern(5000)));
  std::array<base::ByteSpan, 1> before, after;
  ASSERT_EQ(queue.pieces(3000, before), 1U);
  queue.append(base::as_bytes(pattern(100'000)));
  queue.drop(2999);
  ASSERT_EQ(queue.pieces(1, after), 1U);
  EXPECT_EQ(before[0].data(), after[0].data());
  queue.clear();
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.pieces(0, after), 0U);
}

TEST(ByteQueueDeathTest, DropsNoMoreThanThereIs) {
  ByteQueue queue;
  queue.append(base::as_bytes("abc"));
  EXPECT_DEATH(queue.drop(4), "count <= size_");
}

}  // namespace
}  // namespace tesseras::transport

#include "foundation/crypto/secret_memory.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace tesseras::crypto {
namespace {

bool all_are(base::ByteSpan bytes, unsigned char value) {
  return std::ranges::all_of(bytes, [&](std::byte byte) { return byte == std::byte{value}; });
}

std::size_t region_bytes() { return secret_memory_use().region_bytes; }
std::size_t elsewhere_bytes() { return secret_memory_use().elsewhere_bytes; }

// Of Linux: what this process has locked.
std::size_t locked_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmLck:")) return std::stoul(line.substr(6)) * 1024;
  }
  return 0;
}

TEST(SecretMemory, BeginsAsZerosAndEndsAsZeros) {
  const std::byte* where = nullptr;
  {
    SecretMemory memory(100);
    ASSERT_GT(region_bytes(), 0U);
    EXPECT_TRUE(all_are(memory.span(), 0));
    std::ranges::fill(memory.mutable_span(), std::byte{0xa5});
    where = memory.span().data();
  }
  // The region stays where it is, so that it can be looked at.
  EXPECT_TRUE(all_are({where, 100}, 0));
  const SecretMemory again(100);
  EXPECT_EQ(again.span().data(), where);
}

TEST(SecretMemory, NoTwoOverlap) {
  std::vector<SecretMemory> all;
  all.reserve(60);
  for (unsigned char number = 1; number <= 60; ++number) {
    auto& memory = all.emplace_back(number * 5U);
    std::ranges::fill(memory.mutable_span(), std::byte{number});
  }
  for (std::size_t gone = 0; gone < 60; gone += 3) all[gone] = SecretMemory();
  for (unsigned char number = 101; number <= 120; ++number) {
    auto& memory = all[(number - 101U) * 3U];
    memory = SecretMemory(200);
    std::ranges::fill(memory.mutable_span(), std::byte{number});
  }
  for (std::size_t at = 0; at < 60; ++at) {
    const auto value = at % 3 == 0 ? 101 + at / 3 : at + 1;
    EXPECT_TRUE(all_are(all[at].span(), static_cast<unsigned char>(value))) << at;
  }
}

TEST(SecretMemory, MovesWithoutACopy) {
  const auto before = region_bytes();
  SecretMemory memory(64);
  const std::byte* where = memory.span().data();
  SecretMemory moved(std::move(memory));
  EXPECT_EQ(moved.span().data(), where);
  EXPECT_TRUE(
      memory.span().empty());  // NOLINT(bugprone-use-after-move,clang-analyzer-cplusplus.Move)
  SecretMemory assigned(64);
  const std::byte* other = assigned.span().data();
  std::ranges::fill(assigned.mutable_span(), std::byte{7});
  assigned = std::move(moved);
  EXPECT_EQ(assigned.span().data(), where);
  EXPECT_TRUE(all_are({other, 64}, 0)) << "what was there before went at once";
  auto& itself = assigned;
  assigned = std::move(itself);
  EXPECT_EQ(assigned.span().data(), where);
  EXPECT_EQ(region_bytes(), before + 64);
}

TEST(SecretMemory, WhatFindsNoRoomIsElsewhere) {
  const auto before = secret_memory_use();
  {
    SecretMemory large(secret_region_bytes + 1);
    EXPECT_EQ(elsewhere_bytes(), before.elsewhere_bytes + secret_region_bytes + 1);
    EXPECT_TRUE(all_are(large.span(), 0));

    std::vector<SecretMemory> all;
    all.reserve(secret_region_bytes);
    while (region_bytes() < secret_region_bytes) all.emplace_back(1);
    SecretMemory one_more(32);
    EXPECT_EQ(elsewhere_bytes(), before.elsewhere_bytes + secret_region_bytes + 33);
    std::ranges::fill(one_more.mutable_span(), std::byte{1});
    EXPECT_TRUE(all_are(all.back().span(), 0));

    // Room for 32 bytes in two places is none for 65 in one.
    all.pop_back();
    all[all.size() / 2] = SecretMemory();
    const SecretMemory in_no_hole(65);
    EXPECT_EQ(elsewhere_bytes(), before.elsewhere_bytes + secret_region_bytes + 33 + 65);
    const SecretMemory in_one(64);
    EXPECT_EQ(region_bytes(), secret_region_bytes - 64);
  }
  EXPECT_EQ(region_bytes(), before.region_bytes);
  EXPECT_EQ(elsewhere_bytes(), before.elsewhere_bytes);
}

TEST(SecretMemory, OfNoBytesIsNothing) {
  const auto before = region_bytes();
  const SecretMemory none(0);
  EXPECT_TRUE(none.span().empty());
  EXPECT_EQ(region_bytes(), before);
}

TEST(SecretMemory, StaysOutOfSwapWhereTheSystemAllowsIt) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "under sanitizers mlock() does nothing";
#endif
  const SecretMemory memory(1);
  if (!secret_memory_use().is_locked) GTEST_SKIP() << "this system locks no memory for us";
  EXPECT_GE(locked_bytes(), secret_region_bytes);
}

TEST(SecretMemory, ManyThreadsShareIt) {
  const auto before = secret_memory_use();
  std::vector<std::jthread> threads;
  threads.reserve(4);
  for (unsigned char value = 1; value <= 4; ++value) {
    threads.emplace_back([value] {
      for (std::size_t turn = 0; turn < 2000; ++turn) {
        SecretMemory memory(1 + turn % 300);
        ASSERT_TRUE(all_are(memory.span(), 0));
        std::ranges::fill(memory.mutable_span(), std::byte{value});
        ASSERT_TRUE(all_are(memory.span(), value));
      }
    });
  }
  threads.clear();
  EXPECT_EQ(region_bytes(), before.region_bytes);
  EXPECT_EQ(elsewhere_bytes(), before.elsewhere_bytes);
}

}  // namespace
}  // namespace tesseras::crypto

#include "preserve/heirs/share.hpp"

#include <gtest/gtest.h>

#include "preserve/heirs/share_fixture.hpp"
#include "preserve/heirs/share_text.hpp"

namespace tesseras::heirs {
namespace {

using base::Bytes;
using base::Code;

Bytes bytes_of(const crypto::SecretBuffer& secret) {
  return {secret.span().begin(), secret.span().end()};
}

TEST(HeirShare, ReadsWhatItWrites) {
  const Share share = std::move(shares_of(1, 2, 3)[1]);
  const Bytes bytes = bytes_of(encode(share));
  const auto again = decode(bytes);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(again->set == share.set);
  EXPECT_EQ(again->part.index, 2);
  EXPECT_TRUE(again->part.data == share.part.data);
  EXPECT_EQ(bytes_of(encode(*again)), bytes);
}

TEST(HeirShare, IsSmallEnoughForASheetOfPaper) {
  EXPECT_LT(encode(shares_of(1, 2, 3)[0]).size(), 300U);
  EXPECT_LT(encode_text(shares_of(1, 3, 5)[0]).size(), 1000U);
}

TEST(HeirShare, EveryBitThatIsFlippedIsFound) {
  Bytes bytes = bytes_of(encode(shares_of(1, 2, 3)[0]));
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      bytes[at] ^= std::byte(1U << bit);
      EXPECT_FALSE(decode(bytes)) << "byte " << at << ", bit " << bit;
      EXPECT_FALSE(decode_any(bytes)) << "byte " << at << ", bit " << bit;
      bytes[at] ^= std::byte(1U << bit);
    }
  }
  EXPECT_TRUE(decode(bytes));
}

TEST(HeirShare, WhateverIsCutOffIsMissed) {
  const Bytes bytes = bytes_of(encode(shares_of(1, 2, 3)[0]));
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(decode(base::ByteSpan(bytes).first(size))) << size;
}

TEST(HeirShare, SaysWhichNumbersCannotBe) {
  for (const auto& [threshold, total] : {std::pair{0U, 3U}, {4U, 3U}, {2U, 256U}, {0U, 0U}}) {
    const auto checked = check_numbers(threshold, total);
    ASSERT_FALSE(checked) << threshold << " of " << total;
    EXPECT_EQ(checked.error().code, Code::invalid);
  }
  EXPECT_TRUE(check_numbers(1, 1));
  EXPECT_TRUE(check_numbers(255, 255));
}

}  // namespace
}  // namespace tesseras::heirs

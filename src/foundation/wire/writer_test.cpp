#include "foundation/wire/writer.hpp"

#include <gtest/gtest.h>

#include <array>

#include "foundation/wire/reader.hpp"

namespace tesseras::wire {
namespace {

TEST(Writer, WhatItWritesAReaderReads) {
  std::array<std::byte, 64> memory{};
  Writer writer(memory);
  ASSERT_TRUE(writer.u8(0xfe));
  ASSERT_TRUE(writer.u16_le(0xfedc));
  ASSERT_TRUE(writer.u16_be(0xfedc));
  ASSERT_TRUE(writer.u32_le(0xfedcba98));
  ASSERT_TRUE(writer.u32_be(0xfedcba98));
  ASSERT_TRUE(writer.u64_le(0xfedcba9876543210));
  ASSERT_TRUE(writer.u64_be(0xfedcba9876543210));
  ASSERT_TRUE(writer.prefixed_u16_be(base::as_bytes("words"), 5));
  EXPECT_EQ(base::to_hex(writer.written()),
            "fe"
            "dcfe"
            "fedc"
            "98badcfe"
            "fedcba98"
            "1032547698badcfe"
            "fedcba9876543210"
            "0005776f726473");
  Reader reader(writer.written());
  EXPECT_EQ(reader.u8().value(), 0xfe);
  EXPECT_EQ(reader.u16_le().value(), 0xfedc);
  EXPECT_EQ(reader.u16_be().value(), 0xfedc);
  EXPECT_EQ(reader.u32_le().value(), 0xfedcba98U);
  EXPECT_EQ(reader.u32_be().value(), 0xfedcba98U);
  EXPECT_EQ(reader.u64_le().value(), 0xfedcba9876543210U);
  EXPECT_EQ(reader.u64_be().value(), 0xfedcba9876543210U);
  EXPECT_EQ(base::as_text(reader.prefixed_u16_be(5).value()), "words");
  EXPECT_TRUE(reader.expect_end());
}

TEST(Writer, WithoutRoomNothingIsWritten) {
  std::array<std::byte, 4> memory{};
  Writer writer(base::MutableByteSpan(memory).first(3));
  ASSERT_TRUE(writer.u8(1));
  EXPECT_EQ(writer.u32_le(0xffffffff).error().message,
            "at byte 1: no room for 4 bytes, only for 2");
  EXPECT_EQ(writer.u64_be(1).error().code, base::Code::exhausted);
  EXPECT_FALSE(writer.bytes(base::as_bytes("abc")));
  EXPECT_FALSE(writer.prefixed_u8(base::as_bytes("ab"), 9));
  EXPECT_EQ(writer.offset(), 1U);
  ASSERT_TRUE(writer.u16_le(0x0302));
  EXPECT_FALSE(writer.u8(4));
  EXPECT_TRUE(writer.bytes({}));
  EXPECT_EQ(writer.room(), 0U);
  EXPECT_EQ(memory[3], std::byte{0});
}

TEST(Writer, LongerThanAllowedIsRefused) {
  std::array<std::byte, 64> memory{};
  Writer writer(memory);
  EXPECT_EQ(writer.prefixed_u8(base::as_bytes("abc"), 2).error().code, base::Code::invalid);
  EXPECT_FALSE(writer.prefixed_u32_le(base::as_bytes("abc"), 2));
  EXPECT_FALSE(writer.prefixed_u32_be(base::as_bytes("abc"), 2));
  EXPECT_FALSE(writer.prefixed_u16_le(base::as_bytes("abc"), 2));
  EXPECT_EQ(writer.offset(), 0U);
  EXPECT_TRUE(writer.prefixed_u8(base::as_bytes("abc"), 255));
}

}  // namespace
}  // namespace tesseras::wire

#include "foundation/wire/reader.hpp"

#include <gtest/gtest.h>

#include "foundation/base/strong_id.hpp"

namespace tesseras::wire {
namespace {

base::Bytes from_hex(std::string_view hex) {
  base::Bytes bytes(hex.size() / 2);
  EXPECT_TRUE(base::from_hex(hex, bytes));
  return bytes;
}

TEST(Reader, NumbersOfBothOrders) {
  const base::Bytes bytes = from_hex(
      "ff"
      "0102"
      "0102"
      "01020304"
      "01020304"
      "0102030405060708"
      "0102030405060708");
  Reader reader(bytes);
  EXPECT_EQ(reader.u8().value(), 0xff);
  EXPECT_EQ(reader.u16_le().value(), 0x0201);
  EXPECT_EQ(reader.u16_be().value(), 0x0102);
  EXPECT_EQ(reader.u32_le().value(), 0x04030201U);
  EXPECT_EQ(reader.u32_be().value(), 0x01020304U);
  EXPECT_EQ(reader.u64_le().value(), 0x0807060504030201U);
  EXPECT_EQ(reader.u64_be().value(), 0x0102030405060708U);
  EXPECT_TRUE(reader.expect_end());
}

TEST(Reader, TheEndIsNeverPassedAndNothingIsTaken) {
  const base::Bytes bytes = from_hex("01020304050607");
  Reader reader(bytes);
  ASSERT_TRUE(reader.bytes(4));
  EXPECT_EQ(reader.u64_le().error().message, "at byte 4: 8 bytes belong here, and only 3 are left");
  EXPECT_EQ(reader.u64_be().error().code, base::Code::corrupt);
  EXPECT_FALSE(reader.u32_le());
  EXPECT_FALSE(reader.u32_be());
  EXPECT_FALSE(reader.bytes(4));
  EXPECT_FALSE(reader.bytes(~std::size_t{0}));
  EXPECT_FALSE(reader.id<base::BlobId>());
  EXPECT_EQ(reader.offset(), 4U);
  EXPECT_EQ(reader.u16_be().value(), 0x0506);
  EXPECT_FALSE(reader.u16_le());
  EXPECT_FALSE(reader.expect_end());
  EXPECT_EQ(reader.u8().value(), 7);
  EXPECT_FALSE(reader.u8());
  EXPECT_TRUE(reader.bytes(0));
  EXPECT_TRUE(reader.expect_end());
  EXPECT_FALSE(Reader({}).u8());
}

TEST(Reader, PrefixedBytes) {
  const base::Bytes bytes = from_hex(
      "01aa"
      "0200aabb"
      "0002aabb"
      "00000000"
      "00000001cc");
  Reader reader(bytes);
  EXPECT_EQ(base::to_hex(reader.prefixed_u8(1).value()), "aa");
  EXPECT_EQ(base::to_hex(reader.prefixed_u16_le(2).value()), "aabb");
  EXPECT_EQ(base::to_hex(reader.prefixed_u16_be(100).value()), "aabb");
  EXPECT_EQ(reader.prefixed_u32_le(0).value().size(), 0U);
  EXPECT_EQ(base::to_hex(reader.prefixed_u32_be(1).value()), "cc");
  EXPECT_TRUE(reader.expect_end());
}

TEST(Reader, WrongLengthsAreRefusedAndNothingIsTaken) {
  const base::Bytes longer_than_allowed = from_hex("03aabbcc");
  Reader first(longer_than_allowed);
  EXPECT_EQ(first.prefixed_u8(2).error().message,
            "at byte 0: a length of 3, and at most 2 is allowed");
  EXPECT_EQ(first.offset(), 0U);
  EXPECT_TRUE(first.prefixed_u8(3));

  const base::Bytes longer_than_there_is = from_hex("04aabbcc");
  Reader second(longer_than_there_is);
  EXPECT_FALSE(second.prefixed_u8(255));
  EXPECT_EQ(second.offset(), 0U);

  const base::Bytes huge = from_hex("ffffffffaa");
  for (const std::size_t bytes_max : {std::size_t{0}, std::size_t{1}, ~std::size_t{0}}) {
    Reader third(huge);
    EXPECT_FALSE(third.prefixed_u32_le(bytes_max));
    EXPECT_FALSE(third.prefixed_u32_be(bytes_max));
    EXPECT_FALSE(third.prefixed_u16_le(bytes_max));
    EXPECT_FALSE(third.prefixed_u16_be(bytes_max));
    EXPECT_EQ(third.offset(), 0U);
  }

  const base::Bytes half_a_length = from_hex("0000");
  Reader fourth(half_a_length);
  EXPECT_FALSE(fourth.prefixed_u32_be(9));
  EXPECT_EQ(fourth.offset(), 0U);
}

TEST(Reader, MagicAndIds) {
  const base::Bytes bytes = base::to_bytes("magic" + std::string(32, 'i'));
  Reader reader(bytes);
  EXPECT_FALSE(reader.expect(base::as_bytes("tragic")));
  EXPECT_FALSE(reader.expect(base::to_bytes(std::string(100, 'm'))));
  EXPECT_TRUE(reader.expect(base::as_bytes("magic")));
  EXPECT_FALSE(reader.expect(base::as_bytes("magic")));
  EXPECT_EQ(reader.id<base::BlobId>().value().bytes[31], std::byte{'i'});
  EXPECT_FALSE(reader.expect(base::as_bytes("i")));
  EXPECT_TRUE(reader.expect({}));
}

}  // namespace
}  // namespace tesseras::wire

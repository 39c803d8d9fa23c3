#include "preserve/dht/fragment_set.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tesseras::dht {
namespace {

using base::Bytes;
using base::Code;

TEST(FragmentSets, AreReadAsWritten) {
  FragmentSet all;
  all.set();
  for (const auto& set : {FragmentSet(), FragmentSet(1), FragmentSet(0x8000), FragmentSet(0x10001),
                          FragmentSet().set(255), all}) {
    const auto again = decode_fragment_set(encode(set));
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(*again, set);
  }
}

TEST(FragmentSets, HaveTheLowestInTheLowestBitOfTheFirstByte) {
  EXPECT_EQ(encode(FragmentSet()), Bytes());
  EXPECT_EQ(encode(FragmentSet().set(0).set(9)), (Bytes{std::byte{1}, std::byte{2}}));
}

TEST(FragmentSets, HaveOneForm) {
  for (const auto& bad : {Bytes{std::byte{0}}, Bytes{std::byte{1}, std::byte{0}},
                          Bytes(fragment_set_bytes_max + 1, std::byte{1})})
    EXPECT_EQ(decode_fragment_set(bad).error().code, Code::corrupt) << bad.size();
}

}  // namespace
}  // namespace tesseras::dht

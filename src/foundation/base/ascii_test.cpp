#include "foundation/base/ascii.hpp"

#include <gtest/gtest.h>

namespace tesseras::base {
namespace {

TEST(Ascii, LowersLettersAndNothingElse) {
  EXPECT_EQ(to_lower("AZaz09 .-_@[`{"), "azaz09 .-_@[`{");
  EXPECT_EQ(to_lower(""), "");
  EXPECT_EQ(to_lower("\xc3\x89\xc3\xa9\xff"), "\xc3\x89\xc3\xa9\xff") << "not É, nor half of it";
  for (int i = 0; i < 256; ++i) {
    const char c = static_cast<char>(i);
    EXPECT_EQ(to_lower(c) != c, i >= 'A' && i <= 'Z') << i;
  }
}

}  // namespace
}  // namespace tesseras::base

#include "foundation/paper/windows1252.hpp"

#include <gtest/gtest.h>

namespace tesseras::paper {
namespace {

TEST(Windows1252, Portuguese) {
  EXPECT_EQ(to_windows1252("herança, mãe, avó: é").value(),
            "heran\xe7"
            "a, m\xe3"
            "e, av\xf3: \xe9");
}

TEST(Windows1252, AsciiIsTheSame) {
  std::string all;
  for (char letter = ' '; letter < 0x7f; ++letter) all += letter;
  EXPECT_EQ(to_windows1252(all).value(), all);
  EXPECT_EQ(to_windows1252("").value(), "");
}

TEST(Windows1252, Punctuation) {
  EXPECT_EQ(to_windows1252("€ – — “ ” ‘ ’ … • Ÿ").value(),
            "\x80 \x96 \x97 \x93 \x94 \x91 \x92 \x85 \x95 \x9f");
  EXPECT_EQ(to_windows1252("\u00a0\u00ff").value(), "\xa0\xff");
}

TEST(Windows1252, RefusesWhatHasNoLetter) {
  for (const std::string_view text :
       {"\u0100", "\u0081", "\u009f", "\u2603", "\U0001f600", "\n", "\t", "\x7f", "\xff", "\xc3"}) {
    const auto bytes = to_windows1252(text);
    ASSERT_FALSE(bytes.has_value());
    EXPECT_EQ(bytes.error().code, base::Code::invalid);
  }
  EXPECT_FALSE(to_windows1252(std::string_view("\0", 1)).has_value());
  EXPECT_EQ(to_windows1252("Łódź").error().message, "the letter U+0141 cannot be printed");
}

}  // namespace
}  // namespace tesseras::paper

#include "preserve/heirs/secret_base64.hpp"

#include <gtest/gtest.h>

#include <string>

namespace tesseras::heirs {
namespace {

// Held against the one for what is no secret, which has the vectors of RFC 4648.
TEST(SecretBase64, IsThatOfOtherBytes) {
  base::Bytes bytes;
  for (std::size_t size = 0; size < 300; ++size) {
    const auto text = to_secret_base64(bytes);
    EXPECT_EQ(base::as_text(text.span()), base::to_base64(bytes));
    const auto back = from_secret_base64(base::as_text(text.span()));
    ASSERT_TRUE(back) << size;
    EXPECT_TRUE(std::ranges::equal(back->span(), bytes)) << size;
    bytes.push_back(static_cast<std::byte>(size * 167 + 13));
  }
}

TEST(SecretBase64, RefusesWhatTheOtherRefuses) {
  for (const std::string_view wrong :
       {"Z", "Zg=", "Zg", "Zh==", "Zm9=", "Zg==Zg==", "====", "Zm 9v", "Zm9v\n", "=m9v"}) {
    EXPECT_FALSE(from_secret_base64(wrong)) << wrong;
  }
  // Every byte, in every place of a group, in the middle and at the end.
  for (const std::string_view whole : {"Zm9vZm9v", "Zm9vZg==", "Zm9vZm8="}) {
    for (std::size_t at = 0; at < whole.size(); ++at) {
      for (int c = 0; c < 256; ++c) {
        std::string changed(whole);
        changed[at] = static_cast<char>(c);
        const auto ours = from_secret_base64(changed);
        const auto other = base::from_base64(changed);
        ASSERT_EQ(ours.has_value(), other.has_value()) << changed;
        if (ours) {
          EXPECT_TRUE(std::ranges::equal(ours->span(), *other)) << changed;
        }
      }
    }
  }
}

}  // namespace
}  // namespace tesseras::heirs

#include "foundation/base/bytes.hpp"

#include <gtest/gtest.h>

#include "foundation/base/strong_id.hpp"

namespace tesseras::base {
namespace {

TEST(Bytes, HexGoesBothWays) {
  EXPECT_EQ(to_hex(as_bytes(std::string_view("\x00\xff\x1a", 3))), "00ff1a");
  EXPECT_EQ(array_from_hex<3>("00fF1a"), array_from_hex<3>("00ff1A"));
  EXPECT_FALSE(array_from_hex<3>("00ff1"));
  EXPECT_FALSE(array_from_hex<3>("00ff1g"));
  EXPECT_FALSE(array_from_hex<3>("00ff1a00"));
}

TEST(Bytes, StrongIdsTakeLowerCaseOnly) {
  const std::string hex(64, 'a');
  ASSERT_TRUE(ContentHash::from_hex(hex));
  EXPECT_EQ(ContentHash::from_hex(hex)->hex(), hex);
  EXPECT_FALSE(ContentHash::from_hex(std::string(64, 'A')));
  EXPECT_FALSE(ContentHash::from_hex(hex.substr(1)));
  EXPECT_FALSE(ContentHash::from_bytes(as_bytes(hex)));
}

// RFC 4648, section 10.
TEST(Bytes, Base64Vectors) {
  const std::pair<std::string_view, std::string_view> vectors[] = {{"", ""},
                                                                   {"f", "Zg=="},
                                                                   {"fo", "Zm8="},
                                                                   {"foo", "Zm9v"},
                                                                   {"foob", "Zm9vYg=="},
                                                                   {"fooba", "Zm9vYmE="},
                                                                   {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, coded] : vectors) {
    EXPECT_EQ(to_base64(as_bytes(plain)), coded);
    ASSERT_TRUE(from_base64(coded)) << coded;
    EXPECT_EQ(as_text(*from_base64(coded)), plain);
  }
}

TEST(Bytes, Base64RefusesAllElse) {
  for (const std::string_view wrong :
       {"Z", "Zg=", "Zg", "Zh==", "Zm9=", "Zg==Zg==", "====", "Zm 9v", "Zm9v\n", "=m9v"}) {
    EXPECT_FALSE(from_base64(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace tesseras::base

#include "foundation/base/text.hpp"

#include <gtest/gtest.h>

#include <array>

namespace tesseras::base {
namespace {

TEST(Text, WellFormedUtf8) {
  for (const std::string_view good : {"", "plain", "é", "語", "👪", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(is_utf8(good)) << good;
  }
}

TEST(Text, MalformedUtf8) {
  for (const std::string_view bad :
       {"\x80", "\xc0\xaf", "\xc3", "\xe0\x80\x80", "\xed\xa0\x80", "\xf0\x80\x80\x80",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "a\xe8\xaa"}) {
    EXPECT_FALSE(is_utf8(bad));
    EXPECT_TRUE(is_utf8(to_utf8_lossy(bad)));
  }
  EXPECT_EQ(to_utf8_lossy("a\xff"
                          "b"),
            "a\xef\xbf\xbd"
            "b");
}

TEST(Text, PrintableHidesControls) {
  EXPECT_EQ(to_printable("a\n\x1b[31m\tb\xc2\x9b"
                         "c"),
            "a\\n\\x1b[31m\\tb\\u009bc");
  EXPECT_EQ(to_printable("déjà vu 👪"), "déjà vu 👪");
  EXPECT_EQ(to_printable("\u202egnp.txt\u2066 \u200e\u2030 \xe2\x80"),
            "\\u202egnp.txt\\u2066 \u200e\u2030 \ufffd\ufffd");
}

TEST(Text, PercentEncodingIsCanonical) {
  const std::string name("a b/\xff\n%.jpg");
  EXPECT_EQ(percent_encode(name), "a%20b/%FF%0A%25.jpg");
  EXPECT_EQ(percent_decode("a%20b/%FF%0A%25.jpg"), name);
  for (const std::string_view bad : {"%2f", "%41", "a b", "%", "%2", "%ZZ", "%2e", "%c3"}) {
    EXPECT_FALSE(percent_decode(bad)) << bad;
  }
}

TEST(Text, NearestIsWhatWasMeant) {
  constexpr std::array<std::string_view, 4> commands = {"create", "verify", "export", "import"};
  EXPECT_EQ(nearest("creat", commands), "create");
  EXPECT_EQ(nearest("exprot", commands), "export");
  constexpr std::array<std::string_view, 2> keys = {"tags", "title"};
  EXPECT_EQ(nearest("titel", keys), "title");
  EXPECT_EQ(nearest("publish", commands), "");
  constexpr std::array<std::string_view, 2> long_keys = {"pointer_ttl_secs", "ping_failures"};
  EXPECT_EQ(nearest("pointer_ttl", long_keys), "pointer_ttl_secs");
}

TEST(Text, SizesAreRounded) {
  EXPECT_EQ(human_size(0), "0 B");
  EXPECT_EQ(human_size(1023), "1023 B");
  EXPECT_EQ(human_size(1024), "1 KB");
  EXPECT_EQ(human_size(1536), "2 KB");
  EXPECT_EQ(human_size(1024 * 1024 - 1), "1 MB");
  EXPECT_EQ(human_size(5ULL << 30U), "5 GB");
  EXPECT_EQ(human_size(3ULL << 29U), "1.5 GB");
  EXPECT_EQ(human_size((2ULL << 30U) - 1), "2 GB");
  EXPECT_EQ(human_size((23ULL << 30U) / 2), "12 GB");
  EXPECT_EQ(human_size(3ULL << 19U), "2 MB");
}

TEST(Text, CountsAgreeWithTheirNouns) {
  EXPECT_EQ(counted(1, "file"), "1 file");
  EXPECT_EQ(counted(0, "file"), "0 files");
  EXPECT_EQ(counted(2, "memory", "memories"), "2 memories");
}

}  // namespace
}  // namespace tesseras::base

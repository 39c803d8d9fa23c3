#include "preserve/tessera/syntax.hpp"

#include <gtest/gtest.h>

#include <string>

#include "preserve/tessera/paths.hpp"

namespace tesseras::tessera {
namespace {

TEST(Syntax, LanguageTags) {
  for (const char* tag : {"en", "pt-BR", "und", "zh-Hant-TW", "zh-cmn-Hans-CN", "sl-rozaj-biske",
                          "de-CH-1901", "es-419", "x-family", "en-a-myext-b-another", "de-x-ours",
                          "abcd", "qaa-Qaaa-QM-x-southern"}) {
    EXPECT_TRUE(is_language_tag(tag)) << tag;
  }
  for (const char* tag :
       {"", "e", "en-", "-en", "en--US", "en_US", "en-US-US", "x", "x-", "en-x", "en-a",
        "abcdefghi", "1n", "en-\xc3\xa9", "en ", "de-419-DE", "a-DE", "i-klingon"}) {
    EXPECT_FALSE(is_language_tag(tag)) << tag;
  }
  EXPECT_FALSE(is_language_tag("x-" + std::string(70, 'a')));
}

TEST(Syntax, MediaTypes) {
  for (const char* type :
       {"image/jpeg", "image/svg+xml", "application/vnd.a-b.c_d", "a/b", "3g/2"}) {
    EXPECT_TRUE(is_media_type(type)) << type;
  }
  for (const char* type : {"", "image", "image/", "/jpeg", "Image/jpeg", "image/jpeg;q=1", "a/b/c",
                           "text/ plain", "-a/b", "a/+b", "a/b\n"}) {
    EXPECT_FALSE(is_media_type(type)) << type;
  }
  EXPECT_TRUE(is_media_type("a/" + std::string(127, 'b')));
  EXPECT_FALSE(is_media_type("a/" + std::string(128, 'b')));
}

TEST(Syntax, Lines) {
  EXPECT_EQ(line_fault("Férias, 夏 🏖"), "");
  EXPECT_EQ(line_fault(""), "is empty");
  EXPECT_EQ(line_fault("a\xff"), "is not UTF-8");
  EXPECT_EQ(line_fault("a\tb"), "has a control character");
  EXPECT_EQ(line_fault("a\xc2\x85"), "has a control character");
  EXPECT_EQ(line_fault("a\xe2\x80\xa8"), "has a control character");
  EXPECT_EQ(line_fault("\xc2\xa0"), "");
  EXPECT_EQ(line_fault(" a"), "begins with a space");
  EXPECT_EQ(line_fault("a "), "ends with a space");
}

TEST(Syntax, Times) {
  for (const char* time : {"1999-12-31T23:59:59", "2024-02-29T00:00:00Z", "2020-01-01T10:00:00.5",
                           "2020-01-01T10:00:00.123456789-03:30", "2020-01-01T10:00:00+14:00"}) {
    EXPECT_TRUE(is_capture_time(time)) << time;
  }
  for (const char* time :
       {"", "2020-01-01", "2023-02-29T00:00:00", "2020-01-01T24:00:00", "2020-01-01T10:00:60",
        "2020-01-01T10:00:00.", "2020-01-01T10:00:00.Z", "2020-01-01T10:00:00.1234567890",
        "2020-01-01T10:00:00+24:00", "2020-01-01T10:00:00+0100", "2020-01-01 10:00:00",
        "2020-01-01T10:00:00z", "2020-01-01T10:00:00+01:60"}) {
    EXPECT_FALSE(is_capture_time(time)) << time;
  }
  EXPECT_TRUE(is_utc_time("2020-01-01T10:00:00.25Z"));
  EXPECT_FALSE(is_utc_time("2020-01-01T10:00:00"));
  EXPECT_FALSE(is_utc_time("2020-01-01T10:00:00+00:00"));
  EXPECT_TRUE(is_year("1961"));
  EXPECT_FALSE(is_year("61"));
  EXPECT_TRUE(is_year_month("1961-08"));
  EXPECT_FALSE(is_year_month("1961-13"));
  EXPECT_FALSE(is_year_month("1961-08-05"));
  EXPECT_TRUE(is_date("1961-08-05"));
  EXPECT_FALSE(is_date("1961-02-30"));
}

TEST(Paths, Faults) {
  for (const char* path : {"a", "a/b", "a%20b", "...", "a/..b", "%FF", ".a", "a%25"}) {
    EXPECT_EQ(path_fault(path), "") << path;
  }
  EXPECT_EQ(path_fault(""), "is empty");
  EXPECT_EQ(path_fault("/a"), "is absolute");
  EXPECT_EQ(path_fault("a/"), "ends with '/'");
  EXPECT_EQ(path_fault("a//b"), "has an empty component");
  EXPECT_EQ(path_fault("./a"), "has a component '.'");
  EXPECT_EQ(path_fault("a/../b"), "has a component '..'");
  EXPECT_EQ(path_fault("a/.."), "has a component '..'");
  EXPECT_EQ(path_fault("a%00"), "has a zero byte");
  EXPECT_EQ(path_fault("a%41"), "has a needless escape");
  EXPECT_EQ(path_fault("a%2Fb"), "has a needless escape");
  EXPECT_EQ(path_fault("a%c3"), "has a '%' without two upper-case hexadecimal digits");
  EXPECT_EQ(path_fault("a%2"), "has a '%' without two upper-case hexadecimal digits");
  EXPECT_EQ(path_fault("a%"), "has a '%' without two upper-case hexadecimal digits");
  EXPECT_EQ(path_fault("a\xc3"), "has a byte that must be escaped");
  EXPECT_EQ(path_fault("a\\b"), "has a byte that must be escaped");
}

TEST(Paths, Lengths) {
  EXPECT_EQ(path_fault(std::string(255, 'a')), "");
  EXPECT_EQ(path_fault(std::string(256, 'a')), "has a component over 255 bytes");
  std::string escaped;
  for (int i = 0; i < 255; ++i) escaped += "%FF";
  EXPECT_EQ(path_fault(escaped), "");
  EXPECT_EQ(path_fault(escaped + "a"), "has a component over 255 bytes");
  std::string deep;
  for (int i = 0; i < 2048; ++i) deep += "a/";
  EXPECT_EQ(path_fault(deep + "b"), "is longer than 4096 bytes");
  EXPECT_EQ(path_fault(deep.substr(2) + "bc"), "");
}

TEST(Paths, Names) {
  EXPECT_EQ(media_name("jpg"), "media.jpg");
  EXPECT_EQ(media_name("mp4", 12), "media.mp4.part-012");
  EXPECT_EQ(folder_name(base::ContentHash{}), "tessera-" + std::string(64, '0'));
  EXPECT_EQ(memory_folder(crypto::Blake3Hash{}), "memories/" + std::string(64, '0') + "/");
}

}  // namespace
}  // namespace tesseras::tessera

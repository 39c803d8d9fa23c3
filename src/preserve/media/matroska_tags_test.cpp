#include "preserve/media/matroska_tags.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "preserve/media/tag_testing.hpp"

namespace tesseras::media {
namespace {

using namespace std::string_literals;
using tessera::MediaFormat;
using ::testing::HasSubstr;

std::string of_webm(const std::string& bytes) { return doubt_of(bytes, MediaFormat::webm); }

std::string vorbis_setup(const std::string& field) {
  const auto comment = "\x03vorbis" + vorbis_comment({field}) + "\1";
  return element(0x63a2, "\2\x07"s + static_cast<char>(comment.size()) + "\x01vorbis" + comment +
                             "\x05vorbis");
}

TEST(MatroskaTags, TakesFilmsOfBrowsersAndOfPrograms) {
  EXPECT_EQ(of_webm(webm("")), "");
  EXPECT_EQ(of_webm(webm(webm_tags(webm_tag("TITLE", "Our place") + webm_tag("ENCODER", "x")))),
            "");
  EXPECT_EQ(of_webm(webm(webm_tags(webm_tag("ARTIST", "x", webm_tag("SORT_WITH", "y"))))), "");
  EXPECT_EQ(of_webm(webm(element(0xec, std::string(1000, '\0')))), "");
  EXPECT_EQ(of_webm(webm("", webm_track("A_VORBIS", 2, vorbis_setup("TITLE=x")))), "");
  EXPECT_EQ(of_webm(webm(element(0x1c53bb6b, element(0xbb, element(0xb3, "\1"))))), "");
  EXPECT_EQ(of_webm(webm(element(
                0x1f43b675,
                element(0xa0, element(0xa1, "frame") +
                                  element(0x75a1, element(0xa6, element(0xee, "\1") +
                                                                    element(0xa5, "alpha"))))))),
            "");
  const auto cluster = element(0xe7, "\1") + element(0xa3, "frame");
  const auto browser =
      webm_head() +
      unsized(0x18538067, element(0x1549a966, element(0x5741, "browser")) + webm_track() +
                              unsized(0x1f43b675, cluster) + unsized(0x1f43b675, cluster));
  EXPECT_EQ(of_webm(browser), "");
  EXPECT_EQ(of_webm(browser + webm_tags(webm_tag("TITLE", "x"))), "");
  EXPECT_EQ(of_webm(browser + browser), "");
  EXPECT_EQ(of_webm(webm("") + std::string(64, '\0')), "");
  EXPECT_THAT(of_webm(browser + webm_tags(webm_tag("GEO", "41.1"))), HasSubstr("GEO"));
}

TEST(MatroskaTags, RefusesPlacesAndWhatItDoesNotKnow) {
  EXPECT_EQ(of_webm(webm(webm_tags(webm_tag("RECORDING_LOCATION", "Porto")))),
            "its tag RECORDING_LOCATION is about a place");
  EXPECT_THAT(of_webm(webm(webm_tags(webm_tag("COORDS", "41.1")))), HasSubstr("COORDS"));
  for (const auto& bytes :
       {webm(webm_tags(webm_tag("TITLE", "x", webm_tag("GEO", "41.1")))),
        webm(webm_tags(element(0x67c8, element(0x4487, "41.1")))),
        webm(webm_tags(webm_tag("TITLE", "x", element(0x4485, "41.1")))),
        webm(webm_tags(webm_tag("TITLE", "x", element(0x45a3, "ARTIST")))),
        webm(element(0x1941a469, element(0x61a7, "41.1"))),
        webm(element(0x12345678, "41.1")),
        webm(element(0xec, "room 41.1")),
        webm("") + "41.1",
        webm("") + element(0xec, "41.1"),
        webm(element(0x1f43b675, element(0xa4, "41.1"))),
        webm(element(0x1f43b675, element(0xe7, std::string(33, '4')))),
        webm(element(0x1f43b675,
                     element(0xa0, element(0x75a1, element(0xa6, element(0xee, "\5") +
                                                                     element(0xa5, "41.1")))))),
        webm("", webm_track("S_TEXT/UTF8", 17)),
        webm("", webm_track("D_WEBVTT/METADATA", 33)),
        webm("", webm_track("V_UNKNOWN")),
        webm("", webm_track("V_VP9", 17)),
        webm("", webm_track("V_VP9", 1, element(0x6d80, ""))),
        webm("", webm_track("A_OPUS", 2, element(0x63a2, "latitude"))),
        webm("", webm_track("A_VORBIS", 2, vorbis_setup("GEO=41.1"))),
        webm("", webm_track("A_VORBIS", 2)),
        webm("", ""),
        webm_head(),
        "41.1"s,
        ""s}) {
    EXPECT_NE(of_webm(bytes), "") << testing::PrintToString(bytes);
  }
  std::string deep = webm_tag("TITLE", "x");
  for (int i = 0; i < 20; ++i) deep = webm_tag("TITLE", "x", deep);
  EXPECT_THAT(of_webm(webm(webm_tags(deep))), HasSubstr("deep"));
}

TEST(MatroskaTags, RefusesSizesThatDoNotFit) {
  const auto good = webm(webm_tags(webm_tag("TITLE", "x")));
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_NE(of_webm(good.substr(0, size)), "") << size;
  }
  EXPECT_NE(of_webm(webm_head() + unsized(0x1549a966, "")), "");
  EXPECT_NE(of_webm(webm_head() + "\x08\x53\x80\x67\x10\x81"s), "");
  EXPECT_NE(of_webm(webm_head() + "\x18\x53\x80\x67\x00"s), "");
  EXPECT_NE(of_webm(webm(element(0x1254c367, "\x73\x73\x01\0\0\0\0\0\0\x10"s))), "");
}

}  // namespace
}  // namespace tesseras::media

#include "preserve/tessera/context.hpp"

#include <gtest/gtest.h>

namespace tesseras::tessera {
namespace {

TEST(Context, IsTidied) {
  EXPECT_EQ(tidy_context("a"), "a\n");
  EXPECT_EQ(tidy_context("\xef\xbb\xbf"
                         "a\r\nb\rc\n\n \n"),
            "a\nb\nc\n");
  EXPECT_EQ(tidy_context("  a\n\n\nb"), "  a\n\n\nb\n");
  EXPECT_EQ(tidy_context(" \r\n\t"), "");
  EXPECT_EQ(tidy_context(""), "");
  EXPECT_EQ(tidy_context("\xff"), "\xef\xbf\xbd\n");
  EXPECT_EQ(tidy_context("a\r"), "a\n");
}

TEST(Context, IsJoinedWithoutRepeating) {
  const std::string texts[] = {"one", "two\n", "", "one\r\n", " \n", "three"};
  EXPECT_EQ(join_contexts(texts), "one\n\ntwo\n\nthree\n");
  EXPECT_EQ(join_contexts({}), "");
}

TEST(Context, FallsBackToNamesAndTime) {
  Meta meta;
  meta.media.file = "media.jpg";
  EXPECT_EQ(fallback_context(meta), "media.jpg\n");
  meta.sources = {source_from("2019/IMG_1.JPG"), source_from("copy/IMG_1.JPG"),
                  source_from("odd\nname.jpg")};
  EXPECT_EQ(fallback_context(meta), "IMG_1.JPG\nodd\\nname.jpg\n");
  meta.created_approximate = ApproximateDate{ApproximateDate::Kind::year, "1961"};
  EXPECT_EQ(fallback_context(meta), "IMG_1.JPG\nodd\\nname.jpg\n1961\n");
  meta.created_at = "2019-07-01T10:00:00";
  EXPECT_EQ(fallback_context(meta), "IMG_1.JPG\nodd\\nname.jpg\n2019-07-01T10:00:00\n");
}

}  // namespace
}  // namespace tesseras::tessera

#include "preserve/tessera/media_type.hpp"

#include <gtest/gtest.h>

#include <set>

#include "preserve/tessera/syntax.hpp"

namespace tesseras::tessera {
namespace {

TEST(MediaType, TableIsSoundAndTellsFormatsApart) {
  std::set<std::string_view> extensions;
  for (const MediaFormatInfo& row : all_formats()) {
    EXPECT_EQ(&info(row.format), &row);
    EXPECT_TRUE(is_extension(row.extension)) << row.name;
    EXPECT_TRUE(is_media_type(row.media_type)) << row.name;
    EXPECT_TRUE(extensions.insert(row.extension).second) << row.name;
    EXPECT_EQ(format_from(row.media_type, row.extension), row.format) << row.name;
    EXPECT_EQ(row.decode_name.empty(), row.format == MediaFormat::other);
  }
  EXPECT_EQ(all_formats().size(), 29U);
}

TEST(MediaType, TextsAreReflections) {
  EXPECT_EQ(info(MediaFormat::text).default_type, MemoryType::reflection);
  EXPECT_EQ(info(MediaFormat::markdown).default_type, MemoryType::reflection);
  EXPECT_EQ(info(MediaFormat::jpeg).default_type, MemoryType::moment);
}

TEST(MediaType, OtherFilesKeepASafeExtension) {
  EXPECT_EQ(media_extension(MediaFormat::jpeg, "exe"), "jpg");
  EXPECT_EQ(media_extension(MediaFormat::other, "DOCX"), "docx");
  EXPECT_EQ(media_extension(MediaFormat::other, "7z"), "7z");
  for (const char* unsafe : {"", "tar.gz", "a b", "../x", "abcdefghi", "\xc3\xa9"}) {
    EXPECT_EQ(media_extension(MediaFormat::other, unsafe), "bin") << unsafe;
  }
  EXPECT_EQ(format_from("application/octet-stream", "docx"), MediaFormat::other);
  EXPECT_EQ(format_from("image/jpeg", "exe"), MediaFormat::other);
}

}  // namespace
}  // namespace tesseras::tessera

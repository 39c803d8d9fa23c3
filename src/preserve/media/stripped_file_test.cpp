#include "preserve/media/stripped_file.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "preserve/media/strip.hpp"
#include "preserve/media/testing.hpp"

namespace tesseras::media {
namespace {

using tessera::MediaFormat;

std::string movie(const std::string& inside) {
  return box("ftyp", "qt  " + big(0, 4)) + box("mdat", "samples") + box("moov", inside);
}

TEST(StrippedFile, IsOnlyRead) {
  Folder folder;
  folder.write("picture", jpeg_bytes(exif_tiff({}, gps_fields())));
  folder.write("movie", movie(box("udta", box("smta", "what"))));
  for (const auto& [name, format] :
       {std::pair("picture", MediaFormat::jpeg), std::pair("movie", MediaFormat::mov)}) {
    const auto done = strip_location(runtime::posix_disk(), folder.path() / name, format);
    ASSERT_TRUE(done && done->copy) << name;
    EXPECT_FALSE(done->copy->append(base::as_bytes("x")));
    EXPECT_FALSE(done->copy->truncate(0));
    EXPECT_FALSE(done->copy->sync());
    std::byte one{};
    const auto size = done->copy->status().value().size_bytes;
    EXPECT_EQ(done->copy->read_at(size, {&one, 1}).value(), 0);
    EXPECT_EQ(done->copy->read_at(size + 1000, {&one, 1}).value(), 0);
  }
}

// What was looked at and what is read are two readings of one file.
TEST(StrippedFile, IsSeenToHaveChangedWhereTheMovieHas) {
  Folder folder;
  folder.write("movie", movie(box("udta", box("smta", "what"))));
  const auto at = folder.path() / "movie";
  const auto done = strip_location(runtime::posix_disk(), at, MediaFormat::mov);
  ASSERT_TRUE(done && done->copy);
  const auto before = done->copy->status().value();
  EXPECT_EQ(before, runtime::posix_disk().status(at).value());
  std::ofstream(at, std::ios::binary | std::ios::app) << "more";
  EXPECT_NE(done->copy->status().value(), before);
}

}  // namespace
}  // namespace tesseras::media

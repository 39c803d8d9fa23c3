#include "preserve/tessera/texts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace tesseras::tessera {
namespace {

using ::testing::ElementsAre;

std::vector<std::string_view> paths_of(const std::vector<ShippedText>& texts) {
  std::vector<std::string_view> paths;
  paths.reserve(texts.size());
  for (const ShippedText& text : texts) paths.push_back(text.path);
  return paths;
}

TEST(Texts, AreThoseOfTheSpecification) {
  const std::filesystem::path spec(TESSERAS_SOURCE_DIR "/spec");
  for (const ShippedText& text : all_texts()) {
    std::ifstream stream(spec / text.path, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
    EXPECT_TRUE(text.bytes == bytes) << text.path << " is not as built in: build again";
    EXPECT_FALSE(bytes.empty()) << text.path;
  }
  EXPECT_TRUE(std::ranges::is_sorted(all_texts(), {}, &ShippedText::path));
}

TEST(Texts, ThereIsOneForEveryFormat) {
  std::set<MediaFormat> formats;
  for (const MediaFormatInfo& row : all_formats()) formats.insert(row.format);
  std::set<std::string_view> shipped;
  for (const auto& text : texts_for(formats)) shipped.insert(text.path);
  for (const auto& text : texts_for_encrypted(true)) shipped.insert(text.path);
  shipped.insert("README.encrypted");  // which is README.decode there
  std::set<std::string_view> all;
  for (const auto& text : all_texts()) all.insert(text.path);
  EXPECT_EQ(shipped, all);
}

TEST(Texts, OfAnEncryptedTesseraSayHowToOpenItAndNothingOfWhatIsInIt) {
  const auto texts = texts_for_encrypted(false);
  EXPECT_THAT(paths_of(texts),
              ElementsAre("README.decode", "decode/encryption.txt", "decode/envelope.txt",
                          "decode/hashes.txt", "decode/signatures.txt", "decode/tar.txt",
                          "decode/text.txt"));
  auto with_witnesses = paths_of(texts);
  with_witnesses.emplace_back("decode/witnesses.txt");
  EXPECT_EQ(paths_of(texts_for_encrypted(true)), with_witnesses);
  EXPECT_NE(texts.front().bytes, texts_for({}).front().bytes);
  EXPECT_THAT(std::string(texts.front().bytes), ::testing::HasSubstr("a locked tessera"));
}

TEST(Texts, FollowTheFormatsPresent) {
  EXPECT_THAT(paths_of(decode_texts_for({})),
              ElementsAre("decode/formats.txt", "decode/hashes.txt", "decode/json.txt",
                          "decode/signatures.txt", "decode/tar.txt", "decode/text.txt"));
  EXPECT_THAT(
      paths_of(texts_for({MediaFormat::text, MediaFormat::other, MediaFormat::wav, MediaFormat::ogg,
                          MediaFormat::opus})),
      ElementsAre("README.decode", "decode/flac.txt", "decode/formats.txt", "decode/hashes.txt",
                  "decode/json.txt", "decode/ogg.txt", "decode/signatures.txt", "decode/tar.txt",
                  "decode/text.txt", "decode/wav.txt", "schema/v1.json"));
}

TEST(Texts, BringThoseTheyLeanOn) {
  EXPECT_THAT(
      paths_of(decode_texts_for({MediaFormat::avif, MediaFormat::heic})),
      ElementsAre("decode/formats.txt", "decode/hashes.txt", "decode/heif.txt", "decode/jpeg.txt",
                  "decode/json.txt", "decode/mp4.txt", "decode/signatures.txt", "decode/tar.txt",
                  "decode/text.txt", "decode/tiff.txt", "decode/webm.txt"));
  EXPECT_THAT(
      paths_of(decode_texts_for({MediaFormat::cr2})),
      ElementsAre("decode/formats.txt", "decode/hashes.txt", "decode/jpeg.txt", "decode/json.txt",
                  "decode/mp4.txt", "decode/png.txt", "decode/signatures.txt", "decode/tar.txt",
                  "decode/text.txt", "decode/tiff.txt"));
  EXPECT_EQ(decode_texts_for({MediaFormat::jpeg}).size(), decode_texts_for({}).size() + 1);
}

}  // namespace
}  // namespace tesseras::tessera

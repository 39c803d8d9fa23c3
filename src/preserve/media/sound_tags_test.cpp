// What all the formats with tags have in common, and GIF.
#include "preserve/media/sound_tags.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/base/text.hpp"
#include "preserve/media/strip.hpp"
#include "preserve/media/tag_source.hpp"
#include "preserve/media/tag_testing.hpp"

namespace tesseras::media {
namespace {

using namespace std::string_literals;
using tessera::MediaFormat;
using ::testing::HasSubstr;
using Outcome = Strip::Outcome;

std::string of_gif(const std::string& bytes) { return doubt_of(bytes, MediaFormat::gif); }

std::string application(const std::string& name, const std::string& blocks) {
  return "\x21\xff\x0b" + name + blocks + '\0';
}

// The 257 bytes that lead a reader out of the packet, before the one that ends the blocks.
std::string gif_xmp(const std::string& packet) {
  std::string trailer = "\x01";
  for (int i = 255; i >= 0; --i) trailer += static_cast<char>(i);
  return application("XMP DataXMP", packet + trailer);
}

TEST(GifTags, TakesLoopsCommentsAndColours) {
  EXPECT_EQ(of_gif(gif("")), "");
  EXPECT_EQ(of_gif(gif(application("NETSCAPE2.0", "\3\1\0\0"s))), "");
  EXPECT_EQ(of_gif(gif("\x21\xfe\x0cour location\0"s)), "");
  EXPECT_EQ(of_gif(gif("\x21\xf9\4\0\0\0\0\0"s)), "");
  EXPECT_EQ(of_gif(gif(application("ImageMagick", "\x0dgamma=0.45455"))), "");
  EXPECT_EQ(of_gif(gif(gif_xmp("<x:xmpmeta>1</x:xmpmeta>"))), "");
  EXPECT_EQ(of_gif(gif("", std::string(16, '\0'))), "");
  const auto whole = gif("");
  EXPECT_EQ(of_gif(whole.substr(0, whole.size() - 1)), "");  // only the last byte is left out
}

TEST(GifTags, RefusesPlacesAndWhatItDoesNotKnow) {
  EXPECT_EQ(of_gif(gif(application("GPS DATA1.0",
                                   "\4"
                                   "41.1"))),
            "it holds data of unknown meaning (GPS DATA1.0)");
  for (const auto& bytes :
       {gif(gif_xmp("<x exif:GPSLatitude='41'/>")), gif(application("XMP DataXMP", "\3<x>")),
        gif(application("MGK8BIM0000", "\1x")),
        gif(application("ImageMagick",
                        "\4"
                        "41.1")),
        gif("\x21\xfe\x1frdf:RDF exif:GPSLatitude='41.1'\0"s),
        gif("\x21\x42\4"
            "41.1\0"s),
        gif("\x21\xff\4"
            "41.1\0"s),
        gif("41.1"), gif("", "41.1"), gif("", gif("")), "GIF89a"s, ""s}) {
    EXPECT_NE(of_gif(bytes), "") << testing::PrintToString(bytes);
  }
  const auto whole = gif("\x21\xfe\x04home\0"s);
  for (std::size_t size = 0; size + 1 < whole.size(); ++size) {
    EXPECT_NE(of_gif(whole.substr(0, size)), "") << size;
  }
}

struct Sample {
  MediaFormat format = MediaFormat::other;
  std::string bytes;
};

// Each has "41.1" where a position would stand, in a tag of unknown meaning.
std::vector<Sample> placed() {
  return {{MediaFormat::flac, flac(flac_block(4, vorbis_comment({"COORDS=41.1"})))},
          {MediaFormat::ogg, opus({"TITLE=x", "COORDS=41.1"})},
          {MediaFormat::opus, opus({}) + opus({"COORDS=41.1"})},
          {MediaFormat::mp3, mp3(id3(id3_frame("TXXX",
                                               "\0COORDS\0"
                                               "41.1"s)))},
          {MediaFormat::mp3, mp3("", id3(id3_frame("PRIV",
                                                   "me\0"
                                                   "41.1"s)))},
          {MediaFormat::wav, wav(riff_chunk("LIST", "INFO" + riff_chunk("ICRD", "2020") +
                                                        riff_chunk("IXYZ", "41.1")))},
          {MediaFormat::wav, wav(riff_chunk("xyz ", "41.1"))},
          {MediaFormat::webm, webm(webm_tags(webm_tag("COORDS", "41.1")))},
          {MediaFormat::gif, gif(application("POSITION1.0",
                                             "\4"
                                             "41.1"))}};
}

TEST(SoundTags, ACutFileIsNeverTakenWithTheTag) {
  for (const auto& [format, bytes] : placed()) {
    EXPECT_NE(doubt_of(bytes, format), "");
    const auto tag = bytes.find("41.1");
    for (std::size_t size = tag + 1; size < bytes.size(); ++size) {
      EXPECT_NE(doubt_of(bytes.substr(0, size), format), "") << size;
    }
  }
}

TEST(SoundTags, DamageIsAnAnswerToo) {
  for (const auto& [format, bytes] : placed()) {
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      for (const char bits : {'\x01', '\x80', '\xff'}) {
        std::string bent = bytes;
        bent[at] = static_cast<char>(bent[at] ^ bits);
        EXPECT_TRUE(base::is_utf8(doubt_of(bent, format)));
      }
    }
  }
}

TEST(SoundTags, ReportTheDisksErrors) {
  for (const auto& [format, bytes] : placed()) {
    for (const std::uint64_t from : {0U, 1U, 20U}) {
      BytesFile file(bytes, from);
      const auto done = unclear_tags(file, file.size(), format);
      ASSERT_FALSE(done) << *done;
      EXPECT_EQ(done.error().code, base::Code::io);
    }
  }
  BytesFile shrunk("RIFF");
  EXPECT_NE(unclear_tags(shrunk, 1000, MediaFormat::wav).value_or(""), "");
  EXPECT_NE(doubt_of("text", MediaFormat::text), "");
}

TEST(SoundTags, NamesOfTagsAreShownSafely) {
  const auto long_name = std::string(1000, 'n');
  EXPECT_LT(
      doubt_of(flac(flac_block(4, vorbis_comment({long_name + "=x"}))), MediaFormat::flac).size(),
      100U);
  EXPECT_THAT(doubt_of(flac(flac_block(4, vorbis_comment({"\x1b[2J=x"}))), MediaFormat::flac),
              HasSubstr("\\x1b[2J"));
}

TEST(TagSource, FindsWordsAcrossTheBordersOfBlocks) {
  for (std::size_t before : {65'530U, 65'536U, 131'065U}) {
    BytesFile file(std::string(before, 'x') + "latitude" + std::string(1000, 'x'));
    TagSource source(file, file.size());
    EXPECT_FALSE(source.expect_no_place(0, file.size())) << before;
    EXPECT_TRUE(source.expect_no_place(0, before + 7));
    EXPECT_FALSE(source.is_fill(0, file.size()).value_or(true));
    EXPECT_TRUE(source.is_fill(0, before).value_or(false));
    EXPECT_FALSE(source.is_fill(0, file.size() + 1));
  }
}

TEST(StripSound, TakesTheFileAsItIsOrNotAtAll) {
  Folder folder;
  const auto outcome = [&](const Sample& one) {
    folder.write("original", one.bytes);
    const auto done = strip_location(runtime::posix_disk(), folder.path() / "original", one.format);
    if (!done) return Outcome::changed;
    EXPECT_EQ(done->copy, nullptr);
    EXPECT_EQ(done->reason.empty(), done->outcome != Outcome::refused);
    return done->outcome;
  };
  for (const auto& one : placed()) EXPECT_EQ(outcome(one), Outcome::refused);
  for (const auto& one : std::vector<Sample>{{MediaFormat::wav, wav("")},
                                             {MediaFormat::flac, flac()},
                                             {MediaFormat::mp3, mp3("")},
                                             {MediaFormat::opus, opus({})},
                                             {MediaFormat::webm, webm("")},
                                             {MediaFormat::gif, gif("")}}) {
    EXPECT_EQ(outcome(one), Outcome::unchanged);
  }
}

}  // namespace
}  // namespace tesseras::media

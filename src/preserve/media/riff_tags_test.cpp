#include "preserve/media/riff_tags.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "preserve/media/tag_testing.hpp"

namespace tesseras::media {
namespace {

using namespace std::string_literals;
using tessera::MediaFormat;

std::string of_wav(const std::string& bytes) { return doubt_of(bytes, MediaFormat::wav); }
std::string of_chunk(const std::string& type, const std::string& payload) {
  return of_wav(wav(riff_chunk(type, payload)));
}
std::string of_info(const std::string& type, const std::string& words) {
  return of_chunk("LIST", "INFO" + riff_chunk("INAM", "Our place") + riff_chunk(type, words));
}

std::string bext(const std::string& description, const std::string& umid = "",
                 const std::string& reserved = "") {
  const auto padded = [](std::string text, std::size_t size) {
    text.resize(size);
    return text;
  };
  return padded(description, 348) + padded(umid, 64) + std::string(10, '\0') +
         padded(reserved, 180) + "A=PCM,F=48000";
}

TEST(RiffTags, TakesWhatRecordersWrite) {
  EXPECT_EQ(of_wav(wav("")), "");
  EXPECT_EQ(of_info("IART", "somebody"), "");
  EXPECT_EQ(of_info("ISFT", "recorder"), "");
  EXPECT_EQ(of_chunk("bext", bext("a walk", std::string(32, 'u'))), "");
  EXPECT_EQ(of_chunk("iXML", "<BWFXML><SCENE>1</SCENE></BWFXML>\0\0"s), "");
  EXPECT_EQ(of_chunk("cue ", little(1, 4) + std::string(24, '\1')), "");
  EXPECT_EQ(of_chunk("LIST", "adtl" + riff_chunk("labl", little(1, 4) + "at home\0"s)), "");
  EXPECT_EQ(of_chunk("LIST", "exif" + riff_chunk("ever", "0220") + riff_chunk("etim", "12:00")),
            "");
  EXPECT_EQ(of_chunk("LIST", "exif" + riff_chunk("emnt", std::string(8, '\0'))), "");
  EXPECT_EQ(of_chunk("JUNK", std::string(100'000, '\0')), "");
  EXPECT_EQ(of_chunk("id3 ", id3(id3_frame("TIT2", "\0x"s)) + '\0'), "");
  EXPECT_EQ(of_chunk("DISP", little(1, 4) + "title"), "");
  EXPECT_EQ(of_chunk("_PMX", "<x:xmpmeta/>"), "");
}

TEST(RiffTags, RefusesPlacesAndWhatItDoesNotKnow) {
  EXPECT_EQ(of_chunk("olym", "41.1"), "it holds data of unknown meaning (olym)");
  EXPECT_NE(of_info("IARL", "Porto"), "");
  EXPECT_NE(of_info("ICNT", "PT"), "");
  EXPECT_NE(of_info("IGPS", "41.1"), "");
  EXPECT_NE(of_chunk("LIST", "gps " + riff_chunk("ILAT", "41.1")), "");
  EXPECT_NE(of_chunk("LIST", "INFOINAM" + little(1000, 4) + "41.1"), "");
  EXPECT_NE(of_chunk("LIST", "INFO41.1"), "");
  EXPECT_NE(of_chunk("LIST", "adtl" + riff_chunk("file", "41.1")), "");
  EXPECT_NE(of_chunk("LIST", "exif" + riff_chunk("emnt", "41.1 -8.6")), "");
  EXPECT_NE(of_chunk("LIST", ""), "");
  EXPECT_NE(of_chunk("bext", bext("sLATITUDE=41.1")), "");
  // The second half of a UMID has coordinates.
  EXPECT_NE(of_chunk("bext", bext("a walk", std::string(40, 'u') + "41.1 -8.6")), "");
  EXPECT_NE(of_chunk("bext", bext("a walk", "", "41.1")), "");
  EXPECT_NE(of_chunk("bext", "a walk"), "");
  EXPECT_NE(of_chunk("umid", std::string(32, '\1') + "2020 41.1 -8.6 PT"), "");
  EXPECT_NE(of_chunk("iXML", "<LOCATION_GPS>41.1</LOCATION_GPS>"), "");
  EXPECT_NE(of_chunk("iXML", "<\0G\0P\0S\0>\0"s), "");
  EXPECT_NE(of_chunk("axml", "<coverage><location/></coverage>"), "");
  EXPECT_NE(of_chunk("_PMX", "<rdf exif:GPSLatitude='41'/>"), "");
  EXPECT_NE(of_chunk("id3 ", id3(id3_frame("TXXX", "\0GPS\0x"s))), "");
  EXPECT_NE(of_chunk("id3 ", id3(id3_frame("TIT2", "\0x"s)) + "41.1"), "");
  EXPECT_NE(of_chunk("JUNK",
                     "\0\0\0\0"
                     "41.1"s),
            "");
  EXPECT_NE(of_chunk("DISP", little(8, 4) + "bitmap"), "");
  EXPECT_NE(of_chunk("cart", "latitude"), "");
  EXPECT_NE(of_chunk("fmt ", std::string(1000, '\1')), "");
  EXPECT_NE(of_chunk("smpl", std::string(100'000, '\1')), "");
}

TEST(RiffTags, WalksToTheEndOfTheFile) {
  EXPECT_EQ(of_wav(wav("") + std::string(100, '\0')), "");
  EXPECT_NE(of_wav(wav("") + "\0\0\0\0"
                             "41.1"s),
            "");
  EXPECT_NE(of_wav(wav("") + "41.1"), "");
  EXPECT_NE(of_wav(wav("") + "TAG" + std::string(125, 'x')), "");
  // Behind the end that the first chunk tells, and still a chunk.
  EXPECT_EQ(of_wav(wav("") + riff_chunk("LIST", "INFO" + riff_chunk("INAM", "x"))), "");
  EXPECT_NE(of_wav(wav("") + riff_chunk("LIST", "INFO" + riff_chunk("IGPS", "x"))), "");
  EXPECT_NE(of_wav("RIFF" + little(4, 4) + "WAVE"), "");
  EXPECT_NE(of_wav("RIFF" + little(4, 4) + "AVI "), "");
  EXPECT_NE(of_wav("RIFF"), "");
  EXPECT_NE(of_wav(""), "");
  const auto good = wav(riff_chunk("bext", bext("x")));
  EXPECT_NE(of_wav(good.substr(0, good.size() - 20)), "");
  // A chunk of odd size without the byte that pads it.
  EXPECT_EQ(of_wav(wav("DISP" + little(5, 4) + little(1, 4) + "t" + riff_chunk("PEAK", "x"))), "");
  EXPECT_NE(of_wav(wav("DISP" + little(5, 4) + little(1, 4) + "t" + riff_chunk("gps ", "x"))), "");
}

TEST(RiffTags, KnowsLongFilesAndThoseThatWereCutShort) {
  const auto live = [](std::uint64_t riff, std::uint64_t data, const std::string& sound,
                       const std::string& behind = "") {
    return "RIFF" + little(riff, 4) + "WAVE" + wav_format() + "data" + little(data, 4) + sound +
           behind;
  };
  EXPECT_EQ(of_wav(live(0xffffffff, 0xffffffff, "samples")), "");
  EXPECT_EQ(of_wav(live(0, 0, "samples")), "");
  EXPECT_EQ(of_wav(live(36, 0, "samples")), "");
  EXPECT_EQ(of_wav(live(36, 0, "")), "");
  EXPECT_NE(of_wav(live(0, 0, "samples", riff_chunk("iXML", "<LOCATION/>"))), "");
  EXPECT_NE(of_wav(live(100, 0, "", riff_chunk("gps ", "41.1"))), "");
  EXPECT_NE(of_wav(live(100, 100, "samples")), "");
  const auto long_file = [](std::uint64_t size, const std::string& behind) {
    return "RF64" + little(0xffffffff, 4) + "WAVE" +
           riff_chunk("ds64", little(100, 8) + little(size, 8) + std::string(12, '\0')) +
           wav_format() + "data" + little(0xffffffff, 4) + "samples." + behind;
  };
  EXPECT_EQ(of_wav(long_file(8, "")), "");
  EXPECT_EQ(of_wav(long_file(8, riff_chunk("PEAK", "x"))), "");
  EXPECT_NE(of_wav(long_file(8, riff_chunk("gps ", "41.1"))), "");
  EXPECT_NE(of_wav(long_file(80, "")), "");
  EXPECT_NE(of_wav(long_file(~0ULL, "")), "");
}

TEST(RiffTags, SoundOfOtherKindsMayHoldTags) {
  for (const int coding : {1, 3, 6, 7, 0x11, 0x31})
    EXPECT_EQ(of_wav(wav("", coding)), "") << coding;
  for (const int coding : {0, 0x50, 0x55, 0xff, 0x161, 0x674f, 0xfffe}) {
    EXPECT_NE(of_wav(wav("", coding)), "") << coding;
  }
  const auto extensible = [](std::uint64_t coding) {
    const auto all = riff_chunk("fmt ", little(0xfffe, 2) + std::string(22, '\1') +
                                            little(coding, 2) + std::string(14, '\1')) +
                     riff_chunk("data", "s");
    return "RIFF" + little(all.size() + 4, 4) + "WAVE" + all;
  };
  EXPECT_EQ(of_wav(extensible(1)), "");
  EXPECT_NE(of_wav(extensible(0x55)), "");
  EXPECT_NE(of_wav("RIFF" + little(20, 4) + "WAVE" + riff_chunk("data", "samples.")), "");
}

}  // namespace
}  // namespace tesseras::media

// MP3, with the tags before, between and behind its frames.
#include "preserve/media/id3_tags.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "preserve/media/limits.hpp"
#include "preserve/media/tag_testing.hpp"

namespace tesseras::media {
namespace {

using namespace std::string_literals;
using tessera::MediaFormat;
using ::testing::HasSubstr;

std::string of_mp3(const std::string& bytes) { return doubt_of(bytes, MediaFormat::mp3); }
std::string of_frame(const std::string& id, const std::string& body, int version = 3) {
  return of_mp3(mp3(id3(id3_frame(id, body, 0, version), version)));
}

const std::string jpeg = jpeg_bytes("");
const std::string placed_jpeg = jpeg_bytes(exif_tiff({}, gps_fields()));

std::string picture(const std::string& image) { return "\0image/jpeg\0\3\0"s + image; }

TEST(Id3Tags, TakesTheFramesOfMusic) {
  const std::vector<std::pair<std::string, std::string>> frames = {
      {"TIT2", "\0Our location"s},
      {"COMM", "\0engiTunNORM\0 00000A"s},
      {"WOAR", "http://example.org"},
      {"TXXX", "\0MusicBrainz Album Id\0x"s},
      {"TXXX", "\3replaygain_track_gain\0-3"s},
      {"TXXX", "\1\xff\xfe"s + "S\0C\0R\0I\0P\0T\0\0\0\xff\xfeL\0"s},
      {"TXXX", "\2\0A\0S\0I\0N\0\0\0x"s},
      {"UFID", "http://musicbrainz.org\0id"s},
      {"PRIV", "WM/Provider\0A\0M\0G\0"s},
      {"PRIV", "XMP\0<x:xmpmeta><xmp:CreateDate>2020</xmp:CreateDate></x:xmpmeta>"s},
      {"APIC", picture(jpeg)},
      {"MCDI", "disc"},
      {"CHAP", "c1\0"s + std::string(16, '\0') + id3_frame("TIT2", "\0One"s)},
      {"CTOC", "toc\0\3\1c1\0"s + id3_frame("TIT2", "\0One"s)},
      {"TCMP", "\0001"s},
      {"TDRC", ""}};
  std::string all;
  for (const auto& [id, body] : frames) {
    EXPECT_EQ(of_frame(id, body), "") << id;
    all += id3_frame(id, body);
  }
  EXPECT_EQ(of_mp3(mp3(id3(all + std::string(1000, '\0')))), "");
  EXPECT_EQ(of_frame("TT2", "\0title"s, 2), "");
  EXPECT_EQ(of_frame("PIC", "\0JPG\3\0"s + jpeg, 2), "");
}

TEST(Id3Tags, RefusesPlacesAndWhatItDoesNotKnow) {
  EXPECT_EQ(of_frame("TXXX",
                     "\0GPS\0"
                     "41.1"s),
            "its tag GPS is about a place");
  EXPECT_THAT(of_frame("TXXX",
                       "\3coordinates\0"
                       "41.1"s),
              HasSubstr("unknown meaning"));
  const auto wide =
      "\1\xff\xfeG\0P\0S\0\0\0\xff\xfe"
      "4\0"s;
  EXPECT_EQ(of_frame("TXXX", wide), "its tag GPS is about a place");
  const std::vector<std::pair<std::string, std::string>> frames = {
      {"TXXX",
       "\0\0"
       "41.1"s},
      {"TXXX", "\4title\0x"s},
      {"TXXX", "\2\0t\0i\0t\0l\0\xe9\0\0"s},
      {"PRIV",
       "me\0"
       "41.1"s},
      {"PRIV", "XMP\0<exif:GPSLatitude>41</exif:GPSLatitude>"s},
      {"PRIV", "XMP\0<\0x\0>\0"s},
      {"GEOB",
       "\0text/plain\0a\0b\0"
       "41.1"s},
      {"UFID",
       "me\0"
       "41.1"s},
      {"UFID", "http://musicbrainz.org\0"s + std::string(65, 'x')},
      {"APIC", picture(placed_jpeg)},
      {"APIC", picture("41.1")},
      {"APIC", "\0-->\0\3\0http://example.org/41.1"s},
      {"COMR", "x"},
      {"LINK", "x"},
      {"AENC", "x"},
      {"TGEO",
       "\0"
       "41.1"s},
      {"XGPS", "41.1"},
      {"CHAP", "c1\0"s + std::string(16, '\0') +
                   id3_frame("PRIV",
                             "me\0"
                             "41"s)},
      {"CHAP", "c1\0"s + std::string(16, '\0') +
                   id3_frame("CHAP", "c2\0"s + std::string(16, '\0') + id3_frame("TIT2", "\0x"s))},
      {"CHAP", "c1\0"s},
      {"tit2", "\0x"s}};
  for (const auto& [id, body] : frames) EXPECT_NE(of_frame(id, body), "") << id << body;
  EXPECT_NE(of_frame("GEO", "\0x"s, 2), "");
  EXPECT_NE(of_frame("TXX",
                     "\0GPS\0"
                     "41"s,
                     2),
            "");
  EXPECT_NE(of_frame("TT2\1", "x", 2), "");
}

TEST(Id3Tags, RefusesWhatItCannotLookInto) {
  const auto title = "\0title"s;
  EXPECT_NE(of_mp3(mp3(id3(id3_frame("TIT2", title, 0x80)))), "");
  EXPECT_NE(of_mp3(mp3(id3(id3_frame("TIT2", title, 0x40)))), "");
  EXPECT_NE(of_mp3(mp3(id3(id3_frame("TIT2", title, 0x08, 4), 4))), "");
  EXPECT_NE(of_mp3(mp3(id3(id3_frame("TIT2", title, 0x04, 4), 4))), "");
  EXPECT_NE(of_mp3(mp3(id3(id3_frame("TT2", title, 0, 2), 2, 0x40))), "");
  EXPECT_NE(of_mp3(mp3(id3(id3_frame("TIT2", title), 5))), "");
  EXPECT_NE(of_mp3(mp3(id3(id3_frame("TIT2", title), 3, 0x10))), "");
  EXPECT_NE(of_mp3(mp3(id3(id3_frame("TIT2", title) + "\0\0\0room"s))), "");
  EXPECT_NE(of_mp3(mp3(id3("TIT2" + big(1000, 4) + "\0\0title"s))), "");
  EXPECT_NE(of_mp3(mp3(id3("41.1"))), "");
  EXPECT_NE(of_mp3(mp3("ID3\3\0\0\xff\0\0\x04"
                       "41.1"s)),
            "");
  std::string many;
  for (std::size_t i = 0; i <= Limits::tags_in_file_max; ++i) many += id3_frame("TIT2", "");
  EXPECT_NE(of_mp3(mp3(id3(many))), "");
}

TEST(Id3Tags, FollowsTheWaysOfEachVersion) {
  const auto title = "\0title"s;
  const auto bad = id3_frame("TXXX",
                             "\0GPS\0"
                             "41"s,
                             0, 4);
  // A length of its own, a group, stuffing, a footer, an extended header.
  EXPECT_EQ(of_mp3(mp3(id3(id3_frame("TIT2", synchsafe(6) + title, 0x01, 4), 4))), "");
  EXPECT_EQ(of_mp3(mp3(id3(id3_frame("TXXX", "g\0title\0x"s, 0x40, 4), 4))), "");
  EXPECT_EQ(of_mp3(mp3(id3(id3_frame("TXXX", "g\0title\0x"s, 0x20)))), "");
  EXPECT_EQ(of_mp3(mp3(id3(id3_frame("TXXX", "\1\xff\0\xfet\0i\0t\0l\0e\0\0\0"s, 0x02, 4), 4))),
            "");
  EXPECT_EQ(of_mp3(mp3(id3("TXXX" + big(15, 4) + "\0\0\1\xff\0\xfet\0i\0t\0l\0e\0\0\0"s, 3, 0x80))),
            "");
  const auto frames = id3_frame("TIT2", title, 0, 4);
  const auto footed = id3(frames, 4, 0x10);
  EXPECT_EQ(of_mp3(mp3(footed + "3DI" + footed.substr(3, 7))), "");
  EXPECT_EQ(of_mp3(mp3(id3(synchsafe(6) + "\1\0"s + frames, 4, 0x40))), "");
  EXPECT_EQ(of_mp3(mp3(id3(big(6, 4) + "\0\0\0\0\0\0"s + id3_frame("TIT2", title), 3, 0x40))), "");
  EXPECT_NE(of_mp3(mp3(footed + "3DIx" + footed.substr(4, 6))), "");
  EXPECT_NE(of_mp3(mp3(id3(synchsafe(6) + "\1\0"s + bad, 4, 0x40))), "");
  EXPECT_NE(of_mp3(mp3(id3(synchsafe(600) + "\1\0"s + bad, 4, 0x40))), "");
  // A size that some programs write as in 2.3.
  const auto plain = "TIT2" + big(200, 4) + "\0\0\0"s + std::string(199, 'x');
  EXPECT_EQ(of_mp3(mp3(id3(plain + frames, 4))), "");
  EXPECT_NE(of_mp3(mp3(id3(plain + bad, 4))), "");
}

std::string ape(const std::string& key, const std::string& value, unsigned kind = 0,
                unsigned flags = 0xa0000000U) {
  const auto item = little(value.size(), 4) + little(kind << 1, 4) + key + '\0' + value;
  const auto head = [&](unsigned what) {
    return "APETAGEX" + little(2000, 4) + little(item.size() + 32, 4) + little(1, 4) +
           little(what, 4) + std::string(8, '\0');
  };
  return head(flags) + item + head(0x80000000U);
}

TEST(Mp3Tags, ReadsTheTagsBehindTheSound) {
  const auto behind = [](const std::string& tags) { return of_mp3(mp3("", tags)); };
  const auto old = "TAG" + std::string(125, 'x');
  EXPECT_EQ(behind(""), "");
  EXPECT_EQ(behind(old), "");
  EXPECT_EQ(behind("TAG+" + std::string(223, 'x') + old), "");
  EXPECT_EQ(behind(ape("Title", "x") + old), "");
  EXPECT_EQ(behind(ape("MP3GAIN_MINMAX", "089,154")), "");
  EXPECT_EQ(behind(ape("Cover Art (Front)", "c.jpg\0"s + jpeg, 1)), "");
  EXPECT_EQ(behind("LYRICSBEGININD0000200LYR00004home000034LYRICS200" + old), "");
  EXPECT_EQ(behind("LYRICSBEGINwe went home LYRICSEND" + old), "");
  EXPECT_EQ(behind(id3(id3_frame("TIT2", "\0x"s, 0, 4), 4)), "");
  EXPECT_EQ(behind(std::string(5000, '\0')), "");
  EXPECT_NE(behind(ape("Location", "Porto")), "");
  EXPECT_NE(behind(ape("COORDS", "41.1") + old), "");
  EXPECT_NE(behind(ape("Title", "41.1", 1)), "");
  EXPECT_NE(behind(ape("Record Location", "Porto")), "");
  EXPECT_NE(behind(ape("Cover Art (Front)", "c.jpg\0"s + placed_jpeg, 1)), "");
  EXPECT_NE(behind(ape("Title", "x", 0, 0x80000000U)), "");  // the first version has no beginning
  EXPECT_NE(behind(ape("Title", "x").substr(0, 60)), "");
  EXPECT_NE(behind("LYRICSBEGINGPS0000441.1000034LYRICS200"), "");
  EXPECT_NE(behind("LYRICSBEGIN" + std::string(6000, 'x')), "");
  EXPECT_NE(behind(id3(id3_frame("PRIV",
                                 "me\0"
                                 "41"s))),
            "");
  EXPECT_NE(behind(old.substr(0, 100)), "");
  EXPECT_NE(behind(mp3(id3(id3_frame("TXXX",
                                     "\0GEO\0"
                                     "41"s)))),
            "");  // joined files
  EXPECT_EQ(behind(old + mp3(id3(id3_frame("TIT2", "\0x"s)))), "");
}

TEST(Mp3Tags, OnlyTheRestOfACutFrameLiesInTheSound) {
  const auto cut = mp3_frame().substr(100);
  EXPECT_EQ(of_mp3(cut + mp3("")), "");
  EXPECT_EQ(of_mp3(mp3("") + cut + mp3("")), "");
  EXPECT_EQ(of_mp3(mp3("", mp3_frame().substr(0, 300))), "");
  EXPECT_NE(of_mp3(mp3("", "41.1 -8.6")), "");
  EXPECT_NE(of_mp3(mp3("", "41.1 -8.6TAG" + std::string(125, 'x'))), "");
  EXPECT_NE(of_mp3(mp3("", mp3_frame().substr(0, 300) + std::string(300, 'x'))), "");
  EXPECT_NE(of_mp3(mp3("", mp3_frame().substr(0, 300) + "latitude")), "");
  EXPECT_NE(of_mp3(mp3("", "latitude 41.1")), "");
  EXPECT_NE(of_mp3("<location>" + mp3("")), "");
  EXPECT_NE(of_mp3(mp3("", std::string(5000, 'x'))), "");
  EXPECT_NE(of_mp3(std::string(500, 'x')), "");
  EXPECT_NE(of_mp3(id3(id3_frame("TIT2", "\0x"s))), "");
  EXPECT_NE(of_mp3(std::string(500, '\0')), "");
  EXPECT_NE(of_mp3(""), "");
  std::string gaps;
  for (std::size_t i = 0; i <= Limits::sound_gaps_max; ++i) gaps += mp3("", "xxxx");
  EXPECT_NE(of_mp3(gaps), "");
}

}  // namespace
}  // namespace tesseras::media

// FLAC and Ogg.
#include "preserve/media/vorbis_tags.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "preserve/media/tag_names.hpp"
#include "preserve/media/tag_testing.hpp"

namespace tesseras::media {
namespace {

using namespace std::string_literals;
using tessera::MediaFormat;
using ::testing::HasSubstr;

std::string base64(const std::string& bytes) { return base::to_base64(base::as_bytes(bytes)); }

std::string of_comment(const std::vector<std::string>& fields) {
  return doubt_of(flac(flac_block(4, vorbis_comment(fields))), MediaFormat::flac);
}

const std::string jpeg = jpeg_bytes("");
const std::string placed_jpeg = jpeg_bytes(exif_tiff({}, gps_fields()));
const std::string dated_jpeg =
    jpeg_bytes(exif_tiff({text_field(0x9003, "2019:09:22 14:31:03")}, {}));

TEST(VorbisTags, TakesWhatSaysWhoAndWhat) {
  EXPECT_EQ(of_comment({}), "");
  EXPECT_EQ(of_comment({"TITLE=Our location", "artist=Geo", "Album Artist=B", "ALBUM_ARTIST=C",
                        "MUSICBRAINZ_ALBUMID=1", "RELEASECOUNTRY=PT", "REPLAYGAIN_TRACK_GAIN=-3 dB",
                        "R128_TRACK_GAIN=0", "CHAPTER001NAME=One", "encoder=Lavf",
                        "METADATA_BLOCK_PICTURE=" + base64(flac_picture(jpeg)),
                        "COVERART=" + base64(jpeg), "COVERARTMIME=image/jpeg"}),
            "");
}

TEST(VorbisTags, RefusesPlacesAndWhatItDoesNotKnow) {
  EXPECT_EQ(of_comment({"TITLE=x", "LOCATION=Porto"}), "its tag LOCATION is about a place");
  EXPECT_EQ(of_comment({"location=Porto"}), "its tag location is about a place");
  EXPECT_EQ(of_comment({"GEO=41.1,-8.6"}), "its tag GEO is about a place");
  EXPECT_EQ(of_comment({"COORDS=41.1,-8.6"}), "it has a tag of unknown meaning (COORDS)");
  for (const auto* field :
       {"LAT=41", "", "=41", "LOC ATION=Porto", "MUSICBRAINZ_LOCATION=Porto", "RATING GPS=1",
        "CHAPTER=1", "CHAPTER1PLACE=1", "COUNTRY=PT", "RECORDINGLOCATION=Porto",
        "COVERART=no base64!", "METADATA_BLOCK_PICTURE=AAAA"}) {
    EXPECT_NE(of_comment({field}), "") << field;
  }
  EXPECT_NE(
      doubt_of(flac(flac_block(4, vorbis_comment({}, "made at latitude 41"))), MediaFormat::flac),
      "");
  EXPECT_NE(of_comment({"COVERART=" + base64(placed_jpeg)}), "");
  EXPECT_NE(of_comment({"METADATA_BLOCK_PICTURE=" + base64(flac_picture(placed_jpeg))}), "");
}

TEST(VorbisTags, NothingStandsBehindTheLastComment) {
  const auto comment = vorbis_comment({"TITLE=x"});
  const auto check = [](const std::string& bytes) {
    return check_vorbis_comment(base::as_bytes(bytes)).has_value();
  };
  EXPECT_TRUE(check(comment + "\1"));
  EXPECT_TRUE(check(comment + "\1\0\0\0"s));
  EXPECT_FALSE(check(comment + "\1GEO=41.1"));
  EXPECT_FALSE(check(comment + "41.1"));
  EXPECT_FALSE(check(big(0, 4) + little(0xffffffff, 4)));
  for (std::size_t size = 0; size < comment.size(); ++size) {
    EXPECT_FALSE(check(comment.substr(0, size))) << size;
  }
}

TEST(Covers, AreLookedThroughAsPicturesAre) {
  const auto of_picture = [](const std::string& picture) {
    return doubt_of(flac(flac_block(6, flac_picture(picture))), MediaFormat::flac);
  };
  EXPECT_EQ(of_picture(""), "");
  EXPECT_EQ(of_picture(jpeg), "");
  EXPECT_EQ(of_picture(dated_jpeg), "");
  EXPECT_EQ(of_picture(placed_jpeg), "a picture in it says where it was made");
  EXPECT_NE(of_picture(jpeg + "41.1"), "");
  EXPECT_NE(of_picture(jpeg_bytes("", xmp_packet("exif:GPSLatitude=\"41,46.02N\""))), "");
  EXPECT_NE(of_picture(jpeg.substr(0, 20)), "");
  EXPECT_NE(of_picture("BM....41.1"), "");
  auto linked = flac_picture("http://example.org/41.1/-8.6.jpg");
  linked.replace(4, 14, big(3, 4) + "-->");
  EXPECT_NE(doubt_of(flac(flac_block(6, linked)), MediaFormat::flac), "");
  EXPECT_NE(doubt_of(flac(flac_block(6, flac_picture(jpeg) + "41.1")), MediaFormat::flac), "");
}

TEST(FlacTags, KnowsEveryBlock) {
  const auto of = [](int type, const std::string& payload) {
    return doubt_of(flac(flac_block(type, payload)), MediaFormat::flac);
  };
  EXPECT_EQ(of(1, std::string(4096, '\0')), "");
  EXPECT_EQ(of(3, std::string(36, '\x12')), "");
  EXPECT_EQ(of(2, "riff" + riff_chunk("fmt ", std::string(16, '\1'))), "");
  EXPECT_EQ(of(2, "riff" + riff_chunk("LIST", "INFO" + riff_chunk("INAM", "title"))), "");
  EXPECT_EQ(of(2, "riffRIFF" + little(99, 4) + "WAVE"), "");
  EXPECT_EQ(of(2, "riffdata" + little(99, 4)), "");
  EXPECT_EQ(of(5, std::string(395, '\0') + "\1"s + std::string(35, '\0') + "\0"s), "");
  EXPECT_NE(of(1, "room 41.1"), "");
  EXPECT_NE(of(2, "GPS 41.1"), "");
  EXPECT_NE(of(2, "riff" + riff_chunk("gps ", "41.1")), "");
  EXPECT_NE(of(2, "riff" + riff_chunk("LIST", "INFO" + riff_chunk("IARL", "Porto"))), "");
  EXPECT_NE(of(2, "riff" + riff_chunk("fmt ", std::string(16, '\1')) + "behind"), "");
  EXPECT_NE(of(2, "aiffCOMM"), "");
  EXPECT_NE(of(3, "41.1"), "");
  EXPECT_NE(of(5, std::string(200, '\0') + "41.1" + std::string(300, '\0')), "");
  EXPECT_NE(of(7, "41.1"), "");
  EXPECT_NE(of(126, ""), "");
  EXPECT_NE(of(4, vorbis_comment({}).substr(1)), "");
}

TEST(FlacTags, FollowsTheFramesToTheEnd) {
  const auto sound = flac_frame(0) + flac_frame(1, std::string(70'000, 's')) + flac_frame(2);
  EXPECT_EQ(doubt_of(flac("", sound), MediaFormat::flac), "");
  EXPECT_EQ(doubt_of(id3(id3_frame("TIT2", "\0t"s)) + flac("", sound), MediaFormat::flac), "");
  EXPECT_EQ(doubt_of(flac("", sound + "TAG" + std::string(125, 'x')), MediaFormat::flac), "");
  EXPECT_EQ(doubt_of(flac("", ""), MediaFormat::flac), "");
  EXPECT_NE(doubt_of(id3(id3_frame("TXXX", "\0GPS\0"s)) + flac(), MediaFormat::flac), "");
  EXPECT_NE(doubt_of(flac("", sound + "41.1 -8.6"), MediaFormat::flac), "");
  EXPECT_NE(doubt_of(flac("", sound + id3(id3_frame("PRIV", "me\0x"s))), MediaFormat::flac), "");
  EXPECT_NE(doubt_of(flac("", flac_frame(0) + "41.1" + flac_frame(1)), MediaFormat::flac), "");
  EXPECT_NE(doubt_of(flac("", "41.1"), MediaFormat::flac), "");
  EXPECT_NE(doubt_of("fLaC", MediaFormat::flac), "");
  EXPECT_NE(doubt_of("OggS", MediaFormat::flac), "");
  auto damaged = flac("", sound);
  damaged[damaged.size() - 5] = '?';
  EXPECT_NE(doubt_of(damaged, MediaFormat::flac), "");
}

std::string of_ogg(const std::string& bytes) { return doubt_of(bytes, MediaFormat::ogg); }

TEST(OggTags, ReadsTheCommentsOfEachCodec) {
  const auto with = [](const std::string& field) {
    const auto comment = vorbis_comment({field});
    return std::vector<std::string>{
        opus({field}),
        ogg_page(2, 1, {"\x01vorbis" + std::string(23, '\1')}) +
            ogg_page(0, 1, {"\x03vorbis" + comment + "\1", "\x05vorbis"}) + ogg_page(4, 1, {"s"}),
        ogg_page(2, 1, {"Speex   " + std::string(72, '\0')}) + ogg_page(0, 1, {comment}),
        ogg_page(2, 1,
                 {"\x7f"
                  "FLAC\1\0\0\1fLaC"s +
                  flac_block(0, std::string(34, '\1'))}) +
            ogg_page(0, 1, {flac_block(4, comment, true)}) + ogg_page(4, 1, {"s"}),
        ogg_page(2, 9, {"\x80theora"}) + ogg_page(2, 1, {"OpusHead"}) +
            ogg_page(0, 1, {"OpusTags" + vorbis_comment({})}) +
            ogg_page(0, 9, {"\x81theora" + comment, "\x82theora"}),
        ogg_page(2, 3, {"fishead\0"s}) + opus({field}) +
            ogg_page(4, 3, {"fisbone\0Role: main"s, ""}),
        opus({"TITLE=first"}) + opus({field}),
        opus({"TITLE=first"}, 4) + opus({field}, 5)};
  };
  for (const auto& bytes : with("TITLE=x")) EXPECT_EQ(of_ogg(bytes), "");
  for (const auto& bytes : with("GEO=41.1")) EXPECT_THAT(of_ogg(bytes), HasSubstr("GEO"));
  for (const auto& bytes : with("COORDS=41.1")) EXPECT_THAT(of_ogg(bytes), HasSubstr("COORDS"));
}

TEST(OggTags, PutsPacketsTogetherAcrossPages) {
  const auto spread = [](const std::string& field) {
    const auto tags = "OpusTags" + vorbis_comment({"TITLE=" + std::string(600, 'x'), field});
    auto first = ogg_page(0, 7, {tags.substr(0, 510)});
    first[26] = '\2';        // two steps of 255, and no end:
    first.erase(27 + 2, 1);  // without the step of 0
    return ogg_page(2, 7, {"OpusHead"}) + first + ogg_page(1, 7, {tags.substr(510)});
  };
  EXPECT_EQ(of_ogg(spread("ARTIST=x")), "");
  EXPECT_THAT(of_ogg(spread("GEO=41.1")), HasSubstr("GEO"));
}

TEST(OggTags, RefusesWhatItDoesNotKnow) {
  const auto good = opus({"TITLE=x"});
  EXPECT_EQ(of_ogg(good + std::string(100, '\0')), "");
  EXPECT_EQ(of_ogg(opus({"TITLE=x"}, 7, std::string(300, '\0'))), "");
  EXPECT_NE(of_ogg(good + "41.1"), "");
  EXPECT_NE(of_ogg("41.1" + good), "");
  EXPECT_NE(of_ogg(""), "");
  EXPECT_NE(of_ogg(opus({"TITLE=x"}, 7, "41.1")), "");
  EXPECT_NE(of_ogg(ogg_page(2, 1, {"text/x-positions"}) + ogg_page(0, 1, {"41.1"})), "");
  EXPECT_NE(of_ogg(good + ogg_page(0, 8, {"41.1"})), "");  // a stream without a beginning
  EXPECT_NE(of_ogg(ogg_page(2, 1, {"OpusHead"})), "");     // no comments at all
  EXPECT_NE(of_ogg(ogg_page(2, 1, {"OpusHead"}) + good), "");
  EXPECT_NE(of_ogg(ogg_page(2, 1, {"OpusHead"}) + ogg_page(0, 1, {"GEO=41.1"})), "");
  EXPECT_NE(of_ogg(ogg_page(2, 1, {"OpusHead"}) + ogg_page(1, 1, {"OpusTags"})), "");
  EXPECT_NE(of_ogg(ogg_page(2, 3, {"fishead\0"s}) + ogg_page(0, 3, {"fisbone\0Geo: 41"s})), "");
  EXPECT_NE(of_ogg(ogg_page(2, 3, {"fishead\0"s}) + ogg_page(0, 3, {"GEO=41"})), "");
  EXPECT_NE(of_ogg(ogg_page(2, 1, {"Speex   " + std::string(60, '\0') + little(1, 4)})), "");
  auto many = good;
  for (int serial = 100; serial < 200; ++serial) many += ogg_page(2, serial, {"OpusHead"});
  EXPECT_NE(of_ogg(many), "");
  std::string chain;
  for (int serial = 100; serial < 200; ++serial) chain += opus({"TITLE=x"}, serial);
  EXPECT_EQ(of_ogg(chain), "");
}

TEST(OggTags, APacketWithoutAnEndDoesNotTakeAllMemory) {
  std::string endless = ogg_page(2, 7, {"OpusHead"});
  auto page = ogg_page(1, 7, {std::string(254 * 255, 'x')});
  page[26] = '\xfe';
  page.erase(27 + 254, 1);
  auto first = page;
  first[5] = '\0';
  endless += first;
  while (endless.size() < (17U << 20U)) endless += page;
  EXPECT_THAT(of_ogg(endless), HasSubstr("too large"));
}

TEST(TagNames, AreOneHoweverTheyAreWritten) {
  for (const auto* name :
       {"title", "TITLE", "Album Artist", "album_artist", "ALBUMARTIST",
        "MusicBrainz Album Release Country", "iTunNORM", "CHAPTER01", "Chapter01URL",
        "replaygain_album_peak", "_STATISTICS_TAGS", "lyrics-eng"}) {
    EXPECT_TRUE(is_harmless_tag(name)) << name;
  }
  for (const auto* name :
       {"", " ", "LOCATION", "RECORDING_LOCATION", "COMPOSITION_LOCATION", "COMPOSER_NATIONALITY",
        "ADDRESS", "COUNTRY", "GPS", "titles", "titl", "chapter", "chapterurl", "GPSLatitude",
        "iTunLocation", "venue", "city", "coordinates", "xyz"}) {
    EXPECT_FALSE(is_harmless_tag(name)) << name;
  }
}

}  // namespace
}  // namespace tesseras::media

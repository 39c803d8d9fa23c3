#include "preserve/media/quicktime.hpp"

#include <gtest/gtest.h>

#include "preserve/media/quicktime_text.hpp"
#include "preserve/media/testing.hpp"

namespace tesseras::media {
namespace {

QuickTime read(const std::string& bytes) {
  BytesFile file(bytes);
  const auto found = read_quicktime(file, file.size());
  EXPECT_TRUE(found);
  return found.value_or(QuickTime{});
}

std::string movie(const std::string& inside) {
  return box("ftyp", "qt  " + big(0, 4)) + box("moov", inside) + box("mdat", "samples");
}

std::string header(std::uint64_t created, bool wide = false) {
  return box("mvhd", wide ? big(1, 1) + big(0, 3) + big(created, 8) + std::string(96, '\0')
                          : big(0, 4) + big(created, 4) + std::string(92, '\0'));
}

std::string track(const std::string& handler, const std::string& description = "") {
  return box("trak", box("mdia", box("hdlr", big(0, 4) + "mhlr" + handler + big(0, 12)) +
                                     box("minf", box("hdlr", big(0, 4) + "dhlralis" + big(0, 12)) +
                                                     box("stbl", box("stsd", description)))));
}

std::string international(const std::string& text) {
  return big(text.size(), 2) + big(0x15c7, 2) + text;
}

// Apple's metadata: keys by name, values in the same order.
std::string keyed(const std::vector<std::pair<std::string, std::string>>& values) {
  std::string keys = big(0, 4) + big(values.size(), 4);
  std::string list;
  std::uint64_t index = 0;
  for (const auto& [key, value] : values) {
    keys += box("mdta", key);
    list += box(big(++index, 4), box("data", big(1, 4) + big(0, 4) + value));
  }
  return box("meta",
             box("hdlr", big(0, 8) + "mdta" + big(0, 12)) + box("keys", keys) + box("ilst", list));
}

TEST(Iso6709, HasThreeForms) {
  const auto near = [](std::string_view text, double latitude, double longitude) {
    const auto at = parse_iso6709(text);
    ASSERT_TRUE(at) << text;
    EXPECT_NEAR(at->latitude, latitude, 1e-9) << text;
    EXPECT_NEAR(at->longitude, longitude, 1e-9) << text;
  };
  near("+41.7670-008.5840+012.3/", 41.767, -8.584);
  near("+41.7670-008.5840/", 41.767, -8.584);
  near("-4130+00815.5/", -41.5, 8 + 15.5 / 60);
  near("+413030.6-0083502.4/", 41 + 30.0 / 60 + 30.6 / 3600, -(8 + 35.0 / 60 + 2.4 / 3600));
  near("+41-008", 41, -8);
  for (const auto* text : {"", "/", "41.7-8.5", "+41.7", "+1-008", "+41.7-08.5/", "+4160-00800/",
                           "+91-008/", "+41-181/", "+00.0000+000.0000/", "+41.-", "+-",
                           "+41.76700000000000000000000000000000000000-008/", "+41.7,-008.5"}) {
    EXPECT_FALSE(parse_iso6709(text)) << text;
  }
}

TEST(QuickTime, TellsTheTimeInUtc) {
  // 2019-09-22T12:31:03Z
  EXPECT_EQ(to_text(*read(movie(header(3652000263))).created_utc), "2019-09-22T12:31:03Z");
  EXPECT_EQ(to_text(*read(movie(header(3652000263, true))).created_utc), "2019-09-22T12:31:03Z");
  for (const std::uint64_t never : {0ULL, 100ULL, 2082844800ULL, 2082844900ULL}) {
    EXPECT_FALSE(read(movie(header(never))).created_utc) << never;
  }
  EXPECT_FALSE(read(movie(header(~0ULL, true))).created_utc);
}

TEST(QuickTime, ReadsApplesMetadata) {
  const auto found =
      read(movie(header(3652000263) + track("vide") + track("soun") +
                 keyed({{"com.apple.quicktime.make", "Apple"},
                        {"com.apple.quicktime.location.ISO6709", "+41.7670-008.5840+012.3/"},
                        {"com.apple.quicktime.creationdate", "2019-09-22T14:31:03+0200"},
                        {"com.apple.quicktime.description", "No po\xc3\xa7o"}})));
  EXPECT_TRUE(found.has_movie && found.has_video && found.has_sound);
  EXPECT_EQ(to_text(*found.created), "2019-09-22T14:31:03+02:00");
  EXPECT_EQ(found.position, (Coordinates{41.767, -8.584}));
  EXPECT_EQ(found.description, "No po\xc3\xa7o");
  ASSERT_EQ(found.position_boxes.size(), 1U);
  EXPECT_TRUE(found.position_boxes[0].certain);
  EXPECT_EQ(found.unclear, "");
}

TEST(QuickTime, ReadsUserData) {
  const auto found = read(movie(
      box("udta", box("\251xyz", international("+41.7670-008.5840/")) +
                      box("\251day", international("2019-09-22T14:31:03+02:00")) +
                      box("\251des", international("words")) + box("smta", "?") + big(0, 4))));
  EXPECT_EQ(found.position, (Coordinates{41.767, -8.584}));
  EXPECT_EQ(to_text(*found.created), "2019-09-22T14:31:03+02:00");
  EXPECT_EQ(found.description, "words");
  ASSERT_EQ(found.position_boxes.size(), 2U);
  EXPECT_TRUE(found.position_boxes[0].certain);
  EXPECT_FALSE(found.position_boxes[1].certain);
  EXPECT_EQ(found.position_boxes[1].name, "data of unknown meaning (smta)");
}

TEST(QuickTime, Reads3gppPlaces) {
  const auto loci = [](const std::string& name) {
    return read(movie(box(
        "udta", box("loci", big(0, 4) + big(0x15c7, 2) + name + big(0, 1) + big(0xfff76a80, 4) +
                                big(0x0029c49c, 4) + big(0, 4) + std::string("earth\0\0", 7)))));
  };
  for (const auto& name : {std::string("Minho\0", 6), std::string("\xfe\xff\0M\0\0", 6)}) {
    const auto found = loci(name);
    ASSERT_TRUE(found.position);
    EXPECT_NEAR(found.position->latitude, 41.768, 1e-3);
    EXPECT_NEAR(found.position->longitude, -8.584, 1e-3);
    EXPECT_EQ(found.position_boxes.size(), 1U);
  }
  EXPECT_FALSE(loci("no end").position);
}

TEST(QuickTime, SaysWhenAPositionMayHideElsewhere) {
  EXPECT_EQ(read(movie(track("vide") + track("tmcd"))).unclear, "");
  const std::string sample_key = big(0, 4) + big(1, 4) + big(80, 4) + "mebx" + big(0, 8);
  EXPECT_EQ(
      read(movie(track("meta", sample_key + "com.apple.quicktime.video-orientation"))).unclear, "");
  EXPECT_NE(read(movie(track("meta", sample_key + "com.apple.quicktime.location.ISO6709"))).unclear,
            "");
  EXPECT_NE(read(movie(track("camm", big(0, 16)))).unclear, "");
  EXPECT_NE(read(movie(track("meta"))).unclear, "");
  EXPECT_NE(read(movie(box("gps ", "12345678"))).unclear, "");
  EXPECT_NE(read(movie("") + box("gps ", "")).unclear, "");
  EXPECT_NE(read(movie(box("cmov", ""))).unclear, "");
  EXPECT_NE(read(movie(big(100, 4) + "udta")).unclear, "");
  EXPECT_NE(read(movie("") + box("uuid", std::string(16, 'x'))).unclear, "");
  const std::string xmp = "\xbe\x7a\xcf\xcb\x97\xa9\x42\xe8\x9c\x71\x99\x94\x91\xe3\xaf\xac";
  EXPECT_TRUE(read(movie("") + box("uuid", xmp + "<x/>")).position_boxes.empty());
  EXPECT_EQ(read(movie("") + box("uuid", xmp + "exif:GPSLatitude")).position_boxes.size(), 1U);
}

TEST(QuickTime, SurvivesNonsense) {
  const std::string whole =
      movie(header(3652000263) + track("vide") +
            keyed({{"com.apple.quicktime.location.ISO6709", "+41.7670-008.5840/"}}) +
            box("udta", box("\251xyz", international("+41.7670-008.5840/"))));
  for (std::size_t size = 0; size < whole.size(); ++size) read(whole.substr(0, size));
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const char value : {'\0', '\x01', '\x7f', '\xff'}) {
      std::string bent = whole;
      bent[at] = value;
      read(bent);
    }
  }
  std::string many;
  for (int i = 0; i < 30'000; ++i) many += box("free", "");
  EXPECT_NE(read(many).unclear, "");
  std::string nested;
  for (int i = 0; i < 1000; ++i) nested = box("stbl", nested);
  read(movie(box("trak", nested)));
}

TEST(QuickTime, AFailingDiskIsAnError) {
  BytesFile file(movie(header(1)), 40);
  EXPECT_FALSE(read_quicktime(file, file.size()));
}

}  // namespace
}  // namespace tesseras::media

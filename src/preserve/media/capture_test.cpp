#include "preserve/media/capture.hpp"

#include <gtest/gtest.h>

#include "preserve/media/image_capture.hpp"
#include "preserve/media/testing.hpp"

namespace tesseras::media {
namespace {

using tessera::MediaFormat;

Capture capture_of(const std::string& bytes, MediaFormat format = MediaFormat::jpeg) {
  BytesFile file(bytes);
  const auto capture = read_capture(file, file.size(), format);
  EXPECT_TRUE(capture) << capture.error().message;
  return capture.value_or(Capture{});
}

std::string time_of(const Capture& capture) {
  return capture.time ? to_text(capture.time->time) : "unknown";
}

TEST(ExifTime, IsToldAsItIsStated) {
  const auto text = [](auto time, auto fraction, auto offset) {
    const auto parsed = parse_exif_time(time, fraction, offset);
    return parsed ? to_text(*parsed) : "unknown";
  };
  EXPECT_EQ(text("2008:10:22 16:28:39", "", ""), "2008-10-22T16:28:39");
  EXPECT_EQ(text("2008:10:22 16:28:39", "050", "+02:00"), "2008-10-22T16:28:39.050+02:00");
  EXPECT_EQ(text("2008-10-22 16:28:39", "ab", "+2"), "2008-10-22T16:28:39");
  EXPECT_EQ(text("2008/10/22 16:28:39", "", "Z"), "2008-10-22T16:28:39Z");
  for (const auto* time :
       {"", "0000:00:00 00:00:00", "    :  :     :  :  ", "1970:01:01 00:00:00",
        "1904:01:01 00:00:00", "2008:02:30 10:00:00", "2008:10:22 25:00:00", "2008:10:22",
        "2008:10:22 16:28:39Z", "0000:01:01 00:00:00", "2008.10.22 16:28:39"}) {
    EXPECT_EQ(text(time, "", ""), "unknown") << time;
  }
}

TEST(XmpAngle, HasMinutesOrSeconds) {
  EXPECT_NEAR(*parse_xmp_angle("41,46.02N", 'N', 'S'), 41.767, 1e-9);
  EXPECT_NEAR(*parse_xmp_angle("8,35,2.4W", 'E', 'W'), -8.584, 1e-9);
  EXPECT_NEAR(*parse_xmp_angle("8.5W", 'E', 'W'), -8.5, 1e-9);
  for (const auto* text : {"", "N", "41,46.02", "41,46.02E", "41;46N", "41,61N", "-41,46N", "41,N",
                           "1,2,3,4N", "nanN", "infN", "41, 46N"}) {
    EXPECT_FALSE(parse_xmp_angle(text, 'N', 'S')) << text;
  }
}

TEST(Capture, ReadsExif) {
  const auto found =
      capture_of(jpeg_bytes(exif_tiff({text_field(0x9003, "2019:09:22 14:31:03"),
                                       text_field(0x9011, "+02:00"), text_field(0x9291, "12")},
                                      gps_fields(), {text_field(0x010e, "At the well")})));
  EXPECT_TRUE(found.readable);
  EXPECT_EQ(time_of(found), "2019-09-22T14:31:03.12+02:00");
  EXPECT_EQ(found.time->source, Origin::exif);
  ASSERT_TRUE(found.position);
  EXPECT_NEAR(found.position->at.latitude, 43.46744, 1e-5);
  EXPECT_NEAR(found.position->at.longitude, 11.88511, 1e-5);
  EXPECT_EQ(found.caption, "At the well");
  EXPECT_TRUE(found.has_place);
}

TEST(Capture, ReadsXmpWhereExifSaysNothing) {
  const auto found = capture_of(jpeg_bytes(
      "", xmp_packet("exif:DateTimeOriginal=\"2015-08-05T14:32:11+01:00\" "
                     "exif:GPSLatitude=\"41,46.02N\" exif:GPSLongitude=\"8,35.04W\"",
                     "<dc:description><rdf:Alt><rdf:li xml:lang=\"x-default\">No po\xc3\xa7o"
                     "</rdf:li></rdf:Alt></dc:description>")));
  EXPECT_EQ(time_of(found), "2015-08-05T14:32:11+01:00");
  EXPECT_EQ(found.time->source, Origin::xmp);
  ASSERT_TRUE(found.position);
  EXPECT_NEAR(found.position->at.longitude, -8.584, 1e-9);
  EXPECT_EQ(found.position->source, Origin::xmp);
  EXPECT_EQ(found.caption, "No po\xc3\xa7o");
}

TEST(Capture, PrefersTheMomentOfTheShutterToLaterOnes) {
  // DateTime (0x0132) is when a program wrote the file, DateTimeDigitized (0x9004) a scan.
  const auto written = text_field(0x0132, "2020:01:02 03:04:05");
  EXPECT_EQ(time_of(capture_of(jpeg_bytes(exif_tiff({}, {}, {written})))), "unknown");
  const auto digitized = text_field(0x9004, "2010:01:02 03:04:05");
  EXPECT_EQ(time_of(capture_of(jpeg_bytes(exif_tiff({digitized}, {}, {written})))),
            "2010-01-02T03:04:05");
  EXPECT_EQ(time_of(capture_of(
                jpeg_bytes(exif_tiff({text_field(0x9003, "1999:01:02 03:04:05"), digitized}, {})))),
            "1999-01-02T03:04:05");
  EXPECT_EQ(
      time_of(capture_of(jpeg_bytes(exif_tiff({text_field(0x9003, "0000:00:00 00:00:00")}, {}),
                                    xmp_packet("photoshop:DateCreated=\"1974-06-02T15:30:00\"")))),
      "1974-06-02T15:30:00");
}

TEST(Capture, APositionThatIsNotKnownIsNone) {
  const auto position = [](const std::vector<Field>& gps) {
    const auto found = capture_of(jpeg_bytes(exif_tiff({}, gps)));
    EXPECT_TRUE(found.has_place);
    return found.position;
  };
  EXPECT_TRUE(position(gps_fields()));
  auto gps = gps_fields();
  gps.push_back(text_field(9, "V"));
  EXPECT_FALSE(position(gps)) << "no fix";
  gps = gps_fields();
  gps.erase(gps.begin());
  EXPECT_FALSE(position(gps)) << "no reference";
  gps = gps_fields();
  gps[0] = text_field(1, "X");
  EXPECT_FALSE(position(gps));
  gps = gps_fields();
  gps[1] = rational_field(2, {91, 1, 0, 1, 0, 1});
  EXPECT_FALSE(position(gps));
  gps[1] = rational_field(2, {43, 0, 28, 1, 0, 1});
  EXPECT_FALSE(position(gps));
  gps[1] = rational_field(2, {43, 1, 61, 1, 0, 1});
  EXPECT_FALSE(position(gps));
  gps[1] = rational_field(2, {43, 1, 5, 0, 0, 1});
  EXPECT_FALSE(position(gps));
  gps[1] = rational_field(2, {0, 0, 0, 0, 0, 0});
  EXPECT_FALSE(position(gps));
  gps[1] = rational_field(2, {0, 1, 0, 1, 0, 1});
  gps[3] = rational_field(4, {0, 1, 0, 1, 0, 1});
  EXPECT_FALSE(position(gps)) << "zeros of a device without a fix";
}

TEST(Capture, LeftOutSecondsAreZero) {
  auto gps = gps_fields();
  gps[1] = rational_field(2, {43, 1, 30, 1, 0, 0});
  gps[0] = text_field(1, "S");
  const auto found = capture_of(jpeg_bytes(exif_tiff({}, gps)));
  ASSERT_TRUE(found.position);
  EXPECT_NEAR(found.position->at.latitude, -43.5, 1e-9);
}

TEST(Capture, ACamerasOwnWordsAreNoCaption) {
  for (const auto* words : {"OLYMPUS DIGITAL CAMERA         ", "SONY DSC", "\xe4\xf6", ""}) {
    EXPECT_EQ(capture_of(jpeg_bytes(exif_tiff({}, {}, {text_field(0x010e, words)}))).caption, "")
        << words;
  }
  for (const auto* words : {"Sunset in hdr", "My first Digital Camera"}) {
    EXPECT_EQ(capture_of(jpeg_bytes(exif_tiff({}, {}, {text_field(0x010e, words)}))).caption,
              words);
  }
}

TEST(Capture, DamageIsUnknownAndNoError) {
  const std::string whole =
      jpeg_bytes(exif_tiff({text_field(0x9003, "2019:09:22 14:31:03")}, gps_fields()),
                 xmp_packet("exif:GPSLatitude=\"41,46.02N\""));
  for (std::size_t size = 0; size < whole.size(); size += 7) capture_of(whole.substr(0, size));
  for (std::size_t at = 0; at < whole.size(); at += 3) {
    std::string bent = whole;
    bent[at] = static_cast<char>(~bent[at]);
    for (const auto format : {MediaFormat::jpeg, MediaFormat::tiff, MediaFormat::heic}) {
      capture_of(bent, format);
    }
  }
  EXPECT_FALSE(capture_of("no picture", MediaFormat::heic).readable);
}

TEST(Capture, AFailingDiskIsAnError) {
  const std::string whole = jpeg_bytes(exif_tiff({text_field(0x9003, "2019:09:22 14:31:03")}, {}));
  BytesFile file(whole, 20);
  const auto found = read_capture(file, file.size(), MediaFormat::jpeg);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, base::Code::io);
}

TEST(Capture, FormatsWithoutMetadataSayNothing) {
  EXPECT_EQ(capture_of("words", MediaFormat::text), Capture{});
}

struct Sample {
  const char* name;
  MediaFormat format;
  const char* time;
  double latitude, longitude;  // 0 when unknown
};

class CaptureOfSample : public ::testing::TestWithParam<Sample> {};

TEST_P(CaptureOfSample, IsKnown) {
  const std::string bytes = sample(GetParam().name);
  if (bytes.empty()) GTEST_SKIP() << "the shared samples are absent";
  const auto found = capture_of(bytes, GetParam().format);
  EXPECT_TRUE(found.readable);
  EXPECT_EQ(time_of(found), GetParam().time);
  EXPECT_EQ(found.position.has_value(), GetParam().latitude != 0);
  if (found.position) {
    EXPECT_NEAR(found.position->at.latitude, GetParam().latitude, 1e-4);
    EXPECT_NEAR(found.position->at.longitude, GetParam().longitude, 1e-4);
  }
}

INSTANTIATE_TEST_SUITE_P(
    , CaptureOfSample,
    ::testing::Values(
        Sample{"DSCN0010.jpg", MediaFormat::jpeg, "2008-10-22T16:28:39", 43.46745, 11.88513},
        Sample{"DSCN0012.jpg", MediaFormat::jpeg, "2008-10-22T16:29:49", 43.46716, 11.88540},
        Sample{"Nikon_D70.jpg", MediaFormat::jpeg, "2008-03-15T09:52:01", 0, 0},
        Sample{"canon-ixus.jpg", MediaFormat::jpeg, "2001-06-09T15:17:32", 0, 0},
        Sample{"samplefilehub.heif", MediaFormat::heic, "unknown", 0, 0}));

}  // namespace
}  // namespace tesseras::media

#include "preserve/media/strip.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "preserve/media/capture.hpp"
#include "preserve/media/image_ranges.hpp"
#include "preserve/media/strip_image.hpp"
#include "preserve/media/testing.hpp"

namespace tesseras::media {
namespace {

using namespace std::string_literals;
using tessera::MediaFormat;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Outcome = Strip::Outcome;

struct Stripped {
  Strip strip;
  std::string copy;  // what is read through it; empty when there is none
};

// Read in pieces that end nowhere in particular.
std::string whole(runtime::File& file) {
  std::string bytes;
  std::string piece(4099, '\0');
  for (;;) {
    const auto got =
        file.read_at(bytes.size(), std::as_writable_bytes(std::span(piece.data(), piece.size())))
            .value_or(0);
    if (got == 0) break;
    bytes.append(piece, 0, got);
  }
  EXPECT_EQ(file.status().value().size_bytes, bytes.size());
  return bytes;
}

Stripped strip(const std::string& bytes, MediaFormat format) {
  Folder folder;
  folder.write("original", bytes);
  const auto done = strip_location(runtime::posix_disk(), folder.path() / "original", format);
  EXPECT_TRUE(done) << done.error().message;
  Stripped result{done.value_or(Strip{}), {}};
  EXPECT_EQ(result.strip.copy != nullptr, result.strip.outcome == Outcome::changed);
  EXPECT_EQ(result.strip.reason.empty(), result.strip.outcome != Outcome::refused);
  EXPECT_EQ(result.strip.changes.empty(), result.strip.outcome != Outcome::changed);
  if (result.strip.copy != nullptr) result.copy = whole(*result.strip.copy);
  // Beside the original nothing was ever written.
  const std::filesystem::directory_iterator files(folder.path());
  EXPECT_EQ(std::distance(begin(files), end(files)), 1);
  return result;
}

Capture capture_of(const std::string& bytes, MediaFormat format) {
  BytesFile file(bytes);
  return read_capture(file, file.size(), format).value_or(Capture{});
}

// The picture of the copy is that of the original, and no place is left.
void expect_clean(const std::string& original, const Stripped& done, MediaFormat format) {
  ASSERT_EQ(done.strip.outcome, Outcome::changed) << done.strip.reason;
  const auto capture = capture_of(done.copy, format);
  EXPECT_TRUE(capture.readable);
  EXPECT_FALSE(capture.has_place);
  EXPECT_FALSE(capture.position);
  const auto was = base::as_bytes(original), is = base::as_bytes(done.copy);
  const auto before = find_picture(was, format), after = find_picture(is, format);
  ASSERT_TRUE(before && after);
  EXPECT_TRUE(same_picture(was, *before, is, *after));
}

const std::vector<Field> when = {text_field(0x9003, "2019:09:22 14:31:03")};

std::string chunk(const std::string& type, const std::string& data) {
  std::uint32_t crc = ~0U;
  for (const char c : type + data) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1U) != 0 ? 0xedb88320U : 0U);
  }
  return big(data.size(), 4) + type + data + big(~crc, 4);
}

std::string png_with(const std::string& chunks) {
  return "\x89PNG\r\n\x1a\n"s + chunk("IHDR", big(1, 4) + big(1, 4) + "\x08\0\0\0\0"s) + chunks +
         chunk("IDAT", "\x78\x01\x63\x60\0\0\0\x02\0\x01"s) + chunk("IEND", "");
}

std::string png(const std::string& tiff) { return png_with(chunk("eXIf", tiff)); }

// A profile as ImageMagick writes it: its bytes in hexadecimal.
std::string raw_profile(const std::string& type, const std::string& bytes) {
  std::string hex;
  for (const char c : bytes) hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return chunk("tEXt", "Raw profile type " + type + '\0' +
                           fmt::format("\n{}\n{:8}\n{}\n", type, bytes.size(), hex));
}

std::string webp(const std::string& tiff, const std::string& second = "") {
  const auto part = [](const std::string& type, const std::string& data) {
    return type + little(data.size(), 4) + data + (data.size() % 2 != 0 ? "\0"s : ""s);
  };
  const std::string chunks = part("VP8X", "\x08\0\0\0\0\0\0\0\0\0"s) +
                             part("VP8L", "\x2f\0\0\0\0\x88\x88\x08"s) + part("EXIF", tiff) +
                             (second.empty() ? "" : part("EXIF", second));
  return "RIFF" + little(chunks.size() + 4, 4) + "WEBP" + chunks;
}

TEST(StripImage, TakesThePositionOutAndLeavesTheRest) {
  const auto original = jpeg_bytes(exif_tiff(when, gps_fields()));
  const auto done = strip(original, MediaFormat::jpeg);
  expect_clean(original, done, MediaFormat::jpeg);
  EXPECT_THAT(done.strip.changes, ElementsAre("position removed from EXIF"));
  EXPECT_TRUE(capture_of(done.copy, MediaFormat::jpeg).time);
}

TEST(StripImage, WorksForPngAndWebp) {
  for (const auto& [bytes, format] :
       {std::pair{png(exif_tiff(when, gps_fields())), MediaFormat::png},
        {webp(exif_tiff(when, gps_fields())), MediaFormat::webp}}) {
    ASSERT_TRUE(capture_of(bytes, format).position);
    const auto done = strip(bytes, format);
    expect_clean(bytes, done, format);
    EXPECT_TRUE(capture_of(done.copy, format).time);
  }
}

TEST(StripImage, WorksForTiff) {
  // One strip of four bytes behind the header.
  const std::vector<Field> picture = {
      {0x100, 3, 1, little(2, 2)}, {0x101, 3, 1, little(2, 2)}, {0x102, 3, 1, little(8, 2)},
      {0x103, 3, 1, little(1, 2)}, {0x106, 3, 1, little(1, 2)}, {0x111, 4, 1, little(0, 4)},
      {0x115, 3, 1, little(1, 2)}, {0x116, 3, 1, little(2, 2)}, {0x117, 4, 1, little(4, 4)}};
  auto fields = picture;
  const auto size = exif_tiff(when, gps_fields(), fields).size();
  fields[5].value = little(size, 4);
  const auto original = exif_tiff(when, gps_fields(), fields) + "\x01\x02\x03\x04";
  ASSERT_TRUE(capture_of(original, MediaFormat::tiff).position);
  expect_clean(original, strip(original, MediaFormat::tiff), MediaFormat::tiff);
}

TEST(StripImage, TakesPlacesOutOfXmp) {
  const auto original = jpeg_bytes(
      exif_tiff(when, {}),
      xmp_packet("exif:GPSLatitude=\"41,46.02N\" exif:GPSLongitude=\"8,35.04W\" "
                 "photoshop:City=\"Porto\" photoshop:DateCreated=\"2019-09-22T14:31:03\""));
  const auto done = strip(original, MediaFormat::jpeg);
  expect_clean(original, done, MediaFormat::jpeg);
  EXPECT_THAT(done.strip.changes, ElementsAre("place removed from XMP"));
  EXPECT_THAT(done.copy, Not(HasSubstr("Porto")));
  EXPECT_THAT(done.copy, HasSubstr("DateCreated"));
}

TEST(StripImage, AMakerNoteThatNobodyReadsGoesAsAWhole) {
  auto fields = when;
  fields.push_back({0x927c, 7, 12, "41.77N 8.58W"});
  const auto original = jpeg_bytes(exif_tiff(fields, {}));
  const auto done = strip(original, MediaFormat::jpeg);
  expect_clean(original, done, MediaFormat::jpeg);
  EXPECT_THAT(done.copy, Not(HasSubstr("41.77N")));
  fields.back() = {0x927c, 7, 14, "Apple iOS\0\0\1MM"s};
  EXPECT_EQ(strip(jpeg_bytes(exif_tiff(fields, {})), MediaFormat::jpeg).strip.outcome,
            Outcome::unchanged);
}

TEST(StripImage, LeavesAFileWithoutAPositionAlone) {
  const auto plain = jpeg_bytes(exif_tiff(when, {}));
  EXPECT_EQ(strip(plain, MediaFormat::jpeg).strip.outcome, Outcome::unchanged);
  EXPECT_EQ(strip(jpeg_bytes(""), MediaFormat::jpeg).strip.outcome, Outcome::unchanged);
  EXPECT_EQ(strip(plain + "\0\0\0"s, MediaFormat::jpeg).strip.outcome, Outcome::unchanged);
}

TEST(StripImage, RefusesWhatItCannotBeCertainOf) {
  const auto plain = jpeg_bytes(exif_tiff(when, {}));
  const auto placed = jpeg_bytes(exif_tiff(when, gps_fields()));
  const auto refused = [](const std::string& bytes, MediaFormat format) {
    return strip(bytes, format).strip.outcome == Outcome::refused;
  };
  EXPECT_TRUE(refused(plain + placed, MediaFormat::jpeg)) << "a second picture behind the first";
  EXPECT_TRUE(refused(placed + box("ftyp", "mp42") + "....", MediaFormat::jpeg)) << "motion photo";
  EXPECT_TRUE(refused(placed.substr(0, placed.size() - 2), MediaFormat::jpeg)) << "no end";
  EXPECT_TRUE(refused("\xff\xd8\xff", MediaFormat::jpeg));
  EXPECT_TRUE(refused("", MediaFormat::jpeg));
  EXPECT_TRUE(refused("no picture", MediaFormat::png));
  EXPECT_TRUE(refused(exif_tiff(when, gps_fields()), MediaFormat::dng)) << "not to be edited";
  EXPECT_TRUE(refused("no picture", MediaFormat::heic));
  EXPECT_TRUE(refused("%PDF-1.7", MediaFormat::pdf));
  EXPECT_TRUE(refused("anything", MediaFormat::other));
}

// What the metadata library passes by is not what nobody reads.
TEST(StripImage, RefusesMetadataThatIsReadByOthersOnly) {
  const auto clean = exif_tiff(when, {}), placed = exif_tiff(when, gps_fields());
  const auto exif = "Exif\0\0"s;
  const std::string xmp_id = "http://ns.adobe.com/xap/1.0/\0"s;
  const auto resource = [](const std::string& number, const std::string& bytes) {
    return "Photoshop 3.0\0"s + "8BIM" + number + "\0\0"s + big(bytes.size(), 4) + bytes;
  };
  const std::string iptc = resource("\4\4", "\x1c\2\x5a\0\5Porto"s + "\0"s);
  for (const auto& parts :
       {segment('\xe1', exif + placed) + segment('\xe1', exif + placed),
        segment('\xe1', exif + clean) + segment('\xe1', exif + placed),
        segment('\xe1', exif + "II*\0 damaged"s),
        segment('\xe1', exif + clean + "\xff\xd8\xff\xe1"s + exif + placed),
        segment('\xe1', xmp_id + xmp_packet("xmp:Rating=\"1\"")) +
            segment('\xe1', xmp_id + xmp_packet("exif:GPSLongitude=\"8,35.04W\"")),
        segment('\xe1', xmp_id + "\0<\0x"s),
        segment('\xe1', "http://ns.adobe.com/xmp/extension/\0"s + "GUID"),
        segment('\xe2', "FPXR\0"s + placed), segment('\xe3', "Meta\0\0"s + placed),
        segment('\xe5', "JVCX" + placed), segment('\xeb', "JP\0\1"s), segment('\xec', "GPS 41.77"),
        segment('\xfe', exif + placed), segment('\xed', resource("\4\x22", placed)),
        segment('\xed', iptc + iptc) + segment('\xed', iptc)}) {
    const auto jpeg = jpeg_bytes("");
    const auto done = strip(jpeg.substr(0, 2) + parts + jpeg.substr(2), MediaFormat::jpeg);
    EXPECT_EQ(done.strip.outcome, Outcome::refused) << testing::PrintToString(parts);
    // Between the scans is no better place than before them.
    const auto late = strip(jpeg.substr(0, jpeg.size() - 2) + segment('\xe3', placed) + "\xff\xd9",
                            MediaFormat::jpeg);
    EXPECT_EQ(late.strip.outcome, Outcome::refused);
  }
  for (const auto& parts :
       {raw_profile("exif", placed), raw_profile("APP1", placed), raw_profile("8bim", "x"),
        chunk("eXIf", clean) + chunk("eXIf", placed), chunk("eXIf", "II*\0 damaged"s),
        chunk("eXIf", clean) + raw_profile("exif", exif + placed),
        chunk("tEXt",
              "exif:GPSLatitude\0"
              "41/1"s),
        chunk("zTXt", "Unknown\0\0zzz"s), chunk("iTXt", "Unknown\0\1\0\0\0zzz"s),
        chunk("caBX", "exif:GPSLatitude"), chunk("prVW", placed)}) {
    EXPECT_EQ(strip(png_with(parts), MediaFormat::png).strip.outcome, Outcome::refused)
        << testing::PrintToString(parts);
  }
  EXPECT_EQ(strip(png(clean) + placed, MediaFormat::png).strip.outcome, Outcome::refused);
  EXPECT_EQ(strip(png(clean) + "notes", MediaFormat::png).strip.outcome, Outcome::refused);
  EXPECT_EQ(strip(webp(clean, placed), MediaFormat::webp).strip.outcome, Outcome::refused);
  EXPECT_EQ(strip(webp(placed, placed), MediaFormat::webp).strip.outcome, Outcome::refused);
  EXPECT_EQ(strip(webp(clean) + placed, MediaFormat::webp).strip.outcome, Outcome::refused);
}

TEST(StripImage, TakesWhatOthersHaveThatIsKnown) {
  const auto jpeg = jpeg_bytes(exif_tiff(when, {}));
  const auto head = jpeg.substr(0, 2), rest = jpeg.substr(2);
  const auto gain_map = jpeg_bytes("", xmp_packet("xmp:HDRGainMapVersion=\"65536\""));
  for (const auto& bytes :
       {head + segment('\xe0', "JFIF\0\1\2\0\0\1\0\1\0\0"s) + rest,
        head + segment('\xe2', "MPF\0MM\0*\0\0\0\x08"s) + rest + gain_map,
        head + segment('\xe2', "ICC_PROFILE\0\1\1"s + big(132, 4) + std::string(128, 0)) + rest,
        head + segment('\xee', "Adobe") + rest,
        head + segment('\xfe', "our favourite location") + rest}) {
    EXPECT_EQ(strip(bytes, MediaFormat::jpeg).strip.reason, "") << testing::PrintToString(bytes);
  }
  const auto words = chunk("tEXt", "Title\0Our location in Porto"s) +
                     chunk("tEXt", "Software\0gimp"s) +
                     chunk("zTXt",
                           "Comment\0\0\x78\1\1\1\0\xfe\xff"
                           "a\0\x62\0\x62"s);
  EXPECT_EQ(strip(png_with(words), MediaFormat::png).strip.reason, "");
  const auto done = strip(
      png_with(raw_profile("exif", "Exif\0\0"s + exif_tiff(when, gps_fields()))), MediaFormat::png);
  ASSERT_EQ(done.strip.outcome, Outcome::changed) << done.strip.reason;
  EXPECT_FALSE(capture_of(done.copy, MediaFormat::png).has_place);
}

TEST(StripImage, CutsOffWhatAPhoneNotesBehindThePicture) {
  const auto plain = jpeg_bytes(exif_tiff(when, {}));
  const auto placed = jpeg_bytes(exif_tiff(when, gps_fields()));
  const std::string notes = "MCC_Data268SEFH\1\0\0\0SEFT"s;
  const auto done = strip(plain + notes, MediaFormat::jpeg);
  EXPECT_THAT(done.strip.changes, ElementsAre("the phone's notes behind the picture removed"));
  EXPECT_EQ(done.copy, plain);
  const auto both = strip(placed + notes, MediaFormat::jpeg);
  expect_clean(placed, both, MediaFormat::jpeg);
  EXPECT_EQ(both.strip.changes.size(), 2U);
  EXPECT_EQ(strip(plain + box("ftyp", "mp42") + notes, MediaFormat::jpeg).strip.outcome,
            Outcome::refused);
  EXPECT_EQ(strip(plain + "notes", MediaFormat::jpeg).strip.outcome, Outcome::refused);
}

TEST(StripImage, DamageNeverMakesABadCopy) {
  const auto whole = jpeg_bytes(exif_tiff(when, gps_fields()), xmp_packet("photoshop:City=\"P\""));
  for (std::size_t at = 0; at < whole.size(); at += 5) {
    std::string bent = whole;
    bent[at] = static_cast<char>(bent[at] ^ 0x15);
    const auto bytes = base::as_bytes(bent);
    const auto done = strip_image(bytes, MediaFormat::jpeg);
    if (done.strip.outcome != Outcome::changed) continue;
    EXPECT_FALSE(capture_of(std::string(base::as_text(done.bytes)), MediaFormat::jpeg).has_place);
  }
}

TEST(StripImage, WorksOnTheSamples) {
  const std::string photo = sample("DSCN0010.jpg");
  if (photo.empty()) GTEST_SKIP() << "the shared samples are absent";
  const auto done = strip(photo, MediaFormat::jpeg);
  expect_clean(photo, done, MediaFormat::jpeg);
  EXPECT_THAT(done.strip.changes, Contains("position removed from EXIF"));
  for (const auto* name : {"Nikon_D70.jpg", "canon-ixus.jpg", "fujifilm-dx10.jpg",
                           "olympus-c960.jpg", "polaroid_ion230.jpg", "image00971.jpg"}) {
    EXPECT_NE(strip(sample(name), MediaFormat::jpeg).strip.outcome, Outcome::refused) << name;
  }
  EXPECT_EQ(strip(sample("samplefilehub.heif"), MediaFormat::heic).strip.outcome,
            Outcome::unchanged);
}

std::string movie(const std::string& inside) {
  return box("ftyp", "qt  " + big(0, 4)) + box("mdat", "samples") + box("moov", inside);
}

TEST(StripMovie, BlanksPositionsWhereTheyStand) {
  const std::string text = "+41.7670-008.5840/";
  const auto original = movie(
      box("udta", box("\251xyz", big(text.size(), 2) + big(0x15c7, 2) + text) +
                      box("smta", "what") + box("\251nam", big(5, 2) + big(0x15c7, 2) + "title")));
  const auto done = strip(original, MediaFormat::mov);
  ASSERT_EQ(done.strip.outcome, Outcome::changed) << done.strip.reason;
  EXPECT_THAT(done.strip.changes, ElementsAre("position removed from QuickTime \xc2\xa9xyz",
                                              "data of unknown meaning (smta) removed"));
  EXPECT_EQ(done.copy.size(), original.size());
  EXPECT_THAT(done.copy, Not(HasSubstr("41.767")));
  EXPECT_THAT(done.copy, Not(HasSubstr("what")));
  EXPECT_THAT(done.copy, HasSubstr("title"));
  EXPECT_FALSE(capture_of(done.copy, MediaFormat::mov).has_place);
  EXPECT_EQ(strip(done.copy, MediaFormat::mov).strip.outcome, Outcome::unchanged);
}

TEST(StripMovie, ReachesAcrossTheBlocksOfALargeFile) {
  const std::string text = "+41.7670-008.5840/";
  const auto place = box("udta", box("\251xyz", big(text.size(), 2) + big(0x15c7, 2) + text));
  // The place lies on the border of the first mebibyte.
  const std::string before = box("ftyp", "qt  " + big(0, 4));
  for (std::size_t shift = 0; shift < 60; shift += 7) {
    const auto original =
        before + box("mdat", std::string((1 << 20) - 70 + shift, 's')) + box("moov", place);
    const auto done = strip(original, MediaFormat::mp4);
    ASSERT_EQ(done.strip.outcome, Outcome::changed);
    EXPECT_EQ(done.copy.substr(0, (1 << 20) - 100), original.substr(0, (1 << 20) - 100));
    EXPECT_FALSE(capture_of(done.copy, MediaFormat::mp4).has_place);
  }
}

TEST(StripMovie, LooksIntoTheFragmentsToo) {
  const std::string text = "+41.7670-008.5840/";
  const auto place = box("udta", box("\251xyz", big(text.size(), 2) + big(0x15c7, 2) + text));
  const auto fragmented = [](const std::string& inside) {
    return movie("") + box("moof", box("mfhd", big(0, 8)) + inside) + box("mdat", "samples");
  };
  const auto header = box("tfhd", big(0, 8));
  for (const auto& inside : {place, box("traf", header + place)}) {
    const auto done = strip(fragmented(inside), MediaFormat::mp4);
    ASSERT_EQ(done.strip.outcome, Outcome::changed) << done.strip.reason;
    EXPECT_THAT(done.copy, Not(HasSubstr("41.767")));
  }
  EXPECT_EQ(strip(fragmented(box("traf", header)), MediaFormat::mp4).strip.outcome,
            Outcome::unchanged);
  for (const auto& inside : {box("gps ", "?"), box("traf", header + box("gps ", "?"))}) {
    EXPECT_EQ(strip(fragmented(inside), MediaFormat::mp4).strip.outcome, Outcome::refused);
  }
}

TEST(StripMovie, RemovesWhateverItDoesNotKnow) {
  const auto item = [](const std::string& type, const std::string& value) {
    return box(type, box("data", big(1, 4) + big(0, 4) + value));
  };
  const auto list = [](const std::string& items) {
    return movie(
        box("udta", box("meta", big(0, 4) + box("hdlr", big(0, 8) + "mdirappl" + big(0, 8)) +
                                    box("ilst", items))));
  };
  const auto changes = [](const std::string& bytes) {
    const auto done = strip(bytes, MediaFormat::m4a);
    EXPECT_EQ(done.strip.reason, "");
    EXPECT_THAT(done.copy, Not(HasSubstr("41.767")));
    return done.strip.changes;
  };
  EXPECT_THAT(changes(list(item("\251nam", "Song") + item("covr", "JFIF") + item("trkn", "1"))),
              IsEmpty());
  EXPECT_THAT(changes(list(item("whre", "41.767"))),
              ElementsAre("metadata of unknown meaning (whre) removed"));
  const auto named = [](const std::string& name) {
    return box("----", box("mean", big(0, 4) + "com.apple.iTunes") + box("name", big(0, 4) + name) +
                           box("data", big(1, 4) + big(0, 4) + "1"));
  };
  EXPECT_THAT(changes(list(named("iTunSMPB"))), IsEmpty());
  EXPECT_THAT(changes(list(named("COORDS"))),
              ElementsAre("metadata of unknown meaning (----) removed"));
  EXPECT_THAT(changes(list(item("covr", "Exif\0\0 41.767"s))),
              ElementsAre("cover picture removed"));
  EXPECT_THAT(changes(movie(box("free", "GPS 41.767"))),
              ElementsAre("leftovers in unused space removed"));
  EXPECT_THAT(changes(movie(box("free", std::string(100'000, '\0')))), IsEmpty());
  EXPECT_EQ(strip(movie(box("trak", box("gps ", "41.767"))), MediaFormat::mp4).strip.outcome,
            Outcome::refused);
}

TEST(StripMovie, RefusesWhatItCannotBeCertainOf) {
  EXPECT_EQ(strip(movie(""), MediaFormat::mov).strip.outcome, Outcome::unchanged);
  EXPECT_EQ(strip(movie(box("gps ", "?")), MediaFormat::mov).strip.outcome, Outcome::refused);
  EXPECT_EQ(strip("no movie", MediaFormat::mov).strip.outcome, Outcome::refused);
  EXPECT_EQ(strip(box("ftyp", "qt  ") + box("mdat", "x"), MediaFormat::mov).strip.outcome,
            Outcome::refused);
}

TEST(StripText, TakesWhatPeopleWroteAndNoRecordOfADevice) {
  Folder folder;
  const auto outcome_of = [&](const std::string& name, const std::string& text) {
    folder.write(name, text);
    const auto done =
        strip_location(runtime::posix_disk(), folder.path() / name, MediaFormat::text);
    return done ? done->outcome : Outcome::changed;
  };
  for (const auto* name : {"a", "a.txt", "a.MD"}) {
    EXPECT_EQ(outcome_of(name, "We were at 41.77 N"), Outcome::unchanged);
  }
  for (const auto* name : {"a.srt", "a.log", "a.csv", "a.txt.old"}) {
    EXPECT_EQ(outcome_of(name, "GPS(8.5,41.7,12)"), Outcome::refused);
  }
  EXPECT_EQ(outcome_of("a.dat", ""), Outcome::unchanged);
}

TEST(Strip, ReportsTheDisksErrors) {
  Folder folder;
  auto& disk = runtime::posix_disk();
  EXPECT_EQ(strip_location(disk, folder.path() / "absent", MediaFormat::jpeg).error().code,
            base::Code::not_found);
  std::filesystem::create_directory(folder.path() / "folder");
  EXPECT_EQ(strip_location(disk, folder.path() / "folder", MediaFormat::jpeg).error().code,
            base::Code::invalid);
}

TEST(ImageRanges, RefuseBrokenStructures) {
  const auto found = [](const std::string& bytes, MediaFormat format) {
    return find_picture(base::as_bytes(bytes), format).has_value();
  };
  EXPECT_TRUE(found(jpeg_bytes(""), MediaFormat::jpeg));
  for (const auto& bytes :
       {""s, "\xff\xd8"s, "\xff\xd8\xff\xd9"s.substr(0, 3), "\xff\xd8\xff\xc0\xff\xff"s,
        "\xff\xd8zz\xff\xd9"s, "\xff\xd8\xff\xda\0\2\xff"s}) {
    EXPECT_FALSE(found(bytes, MediaFormat::jpeg));
  }
  EXPECT_FALSE(found(png("").substr(0, 60), MediaFormat::png));
  EXPECT_FALSE(found(webp("").substr(0, 30), MediaFormat::webp));
  EXPECT_FALSE(found("II\x2a\0\x08\0\0\0\xff\xff"s, MediaFormat::tiff));
  // A directory that is its own next one.
  EXPECT_FALSE(found("II\x2a\0\x08\0\0\0\0\0\x08\0\0\0"s, MediaFormat::tiff));
  EXPECT_FALSE(found("II\x2a\0"s, MediaFormat::tiff));
}

TEST(ImageRanges, RefuseMoreStripsThanAFileCanHave) {
  // 200 directories, each with the same list of 10,000 strips of nothing.
  constexpr std::size_t directories = 200, strips = 10'000, directory_bytes = 2 + 2 * 12 + 4;
  const std::size_t list_at = 8 + directories * directory_bytes;
  std::string tiff = "II\x2a\0"s + little(8, 4);
  for (std::size_t i = 0; i < directories; ++i) {
    tiff += little(2, 2);
    for (const auto tag : {273U, 279U}) {
      tiff += little(tag, 2) + little(3, 2) + little(strips, 4) + little(list_at, 4);
    }
    tiff += little(i + 1 < directories ? 8 + (i + 1) * directory_bytes : 0, 4);
  }
  tiff += std::string(2 * strips, '\0');
  EXPECT_FALSE(find_picture(base::as_bytes(tiff), MediaFormat::tiff));
  // One directory of it is well.
  tiff.replace(8 + directory_bytes - 4, 4, 4, '\0');
  EXPECT_TRUE(find_picture(base::as_bytes(tiff), MediaFormat::tiff));
}

}  // namespace
}  // namespace tesseras::media

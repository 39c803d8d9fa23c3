#include "preserve/media/id3_tags.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "preserve/media/limits.hpp"
#include "preserve/media/quicktime_text.hpp"
#include "preserve/media/tag_names.hpp"
#include "preserve/media/tag_source.hpp"
#include "preserve/media/tag_values.hpp"

namespace tesseras::media {
namespace {

using base::ByteSpan;
using base::Result;
using namespace std::string_view_literals;

constexpr std::size_t header_bytes = 10;

// Words, addresses on the web, and numbers of sound: the frames of the specification, and those
// that Apple, Picard and others add. Not here: frames whose kind depends on what is in them (below)
// and those that hold whatever a program liked (GEOB, LINK, COMR, AENC, ENCR, GRID, SIGN).
constexpr auto harmless = std::to_array<std::string_view>(
    {"ASPI", "BUF",  "CNT",  "COM",  "COMM", "EQU",  "EQU2", "EQUA", "ETC",  "ETCO", "GP1",  "GRP1",
     "IPL",  "IPLS", "MCDI", "MCI",  "MLL",  "MLLT", "MVI",  "MVIN", "MVN",  "MVNM", "OWNE", "PCNT",
     "PCS",  "PCST", "POP",  "POPM", "POSS", "RBUF", "REV",  "RGAD", "RVA",  "RVA2", "RVAD", "RVRB",
     "SEEK", "SLT",  "STC",  "SYLT", "SYTC", "TAL",  "TALB", "TBP",  "TBPM", "TCAT", "TCM",  "TCMP",
     "TCO",  "TCOM", "TCON", "TCOP", "TCP",  "TCR",  "TDA",  "TDAT", "TDEN", "TDES", "TDLY", "TDOR",
     "TDRC", "TDRL", "TDTG", "TDY",  "TEN",  "TENC", "TEXT", "TFLT", "TFT",  "TGID", "TIM",  "TIME",
     "TIPL", "TIT1", "TIT2", "TIT3", "TKE",  "TKEY", "TKWD", "TLA",  "TLAN", "TLE",  "TLEN", "TMCL",
     "TMED", "TMOO", "TMT",  "TOA",  "TOAL", "TOF",  "TOFN", "TOL",  "TOLY", "TOPE", "TOR",  "TORY",
     "TOT",  "TOWN", "TP1",  "TP2",  "TP3",  "TP4",  "TPA",  "TPB",  "TPE1", "TPE2", "TPE3", "TPE4",
     "TPOS", "TPRO", "TPUB", "TRC",  "TRCK", "TRD",  "TRDA", "TRK",  "TRSN", "TRSO", "TS2",  "TSA",
     "TSC",  "TSI",  "TSIZ", "TSO2", "TSOA", "TSOC", "TSOP", "TSOT", "TSP",  "TSRC", "TSS",  "TSSE",
     "TSST", "TST",  "TT1",  "TT2",  "TT3",  "TXT",  "TYE",  "TYER", "ULT",  "USER", "USLT", "WAF",
     "WAR",  "WAS",  "WCM",  "WCOM", "WCOP", "WCP",  "WFD",  "WFED", "WOAF", "WOAR", "WOAS", "WORS",
     "WPAY", "WPB",  "WPUB", "WXX",  "WXXX", "XDOR", "XSOA", "XSOP", "XSOT"});
static_assert(std::ranges::is_sorted(harmless));

bool is_frame_id(std::string_view id) {
  return std::ranges::all_of(
      id, [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); });
}

std::optional<std::uint64_t> synchsafe(ByteSpan bytes) {
  std::uint64_t value = 0;
  for (const auto byte : bytes) {
    if ((byte & std::byte{0x80}) != std::byte{0}) return std::nullopt;
    value = value << 7 | static_cast<std::uint64_t>(byte);
  }
  return value;
}

// ID3v2.4 section 6.1: a zero was put behind each 0xff.
base::Bytes without_unsynchronisation(ByteSpan bytes) {
  base::Bytes plain;
  plain.reserve(bytes.size());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    plain.push_back(bytes[i]);
    const bool stuffed =
        bytes[i] == std::byte{0xff} && i + 1 < bytes.size() && bytes[i + 1] == std::byte{0};
    if (stuffed) ++i;
  }
  return plain;
}

// Up to the terminator, which is taken too; in UTF-16 what is not ASCII becomes "?".
Result<std::string> take_string(TagCursor& cursor, std::uint64_t encoding) {
  const bool wide = encoding == 1 || encoding == 2;
  if (encoding > 3) return doubt("a tag in it is damaged");
  std::string text;
  bool little = false;
  while (!cursor.rest().empty()) {
    const auto unit =
        wide ? little ? TRY(cursor.little(2)) : TRY(cursor.big(2)) : TRY(cursor.big(1));
    if (unit == 0) break;
    if (wide && text.empty() && unit == 0xfffe) {
      little = true;
    } else if (!wide || unit != 0xfeff) {
      text += unit < 0x80 ? static_cast<char>(unit) : '?';
    }
  }
  return text;
}

Result<std::string> take_latin(TagCursor& cursor) { return take_string(cursor, 0); }

class Frames {
 public:
  explicit Frames(unsigned version) : version_(version) {}

  // `stuffed`: the whole tag is unsynchronised, which 2.4 leaves to each frame.
  Result<void> walk(ByteSpan bytes, bool stuffed, std::size_t depth = 1) {
    const std::size_t id_bytes = version_ == 2 ? 3 : 4;
    const std::size_t frame_header_bytes = version_ == 2 ? 6 : 10;
    while (!bytes.empty()) {
      if (bytes[0] == std::byte{0}) break;
      if (++count_ > Limits::tags_in_file_max) return doubt("it has more tags than we look at");
      TagCursor cursor(bytes);
      const auto header = TRY(cursor.take(frame_header_bytes));
      const auto id = base::as_text(header.first(id_bytes));
      if (!is_frame_id(id)) return doubt("a tag in it is damaged");
      const auto size = size_of(header.subspan(id_bytes), bytes.subspan(frame_header_bytes));
      const auto body = TRY(cursor.take(size));
      const auto flags = version_ == 2 ? 0U : static_cast<unsigned>(header[9]);
      TRY(frame(id, body, flags, stuffed, depth));
      bytes = cursor.rest();
    }
    if (!is_fill(bytes)) return doubt("the room left in its tag is not empty");
    return {};
  }

 private:
  // Some writers of 2.4 give the plain number of 2.3. Told by what follows.
  std::uint64_t size_of(ByteSpan bytes, ByteSpan behind) const {
    if (version_ == 2) return big_endian(bytes.first(3));
    const auto plain = big_endian(bytes.first(4));
    if (version_ == 3) return plain;
    const auto safe = synchsafe(bytes.first(4));
    const auto fits = [&](std::uint64_t size) {
      if (size >= behind.size()) return size == behind.size();
      const auto next = base::as_text(behind.subspan(static_cast<std::size_t>(size)));
      return next[0] == '\0' || (next.size() >= header_bytes && is_frame_id(next.substr(0, 4)));
    };
    return safe && (fits(*safe) || !fits(plain)) ? *safe : plain;
  }

  Result<void> frame(std::string_view id, ByteSpan body, unsigned flags, bool stuffed,
                     std::size_t depth) {
    const bool packed = version_ == 3 ? (flags & 0xc0U) != 0 : (flags & 0x0cU) != 0;
    if (packed) return doubt("its tag {} is compressed or encrypted", id);
    TagCursor cursor(body);
    if (version_ == 3 && (flags & 0x20U) != 0) TRY(cursor.take(1));  // its group
    if (version_ == 4 && (flags & 0x40U) != 0) TRY(cursor.take(1));
    if (version_ == 4 && (flags & 0x01U) != 0) TRY(cursor.take(4));  // its length, once more
    if (version_ == 4 && (stuffed || (flags & 0x02U) != 0)) {
      return content(id, without_unsynchronisation(cursor.rest()), depth);
    }
    return content(id, cursor.rest(), depth);
  }

  Result<void> content(std::string_view id, ByteSpan body, std::size_t depth) {
    if (std::ranges::binary_search(harmless, id) || body.empty()) return {};
    TagCursor cursor(body);
    if (id == "TXXX" || id == "TXX") {
      const auto name = TRY(take_string(cursor, TRY(cursor.big(1))));
      // Without a name it is words, and nothing says what about.
      return is_harmless_tag(name) ? Result<void>() : doubt_tag(name);
    }
    if (id == "APIC" || id == "PIC") return picture(cursor);
    if (id == "PRIV") return of_a_program(cursor);
    if (id == "UFID" || id == "UFI") return identifier(cursor);
    if (id == "CHAP" || id == "CTOC") return chapter(id == "CHAP", cursor, depth);
    return doubt_data(id);
  }

  Result<void> picture(TagCursor& cursor) const {
    const auto encoding = TRY(cursor.big(1));
    const auto mime = version_ == 2 ? std::string(TRY(cursor.text(3))) : TRY(take_latin(cursor));
    if (mime == "-->") return doubt("it names a picture that is not in it");
    TRY(cursor.take(1));  // what it shows
    TRY(take_string(cursor, encoding));
    return check_cover(cursor.rest());
  }

  static Result<void> of_a_program(TagCursor& cursor) {
    constexpr auto owners = std::to_array<std::string_view>(
        {"AverageLevel", "PeakValue", "Google/StoreId", "Google/StoreLabelCode",
         "com.apple.streaming.transportStreamTimestamp", "WM/EncodingTime",
         "WM/MediaClassPrimaryID", "WM/MediaClassSecondaryID", "WM/Provider",
         "WM/UniqueFileIdentifier", "WM/WMCollectionGroupID", "WM/WMCollectionID",
         "WM/WMContentID"});
    const auto owner = TRY(take_latin(cursor));
    if (owner == "XMP") return check_xml("XMP", cursor.rest());
    if (!std::ranges::contains(owners, owner)) return doubt_data("PRIV " + owner);
    if (cursor.rest().size() > Limits::small_tag_bytes_max) return doubt_data("PRIV " + owner);
    return {};
  }

  static Result<void> identifier(TagCursor& cursor) {
    constexpr auto owners = std::to_array<std::string_view>(
        {"http://musicbrainz.org", "http://www.cddb.com/id3/taginfo1.html",
         "http://www.id3.org/dummy/ufid.html", "http://www.gracenote.com"});
    constexpr std::size_t identifier_bytes_max = 64;  // ID3v2.4 section 4.1
    const auto owner = TRY(take_latin(cursor));
    const bool known = std::ranges::contains(owners, owner);
    if (!known || cursor.rest().size() > identifier_bytes_max) return doubt_data("UFID " + owner);
    return {};
  }

  // ID3v2 Chapter Frame Addendum: frames of their own, title and picture of a chapter.
  Result<void> chapter(bool is_chapter, TagCursor& cursor, std::size_t depth) {
    if (depth >= Limits::id3_depth_max) return doubt("its chapters lie too deep");
    TRY(take_latin(cursor));
    if (is_chapter) {
      TRY(cursor.take(16));  // times and offsets
    } else {
      TRY(cursor.take(1));
      for (auto children = TRY(cursor.big(1)); children != 0; --children) TRY(take_latin(cursor));
    }
    return walk(cursor.rest(), false, depth + 1);
  }

  unsigned version_;
  std::size_t count_ = 0;
};

}  // namespace

std::uint64_t id3_tag_bytes(ByteSpan head) {
  if (head.size() < header_bytes || !base::as_text(head).starts_with("ID3")) return 0;
  const auto size = synchsafe(head.subspan(6, 4));
  if (!size) return 0;
  const bool footer = head[3] == std::byte{4} && (head[5] & std::byte{0x10}) != std::byte{0};
  return *size + header_bytes + (footer ? header_bytes : 0);
}

Result<void> check_id3(ByteSpan tag) {
  if (tag.size() < header_bytes || id3_tag_bytes(tag) != tag.size()) {
    return doubt("a tag in it is damaged");
  }
  const auto version = static_cast<unsigned>(tag[3]), flags = static_cast<unsigned>(tag[5]);
  const unsigned known_flags = version == 2 ? 0x80 : version == 3 ? 0xc0 : 0xf0;
  if (version < 2 || version > 4 || (flags & ~known_flags) != 0) {
    return doubt("it has an ID3 tag of a kind that is not known");
  }
  auto body = tag.subspan(header_bytes);
  if (version == 4 && (flags & 0x10U) != 0) {
    const auto footer = base::as_text(body.last(header_bytes));
    if (!footer.starts_with("3DI") || footer.substr(3) != base::as_text(tag.subspan(3, 7))) {
      return doubt("a tag in it is damaged");
    }
    body = body.first(body.size() - header_bytes);
  }
  const bool stuffed = (flags & 0x80U) != 0;
  base::Bytes plain;
  if (stuffed && version != 4) {
    plain = without_unsynchronisation(body);
    body = plain;
  }
  TagCursor cursor(body);
  if (version != 2 && (flags & 0x40U) != 0) {  // an extended header: a checksum and restrictions
    const auto length = TRY(cursor.take(4));
    const auto safe = synchsafe(length);
    if (version == 4 && (!safe || *safe < 6)) return doubt("a tag in it is damaged");
    const auto rest = version == 4 ? *safe - 4 : big_endian(length);
    if (rest > 16) return doubt("it has an ID3 tag of a kind that is not known");
    TRY(cursor.take(rest));
  }
  return Frames(version).walk(cursor.rest(), stuffed);
}

}  // namespace tesseras::media

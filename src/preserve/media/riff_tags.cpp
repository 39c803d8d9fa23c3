#include "preserve/media/riff_tags.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "preserve/media/id3_tags.hpp"
#include "preserve/media/image_parts.hpp"
#include "preserve/media/limits.hpp"
#include "preserve/media/tag_values.hpp"

namespace tesseras::media {
namespace {

using base::ByteSpan;
using base::Result;

constexpr std::size_t header_bytes = 8;
constexpr std::uint64_t unknown_size = 0xffffffff;

template <std::size_t N>
bool is_one_of(std::string_view word, const std::array<std::string_view, N>& words) {
  return std::ranges::contains(words, word);
}

// Who, what, when, in words. Not here: IARL (where it is archived) and ICNT (a country).
constexpr auto info_words = std::to_array<std::string_view>(
    {"IART", "ICAS", "ICDS", "ICMS", "ICMT", "ICNM", "ICOP", "ICRD", "ICRP", "IDIM", "IDIT", "IDPI",
     "IEDT", "IENC", "IENG", "IGNR", "IKEY", "ILGT", "ILNG", "ILYC", "IMED", "IMUS", "INAM", "IPLT",
     "IPRD", "IPRO", "IPRT", "IRTD", "ISBJ", "ISFT", "ISGN", "ISHP", "ISMP", "ISRC", "ISRF", "ISTR",
     "ITCH", "ITOC", "ITRK", "IWEB", "IWRI", "TAPE", "TLEN", "TRCK", "itrk"});

// A camera's voice memo (JEITA CP-3451, Exif audio): version, related picture, time, maker, model.
constexpr auto exif_words =
    std::to_array<std::string_view>({"ever", "erel", "etim", "ecor", "emdl"});

// Numbers of sound; none of them has room for more.
constexpr auto numbers = std::to_array<std::string_view>(
    {"PEAK", "acid", "chna", "cue ", "ds64", "fact", "inst", "plst", "slnt", "smpl"});
constexpr auto rooms = std::to_array<std::string_view>(
    {"FILL", "FLLR", "JUNK", "PAD ", "filr", "fill", "junk", "pad "});

// Words of recorders and of studios, with fields of fixed size.
constexpr auto words = std::to_array<std::string_view>({"afsp", "cart"});

struct Piece {
  std::string_view type;
  ByteSpan payload;
};

// One chunk within a list; an odd one is padded, but for some programs.
Result<Piece> take_piece(TagCursor& cursor) {
  Piece piece;
  piece.type = TRY(cursor.text(4));
  piece.payload = TRY(cursor.take(TRY(cursor.little(4))));
  const auto rest = cursor.rest();
  if (piece.payload.size() % 2 != 0 && !rest.empty() && rest[0] == std::byte{0}) {
    TRY(cursor.take(1));
  }
  return piece;
}

Result<void> check_list(ByteSpan payload) {
  TagCursor cursor(payload);
  const auto kind = TRY(cursor.text(4));
  if (kind != "INFO" && kind != "adtl" && kind != "exif") return doubt_data(kind);
  for (std::size_t count = 0; !cursor.rest().empty(); ++count) {
    if (count >= Limits::tags_in_file_max) return doubt("it has more tags than we look at");
    if (cursor.rest().size() < header_bytes && is_fill(cursor.rest())) break;
    const auto [type, content] = TRY(take_piece(cursor));
    if (kind == "INFO") {
      if (!is_one_of(type, info_words)) return doubt_tag(type);
    } else if (kind == "adtl") {
      if (type != "labl" && type != "note" && type != "ltxt") return doubt_data(type);
    } else if (!is_one_of(type, exif_words) && !is_fill(content)) {
      return doubt_data(type);
    }
  }
  return {};
}

// SMPTE ST 330: 32 bytes that name the material, and 32 that may say when, where and by whom.
Result<void> check_umid(ByteSpan umid) {
  if (!is_fill(umid.subspan(std::min<std::size_t>(umid.size(), 32)))) {
    return doubt("its unique identifier may say where it was made");
  }
  return {};
}

// EBU Tech 3285 section 2.3: words and a time; the history of its coding behind them.
Result<void> check_broadcast(ByteSpan payload) {
  constexpr std::size_t umid_at = 348, umid_bytes = 64, loudness_bytes = 10, fixed_bytes = 602;
  if (payload.size() < fixed_bytes) return doubt("a tag in it is damaged");
  const auto reserved = umid_at + umid_bytes + loudness_bytes;
  if (!is_fill(payload.subspan(reserved, fixed_bytes - reserved))) return doubt_data("bext");
  if (looks_like_place(payload)) return doubt("its bext has words about a place");
  return check_umid(payload.subspan(umid_at, umid_bytes));
}

// Codings that are nothing but sound; not MPEG, AAC, WMA and their like, whose frames may be
// something else. RFC 2361 has the numbers.
bool is_plain_coding(std::uint64_t tag) {
  switch (tag) {
    case 1:     // PCM
    case 2:     // ADPCM of Microsoft
    case 3:     // floating point
    case 6:     // A-law
    case 7:     // mu-law
    case 0x10:  // ADPCM of OKI
    case 0x11:  // ADPCM of the IMA
    case 0x14:  // G.723
    case 0x17:  // ADPCM of Dialogic
    case 0x20:  // ADPCM of Yamaha
    case 0x22:  // TrueSpeech
    case 0x31:  // GSM 6.10
    case 0x40:  // G.721
    case 0x45:  // G.726
    case 0x64:  // G.726
      return true;
    default: return false;
  }
}

class Chunks {
 public:
  explicit Chunks(TagSource& source) : source_(source) {}

  Result<void> walk() {
    constexpr std::size_t riff_header_bytes = 12;
    const auto head = TRY(source_.exactly(0, riff_header_bytes));
    const auto form = base::as_text(head.first(4));
    if ((form != "RIFF" && form != "RF64" && form != "BW64") ||
        base::as_text(head.subspan(8)) != "WAVE") {
      return doubt("its structure is damaged");
    }
    riff_size_ = little_endian(head.subspan(4, 4));
    std::uint64_t at = riff_header_bytes;
    for (std::size_t count = 0; at < source_.size(); ++count) {
      if (count >= Limits::tags_in_file_max) return doubt("it has more tags than we look at");
      if (TRY(source_.exactly(at, 1))[0] == std::byte{0}) break;
      at = TRY(chunk(at));
    }
    if (!TRY(source_.is_fill(at, source_.size()))) {
      return doubt("something of unknown meaning lies behind its sound");
    }
    if (!has_sound_) return doubt("it holds no sound that we know");
    return {};
  }

 private:
  // Where the next one begins.
  Result<std::uint64_t> chunk(std::uint64_t at) {
    const auto head = TRY(source_.exactly(at, header_bytes));
    const std::string type(base::as_text(head.first(4)));
    std::uint64_t size = little_endian(head.subspan(4, 4));
    const auto payload = at + header_bytes;
    if (type == "data") {
      size = TRY(sound_size(payload, size));
      has_sound_ = true;
      if (!is_plain_) return doubt("its sound is coded in a way that may hold tags");
    }
    if (size > source_.size() - payload) return doubt("it is cut off");
    const auto end = payload + size;
    if (is_one_of(type, rooms)) {
      if (!TRY(source_.is_fill(payload, end))) return doubt("the room left in it is not empty");
    } else if (type != "data") {
      const auto bytes = TRY(source_.read(payload, size));
      TRY(check_riff_chunk(type, bytes));
      note(type, bytes);
    }
    if (size % 2 == 0 || end == source_.size()) return end;
    return TRY(source_.exactly(end, 1))[0] == std::byte{0} ? end + 1 : end;
  }

  void note(std::string_view type, ByteSpan bytes) {
    constexpr std::size_t long_name_at = 24;
    if (type == "fmt " && bytes.size() >= 2) {
      auto coding = little_endian(bytes.first(2));
      if (coding == 0xfffe && bytes.size() >= long_name_at + 2) {
        coding = little_endian(bytes.subspan(long_name_at, 2));
      }
      is_plain_ = is_plain_coding(coding);
    }
    if (type == "ds64" && bytes.size() >= 16) long_data_size_ = little_endian(bytes.subspan(8, 8));
  }

  // A recorder that was cut short never came to write the sizes; then all the rest is sound, and
  // searched for words of a place, since chunks may lie in it.
  Result<std::uint64_t> sound_size(std::uint64_t payload, std::uint64_t size) {
    if (size == unknown_size && long_data_size_) return *long_data_size_;
    const bool is_unsized =
        riff_size_ == 0 || riff_size_ == unknown_size || riff_size_ + header_bytes == payload;
    if (size != unknown_size && (size != 0 || !is_unsized)) return size;
    TRY(source_.expect_no_place(payload, source_.size()));
    return source_.size() - payload;
  }

  TagSource& source_;
  std::uint64_t riff_size_ = 0;
  std::optional<std::uint64_t> long_data_size_;
  bool is_plain_ = false;
  bool has_sound_ = false;
};

}  // namespace

Result<void> check_wav(TagSource& source) { return Chunks(source).walk(); }

Result<void> check_riff_chunk(std::string_view type, ByteSpan payload) {
  if (type == "LIST") return check_list(payload);
  if (type == "bext") return check_broadcast(payload);
  if (type == "umid") return check_umid(payload);
  if (type == "iXML" || type == "axml" || type == "aXML" || type == "_PMX") {
    return check_xml(type, payload);
  }
  if (type == "id3 " || type == "ID3 " || type == "ID32") {
    auto tag = payload;
    if (const auto size = id3_tag_bytes(tag); size < tag.size()) {
      if (!is_fill(tag.subspan(static_cast<std::size_t>(size)))) return doubt_data(type);
      tag = tag.first(static_cast<std::size_t>(size));
    }
    return check_id3(tag);
  }
  if (is_one_of(type, rooms)) {
    if (!is_fill(payload)) return doubt("the room left in it is not empty");
    return {};
  }
  if (type == "fmt ") {
    // The coding's own numbers may follow; they are few.
    constexpr std::size_t format_bytes_max = 256;
    return payload.size() <= format_bytes_max && !looks_like_place(payload)
               ? Result<void>()
               : Result<void>(doubt_data(type));
  }
  if (type == "DISP") {  // a title, or a picture in the clipboard's formats
    TagCursor cursor(payload);
    constexpr std::uint64_t text = 1;
    if (TRY(cursor.little(4)) != text) return doubt_data(type);
    return {};
  }
  if (is_one_of(type, words) || type == "LEVL") {
    return looks_like_place(payload) ? Result<void>(doubt_data(type)) : Result<void>();
  }
  const bool known = is_one_of(type, numbers) && payload.size() <= Limits::small_tag_bytes_max;
  if (!known || looks_like_place(payload)) return doubt_data(type);
  return {};
}

}  // namespace tesseras::media

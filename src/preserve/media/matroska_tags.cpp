#include "preserve/media/matroska_tags.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <string>
#include <string_view>
#include <utility>

#include "preserve/media/image_parts.hpp"
#include "preserve/media/limits.hpp"
#include "preserve/media/quicktime_text.hpp"
#include "preserve/media/tag_names.hpp"
#include "preserve/media/vorbis_tags.hpp"

namespace tesseras::media {
namespace {

using base::ByteSpan;
using base::Result;
using Id = std::uint32_t;

// Ids as RFC 9559 section 27.1 lists them. Those that are in none of the lists below are refused:
// Attachments, CodecState, ContentEncodings, EncryptedBlock, TagBinary and what is not registered.
namespace id {
constexpr Id ebml = 0x1a45dfa3, segment = 0x18538067, cluster = 0x1f43b675, empty = 0xec,
             track = 0xae, track_type = 0x83, codec = 0x86, codec_private = 0x63a2,
             simple_tag = 0x67c8, tag_name = 0x45a3, addition_id = 0xee;
}

// Segment's children: what ends a cluster of unknown size.
constexpr auto in_segment = std::to_array<Id>({0x1043a770, 0x114d9b74, 0x1254c367, 0x1549a966,
                                               0x1654ae6b, 0x1941a469, 0x1c53bb6b, id::cluster});

// Elements of elements.
constexpr auto masters = std::to_array<Id>(
    {0x80,       0x8e,       0x8f,       0xa0,       0xa6,       0xb6,       0xb7,
     0xbb,       0xdb,       0xe0,       0xe1,       0xe8,       0x41e4,     0x4281,
     0x45b9,     0x4dbb,     0x55b0,     0x55d0,     0x5854,     0x63c0,     0x6624,
     0x6924,     0x7373,     0x75a1,     0x7670,     0x1043a770, 0x114d9b74, 0x1254c367,
     0x1549a966, 0x1654ae6b, 0x18538067, 0x1a45dfa3, 0x1c53bb6b, 0x1f43b675});
static_assert(std::ranges::is_sorted(masters));

// Numbers, times, and identifiers made of random bits.
constexpr auto numbers = std::to_array<Id>(
    {0x83,    0x88,     0x89,     0x91,     0x92,     0x96,     0x97,     0x98,     0x9a,
     0x9b,    0x9c,     0x9d,     0x9f,     0xa7,     0xaa,     0xab,     0xb0,     0xb2,
     0xb3,    0xb5,     0xb9,     0xba,     0xbf,     0xcb,     0xcc,     0xcd,     0xce,
     0xcf,    0xd7,     0xe7,     0xea,     0xeb,     0xee,     0xf0,     0xf1,     0xf7,
     0xfa,    0xfb,     0x41e7,   0x41f0,   0x4284,   0x4285,   0x4286,   0x4287,   0x42f2,
     0x42f3,  0x42f7,   0x4444,   0x4461,   0x4484,   0x4489,   0x44b4,   0x4598,   0x45bc,
     0x45bd,  0x45db,   0x45dd,   0x52f1,   0x535f,   0x5378,   0x537f,   0x53ab,   0x53ac,
     0x53b8,  0x53b9,   0x53c0,   0x54aa,   0x54b0,   0x54b2,   0x54b3,   0x54ba,   0x54bb,
     0x54cc,  0x54dd,   0x55aa,   0x55ab,   0x55ac,   0x55ad,   0x55ae,   0x55af,   0x55b1,
     0x55b2,  0x55b3,   0x55b4,   0x55b5,   0x55b6,   0x55b7,   0x55b8,   0x55b9,   0x55ba,
     0x55bb,  0x55bc,   0x55bd,   0x55d1,   0x55d2,   0x55d3,   0x55d4,   0x55d5,   0x55d6,
     0x55d7,  0x55d8,   0x55d9,   0x55da,   0x55ee,   0x56aa,   0x56bb,   0x58d7,   0x6264,
     0x63c3,  0x63c4,   0x63c5,   0x63c6,   0x63c9,   0x66a5,   0x66bf,   0x66fc,   0x68ca,
     0x69a5,  0x69bf,   0x69fc,   0x6de7,   0x6df8,   0x6e67,   0x6ebc,   0x6fab,   0x73a4,
     0x73c4,  0x73c5,   0x75a2,   0x7671,   0x7672,   0x7673,   0x7674,   0x7675,   0x78b5,
     0x7d7b,  0x23314f, 0x234e7a, 0x2383e3, 0x23e383, 0x2ad7b1, 0x2eb524, 0x2fb523, 0x3cb923,
     0x3eb923});
static_assert(std::ranges::is_sorted(numbers));

// Titles, names, languages, programs.
constexpr auto words =
    std::to_array<Id>({0x85,   0x86,   0x41a4, 0x4282,   0x4283,   0x437c,   0x437d,   0x437e,
                       0x447a, 0x447b, 0x4487, 0x45a3,   0x4d80,   0x536e,   0x5654,   0x5741,
                       0x63ca, 0x7384, 0x7ba9, 0x22b59c, 0x22b59d, 0x258688, 0x3c83ab, 0x3e83bb});
static_assert(std::ranges::is_sorted(words));

// Block, SimpleBlock, BlockAdditional: frames.
constexpr auto frames = std::to_array<Id>({0xa1, 0xa3, 0xa5});

struct Element {
  Id id = 0;
  std::uint64_t payload = 0;
  std::uint64_t end = 0;  // that of what holds it, when its own size is unknown
  bool is_unsized = false;

  std::uint64_t size() const { return end - payload; }
};

struct Track {
  std::uint64_t type = 0;
  std::string codec;
  base::Bytes setup;  // CodecPrivate
};

// The three headers of Vorbis, the second of which are the comments: their count less one, sizes in
// steps of 255, and the packets (A_VORBIS in Matroska's codec specification).
Result<void> check_vorbis_setup(ByteSpan setup) {
  TagCursor cursor(setup);
  if (TRY(cursor.big(1)) != 2) return doubt("its structure is damaged");
  std::array<std::uint64_t, 2> sizes{};
  for (auto& size : sizes) {
    for (std::uint64_t step = 255; step == 255; size += step) step = TRY(cursor.big(1));
  }
  constexpr std::string_view mark = "\x03vorbis";
  TRY(cursor.take(sizes[0]));
  const auto comments = TRY(cursor.take(sizes[1]));
  if (!base::as_text(comments).starts_with(mark)) return doubt("its structure is damaged");
  return check_vorbis_comment(comments.subspan(mark.size()));
}

Result<void> check_track(const Track& track) {
  constexpr auto codecs = std::to_array<std::string_view>(
      {"V_VP8", "V_VP9", "V_AV1", "V_MPEG4/ISO/AVC", "A_OPUS", "A_VORBIS", "A_PCM/INT/LIT",
       "A_PCM/INT/BIG", "A_PCM/FLOAT/IEEE"});
  constexpr std::uint64_t video = 1, audio = 2;
  if (track.type != video && track.type != audio) {
    return doubt("a track in it that is neither picture nor sound may hold a position");
  }
  if (!std::ranges::contains(codecs, track.codec)) return doubt_data(track.codec);
  if (track.codec == "A_VORBIS") return check_vorbis_setup(track.setup);
  if (track.setup.size() > Limits::small_tag_bytes_max || looks_like_place(track.setup)) {
    return doubt_data(track.codec);
  }
  return {};
}

class Elements {
 public:
  explicit Elements(TagSource& source) : source_(source) {}

  Result<void> walk() {
    std::uint64_t at = 0;
    while (at < source_.size()) {
      if (TRY(source_.exactly(at, 1))[0] == std::byte{0}) break;
      const auto top = TRY(element(at, source_.size()));
      if (top.id != id::ebml && top.id != id::segment && top.id != id::empty) return unknown(top);
      if (at == 0 && top.id != id::ebml) return doubt("its structure is damaged");
      at = TRY(visit(top, 1));
    }
    if (!TRY(source_.is_fill(at, source_.size()))) {
      return doubt("something of unknown meaning lies behind its end");
    }
    if (!has_track_) return doubt("it holds no film that we know");
    return {};
  }

 private:
  static std::unexpected<base::Error> unknown(const Element& element) {
    if (element.id == 0x1941a469) return doubt("it has files attached to it");
    return doubt("it holds data of unknown meaning (element {:x})", element.id);
  }

  // RFC 8794 sections 4 and 5.
  Result<Element> element(std::uint64_t at, std::uint64_t end) {
    constexpr std::size_t head_bytes = 12;
    const auto head = TRY(source_.peek(at, head_bytes));
    TagCursor cursor(head.first(std::min<std::size_t>(
        head.size(), static_cast<std::size_t>(std::min<std::uint64_t>(end - at, head_bytes)))));
    if (cursor.rest().size() < 2) return doubt("it is cut off");
    const auto id_bytes = width(cursor.rest()[0]);
    if (id_bytes > 4) return doubt("its structure is damaged");
    Element found;
    found.id = static_cast<Id>(TRY(cursor.big(id_bytes)));
    if (cursor.rest().empty()) return doubt("it is cut off");
    const auto size_bytes = width(cursor.rest()[0]);
    if (size_bytes > 8) return doubt("its structure is damaged");
    const auto ones = (std::uint64_t{1} << (7 * size_bytes)) - 1;
    const auto size = TRY(cursor.big(size_bytes)) & ones;
    found.payload = at + id_bytes + size_bytes;
    found.is_unsized = size == ones;
    if (found.is_unsized) {
      if (found.id != id::segment && found.id != id::cluster) {
        return doubt("its structure is damaged");
      }
      found.end = end;
    } else {
      if (size > end - found.payload) return doubt("it is cut off");
      found.end = found.payload + size;
    }
    return found;
  }

  static std::size_t width(std::byte first) {
    return static_cast<std::size_t>(std::countl_zero(static_cast<unsigned char>(first))) + 1;
  }

  // True when `next` cannot lie in an element of unknown size, and so ends it.
  static bool ends(const Element& parent, Id next) {
    if (!parent.is_unsized) return false;
    if (next == id::ebml || next == id::segment) return true;
    return parent.id == id::cluster && std::ranges::contains(in_segment, next);
  }

  // Where the next element begins.
  Result<std::uint64_t> children(const Element& parent, std::size_t depth) {
    if (depth > Limits::element_depth_max) return doubt("its elements lie too deep");
    auto at = parent.payload;
    while (at < parent.end) {
      const auto child = TRY(element(at, parent.end));
      if (ends(parent, child.id)) break;
      at = TRY(visit(child, depth + 1));
    }
    return at;
  }

  Result<std::uint64_t> visit(const Element& element, std::size_t depth) {
    constexpr std::uint64_t number_bytes_max = 32;
    if (element.id == id::track) return track(element, depth);
    if (element.id == id::simple_tag) return simple_tag(element, depth);
    if (std::ranges::binary_search(masters, element.id)) return children(element, depth);
    if (std::ranges::contains(frames, element.id)) return element.end;
    if (element.id == id::empty) {
      if (!TRY(source_.is_fill(element.payload, element.end))) {
        return doubt("the room left in it is not empty");
      }
      return element.end;
    }
    if (std::ranges::binary_search(numbers, element.id) && element.size() <= number_bytes_max) {
      TRY(number(element));
      return element.end;
    }
    if (std::ranges::binary_search(words, element.id) || element.id == id::codec_private) {
      TRY(text(element));
      return element.end;
    }
    return unknown(element);
  }

  Result<void> number(const Element& element) {
    if (element.id != id::track_type && element.id != id::addition_id) return {};
    if (element.size() > 8) return doubt("its structure is damaged");
    const auto value =
        big_endian(TRY(source_.exactly(element.payload, static_cast<std::size_t>(element.size()))));
    if (element.id == id::track_type) track_.type = value;
    // 1 is an alpha channel, 4 is how to show bright colours.
    if (element.id == id::addition_id && value != 1 && value != 4) {
      return doubt("it holds data of unknown meaning (addition {})", value);
    }
    return {};
  }

  Result<void> text(const Element& element) {
    if (element.id == id::codec_private) {
      track_.setup = TRY(source_.read(element.payload, element.size()));
      return {};
    }
    if (element.size() > Limits::small_tag_bytes_max && element.id != 0x4487)
      return unknown(element);
    if (element.id != id::codec && element.id != id::tag_name) return {};
    const auto bytes = TRY(source_.read(element.payload, element.size()));
    auto value = base::as_text(bytes);
    while (!value.empty() && value.back() == '\0') value.remove_suffix(1);
    if (element.id == id::codec) track_.codec = value;
    if (element.id == id::tag_name) {
      ++names_;
      if (!is_harmless_tag(value)) return doubt_tag(value);
    }
    return {};
  }

  Result<std::uint64_t> track(const Element& element, std::size_t depth) {
    track_ = {};
    const auto next = TRY(children(element, depth));
    TRY(check_track(track_));
    has_track_ = true;
    return next;
  }

  Result<std::uint64_t> simple_tag(const Element& element, std::size_t depth) {
    const auto outer = std::exchange(names_, 0);
    const auto next = TRY(children(element, depth));
    if (names_ != 1) return doubt("it has a tag without a name");
    names_ = outer;
    return next;
  }

  TagSource& source_;
  Track track_;
  unsigned names_ = 0;  // in the SimpleTag at hand
  bool has_track_ = false;
};

}  // namespace

Result<void> check_webm(TagSource& source) { return Elements(source).walk(); }

}  // namespace tesseras::media

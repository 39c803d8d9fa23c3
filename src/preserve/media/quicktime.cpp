#include "preserve/media/quicktime.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "foundation/base/bytes.hpp"
#include "foundation/base/text.hpp"
#include "preserve/media/image_parts.hpp"
#include "preserve/media/limits.hpp"
#include "preserve/media/quicktime_text.hpp"
#include "preserve/media/quicktime_types.hpp"

namespace tesseras::media {
namespace {

using base::ByteSpan;
using base::Result;
using namespace std::string_view_literals;

struct Box {
  BoxType type = 0;
  std::uint64_t type_offset = 0;
  std::uint64_t payload = 0;  // where its contents begin
  std::uint64_t end = 0;

  std::uint64_t payload_bytes() const { return end - payload; }
};

// Handlers of pictures, sound, captions and time codes.
bool is_in_sight(BoxType handler) {
  constexpr std::array handlers = {type_of("vide"), type_of("soun"), type_of("tmcd"),
                                   type_of("text"), type_of("sbtl"), type_of("subt"),
                                   type_of("clcp"), type_of("hint"), type_of("auxv")};
  return std::ranges::contains(handlers, handler);
}

class Parser {
 public:
  Parser(runtime::File& file, std::uint64_t size_bytes) : file_(file), size_(size_bytes) {}

  Result<QuickTime> run() {
    TRY(each(0, size_, [this](const Box& box) { return top(box); }));
    std::ranges::sort(out_.position_boxes, {}, &PositionBox::type_offset);
    for (const auto& found : {from_key_, from_xyz_, from_loci_}) {
      if (!out_.position) out_.position = found;
    }
    return std::move(out_);
  }

 private:
  void unclear(std::string why) {
    if (out_.unclear.empty()) out_.unclear = std::move(why);
  }

  // Calls `visit` for every box in a stretch of the file. What is broken ends the stretch.
  template <class Visit>
  Result<void> each(std::uint64_t at, std::uint64_t end, Visit visit) {
    while (end - at >= 8) {
      if (++boxes_ > Limits::boxes_max) {
        unclear("it has more boxes than we look at");
        return {};
      }
      std::array<std::byte, 16> header{};
      const std::size_t got = TRY(file_.read_at(at, header));
      if (got < 8) break;
      std::uint64_t size = big_endian(ByteSpan(header).first(4));
      Box box;
      box.type = static_cast<BoxType>(big_endian(ByteSpan(header).subspan(4, 4)));
      box.type_offset = at + 4;
      box.payload = at + 8;
      if (size == 1) {
        if (got < 16) break;
        size = big_endian(ByteSpan(header).subspan(8, 8));
        box.payload = at + 16;
      } else if (size == 0) {
        size = end - at;  // the last box may say that it goes on to the end
      }
      if (size < box.payload - at || size > end - at) {
        unclear("a box in it is longer than what holds it");
        return {};
      }
      box.end = at + size;
      if (is_spare(box.type)) {
        TRY(spare(box));
      } else {
        TRY(visit(box));
      }
      at = box.end;
    }
    return {};
  }

  Result<base::Bytes> bytes_of(const Box& box, std::size_t most) {
    base::Bytes bytes(static_cast<std::size_t>(std::min<std::uint64_t>(box.payload_bytes(), most)));
    bytes.resize(TRY(file_.read_at(box.payload, bytes)));
    return bytes;
  }

  // Players pass it by; what stands there nonetheless may be anything.
  Result<void> spare(const Box& box) {
    base::Bytes bytes(Limits::box_text_bytes_max);
    for (std::uint64_t at = box.payload; at < box.end;) {
      const auto want = std::min<std::uint64_t>(box.end - at, bytes.size());
      const auto got = TRY(
          file_.read_at(at, base::MutableByteSpan(bytes).first(static_cast<std::size_t>(want))));
      if (got == 0) break;
      const bool is_blank =
          std::ranges::all_of(ByteSpan(bytes).first(got), [](auto b) { return b == std::byte{0}; });
      if (!is_blank) {
        add_position(box, "leftovers in unused space", false);
        return {};
      }
      at += got;
    }
    return {};
  }

  void add_position(const Box& box, std::string name, bool certain) {
    out_.position_boxes.push_back(
        {box.type_offset, box.payload, box.payload_bytes(), std::move(name), certain});
  }

  Result<void> top(const Box& box) {
    switch (box.type) {
      case type_of("moov"):
        out_.has_movie = true;
        return each(box.payload, box.end, [this](const Box& child) { return movie(child); });
      case type_of("moof"):
        return each(box.payload, box.end, [this](const Box& child) { return fragment(child); });
      case type_of("meta"): return metadata(box);
      case type_of("uuid"): return extension(box);
      case type_of("ftyp"):
      case type_of("mdat"):
      case type_of("pnot"):
      case type_of("PICT"):
      case type_of("styp"):
      case type_of("sidx"):
      case type_of("mfra"):
      case type_of("pdin"): return {};
      default: unclear("it holds data of unknown meaning (" + shown(box.type) + ")"); return {};
    }
  }

  Result<void> movie(const Box& box) {
    switch (box.type) {
      case type_of("mvhd"): return movie_header(box);
      case type_of("trak"): return track(box);
      case type_of("udta"): return user_data(box);
      case type_of("meta"): return metadata(box);
      case type_of("uuid"): return extension(box);
      case type_of("cmov"): unclear("its movie box is compressed"); return {};
      case type_of("iods"):
      case type_of("mvex"):
      case type_of("clip"):
      case type_of("ctab"): return {};
      default: unclear("it holds data of unknown meaning (" + shown(box.type) + ")"); return {};
    }
  }

  // A fragment may have user data of its own, and so may each track's part of it.
  Result<void> fragment(const Box& box) {
    if (box.type != type_of("traf")) return fragment_part(box);
    return each(box.payload, box.end, [this](const Box& child) { return fragment_part(child); });
  }

  Result<void> fragment_part(const Box& box) {
    switch (box.type) {
      case type_of("udta"): return user_data(box);
      case type_of("meta"): return metadata(box);
      case type_of("uuid"): return extension(box);
      default: return expect_structure(box);
    }
  }

  // What is neither metadata nor a box that players need is nobody's but its maker's.
  Result<void> expect_structure(const Box& box) {
    if (!is_structure(box.type)) {
      unclear("it holds data of unknown meaning (" + shown(box.type) + ")");
    }
    return {};
  }

  Result<void> movie_header(const Box& box) {
    const auto bytes = TRY(bytes_of(box, 12));
    if (bytes.size() < 12) return {};
    const bool wide = bytes[0] == std::byte{1};
    const auto seconds =
        big_endian(wide ? ByteSpan(bytes).subspan(4, 8) : ByteSpan(bytes).subspan(4, 4));
    out_.created_utc = utc_from_1904(seconds);
    return {};
  }

  struct Track {
    BoxType handler = 0;
    bool may_hold_position = false;
  };

  Result<void> track(const Box& box) {
    Track found;
    TRY(each(box.payload, box.end, [&](const Box& child) { return in_track(child, found, 0); }));
    if (found.handler == type_of("vide")) out_.has_video = true;
    if (found.handler == type_of("soun")) out_.has_sound = true;
    if (found.may_hold_position) unclear("a metadata track in it may hold a position");
    return {};
  }

  Result<void> in_track(const Box& box, Track& found, std::size_t depth) {
    switch (box.type) {
      case type_of("mdia"):
      case type_of("minf"):
      case type_of("stbl"):
        if (depth >= Limits::box_depth_max) {
          unclear("its boxes are nested deeper than we look");
          return {};
        }
        return each(box.payload, box.end,
                    [&, depth](const Box& child) { return in_track(child, found, depth + 1); });
      case type_of("hdlr"): {
        const auto bytes = TRY(bytes_of(box, 12));
        // A data handler of minf stands in the same box; the media handler's comes first.
        if (bytes.size() == 12 && found.handler == 0) {
          found.handler = static_cast<BoxType>(big_endian(ByteSpan(bytes).subspan(8, 4)));
        }
        return {};
      }
      case type_of("stsd"): return sample_description(box, found);
      case type_of("udta"): return user_data(box);
      case type_of("meta"): return metadata(box);
      case type_of("uuid"): return extension(box);
      default: return expect_structure(box);
    }
  }

  // Pictures, sound, captions and time codes hold no position. Metadata samples do when one of
  // the keys that their description lists is about a place.
  Result<void> sample_description(const Box& box, Track& found) {
    if (is_in_sight(found.handler)) {
      return {};
    }
    const auto bytes = TRY(bytes_of(box, Limits::box_text_bytes_max));
    const bool listed = bytes.size() >= 16 && bytes.size() == box.payload_bytes() &&
                        big_endian(ByteSpan(bytes).subspan(12, 4)) == type_of("mebx");
    found.may_hold_position = !listed || is_about_place(base::as_text(bytes));
    return {};
  }

  Result<void> user_data(const Box& box) {
    return each(box.payload, box.end, [this](const Box& child) { return user_datum(child); });
  }

  Result<void> user_datum(const Box& box) {
    switch (box.type) {
      case 0: return {};  // QuickTime ends user data with four zero bytes
      case type_of("meta"): return metadata(box);
      case type_of("\251xyz"): {
        add_position(box, "QuickTime \xc2\xa9xyz", true);
        const auto text = international_text(TRY(bytes_of(box, 256)));
        if (!from_xyz_) from_xyz_ = parse_iso6709(text);
        return {};
      }
      case type_of("loci"): {
        add_position(box, "3GPP loci", true);
        if (!from_loci_) from_loci_ = parse_loci(TRY(bytes_of(box, 1024)));
        return {};
      }
      case type_of("\251day"): note_created(international_text(TRY(bytes_of(box, 256)))); return {};
      case type_of("\251des"):
        note_description(international_text(TRY(bytes_of(box, Limits::box_text_bytes_max))));
        return {};
      default:
        if (!is_harmless_user_data(box.type)) {
          add_position(box, "data of unknown meaning (" + shown(box.type) + ")", false);
        }
        return {};
    }
  }

  // A QuickTime `meta` is a plain box, an ISO one has a version first.
  Result<void> metadata(const Box& box) {
    const auto start = TRY(bytes_of(box, 8));
    if (start.size() < 8) return {};
    const bool plain = big_endian(ByteSpan(start).subspan(4, 4)) == type_of("hdlr");
    std::vector<std::string> keys;
    return each(box.payload + (plain ? 0 : 4), box.end, [&](const Box& child) -> Result<void> {
      switch (child.type) {
        case type_of("keys"): {
          const auto bytes = TRY(bytes_of(child, Limits::box_text_bytes_max));
          keys = parse_keys(bytes);
          return {};
        }
        case type_of("ilst"):
          return each(child.payload, child.end,
                      [&](const Box& item) { return list_item(item, keys); });
        case type_of("hdlr"):
        case type_of("mhdr"):
        case type_of("ctry"):
        case type_of("lang"): return {};
        default:
          add_position(child, "data of unknown meaning (" + shown(child.type) + ")", false);
          return {};
      }
    });
  }

  // An item that has its name within is anybody's; iTunes' own are about sound.
  static bool is_harmless(const Box& item, ByteSpan bytes) {
    if (item.type != type_of("----")) return is_harmless_item(item.type);
    return base::as_text(bytes).contains("name\0\0\0\0iTun"sv);
  }

  Result<void> list_item(const Box& item, const std::vector<std::string>& keys) {
    const bool is_cover = item.type == type_of("covr");
    const auto bytes =
        TRY(bytes_of(item, is_cover ? Limits::cover_bytes_max : Limits::box_text_bytes_max));
    const bool by_key = item.type >= 1 && item.type <= keys.size();
    const std::string key = by_key ? keys[item.type - 1] : shown(item.type);
    const bool freeform = item.type == type_of("----");
    const std::string text = freeform ? std::string() : data_text(bytes);
    if (item.type == type_of("\251xyz") || is_about_place(key) ||
        (freeform && is_about_place(base::as_text(bytes)))) {
      add_position(item, "QuickTime " + base::to_printable(freeform ? "metadata" : key), true);
      if (!from_key_) from_key_ = parse_iso6709(text);
    } else if (is_cover) {
      if (bytes.size() < item.payload_bytes() || looks_like_place(bytes)) {
        add_position(item, "cover picture", false);
      }
    } else if (!(by_key ? is_harmless_key(key) : is_harmless(item, bytes))) {
      add_position(item, "metadata of unknown meaning (" + base::to_printable(key) + ")", false);
    }
    if (key == "com.apple.quicktime.creationdate" || item.type == type_of("\251day")) {
      note_created(text);
    }
    if (key == "com.apple.quicktime.description" || item.type == type_of("desc")) {
      note_description(text);
    }
    return {};
  }

  // uuid boxes: XMP's is looked through for places, two makers' are known to hold none.
  Result<void> extension(const Box& box) {
    constexpr auto xmp = "\xbe\x7a\xcf\xcb\x97\xa9\x42\xe8\x9c\x71\x99\x94\x91\xe3\xaf\xac"sv;
    constexpr auto spherical = "\xff\xcc\x82\x63\xf8\x55\x4a\x93\x88\x14\x58\x7a\x02\x52\x1f\xdd"sv;
    constexpr auto maker_end = "\x21\xd2\x4f\xce\xbb\x88\x69\x5c\xfa\xc9\xc7\x40"sv;
    const auto bytes = TRY(bytes_of(box, Limits::box_text_bytes_max));
    const auto text = base::as_text(bytes);
    if (text.starts_with(xmp)) {
      if (bytes.size() < box.payload_bytes() || is_about_place(text)) {
        add_position(box, "XMP", is_about_place(text));
      }
      return {};
    }
    const bool sony = text.size() >= 16 && text.substr(4, 12) == maker_end &&
                      (text.starts_with("PROF") || text.starts_with("USMT"));
    if (!sony && !text.starts_with(spherical)) unclear("it holds data of unknown meaning (uuid)");
    return {};
  }

  void note_created(std::string_view text) {
    const auto time = parse_local_time(text);
    if (time && is_known_time(*time) && !out_.created) out_.created = time;
  }

  void note_description(std::string_view text) {
    if (out_.description.empty() && base::is_utf8(text)) out_.description = text;
  }

  runtime::File& file_;
  std::uint64_t size_;
  std::size_t boxes_ = 0;
  QuickTime out_;
  std::optional<Coordinates> from_key_, from_xyz_, from_loci_;
};

}  // namespace

base::Result<QuickTime> read_quicktime(runtime::File& file, std::uint64_t size_bytes) {
  return Parser(file, size_bytes).run();
}

}  // namespace tesseras::media

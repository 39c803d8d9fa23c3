#include "preserve/media/image_parts.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "foundation/base/ascii.hpp"
#include "preserve/media/image_ranges.hpp"

namespace tesseras::media {
namespace {

using base::ByteSpan;
using tessera::MediaFormat;
using namespace std::string_view_literals;

constexpr auto exif_header = "Exif\0\0"sv;

template <std::size_t N>
bool has_any(std::string_view text, const std::array<std::string_view, N>& words) {
  return std::ranges::any_of(words, [&](auto word) { return text.contains(word); });
}

// A record of metadata within another part, where nobody reads it.
bool holds_record(std::string_view bytes) {
  constexpr std::array words = {exif_header, "II*\0"sv, "MM\0*"sv, "rdf:RDF"sv,
                                "r\0d\0f\0:\0R\0D\0F"sv};
  return has_any(bytes, words);
}

bool may_hold_place(std::string_view bytes) {
  constexpr std::array words = {"exif"sv, "gps"sv, "8bim"sv};
  return holds_record(bytes) || looks_like_place(base::as_bytes(bytes)) ||
         has_any(base::to_lower(bytes), words);
}

consteval std::uint32_t kind(std::string_view letters) {
  std::uint32_t value = 0;
  for (const char c : letters) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

class Finder {
 public:
  Finder(ByteSpan file, MediaFormat format) : file_(file), format_(format) {}

  // Readers look at the `first` picture of a file only.
  void look_at(const Picture& picture, std::size_t from, bool first) {
    for (const auto& part : picture.parts) {
      const auto payload =
          base::as_text(file_.subspan(from + part.payload.offset, part.payload.size_bytes));
      switch (format_) {
        case MediaFormat::jpeg: segment(part.kind, payload, first); break;
        case MediaFormat::png: png_chunk(part.kind, payload); break;
        case MediaFormat::webp: webp_chunk(part.kind, payload); break;
        default: unclear("a later page of it holds metadata of its own"); break;
      }
    }
  }

  // Pictures of a phone's second lens, or of its gain map, follow the first one.
  void look_behind(std::size_t at) {
    for (;;) {
      while (at < file_.size() && file_[at] == std::byte{0}) ++at;
      if (at == file_.size()) return;
      const auto next =
          format_ == MediaFormat::jpeg ? find_picture(file_.subspan(at), format_) : std::nullopt;
      if (!next) return unclear("something of unknown meaning lies behind its picture");
      look_at(*next, at, false);
      at += next->end;
    }
  }

  ImageParts take() { return std::move(parts_); }

 private:
  void unclear(std::string_view reason) {
    if (parts_.unclear.empty()) parts_.unclear = reason;
  }

  void other(std::string_view payload) {
    if (may_hold_place(payload)) unclear("a part of it that is rarely read may hold a position");
  }

  void exif(std::string_view payload) {
    ++parts_.exif;
    // A thumbnail, or a maker's own preview, may be a picture with EXIF of its own.
    if (payload.substr(std::min(payload.size(), exif_header.size())).contains(exif_header)) {
      unclear("its EXIF holds a picture with EXIF of its own");
    }
  }

  void segment(std::uint32_t marker, std::string_view payload, bool first) {
    const unsigned number = marker - 0xe0;
    if (marker == 0xfe) {
      if (holds_record(payload)) unclear("its comment holds metadata");
    } else if (number == 1 && payload.starts_with(exif_header)) {
      exif(payload);
      if (!first) unclear("it holds a second picture with EXIF of its own");
    } else if (number == 1 && payload.starts_with("http://ns.adobe.com/xap/1.0/\0"sv)) {
      first ? static_cast<void>(++parts_.xmp) : unread_xmp(payload);
    } else if (number == 1 && payload.starts_with("http://ns.adobe.com/xmp/extension/\0"sv)) {
      unclear("it holds more XMP than is read");
    } else if (first && number == 13 && payload.starts_with("Photoshop 3.0\0"sv)) {
      ++parts_.iptc;
      if (holds_record(payload)) unclear("its Photoshop data holds metadata that is not read");
    } else if (number == 11 && payload.starts_with("JP")) {
      // C2PA, cut into segments: a word in it may lie across a border.
      unclear("it holds a signed history of its making");
    } else if (number == 2 && payload.starts_with("MPF\0"sv)) {
      other(payload.substr(std::min<std::size_t>(payload.size(), 8)));  // TIFF by design
    } else if (number != 2 || !payload.starts_with("ICC_PROFILE\0"sv)) {
      other(payload);
    }
  }

  // That of a gain map says how to apply it.
  void unread_xmp(std::string_view packet) {
    constexpr std::array words = {"gps"sv,   "city"sv,     "country"sv,
                                  "state"sv, "province"sv, "location"sv};
    const bool readable = packet.contains("rdf:RDF");
    if (!readable || looks_like_place(base::as_bytes(packet)) ||
        has_any(base::to_lower(packet), words)) {
      unclear("it holds a second picture whose XMP may hold a position");
    }
  }

  void png_chunk(std::uint32_t letters, std::string_view payload) {
    switch (letters) {
      case kind("eXIf"): return exif(payload);
      case kind("tEXt"): return text(payload, false);
      case kind("zTXt"): return text(payload, true);
      case kind("iTXt"): {
        const auto flag = payload.find('\0');
        return text(payload, flag == std::string_view::npos || flag + 1 >= payload.size() ||
                                 payload[flag + 1] != '\0');
      }
      case kind("IHDR"):
      case kind("PLTE"):
      case kind("IDAT"):
      case kind("fdAT"):
      case kind("iCCP"): return;
      default: other(payload);
    }
  }

  void webp_chunk(std::uint32_t letters, std::string_view payload) {
    switch (letters) {
      case kind("EXIF"): return exif(payload);
      case kind("XMP "): ++parts_.xmp; return;
      case kind("VP8 "):
      case kind("VP8L"):
      case kind("ALPH"):
      case kind("ANMF"):
      case kind("ICCP"): return;
      default: other(payload);
    }
  }

  void text(std::string_view payload, bool compressed) {
    const auto key = payload.substr(0, payload.find('\0'));
    if (key == "XML:com.adobe.xmp" || key == "Raw profile type xmp") {
      ++parts_.xmp;
    } else if (key == "Raw profile type exif" || key == "Raw profile type APP1") {
      ++parts_.exif;
    } else if (key == "Raw profile type iptc") {
      ++parts_.iptc;
    } else if (is_written(key) || key == "Raw profile type icc" || key == "Raw profile type icm") {
      return;
    } else if (compressed || key.starts_with("Raw profile type ")) {
      unclear("it holds data of unknown meaning");
    } else {
      other(payload);
    }
  }

  // The keywords of PNG (11.3.3.2): words that a person wrote.
  static bool is_written(std::string_view key) {
    constexpr std::array keys = {"Title"sv,      "Author"sv,        "Description"sv, "Copyright"sv,
                                 "Disclaimer"sv, "Creation Time"sv, "Warning"sv,     "Comment"sv};
    return std::ranges::contains(keys, key);
  }

  ByteSpan file_;
  MediaFormat format_;
  ImageParts parts_;
};

}  // namespace

ImageParts image_parts(ByteSpan file, const Picture& picture, MediaFormat format) {
  Finder finder(file, format);
  finder.look_at(picture, 0, true);
  finder.look_behind(picture.end);
  return finder.take();
}

bool looks_like_place(ByteSpan bytes) {
  constexpr std::array words = {"exif\0\0"sv, "gpslat"sv,          "latitude"sv, "longitude"sv,
                                "location"sv, "iso6709"sv,         "geo:lat"sv,  "photoshop:city"sv,
                                "\xa9xyz"sv,  "l\0o\0c\0a\0t\0"sv, "ftypmp4"sv,  "ftypisom"sv};
  return has_any(base::to_lower(base::as_text(bytes)), words);
}

}  // namespace tesseras::media

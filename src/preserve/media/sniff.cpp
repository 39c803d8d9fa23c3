#include "preserve/media/sniff.hpp"

#include <algorithm>
#include <array>
#include <functional>

#include "foundation/base/ascii.hpp"
#include "foundation/base/text.hpp"
#include "preserve/media/limits.hpp"
#include "preserve/media/mp3_frame.hpp"
#include "preserve/media/quicktime.hpp"
#include "preserve/media/quicktime_text.hpp"
#include "preserve/media/sniff_text.hpp"
#include "preserve/media/sniff_tiff.hpp"

namespace tesseras::media {
namespace {

using base::ByteSpan;
using base::Result;
using tessera::MediaFormat;
using namespace std::string_view_literals;

Sniffed as(MediaFormat format) { return {format, {}}; }
Sniffed other(std::string note) { return {MediaFormat::other, std::move(note)}; }

bool has_at(std::string_view head, std::size_t offset, std::string_view magic) {
  return head.size() >= offset && head.substr(offset).starts_with(magic);
}

// ISO base media: the brands of `ftyp`, the first one the major.
Sniffed from_brands(std::string_view head) {
  const auto size = static_cast<std::size_t>(big_endian(base::as_bytes(head).first(4)));
  std::string_view brands = head.substr(8, size < 16 ? 4 : std::min(size, head.size()) - 8);
  const auto major = brands.substr(0, 4);
  if (major == "qt  ") return as(MediaFormat::mov);
  if (major == "crx ") return as(MediaFormat::cr3);
  if (major == "M4A " || major == "M4B " || major == "M4P ") return as(MediaFormat::m4a);
  // The still-picture brands say little as majors (mif1), so the compatible ones are asked too.
  bool avif = false, heic = false, heif = false, film = false;
  for (std::size_t at = 0; at + 4 <= brands.size(); at += at == 0 ? 8 : 4) {
    const auto brand = brands.substr(at, 4);
    if (brand == "avif" || brand == "avis") avif = true;
    if (brand == "heic" || brand == "heix" || brand == "heim" || brand == "heis" ||
        brand == "hevc" || brand == "hevx" || brand == "hevm" || brand == "hevs") {
      heic = true;
    }
    if (brand == "mif1" || brand == "mif2" || brand == "msf1") heif = true;
    if (brand.starts_with("iso") || brand.starts_with("mp4") || brand.starts_with("3g") ||
        brand == "avc1" || brand == "M4V " || brand == "M4VH" || brand == "dash" ||
        brand == "MSNV" || brand == "f4v " || brand == "hvc1" || brand == "XAVC") {
      film = true;
    }
  }
  if (avif) return as(MediaFormat::avif);
  if (heic) return as(MediaFormat::heic);
  if (heif) return as(MediaFormat::heif);
  if (film) return as(MediaFormat::mp4);
  return other("not a known kind of MPEG-4 or QuickTime file");
}

// QuickTime files from before `ftyp` begin with one of these.
bool is_old_quicktime(std::string_view head, std::uint64_t size_bytes) {
  if (head.size() < 8) return false;
  const auto type = head.substr(4, 4);
  const auto size = big_endian(base::as_bytes(head).first(4));
  if (type == "moov" || type == "mdat") {
    return size <= 1 || (size >= 8 && size <= size_bytes);
  }
  if (type == "wide" || type == "free" || type == "skip" || type == "pnot") {
    if (size < 8 || size > head.size() - 8) return false;
    const auto next = head.substr(static_cast<std::size_t>(size) + 4, 4);
    return next == "moov" || next == "mdat" || next == "free" || next == "wide";
  }
  return false;
}

Sniffed from_riff(std::string_view head) {
  if (has_at(head, 8, "WAVE")) return as(MediaFormat::wav);
  if (has_at(head, 8, "WEBP")) return as(MediaFormat::webp);
  if (has_at(head, 8, "AVI ")) return other("AVI film");
  return other("not a known kind of RIFF file");
}

// The first packet of the first stream: RFC 3533 section 6, RFC 7845 section 5.
Sniffed from_ogg(std::string_view head) {
  if (head.size() < 28) return other("an Ogg file cut off at its beginning");
  const std::size_t segments = static_cast<unsigned char>(head[26]);
  const std::size_t packet = 27 + segments;
  if (has_at(head, packet, "OpusHead")) return as(MediaFormat::opus);
  if (has_at(head, packet, "\x80theora"sv)) return other("Ogg film (Theora)");
  for (const auto magic : {"\x01vorbis"sv, "OpusHead"sv,
                           "\x7f"
                           "FLAC"sv,
                           "Speex   "sv, "fishead\0"sv}) {
    if (has_at(head, packet, magic)) return as(MediaFormat::ogg);
  }
  return other("an Ogg file without Vorbis, Opus, FLAC, Speex or Theora");
}

// RFC 8794 section 11.2.4: the DocType element of the EBML header.
Sniffed from_ebml(std::string_view head) {
  const auto at = head.find("\x42\x82"sv);
  if (at != std::string_view::npos && at + 3 <= head.size()) {
    const auto length = static_cast<std::size_t>(static_cast<unsigned char>(head[at + 2]) & 0x7fU);
    const auto type = head.substr(at + 3, length);
    if (type == "webm") return as(MediaFormat::webm);
    if (type == "matroska") return other("Matroska film, not WebM");
  }
  return other("not a known kind of EBML file");
}

// Eleven bits are weak evidence: a second frame where the first ends makes it, or the name.
bool is_mp3(std::string_view head, std::string_view extension) {
  const auto first = mp3_frame_bytes(head);
  if (first == 0) return false;
  if (extension == "mp3") return true;
  return first < head.size() && mp3_frame_bytes(head.substr(first)) != 0;
}

Sniffed behind_id3(std::string_view sound) {
  if (sound.starts_with("fLaC")) return as(MediaFormat::flac);
  if (sound.size() >= 2 && sound[0] == '\xff' && (sound[1] & '\xf6') == '\xf0') {
    return other("AAC sound without a container");
  }
  return as(MediaFormat::mp3);
}

// Where what follows an ID3v2 tag begins; 0 when there is none (ID3v2.4 section 3.1).
std::uint64_t id3_bytes(std::string_view head) {
  if (head.size() < 10 || !head.starts_with("ID3")) return 0;
  std::uint64_t size = 0;
  for (const char c : head.substr(6, 4)) {
    if ((c & '\x80') != 0) return 0;
    size = size << 7 | static_cast<unsigned char>(c);
  }
  const bool footer = (head[5] & '\x10') != 0;
  return size + (footer ? 20 : 10);
}

// Everything that a magic number tells; nullopt when it may be a text.
std::optional<Sniffed> from_magic(std::string_view head, std::uint64_t size_bytes,
                                  std::string_view extension) {
  if (head.starts_with("\xff\xd8\xff"sv)) return as(MediaFormat::jpeg);
  if (head.starts_with("\x89PNG\r\n\x1a\n"sv)) return as(MediaFormat::png);
  if (head.starts_with("GIF87a") || head.starts_with("GIF89a")) return as(MediaFormat::gif);
  if (head.starts_with("RIFF") || head.starts_with("RF64") || head.starts_with("BW64")) {
    if (head.size() >= 12) return from_riff(head);
  }
  if (has_at(head, 4, "ftyp") && head.size() >= 12) return from_brands(head);
  if (is_old_quicktime(head, size_bytes)) return as(MediaFormat::mov);
  if (head.starts_with("fLaC")) return as(MediaFormat::flac);
  if (head.starts_with("OggS\0"sv)) return from_ogg(head);
  if (head.starts_with("\x1a\x45\xdf\xa3"sv)) return from_ebml(head);
  if (head.starts_with("FUJIFILMCCD-RAW")) return as(MediaFormat::raf);
  if (const auto end = id3_bytes(head); end != 0) {
    return end < head.size() ? behind_id3(head.substr(end)) : as(MediaFormat::mp3);
  }
  // ISO 32000-1, annex H.3.4.1: readers accept the mark within the first 1024 bytes, but a text
  // that speaks of it is none.
  const auto pdf = head.substr(0, 1024).find("%PDF-");
  if (pdf == 0 || (pdf != std::string_view::npos && extension == "pdf")) {
    return as(MediaFormat::pdf);
  }
  if (is_mp3(head, extension)) return as(MediaFormat::mp3);
  return std::nullopt;
}

Result<base::Bytes> read_some(runtime::File& file, std::uint64_t offset, std::size_t count) {
  base::Bytes bytes(count);
  bytes.resize(TRY(file.read_at(offset, bytes)));
  return bytes;
}

}  // namespace

std::string extension_of(std::string_view relative) {
  const auto name = relative.substr(relative.rfind('/') + 1);
  const auto dot = name.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || dot + 1 == name.size()) return {};
  return base::to_lower(name.substr(dot + 1));
}

Sniffed sniff_head(ByteSpan head, std::uint64_t size_bytes, std::string_view relative) {
  const auto text = base::as_text(head);
  const auto extension = extension_of(relative);
  if (const auto tiff = sniff_tiff(head, extension)) return as(tiff->format);
  if (auto known = from_magic(text, size_bytes, extension)) return *known;
  return sniff_text(text, head.size() < size_bytes, extension);
}

Result<Sniffed> sniff(runtime::File& file, std::uint64_t size_bytes, std::string_view relative) {
  const auto head = TRY(read_some(file, 0, Limits::head_bytes));
  const auto extension = extension_of(relative);
  if (const auto tiff = sniff_tiff(head, extension)) {
    if (tiff->directory == 0) return as(tiff->format);
    const auto directory = TRY(read_some(file, tiff->directory, Limits::head_bytes));
    return as(sniff_tiff_directory(head, directory, extension));
  }
  Sniffed found = sniff_head(head, size_bytes, relative);
  if (found.format == MediaFormat::mp4) {
    // A recorder's sound often carries a film's brand.
    const auto movie = TRY(read_quicktime(file, size_bytes));
    if (movie.has_sound && !movie.has_video) found.format = MediaFormat::m4a;
  } else if (found.format == MediaFormat::mp3) {
    if (const auto end = id3_bytes(base::as_text(head)); end >= head.size() && end < size_bytes) {
      found = behind_id3(base::as_text(TRY(read_some(file, end, 4))));
    }
  } else if (found.format == MediaFormat::text || found.format == MediaFormat::markdown) {
    return sniff_whole_text(file, size_bytes, found.format);
  }
  return found;
}

}  // namespace tesseras::media

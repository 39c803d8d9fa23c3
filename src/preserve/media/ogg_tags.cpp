#include "preserve/media/ogg_tags.hpp"

#include <map>
#include <string_view>

#include "preserve/media/limits.hpp"
#include "preserve/media/loose_tags.hpp"
#include "preserve/media/quicktime_text.hpp"
#include "preserve/media/vorbis_tags.hpp"

namespace tesseras::media {
namespace {

using base::ByteSpan;
using base::Result;
using namespace std::string_view_literals;

enum class Codec { unknown, vorbis, opus, speex, flac, theora, skeleton };

struct Stream {
  Codec codec = Codec::unknown;
  std::size_t packets = 0;  // headers read so far
  bool in_headers = true;
  base::Bytes packet;  // the header that is being put together
};

Codec codec_of(std::string_view first) {
  if (first.starts_with("\x01vorbis")) return Codec::vorbis;
  if (first.starts_with("OpusHead")) return Codec::opus;
  if (first.starts_with("Speex   ")) return Codec::speex;
  if (first.starts_with("\x7f"
                        "FLAC"))
    return Codec::flac;
  if (first.starts_with("\x80theora")) return Codec::theora;
  if (first.starts_with("fishead\0"sv)) return Codec::skeleton;
  return Codec::unknown;
}

// The letters that a codec puts before its comments.
std::string_view comment_mark(Codec codec) {
  switch (codec) {
    case Codec::vorbis: return "\x03vorbis";
    case Codec::opus: return "OpusTags";
    case Codec::theora: return "\x81theora";
    default: return "";
  }
}

Result<void> check_flac_packet(Stream& stream, ByteSpan packet) {
  constexpr std::size_t before_blocks = 13;  // mark, version, count, "fLaC"
  if (stream.packets == 0) {
    if (packet.size() < before_blocks || base::as_text(packet).substr(9, 4) != "fLaC") {
      return doubt("its structure is damaged");
    }
    packet = packet.subspan(before_blocks);
  }
  TagCursor cursor(packet);
  const auto header = TRY(cursor.big(4));
  if ((header & 0xffffffU) != cursor.rest().size()) return doubt("its structure is damaged");
  stream.in_headers = (header & 0x80000000U) == 0;
  return check_flac_block(static_cast<std::uint8_t>(header >> 24 & 0x7fU), cursor.rest());
}

Result<void> check_first(Stream& stream, ByteSpan packet) {
  stream.codec = codec_of(base::as_text(packet));
  switch (stream.codec) {
    case Codec::unknown: return doubt("it holds a stream of unknown meaning");
    case Codec::speex: {
      constexpr std::size_t extra_headers_at = 68;
      TagCursor cursor(packet);
      TRY(cursor.take(extra_headers_at));
      if (TRY(cursor.little(4)) != 0) return doubt("it holds data of unknown meaning (Speex)");
      return {};
    }
    case Codec::flac: return check_flac_packet(stream, packet);
    default: return {};
  }
}

// A whole packet of a header.
Result<void> check_packet(Stream& stream) {
  const ByteSpan packet = stream.packet;
  if (stream.packets == 0) {
    TRY(check_first(stream, packet));
  } else if (stream.codec == Codec::flac) {
    TRY(check_flac_packet(stream, packet));
  } else if (stream.codec == Codec::skeleton) {
    const auto text = base::as_text(packet);
    if (text.starts_with("fisbone\0"sv)) {
      if (is_about_place(text)) return doubt("its skeleton has words about a place");
    } else if (!packet.empty() && !text.starts_with("index\0"sv)) {
      return doubt("it holds data of unknown meaning (skeleton)");
    }
  } else if (stream.packets == 1) {
    const auto mark = comment_mark(stream.codec);
    if (!base::as_text(packet).starts_with(mark)) return doubt("its structure is damaged");
    TRY(check_vorbis_comment(packet.subspan(mark.size())));
    stream.in_headers = false;
  }
  ++stream.packets;
  stream.packet.clear();
  return {};
}

class Pages {
 public:
  explicit Pages(TagSource& source) : source_(source) {}

  Result<void> walk() {
    std::uint64_t at = 0;
    while (base::as_text(TRY(source_.peek(at, 4))) == "OggS") at = TRY(page(at));
    if (at == 0) return doubt("its structure is damaged");
    for (const auto& [serial, stream] : streams_) TRY(expect_ended(stream));
    return check_loose_tags(source_, at);
  }

 private:
  static Result<void> expect_ended(const Stream& stream) {
    if (stream.codec == Codec::skeleton && stream.packet.empty()) return {};
    if (stream.in_headers) return doubt("it ends before its tags do");
    return {};
  }

  // One page; where the next begins.
  Result<std::uint64_t> page(std::uint64_t at) {
    constexpr std::size_t header_bytes = 27;
    const auto header = TRY(source_.exactly(at, header_bytes));
    const auto version = static_cast<unsigned>(header[4]), flags = static_cast<unsigned>(header[5]);
    const auto serial = static_cast<std::uint32_t>(little_endian(header.subspan(14, 4)));
    const auto count = static_cast<std::size_t>(header[26]);
    if (version != 0) return doubt("its structure is damaged");
    const auto table = TRY(source_.exactly(at + header_bytes, count));
    const base::Bytes lengths(table.begin(), table.end());
    std::uint64_t end = at + header_bytes + count;
    for (const auto length : lengths) end += static_cast<std::uint64_t>(length);
    if (end > source_.size()) return doubt("it is cut off");
    if ((flags & 2U) != 0) TRY(begin(serial));
    const auto found = streams_.find(serial);
    if (found == streams_.end()) return doubt("its structure is damaged");
    auto& stream = found->second;
    const bool continued = (flags & 1U) != 0;
    if (stream.in_headers && continued == stream.packet.empty()) {
      return doubt("its structure is damaged");
    }
    TRY(headers(stream, lengths, at + header_bytes + count));
    return end;
  }

  // One stream may follow another, under the same number too.
  Result<void> begin(std::uint32_t serial) {
    if (const auto old = streams_.find(serial); old != streams_.end()) {
      TRY(expect_ended(old->second));
      streams_.erase(old);
    }
    if (streams_.size() >= Limits::ogg_streams_max) {
      // Those of a chain that have come to their end.
      for (const auto& [number, stream] : streams_) TRY(expect_ended(stream));
      streams_.clear();
    }
    streams_.emplace(serial, Stream());
    return {};
  }

  // The pieces of a page, as long as they belong to headers.
  Result<void> headers(Stream& stream, ByteSpan lengths, std::uint64_t at) {
    for (const auto length : lengths) {
      if (!stream.in_headers) return {};
      const auto size = static_cast<std::size_t>(length);
      // Of all streams together, for each may hold back as much.
      std::size_t held = size;
      for (const auto& [serial, other] : streams_) held += other.packet.size();
      if (held > Limits::tag_bytes_max)
        return doubt("a tag in it is too large to be looked through");
      const auto piece = TRY(source_.exactly(at, size));
      stream.packet.insert(stream.packet.end(), piece.begin(), piece.end());
      at += size;
      if (size < 255) TRY(check_packet(stream));
    }
    return {};
  }

  TagSource& source_;
  std::map<std::uint32_t, Stream> streams_;
};

}  // namespace

Result<void> check_ogg(TagSource& source) { return Pages(source).walk(); }

}  // namespace tesseras::media

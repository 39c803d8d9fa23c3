// For this library's tests: tiny sound files, films and pictures with tags.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "preserve/media/sound_tags.hpp"
#include "preserve/media/testing.hpp"

namespace tesseras::media {

// The reason why a file of these bytes is not taken; empty when it is.
inline std::string doubt_of(const std::string& bytes, tessera::MediaFormat format) {
  BytesFile file(bytes);
  return unclear_tags(file, file.size(), format).value_or("the disk failed");
}

// A checksum of FLAC, bit by bit: RFC 9639 section 9.1.8 and 9.3.
inline unsigned crc_of(std::string_view bytes, unsigned polynomial, unsigned width) {
  unsigned crc = 0;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned>(static_cast<unsigned char>(c)) << (width - 8);
    for (int bit = 0; bit < 8; ++bit) {
      const bool carry = (crc >> (width - 1) & 1U) != 0;
      crc = (crc << 1 ^ (carry ? polynomial : 0U)) & ((1U << width) - 1);
    }
  }
  return crc;
}

inline std::string vorbis_comment(const std::vector<std::string>& fields,
                                  const std::string& vendor = "encoder 1.0") {
  std::string bytes = little(vendor.size(), 4) + vendor + little(fields.size(), 4);
  for (const auto& field : fields) bytes += little(field.size(), 4) + field;
  return bytes;
}

inline std::string flac_block(int type, const std::string& payload, bool last = false) {
  return big(static_cast<std::uint64_t>(type) + (last ? 128U : 0U), 1) + big(payload.size(), 3) +
         payload;
}

// A frame of silence, whose subframes nobody decodes.
inline std::string flac_frame(int number, const std::string& sound = "silence") {
  std::string head = std::string("\xff\xf8\x19\x08", 4) + static_cast<char>(number);
  head += big(crc_of(head, 0x07, 8), 1) + sound;
  return head + big(crc_of(head, 0x8005, 16), 2);
}

inline std::string flac(const std::string& blocks, const std::string& sound) {
  return "fLaC" + flac_block(0, std::string(34, '\1')) + blocks + flac_block(1, "", true) + sound;
}

inline std::string flac(const std::string& blocks = "") {
  return flac(blocks, flac_frame(0) + flac_frame(1));
}

// One page of Ogg with whole packets; flags: 1 continued, 2 first, 4 last.
inline std::string ogg_page(int flags, int serial, const std::vector<std::string>& packets) {
  std::string table, data;
  for (const auto& packet : packets) {
    table += std::string(packet.size() / 255, '\xff') + static_cast<char>(packet.size() % 255);
    data += packet;
  }
  return std::string("OggS\0", 5) + static_cast<char>(flags) + little(0, 8) +
         little(static_cast<std::uint64_t>(serial), 4) + little(0, 8) +
         static_cast<char>(table.size()) + table + data;
}

inline std::string opus(const std::vector<std::string>& fields, int serial = 7,
                        const std::string& behind = "") {
  return ogg_page(2, serial, {"OpusHead" + std::string(11, '\1')}) +
         ogg_page(0, serial, {"OpusTags" + vorbis_comment(fields) + behind}) +
         ogg_page(4, serial, {"sound", "sound"});
}

// 417 bytes: MPEG-1 layer III, 128 kbit/s, 44.1 kHz.
inline std::string mp3_frame() { return "\xff\xfb\x90\x64" + std::string(413, '\x55'); }

inline std::string mp3(const std::string& before, const std::string& behind = "") {
  return before + mp3_frame() + mp3_frame() + mp3_frame() + behind;
}

inline std::string synchsafe(std::uint64_t value) {
  std::string bytes;
  for (int shift = 21; shift >= 0; shift -= 7) bytes += static_cast<char>(value >> shift & 0x7f);
  return bytes;
}

inline std::string id3_frame(const std::string& id, const std::string& body, int flags = 0,
                             int version = 3) {
  const auto size = version == 4 ? synchsafe(body.size()) : big(body.size(), version == 2 ? 3 : 4);
  return id + size + (version == 2 ? "" : big(static_cast<std::uint64_t>(flags), 2)) + body;
}

inline std::string id3(const std::string& frames, int version = 3, int flags = 0) {
  return std::string("ID3") + static_cast<char>(version) + '\0' + static_cast<char>(flags) +
         synchsafe(frames.size()) + frames;
}

inline std::string riff_chunk(const std::string& type, const std::string& payload) {
  return type + little(payload.size(), 4) + payload +
         (payload.size() % 2 != 0 ? std::string(1, '\0') : "");
}

inline std::string wav_format(int coding = 1) {
  return riff_chunk("fmt ", little(static_cast<std::uint64_t>(coding), 2) + std::string(14, '\1'));
}

inline std::string wav(const std::string& chunks, int coding = 1) {
  const auto all = wav_format(coding) + riff_chunk("data", "samples.") + chunks;
  return "RIFF" + little(all.size() + 4, 4) + "WAVE" + all;
}

// An element of EBML, its size in eight bytes.
inline std::string element(std::uint64_t id, const std::string& payload) {
  int id_bytes = 1;
  while (id >> (8 * id_bytes) != 0) ++id_bytes;
  return big(id, id_bytes) + '\x01' + big(payload.size(), 7) + payload;
}

inline std::string unsized(std::uint64_t id, const std::string& payload) {
  return big(id, 4) + '\x01' + std::string(7, '\xff') + payload;
}

inline std::string webm_tag(const std::string& name, const std::string& value,
                            const std::string& inner = "") {
  return element(0x67c8, element(0x45a3, name) + element(0x4487, value) + inner);
}

inline std::string webm_track(const std::string& codec = "V_VP9", int type = 1,
                              const std::string& more = "") {
  return element(
      0x1654ae6b,
      element(0xae, element(0xd7, "\1") + element(0x83, std::string(1, static_cast<char>(type))) +
                        element(0x86, codec) + more));
}

inline std::string webm_head() { return element(0x1a45dfa3, element(0x4282, "webm")); }

inline std::string webm(const std::string& more, const std::string& tracks = webm_track()) {
  return webm_head() +
         element(0x18538067, element(0x1549a966, element(0x4d80, "muxer")) + tracks +
                                 element(0x1f43b675, element(0xe7, "\1") + element(0xa3, "frame")) +
                                 more);
}

inline std::string webm_tags(const std::string& simple_tags) {
  return element(0x1254c367, element(0x7373, element(0x63c0, "") + simple_tags));
}

inline std::string gif(const std::string& extensions, const std::string& behind = "") {
  using namespace std::string_literals;
  return "GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff"s + extensions +
         "\x2c\0\0\0\0\1\0\1\0\0\2\2\x44\1\0;"s + behind;
}

// The smallest cover: a picture, with EXIF when there is a TIFF structure.
inline std::string flac_picture(const std::string& picture) {
  const std::string mime = "image/jpeg";
  return big(3, 4) + big(mime.size(), 4) + mime + big(0, 4) + std::string(16, '\0') +
         big(picture.size(), 4) + picture;
}

}  // namespace tesseras::media

// Every maximum of this library, with its reason. All of it reads bytes from outside.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tesseras::media {

struct Limits {
  // What a format is decided by; the magic of every format we know lies within it.
  static constexpr std::size_t head_bytes = 4096;

  // TIFF offsets have 32 bits, and no camera writes larger stills.
  static constexpr std::uint64_t image_bytes_max = 1ULL << 32;
  // The image library wants TIFF-like files in memory at once. Larger ones are shown to it with
  // only their first and last part filled in, which is where directories lie.
  static constexpr std::size_t tiff_whole_bytes_max = 32 << 20;
  static constexpr std::size_t tiff_edge_bytes = 12 << 20;
  // Words of a caption inside an image; EXIF and IPTC fields are at most 64 KiB.
  static constexpr std::size_t caption_bytes_max = 1 << 16;

  // Editing an image needs it in memory twice; the whole program stays under 200 MiB.
  static constexpr std::uint64_t strip_image_bytes_max = 64 << 20;
  // Strips and tiles of a TIFF's pictures; in a file of that size each would be 64 bytes.
  static constexpr std::size_t strips_max = 1 << 20;

  // QuickTime boxes: real files nest 8 deep and hold some dozens of boxes outside the samples.
  static constexpr std::size_t box_depth_max = 10;
  static constexpr std::size_t boxes_max = 20'000;
  static constexpr std::size_t box_text_bytes_max = 1 << 16;
  // The cover of a music file: larger ones go with the position, unlooked at.
  static constexpr std::size_t cover_bytes_max = 4 << 20;

  // One piece of metadata in a sound file, a WebM or a GIF, which is looked through in memory:
  // the largest are covers, and FLAC gives these 24 bits of size.
  static constexpr std::size_t tag_bytes_max = 1 << 24;
  // A chunk or an element whose contents are numbers, or a few words of a program.
  static constexpr std::size_t small_tag_bytes_max = 1 << 16;
  // Comments, frames or items in one tag: an audio book has some hundred chapters.
  static constexpr std::size_t tags_in_file_max = 20'000;
  // A chapter holds frames in ID3v2, and they hold none.
  static constexpr std::size_t id3_depth_max = 2;
  // A SimpleTag in a SimpleTag is the deepest that is met in WebM: Segment, Tags, Tag, two of them.
  static constexpr std::size_t element_depth_max = 10;
  // Streams that are open at once in an Ogg file; a film with sound and a skeleton has three.
  static constexpr std::size_t ogg_streams_max = 16;
  // What is left of a frame where MP3s were cut: none is longer than 2881 bytes.
  static constexpr std::size_t sound_gap_bytes_max = 4096;
  static constexpr std::size_t sound_gaps_max = 64;  // more are damage, or no sound
};

}  // namespace tesseras::media

// index.html: a gallery for any browser, without scripts and without anything loaded from
// elsewhere (spec/tessera.md, section 5). Pure; written piece by piece, so that a hundred
// thousand memories need no large string.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/crypto/blake3.hpp"
#include "preserve/tessera/manifest.hpp"
#include "preserve/tessera/media_type.hpp"
#include "preserve/tessera/meta.hpp"

namespace tesseras::tessera {

// Takes the next bytes of a page; must not keep the view.
using Append = std::function<void(std::string_view)>;

// About the tessera as a whole. The same header that MANIFEST gets.
struct GalleryHead {
  const ManifestHeader& header;
  std::string description;          // context.txt of the whole; or empty
  std::string creator_fingerprint;  // as people compare it
  std::size_t memories = 0;
};

// One memory. The views need to live only during the call.
struct GalleryMemory {
  crypto::Blake3Hash id;
  MediaFormat format = MediaFormat::other;
  const Meta& meta;
  std::string_view context;  // context.txt
  // For a text: its beginning, cut by the caller at Limits::gallery_excerpt_bytes; else empty.
  std::string_view excerpt;
  bool in_parts = false;  // or only parts of it lie here: no browser can show it
};

std::size_t gallery_pages(std::size_t memories);  // at least 1
// "index.html", "gallery/2.html", ...: pages count from 1.
std::string gallery_path(std::size_t page);
// First memory of a page, counting from 0.
std::size_t gallery_first(std::size_t page);

// Writes one page. Call begin, then memory for each of its memories (gallery_first(page) up to
// the next page's first, or the last), then end.
class GalleryPage {
 public:
  // `page` from 1 to gallery_pages(head.memories). `head` and what it refers to must outlive this.
  GalleryPage(const GalleryHead& head, std::size_t page, Append append);

  void begin();
  void memory(const GalleryMemory& memory);
  void end();

 private:
  void write_navigation();
  void write_media(const GalleryMemory& memory, std::string_view file);
  void write_words(const GalleryMemory& memory, std::string_view folder);
  void write_file_link(const GalleryMemory& memory, std::string_view file);
  void write_facts(const Meta& meta);

  const GalleryHead& head_;
  std::size_t page_;
  std::string root_;  // "" on index.html, "../" on further pages
  Append append_;
};

}  // namespace tesseras::tessera

#include "preserve/media/gif_tags.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "preserve/media/limits.hpp"
#include "preserve/media/tag_values.hpp"

namespace tesseras::media {
namespace {

using base::Result;

// A table of colours, from the flags of a screen or of an image.
std::uint64_t colours_bytes(std::byte flags) {
  const auto bits = static_cast<unsigned>(flags);
  return (bits & 0x80U) != 0 ? 3ULL << ((bits & 7U) + 1) : 0;
}

class Blocks {
 public:
  explicit Blocks(TagSource& source) : source_(source) {}

  Result<void> walk() {
    constexpr std::size_t screen_bytes = 13;
    const auto screen = TRY(source_.exactly(0, screen_bytes));
    const auto magic = base::as_text(screen.first(6));
    if (magic != "GIF87a" && magic != "GIF89a") return doubt("its structure is damaged");
    at_ = screen_bytes + colours_bytes(screen[10]);
    // Some programs leave the last byte out.
    while (at_ != source_.size() || !has_image_) {
      const auto kind = static_cast<unsigned char>(TRY(source_.exactly(at_++, 1))[0]);
      if (kind == 0x3b) break;
      if (kind == 0x2c) {
        TRY(image());
        has_image_ = true;
      } else if (kind == 0x21) {
        TRY(extension());
      } else {
        return doubt("its structure is damaged");
      }
    }
    if (!TRY(source_.is_fill(at_, source_.size()))) {
      return doubt("something of unknown meaning lies behind its picture");
    }
    return {};
  }

 private:
  Result<void> image() {
    constexpr std::size_t image_bytes = 9;
    const auto flags = TRY(source_.exactly(at_, image_bytes))[8];
    at_ += image_bytes + colours_bytes(flags) + 1;  // and the first size of its codes
    return sub_blocks();
  }

  Result<void> extension() {
    const auto label = static_cast<unsigned char>(TRY(source_.exactly(at_++, 1))[0]);
    switch (label) {
      case 0x01:  // words that are drawn
      case 0xf9:  // times and transparency
        return sub_blocks();
      case 0xfe: return comment();
      case 0xff: return application();
      default: return doubt("it holds data of unknown meaning (extension {})", label);
    }
  }

  Result<void> comment() {
    std::string words;
    TRY(sub_blocks(&words, false));
    if (words.contains("rdf:RDF")) return check_xml("XMP", base::as_bytes(words));
    return {};
  }

  Result<void> application() {
    constexpr std::size_t name_bytes = 11;
    const auto head = TRY(source_.exactly(at_, 1 + name_bytes));
    if (head[0] != std::byte{name_bytes}) return doubt("its structure is damaged");
    const std::string name(base::as_text(head.subspan(1)));
    at_ += 1 + name_bytes;
    // Loops, and how colours are meant.
    constexpr auto harmless =
        std::to_array<std::string_view>({"NETSCAPE2.0", "ANIMEXTS1.0", "ICCRGBG1012"});
    if (std::ranges::contains(harmless, name)) return sub_blocks();
    if (name == "XMP DataXMP") {
      std::string packet;
      TRY(sub_blocks(&packet, true));
      return xmp(packet);
    }
    if (name == "ImageMagick") {
      std::string value;
      TRY(sub_blocks(&value, false));
      if (value.starts_with("gamma=")) return {};
    }
    return doubt_data(name);
  }

  // XMP specification part 3, section 1.1.2: the packet's own letters are read as sizes, and behind
  // it stand 258 bytes that lead any reader to the end.
  static Result<void> xmp(std::string_view packet) {
    constexpr std::size_t trailer_bytes = 257;  // without the last, which ends the blocks
    if (packet.size() < trailer_bytes || packet[packet.size() - trailer_bytes] != '\x01') {
      return doubt("its XMP cannot be read");
    }
    packet.remove_suffix(trailer_bytes);
    return check_xml("XMP", base::as_bytes(packet));
  }

  // Up to the empty one; into `into`, as one text or with the sizes between.
  Result<void> sub_blocks(std::string* into = nullptr, bool with_sizes = false) {
    for (;;) {
      const auto size = static_cast<std::size_t>(TRY(source_.exactly(at_, 1))[0]);
      if (size == 0) break;
      if (into != nullptr) {
        if (into->size() > Limits::tag_bytes_max) {
          return doubt("a tag in it is too large to be looked through");
        }
        const auto block = base::as_text(TRY(source_.exactly(at_, 1 + size)));
        into->append(block.substr(with_sizes ? 0 : 1));
      }
      at_ += 1 + size;
    }
    ++at_;
    return {};
  }

  TagSource& source_;
  std::uint64_t at_ = 0;
  bool has_image_ = false;
};

}  // namespace

Result<void> check_gif(TagSource& source) { return Blocks(source).walk(); }

}  // namespace tesseras::media

#include "preserve/release/key_texts.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "preserve/release/limits.hpp"

namespace tesseras::release {
namespace {

using base::Code;
using base::fail;
using crypto::SecretBuffer;
using crypto::SecretBytes;

constexpr std::string_view publication_kind = "tesseras key publication v";
constexpr std::string_view part_kind = "tesseras key part v";

// Takes lines off the front of a text, and says what it is when one is not as it must be.
class Lines {
 public:
  Lines(std::string_view what, std::string_view text) : what_(what), rest_(text) {
    while (rest_.ends_with('\n') || rest_.ends_with('\r') || rest_.ends_with(' '))
      rest_.remove_suffix(1);
  }

  std::unexpected<base::Error> refuse(std::string_view why) const {
    return fail(Code::invalid, "it is no {}: {}", what_, why);
  }

  Result<void> kind(std::string_view kind) {
    if (rest_.size() > Limits::text_bytes_max) return refuse("it is too long");
    const auto line = next();
    if (!line.starts_with(kind)) return refuse("its first line is another");
    if (line.substr(kind.size()) == "1") return {};
    return fail(Code::unsupported, "it is a {} of a later version; a newer release reads it",
                what_);
  }

  // What stands behind "KEY: ".
  Result<std::string_view> value(std::string_view key) {
    const auto line = next();
    if (line.starts_with(key) && line.substr(key.size()).starts_with(": "))
      return line.substr(key.size() + 2);
    return fail(Code::invalid, "it is no {}: the line '{}' is missing", what_, key);
  }

  template <class Id>
  Result<Id> id(std::string_view key) {
    const auto found = Id::from_hex(TRY(value(key)));
    if (found) return *found;
    return fail(Code::invalid, "it is no {}: '{}' has not {} digits of 0-9 a-f", what_, key,
                2 * Id::size_bytes);
  }

  // As id(), straight into memory that is zeroised.
  Result<SecretBytes<32>> secret(std::string_view key) {
    const auto digits = TRY(value(key));
    SecretBytes<32> secret;
    if (base::is_lower_hex(digits) && base::from_hex(digits, secret.mutable_span())) return secret;
    return fail(Code::invalid, "it is no {}: '{}' has not {} digits of 0-9 a-f", what_, key,
                2 * SecretBytes<32>::size_bytes);
  }

  Result<void> end() const {
    if (!rest_.empty()) return refuse("something follows its last line");
    return {};
  }

 private:
  std::string_view next() {
    auto line = rest_.substr(0, rest_.find('\n'));
    rest_.remove_prefix(std::min(rest_.size(), line.size() + 1));
    while (line.ends_with('\r') || line.ends_with(' ')) line.remove_suffix(1);
    return line;
  }

  std::string_view what_;
  std::string_view rest_;
};

// Writes text into memory that is zeroised, whose size is known before.
class SecretText {
 public:
  explicit SecretText(std::size_t bytes_max) : buffer_(bytes_max) {}

  SecretText& text(std::string_view text) {
    for (const char c : text) put(c);
    return *this;
  }
  SecretText& hex(base::ByteSpan bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    for (const auto byte : bytes) {
      put(digits[std::to_integer<unsigned>(byte) >> 4U]);
      put(digits[std::to_integer<unsigned>(byte) & 15U]);
    }
    return *this;
  }
  SecretBuffer take() {
    buffer_.truncate(size_);
    return std::move(buffer_);
  }

 private:
  void put(char c) { buffer_.mutable_span()[size_++] = static_cast<std::byte>(c); }

  SecretBuffer buffer_;
  std::size_t size_ = 0;
};

}  // namespace

SecretBuffer encode(const KeyPublication& publication) {
  return SecretText(Limits::text_bytes_max)
      .text(publication_kind)
      .text("1\ntessera: ")
      .hex(publication.content_hash.bytes)
      .text("\ncontent-key: ")
      .hex(publication.key.span())
      .text("\n")
      .take();
}

SecretBuffer encode(const PartText& part) {
  return SecretText(Limits::text_bytes_max)
      .text(part_kind)
      .text("1\ntessera: ")
      .hex(part.content_hash.bytes)
      .text("\npart: ")
      .text(std::to_string(part.part.index))
      .text("\ndata: ")
      .hex(part.part.data.span())
      .text("\n")
      .take();
}

Result<KeyPublication> decode_publication(std::string_view text) {
  Lines lines("key publication", text);
  TRY(lines.kind(publication_kind));
  const auto hash = TRY(lines.id<base::ContentHash>("tessera"));
  auto key = TRY(lines.secret("content-key"));
  TRY(lines.end());
  return KeyPublication{hash, std::move(key)};
}

Result<PartText> decode_part(std::string_view text) {
  Lines lines("part of a key", text);
  TRY(lines.kind(part_kind));
  const auto hash = TRY(lines.id<base::ContentHash>("tessera"));
  const auto number = TRY(lines.value("part"));
  std::uint8_t index = 0;
  const auto parsed = std::from_chars(number.data(), number.data() + number.size(), index);
  const bool is_number = parsed.ec == std::errc() && parsed.ptr == number.data() + number.size();
  if (!is_number || index == 0 || number.starts_with('0'))
    return lines.refuse("'part' is no number from 1 to 255");
  auto data = TRY(lines.secret("data"));
  TRY(lines.end());
  return PartText{hash, sealing::KeyPart{index, std::move(data)}};
}

}  // namespace tesseras::release

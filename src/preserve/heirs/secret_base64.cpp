#include "preserve/heirs/secret_base64.hpp"

#include <algorithm>

namespace tesseras::heirs {
namespace {

using crypto::SecretBuffer;

// All ones where `value` is negative, else zeros.
constexpr int mask_if_negative(int value) { return value >> 31; }

// What is added where `low` <= value <= `high`, else 0.
constexpr int within(int value, int low, int high, int added) {
  return mask_if_negative((low - 1 - value) & (value - high - 1)) & added;
}

// Of 0 to 63.
constexpr char digit_of(int value) {
  return static_cast<char>(within(value, 0, 25, 'A' + value) |
                           within(value, 26, 51, 'a' - 26 + value) |
                           within(value, 52, 61, '0' - 52 + value) | within(value, 62, 62, '+') |
                           within(value, 63, 63, '/'));
}

// 0 to 63; -1 for what is no digit.
constexpr int value_of(char digit) {
  const int c = static_cast<unsigned char>(digit);
  return within(c, 'A', 'Z', c - 'A' + 1) + within(c, 'a', 'z', c - 'a' + 27) +
         within(c, '0', '9', c - '0' + 53) + within(c, '+', '+', 63) + within(c, '/', '/', 64) - 1;
}

}  // namespace

SecretBuffer to_secret_base64(base::ByteSpan secret) {
  SecretBuffer text((secret.size() + 2) / 3 * 4);
  auto into = text.mutable_span().begin();
  for (std::size_t i = 0; i < secret.size(); i += 3) {
    const auto count = std::min<std::size_t>(3, secret.size() - i);
    unsigned group = 0;
    for (std::size_t j = 0; j < 3; ++j)
      group = group << 8U | (j < count ? std::to_integer<unsigned>(secret[i + j]) : 0U);
    for (std::size_t j = 0; j < 4; ++j) {
      const auto value = static_cast<int>(group >> (18U - 6U * j) & 63U);
      *into++ = static_cast<std::byte>(j <= count ? digit_of(value) : '=');
    }
  }
  return text;
}

std::optional<SecretBuffer> from_secret_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  SecretBuffer bytes(text.size() / 4 * 3 - padding);
  auto into = bytes.mutable_span().begin();
  unsigned wrong = 0;
  for (std::size_t i = 0; i < text.size(); i += 4) {
    unsigned group = 0;
    for (std::size_t j = i; j < i + 4; ++j) {
      const int value = j < text.size() - padding ? value_of(text[j]) : 0;
      wrong |= static_cast<unsigned>(mask_if_negative(value));
      group = group << 6U | (static_cast<unsigned>(value) & 63U);
    }
    const auto count = i + 4 == text.size() ? 3 - padding : 3;
    wrong |= group & ((1U << (8U * (3 - count))) - 1U);
    for (std::size_t j = 0; j < count; ++j)
      *into++ = static_cast<std::byte>(group >> (16U - 8U * j) & 255U);
  }
  if (wrong != 0) return std::nullopt;
  return bytes;
}

}  // namespace tesseras::heirs

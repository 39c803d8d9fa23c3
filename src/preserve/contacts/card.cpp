#include "preserve/contacts/card.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "foundation/base/bytes.hpp"

namespace tesseras::contacts {
namespace {

using base::Code;
using base::fail;

constexpr std::string_view first_line_start = "tesseras contact v";
constexpr std::string_view first_line = "tesseras contact v1";
constexpr std::size_t digits_per_line = 64;

std::unexpected<base::Error> no_card(std::string_view why) {
  return fail(Code::invalid, "it is no contact's card: {}", why);
}

// As it was before it went through the mail.
std::string tidy(std::string_view text) {
  std::string lines;
  while (!text.empty()) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines += line;
    lines += '\n';
  }
  while (lines.ends_with(" \n") || lines.ends_with("\n\n")) lines.erase(lines.size() - 2, 1);
  return lines;
}

std::string unsigned_text(const Card& card) {
  std::string text = fmt::format("{}\ned25519: {}\nmldsa65: {}\nxwing:\n", first_line,
                                 card.ed25519.hex(), card.mldsa65.hex());
  const auto digits = base::to_base64(card.xwing.bytes);
  for (std::size_t at = 0; at < digits.size(); at += digits_per_line) {
    text += digits.substr(at, digits_per_line);
    text += '\n';
  }
  return text;
}

// Takes lines off the front of a card.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}

  std::string_view next() {
    const auto line = rest_.substr(0, rest_.find('\n'));
    rest_.remove_prefix(std::min(rest_.size(), line.size() + 1));
    return line;
  }

  // What stands behind "KEY: ".
  template <class Id>
  Result<Id> id(std::string_view key) {
    auto line = next();
    if (!line.starts_with(key) || !line.substr(key.size()).starts_with(": "))
      return no_card(fmt::format("the line '{}' is missing", key));
    const auto found = Id::from_hex(line.substr(key.size() + 2));
    if (!found) return no_card(fmt::format("'{}' has not {} digits", key, 2 * Id::size_bytes));
    return *found;
  }

  Result<crypto::XWingPublicKey> xwing() {
    if (next() != "xwing:") return no_card("the line 'xwing:' is missing");
    std::string digits;
    const auto size = (crypto::XWingPublicKey::size_bytes + 2) / 3 * 4;
    while (digits.size() < size && !rest_.empty()) digits += next();
    const auto bytes = base::from_base64(digits);
    crypto::XWingPublicKey key;
    if (!bytes || bytes->size() != key.bytes.size())
      return no_card("'xwing' is not a key in base64");
    std::ranges::copy(*bytes, key.bytes.begin());
    return key;
  }

 private:
  std::string_view rest_;
};

}  // namespace

Card card_of(const identity::PublicKeys& keys) {
  return {keys.ed25519, crypto::blake3(keys.mldsa65.bytes), keys.xwing};
}

std::string encode(const identity::Identity& owner) {
  const auto text = unsigned_text(card_of(owner.public_keys()));
  return text + "signature: " + owner.sign(base::as_bytes(text)).ed25519.hex() + "\n";
}

Result<Card> decode(std::string_view text) {
  if (text.size() > card_bytes_max) return no_card("it is longer than any");
  const auto card_text = tidy(text);
  Lines lines(card_text);
  const auto first = lines.next();
  if (first != first_line && first.starts_with(first_line_start)) {
    return fail(Code::unsupported, "this card was written by a newer release");
  }
  if (first != first_line) return no_card("it does not begin with 'tesseras contact v1'");
  Card card;
  card.ed25519 = TRY(lines.id<crypto::Ed25519PublicKey>("ed25519"));
  card.mldsa65 = TRY(lines.id<crypto::Blake3Hash>("mldsa65"));
  card.xwing = TRY(lines.xwing());
  const auto signature = TRY(lines.id<crypto::Ed25519Signature>("signature"));
  // One way of writing: whatever else is in it, is not what was signed.
  const auto signed_text = unsigned_text(card);
  if (card_text != signed_text + "signature: " + signature.hex() + "\n")
    return no_card("it is written in another way than cards are");
  if (!crypto::verify(card.ed25519, base::as_bytes(signed_text), signature))
    return fail(Code::invalid, "the card was changed: its signature does not hold");
  return card;
}

std::string fingerprint_of(const Card& card) {
  auto hash = crypto::Blake3::for_derive_key("tesseras contact fingerprint v1");
  hash.update(card.ed25519.bytes);
  hash.update(card.mldsa65.bytes);
  hash.update(card.xwing.bytes);
  const auto bytes = hash.finish().bytes;
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += 4) {
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < 4; ++i)
      number = number << 8U | std::to_integer<std::uint32_t>(bytes.at(at + i));
    text += fmt::format("{}{:05}", at == 0 ? "" : " ", number % 100'000);
  }
  return text;
}

}  // namespace tesseras::contacts

#include "preserve/contacts/card.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "foundation/base/bytes.hpp"

namespace tesseras::contacts {
namespace {

using base::Code;
using base::fail;

constexpr std::string_view person_line = "tesseras contact v1";
constexpr std::string_view node_line = "tesseras node v1";
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

std::string xwing_lines(const crypto::XWingPublicKey& key) {
  std::string text = "xwing:\n";
  const auto digits = base::to_base64(key.bytes);
  for (std::size_t at = 0; at < digits.size(); at += digits_per_line) {
    text += digits.substr(at, digits_per_line);
    text += '\n';
  }
  return text;
}

struct NonceTag;
using Nonce = base::StrongId<NonceTag, 8>;  // little-endian, as in identity.key

Nonce nonce_of(std::uint64_t number) {
  Nonce nonce;
  for (auto& byte : nonce.bytes) {
    byte = static_cast<std::byte>(number);
    number >>= 8U;
  }
  return nonce;
}

std::uint64_t number_of(const Nonce& nonce) {
  std::uint64_t number = 0;
  for (std::size_t at = nonce.bytes.size(); at-- > 0;)
    number = number << 8U | std::to_integer<std::uint64_t>(nonce.bytes.at(at));
  return number;
}

std::string unsigned_text(const Card& card) {
  return fmt::format("{}\ned25519: {}\nmldsa65: {}\n{}", person_line, card.ed25519.hex(),
                     card.mldsa65.hex(), xwing_lines(card.xwing));
}

std::string unsigned_text(const NodeCard& card) {
  return fmt::format("{}\ned25519: {}\nnonce: {}\n{}", node_line, card.ed25519.hex(),
                     nonce_of(card.nonce).hex(), xwing_lines(card.xwing));
}

std::string signed_text(const std::string& text, const crypto::Ed25519Signature& signature) {
  return text + "signature: " + signature.hex() + "\n";
}

// The first line of a card as `line` is, but of another version: a number from 2.
bool is_later(std::string_view first, std::string_view line) {
  line.remove_suffix(1);
  if (!first.starts_with(line)) return false;
  const auto version = first.substr(line.size());
  return !version.empty() && version.front() != '0' &&
         std::ranges::all_of(version, [](char c) { return c >= '0' && c <= '9'; });
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

// What is left to see of a card whose lines have been read.
template <class AnyOfThem>
Result<AnyCard> held(const AnyOfThem& card, Lines& lines, std::string_view card_text) {
  const auto signature = TRY(lines.template id<crypto::Ed25519Signature>("signature"));
  // One way of writing: whatever else is in it, is not what was signed.
  const auto text = unsigned_text(card);
  if (card_text != signed_text(text, signature))
    return no_card("it is written in another way than cards are");
  if (!crypto::verify(card.ed25519, base::as_bytes(text), signature))
    return fail(Code::invalid, "the card was changed: its signature does not hold");
  return card;
}

Result<AnyCard> decode_person(Lines& lines, std::string_view card_text) {
  Card card;
  card.ed25519 = TRY(lines.id<crypto::Ed25519PublicKey>("ed25519"));
  card.mldsa65 = TRY(lines.id<crypto::Blake3Hash>("mldsa65"));
  card.xwing = TRY(lines.xwing());
  return held(card, lines, card_text);
}

Result<AnyCard> decode_node(Lines& lines, std::string_view card_text) {
  NodeCard card;
  card.ed25519 = TRY(lines.id<dht::NodePublicKey>("ed25519"));
  card.nonce = number_of(TRY(lines.id<Nonce>("nonce")));
  card.xwing = TRY(lines.xwing());
  auto whole = TRY(held(card, lines, card_text));
  if (!dht::check_nonce(card.ed25519, card.nonce))
    return no_card("its nonce gives no node that there can be");
  return whole;
}

std::string digits_of(const crypto::Blake3Hash& hash) {
  std::string text;
  for (std::size_t at = 0; at < hash.bytes.size(); at += 4) {
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < 4; ++i)
      number = number << 8U | std::to_integer<std::uint32_t>(hash.bytes.at(at + i));
    text += fmt::format("{}{:05}", at == 0 ? "" : " ", number % 100'000);
  }
  return text;
}

std::string fingerprint(std::string_view context, std::array<base::ByteSpan, 3> parts) {
  auto hash = crypto::Blake3::for_derive_key(context);
  for (const auto& part : parts) hash.update(part);
  return digits_of(hash.finish());
}

}  // namespace

Card card_of(const identity::PublicKeys& keys) {
  return {keys.ed25519, crypto::blake3(keys.mldsa65.bytes), keys.xwing};
}

dht::NodeId node_id_of(const NodeCard& card) { return dht::node_id_of(card.ed25519, card.nonce); }

const crypto::XWingPublicKey& xwing_of(const AnyCard& card) {
  return std::visit([](const auto& one) -> const auto& { return one.xwing; }, card);
}

std::string encode(const identity::Identity& owner) {
  const auto text = unsigned_text(card_of(owner.public_keys()));
  return signed_text(text, owner.sign(base::as_bytes(text)).ed25519);
}

std::string encode(const crypto::Ed25519Key& node, std::uint64_t nonce,
                   const crypto::XWingPublicKey& xwing) {
  const auto text = unsigned_text(NodeCard{node.public_key(), nonce, xwing});
  return signed_text(text, node.sign(base::as_bytes(text)));
}

Result<AnyCard> decode(std::string_view text) {
  if (text.size() > card_bytes_max) return no_card("it is longer than any");
  const auto card_text = tidy(text);
  Lines lines(card_text);
  const auto first = lines.next();
  if (first == person_line) return decode_person(lines, card_text);
  if (first == node_line) return decode_node(lines, card_text);
  for (const auto line : {person_line, node_line}) {
    if (is_later(first, line))
      return fail(Code::unsupported, "this card was written by a newer release");
  }
  return no_card("it begins neither with 'tesseras contact v1' nor with 'tesseras node v1'");
}

std::string fingerprint_of(const Card& card) {
  return fingerprint("tesseras contact fingerprint v1",
                     {card.ed25519.bytes, card.mldsa65.bytes, card.xwing.bytes});
}

std::string fingerprint_of(const NodeCard& card) {
  const auto nonce = nonce_of(card.nonce);
  return fingerprint("tesseras node fingerprint v1",
                     {card.ed25519.bytes, nonce.bytes, card.xwing.bytes});
}

std::string fingerprint_of(const AnyCard& card) {
  return std::visit([](const auto& one) { return fingerprint_of(one); }, card);
}

}  // namespace tesseras::contacts

#include "preserve/contacts/card.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace tesseras::contacts {
namespace {

using base::Code;

identity::Identity somebody(unsigned char byte = 7) {
  identity::RootSeed seed;
  std::ranges::fill(seed.mutable_span(), static_cast<std::byte>(byte));
  return identity::Identity::from_seed(seed);
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  text.replace(text.find(what), what.size(), by);
  return text;
}

TEST(Card, ComesBackAsItWas) {
  const auto owner = somebody();
  const auto text = encode(owner);
  const auto card = decode(text);
  ASSERT_TRUE(card) << card.error().message;
  EXPECT_EQ(*card, AnyCard(card_of(owner.public_keys())));
  EXPECT_EQ(xwing_of(*card), owner.public_keys().xwing);
  EXPECT_LT(text.size(), 2100);  // version 35 of a QR code, at level L, holds 2303 bytes
  EXPECT_EQ(encode(owner), text);
}

TEST(Card, SurvivesTheMail) {
  const auto text = encode(somebody());
  std::string with_returns;
  for (const char one : text)
    with_returns += one == '\n' ? std::string("\r\n") : std::string(1, one);
  for (const auto& arrived :
       {with_returns, text + "\n\n", text + "  \n \n", text.substr(0, text.size() - 1)}) {
    const auto card = decode(arrived);
    ASSERT_TRUE(card) << card.error().message;
    EXPECT_EQ(*card, AnyCard(card_of(somebody().public_keys())));
  }
}

TEST(Card, RefusesEveryChangedCharacter) {
  const auto text = encode(somebody());
  for (std::size_t at = 0; at < text.size(); at += at < 200 ? 1 : 13) {
    std::string changed = text;
    changed[at] = changed[at] == 'a' ? 'b' : 'a';
    const auto card = decode(changed);
    // A line feed that became a letter at the very end is mended; nothing of the card is another.
    EXPECT_FALSE(card) << at;
  }
}

TEST(Card, RefusesKeysOfTwoPeople) {
  const auto mine = encode(somebody(7)), other = encode(somebody(8));
  const auto key_of = [](const std::string& text) {
    const auto begin = text.find("xwing:");
    return text.substr(begin, text.find("signature:") - begin);
  };
  const auto mixed = decode(replaced(mine, key_of(mine), key_of(other)));
  ASSERT_FALSE(mixed);
  EXPECT_NE(mixed.error().message.find("was changed"), std::string::npos) << mixed.error().message;
}

TEST(Card, SaysWhatIsWrong) {
  const auto text = encode(somebody());
  const auto why = [](const std::string& card) { return decode(card).error(); };
  EXPECT_EQ(why("").code, Code::invalid);
  EXPECT_EQ(why(std::string(5000, 'a')).code, Code::invalid);
  EXPECT_EQ(why("-----BEGIN PGP PUBLIC KEY BLOCK-----\n").code, Code::invalid);
  EXPECT_EQ(why(replaced(text, "contact v1", "contact v2")).code, Code::unsupported);
  EXPECT_NE(why(replaced(text, "mldsa65: ", "mldsa87: ")).message.find("'mldsa65'"),
            std::string::npos);
  EXPECT_EQ(why(text + "and more\n").code, Code::invalid);
  EXPECT_EQ(why(" " + text).code, Code::invalid);
  EXPECT_EQ(why(replaced(text, "\nxwing", "\n\nxwing")).code, Code::invalid);
}

TEST(Card, FingerprintIsOfAllKeys) {
  const auto card = card_of(somebody().public_keys());
  const auto digits = fingerprint_of(card);
  EXPECT_EQ(digits.size(), 47);
  EXPECT_TRUE(
      std::ranges::all_of(digits, [](char one) { return one == ' ' || std::isdigit(one); }));
  auto other = card;
  other.xwing.bytes[5] ^= std::byte{1};
  EXPECT_NE(fingerprint_of(other), digits);
  other = card;
  other.mldsa65.bytes[5] ^= std::byte{1};
  EXPECT_NE(fingerprint_of(other), digits);
  other = card;
  other.ed25519.bytes[5] ^= std::byte{1};
  EXPECT_NE(fingerprint_of(other), digits);
}

}  // namespace
}  // namespace tesseras::contacts

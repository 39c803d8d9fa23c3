// The cards of nodes; those of people are in card_test.cpp.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "preserve/contacts/card.hpp"

namespace tesseras::contacts {
namespace {

using base::Code;

crypto::SecretBytes<32> seed_of(unsigned char byte) {
  crypto::SecretBytes<32> seed;
  std::ranges::fill(seed.mutable_span(), static_cast<std::byte>(byte));
  return seed;
}

struct Node {
  explicit Node(unsigned char byte)
      : key(crypto::Ed25519Key::from_seed(seed_of(byte))),
        nonce(dht::find_nonce(key.public_key()).value()),
        xwing(crypto::XWingKey::from_seed(seed_of(byte)).public_key()) {}

  std::string card() const { return encode(key, nonce, xwing); }

  crypto::Ed25519Key key;
  std::uint64_t nonce;
  crypto::XWingPublicKey xwing;
};

NodeCard node_in(const Result<AnyCard>& card) { return std::get<NodeCard>(card.value()); }

TEST(NodeCard, ComesBackAsItWas) {
  const Node node(7);
  const auto text = node.card();
  EXPECT_TRUE(text.starts_with("tesseras node v1\ned25519: "));
  EXPECT_LT(text.size(), 2100);
  const auto card = decode(text);
  ASSERT_TRUE(card) << card.error().message;
  EXPECT_EQ(node_in(card), (NodeCard{node.key.public_key(), node.nonce, node.xwing}));
  EXPECT_EQ(xwing_of(*card), node.xwing);
  EXPECT_EQ(node_id_of(node_in(card)), dht::check_nonce(node.key.public_key(), node.nonce).value());
}

TEST(NodeCard, WritesItsNonceAsItsKeyFileDoes) {
  const Node node(7);
  const auto text = encode(node.key, 0x0102, node.xwing);
  EXPECT_NE(text.find("\nnonce: 0201000000000000\n"), std::string::npos) << text;
}

TEST(NodeCard, RefusesEveryChangedCharacter) {
  const auto text = Node(7).card();
  for (std::size_t at = 0; at < text.size(); at += at < 200 ? 1 : 13) {
    std::string changed = text;
    changed[at] = changed[at] == 'a' ? 'b' : 'a';
    EXPECT_FALSE(decode(changed)) << at;
  }
}

TEST(NodeCard, RefusesANonceThatIsNone) {
  const Node node(7);
  for (const std::uint64_t nonce : {node.nonce + 1, std::uint64_t{0} - 1}) {
    const auto card = decode(encode(node.key, nonce, node.xwing));
    ASSERT_FALSE(card) << nonce;
    EXPECT_EQ(card.error().code, Code::invalid);
    EXPECT_NE(card.error().message.find("nonce"), std::string::npos) << card.error().message;
  }
}

TEST(NodeCard, IsNoPersons) {
  const auto person = identity::Identity::from_seed(seed_of(7));
  const auto card = decode(encode(person));
  ASSERT_TRUE(card);
  EXPECT_TRUE(std::holds_alternative<Card>(*card));
  auto text = Node(7).card();
  text.replace(0, std::string_view("tesseras node v1").size(), "tesseras contact v1");
  EXPECT_EQ(decode(text).error().code, Code::invalid);
  text = Node(7).card();
  text.replace(text.find("v1"), 2, "v2");
  EXPECT_EQ(decode(text).error().code, Code::unsupported);
}

TEST(NodeCard, FingerprintIsOfAllOfIt) {
  const Node node(7);
  const NodeCard card{node.key.public_key(), node.nonce, node.xwing};
  std::vector<std::string> digits{fingerprint_of(card)};
  EXPECT_EQ(digits[0].size(), 47);
  auto other = card;
  other.ed25519.bytes[5] ^= std::byte{1};
  digits.push_back(fingerprint_of(other));
  other = card;
  other.nonce += 1;
  digits.push_back(fingerprint_of(other));
  other = card;
  other.xwing.bytes[5] ^= std::byte{1};
  digits.push_back(fingerprint_of(other));
  std::ranges::sort(digits);
  EXPECT_EQ(std::ranges::adjacent_find(digits), digits.end());
}

}  // namespace
}  // namespace tesseras::contacts

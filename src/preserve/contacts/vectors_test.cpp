// spec/vectors/contact, made by other code than ours: see make.py there.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>

#include "foundation/base/vector_fixture.hpp"
#include "preserve/contacts/card.hpp"

namespace tesseras::contacts {
namespace {

using Fields = base::VectorFields;

// What our messages say for each reason.
const std::map<std::string, std::string> words{
    {"too-long", "it is longer than any"},
    {"first-line", "it begins neither with"},
    {"later-version", "written by a newer release"},
    {"line", "is missing"},
    {"digits", " digits"},
    {"base64", "'xwing' is not a key in base64"},
    {"otherwise", "it is written in another way than cards are"},
    {"signature", "its signature does not hold"},
    {"nonce", "its nonce gives no node"},
};

crypto::SecretBytes<32> seed_in(Fields& v) {
  return crypto::SecretBytes<32>::copy_of(base::bytes_of_vector(v["seed"]));
}

void check_person(const Card& card, Fields& v) {
  EXPECT_EQ(card.ed25519.hex(), v["ed25519"]);
  EXPECT_EQ(card.mldsa65.hex(), v["mldsa65"]);
  EXPECT_EQ(encode(identity::Identity::from_seed(seed_in(v))) ==
                base::as_text(base::bytes_of_vector(v["card"])),
            v["written"] == "yes");
}

void check_node(const NodeCard& card, Fields& v) {
  EXPECT_EQ(card.ed25519.hex(), v["ed25519"]);
  EXPECT_EQ(std::to_string(card.nonce), v["nonce"]);
  EXPECT_EQ(node_id_of(card).hex(), v["node-id"]);
  const auto seed = seed_in(v);
  const auto xwing =
      crypto::XWingKey::from_seed(crypto::blake3_derive_key("tesseras node xwing v1", seed.span()));
  EXPECT_EQ(encode(crypto::Ed25519Key::from_seed(seed), card.nonce, xwing.public_key()) ==
                base::as_text(base::bytes_of_vector(v["card"])),
            v["written"] == "yes");
}

void check_valid(const AnyCard& card, Fields& v) {
  EXPECT_EQ(crypto::blake3(xwing_of(card).bytes).hex(), v["xwing-blake3"]);
  EXPECT_EQ(fingerprint_of(card), v["fingerprint"]);
  const auto* person = std::get_if<Card>(&card);
  EXPECT_EQ(person != nullptr ? "person" : "node", v["kind"]);
  if (person != nullptr) return check_person(*person, v);
  check_node(std::get<NodeCard>(card), v);
}

TEST(CardVectors, Hold) {
  std::map<std::string, int> refused;
  int people = 0, nodes = 0;
  const std::filesystem::path folder = TESSERAS_SOURCE_DIR "/spec/vectors/contact";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".txt") continue;
    SCOPED_TRACE(entry.path().filename());
    Fields vector = base::read_vector(entry.path());
    const auto bytes = base::bytes_of_vector(vector["card"]);
    const auto card = decode(base::as_text(bytes));
    EXPECT_EQ(card ? "valid" : base::name_of(card.error().code), vector["expect"]);
    if (card) {
      check_valid(*card, vector);
      ++(vector["kind"] == "person" ? people : nodes);
    } else {
      EXPECT_NE(card.error().message.find(words.at(vector["reason"])), std::string::npos)
          << card.error().message;
      ++refused[vector["reason"]];
    }
  }
  EXPECT_GE(people, 7);
  EXPECT_GE(nodes, 6);
  for (const auto& [reason, said] : words) EXPECT_GE(refused[reason], 1) << reason;
}

}  // namespace
}  // namespace tesseras::contacts

// spec/vectors/encryption, made by other code than ours: see make.py there.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "foundation/base/vector_fixture.hpp"
#include "foundation/crypto/blake3.hpp"
#include "preserve/sealing/content_stream.hpp"
#include "preserve/sealing/envelope.hpp"
#include "preserve/sealing/witnesses.hpp"

namespace tesseras::sealing {
namespace {

using Fields = base::VectorFields;

Capsule capsule_of(Fields& v) {
  Capsule capsule{tessera::CapsuleId::from_hex(v["capsule"]).value(), std::nullopt};
  if (!v["open-after"].empty()) capsule.open_after = {std::stoll(v["open-after"]), 0};
  return capsule;
}

ContentKey key_of(Fields& v) { return ContentKey::copy_of(base::bytes_of_vector(v["key"])); }

std::string sealed_by_us(Fields& v, base::Bytes& sealed) {
  base::Bytes pack(std::stoull(v["pack-bytes"]));
  for (std::size_t i = 0; i < pack.size(); ++i) pack[i] = static_cast<std::byte>(i % 251);
  ContentWriter writer(key_of(v), capsule_of(v), [&](base::ByteSpan bytes) -> Result<void> {
    sealed.insert(sealed.end(), bytes.begin(), bytes.end());
    return {};
  });
  EXPECT_TRUE(writer.append(pack));
  EXPECT_TRUE(writer.finish());
  return crypto::blake3(sealed).hex();
}

Result<void> read_all(const base::Bytes& sealed, Fields& v) {
  auto reader = TRY(ContentReader::open(
      key_of(v), capsule_of(v), sealed.size(),
      [&](std::uint64_t offset, base::MutableByteSpan into) -> Result<std::size_t> {
        std::ranges::copy(base::ByteSpan(sealed).subspan(offset, into.size()), into.begin());
        return into.size();
      }));
  base::Bytes plain(static_cast<std::size_t>(reader.size_bytes()));
  TRY(reader.read_at(0, plain));
  return {};
}

void check_content(Fields& v) {
  base::Bytes sealed = base::bytes_of_vector(v["content"]);
  if (v["expect"] == "valid") {
    EXPECT_EQ(commitment_to(key_of(v), capsule_of(v).id).hex(), v["key-commitment"]);
    const base::Bytes given = std::exchange(sealed, {});
    EXPECT_EQ(sealed_by_us(v, sealed), v["content-blake3"]);
    EXPECT_EQ(sealed.size(), std::stoull(v["content-bytes"]));
    EXPECT_TRUE(given.empty() || given == sealed);
  }
  const auto read = read_all(sealed, v);
  EXPECT_EQ(read ? "valid" : base::name_of(read.error().code), v["expect"]);
}

void check_envelope(Fields& v) {
  const auto seed = identity::RootSeed::copy_of(base::bytes_of_vector(v["seed"]));
  const auto key = open_envelope(base::bytes_of_vector(v["envelope"]), capsule_of(v),
                                 tessera::KeyCommitment::from_hex(v["key-commitment"]).value(),
                                 identity::Identity::from_seed(seed));
  EXPECT_EQ(key ? "valid" : base::name_of(key.error().code), v["expect"]);
  if (key) {
    EXPECT_EQ(base::to_hex(key->span()), v["key"]);
  }
}

Result<KeyPart> part_for(Fields& v, const Witnesses& witnesses, const WitnessBinding& binding) {
  const auto seed = crypto::SecretBytes<32>::copy_of(base::bytes_of_vector(v["seed"]));
  if (v["of"] == "person")
    return open_part(witnesses, binding, identity::Identity::from_seed(seed));
  const auto own = crypto::blake3_derive_key("tesseras node xwing v1", seed.span());
  return open_part(witnesses, binding, crypto::XWingKey::from_seed(own));
}

Result<KeyPart> part_of(Fields& v) {
  const auto file = base::bytes_of_vector(v["witnesses"]);
  const WitnessBinding binding{capsule_of(v),
                               crypto::Ed25519PublicKey::from_hex(v["creator"]).value()};
  return part_for(v, TRY(parse_witnesses(file)), binding);
}

void check_part(Fields& v) {
  const auto part = part_of(v);
  EXPECT_EQ(part ? "valid" : base::name_of(part.error().code), v["expect"]);
  if (part) {
    EXPECT_EQ(std::to_string(part->index), v["number"]);
    EXPECT_EQ(base::to_hex(part->data.span()), v["part"]);
  }
}

void check_key(Fields& v) {
  const auto witnesses = parse_witnesses(base::bytes_of_vector(v["witnesses"])).value();
  std::vector<KeyPart> parts;
  std::istringstream words(v["parts"]);
  for (std::string word; words >> word;) {
    const auto colon = word.find(':');
    const auto data = base::bytes_of_vector(word.substr(colon + 1));
    parts.push_back({static_cast<std::uint8_t>(std::stoi(word.substr(0, colon))),
                     crypto::SecretBytes<32>::copy_of(data)});
  }
  const auto key =
      key_of_parts(witnesses, capsule_of(v).id,
                   tessera::KeyCommitment::from_hex(v["key-commitment"]).value(), parts);
  EXPECT_EQ(key ? "valid" : base::name_of(key.error().code), v["expect"]);
  if (key) {
    EXPECT_EQ(base::to_hex(key->span()), v["key"]);
  }
}

TEST(EncryptionVectors, Hold) {
  const std::map<std::string, void (*)(Fields&)> checks{{"content", check_content},
                                                        {"envelope", check_envelope},
                                                        {"part", check_part},
                                                        {"key", check_key}};
  int valid = 0, refused = 0;
  const std::filesystem::path folder = TESSERAS_SOURCE_DIR "/spec/vectors/encryption";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (!entry.is_regular_file() || entry.path().extension() == ".py") continue;
    SCOPED_TRACE(entry.path().filename());
    Fields vector = base::read_vector(entry.path());
    checks.at(vector["kind"])(vector);
    ++(vector["expect"] == "valid" ? valid : refused);
  }
  EXPECT_GE(valid, 17);
  EXPECT_GE(refused, 60);
}

}  // namespace
}  // namespace tesseras::sealing

// spec/vectors/identity, made by other code than ours: see make.py there.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "foundation/base/vector_fixture.hpp"
#include "foundation/crypto/blake3.hpp"
#include "preserve/identity/identity.hpp"
#include "preserve/identity/seed_file.hpp"

namespace tesseras::identity {
namespace {

using Fields = base::VectorFields;

base::Bytes bytes_of(const std::string& hex) {
  base::Bytes bytes(hex.size() / 2);
  EXPECT_TRUE(base::from_hex(hex, bytes)) << hex;
  return bytes;
}

void check_keys(Fields& v) {
  const RootSeed seed = RootSeed::copy_of(bytes_of(v["seed"]));
  const auto derived = [&](std::string_view context) {
    return base::to_hex(crypto::blake3_derive_key(context, seed.span()).span());
  };
  EXPECT_EQ(derived(ed25519_context), v["ed25519-seed"]);
  EXPECT_EQ(derived(mldsa65_context), v["mldsa65-seed"]);
  EXPECT_EQ(derived(xwing_context), v["xwing-seed"]);
  const Identity identity = Identity::from_seed(seed);
  const PublicKeys& keys = identity.public_keys();
  EXPECT_EQ(keys.ed25519.hex(), v["ed25519-public"]);
  EXPECT_EQ(crypto::blake3(keys.mldsa65.bytes).hex(), v["mldsa65-public-blake3"]);
  EXPECT_EQ(crypto::blake3(keys.xwing.bytes).hex(), v["xwing-public-blake3"]);
  EXPECT_EQ(identity.fingerprint().hex(), v["fingerprint"]);
  const Signatures signatures = identity.sign(bytes_of(v["message"]));
  EXPECT_EQ(signatures.ed25519.hex(), v["ed25519-signature"]);
}

base::Result<RootSeed> open_file(Fields& v) {
  SeedFile file = TRY(decode_seed_file(bytes_of(v["file"])));
  if (auto* bare = std::get_if<RootSeed>(&file)) return std::move(*bare);
  return unprotect(std::get<ProtectedSeed>(file), bytes_of(v["passphrase"]));
}

void check_file(Fields& v) {
  const auto seed = open_file(v);
  EXPECT_EQ(seed ? "valid" : base::name_of(seed.error().code), v["expect"]);
  if (!seed) return;
  EXPECT_EQ(base::to_hex(seed->span()), v["seed"]);
  // And we write the same bytes.
  const base::Bytes bytes = bytes_of(v["file"]);
  const auto decoded = decode_seed_file(bytes).value();
  if (const auto* sealed = std::get_if<ProtectedSeed>(&decoded)) {
    const auto made =
        protect_with(*seed, bytes_of(v["passphrase"]), sealed->cost, sealed->salt, sealed->nonce);
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(base::to_hex(*made), v["file"]);
  } else {
    EXPECT_EQ(base::to_hex(encode_heir_blob(*seed).span()), v["file"]);
  }
}

TEST(IdentityVectors, Hold) {
  int keys = 0, valid = 0, refused = 0;
  const std::filesystem::path folder = TESSERAS_SOURCE_DIR "/spec/vectors/identity";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (!entry.is_regular_file() || entry.path().extension() == ".py") continue;
    SCOPED_TRACE(entry.path().filename());
    Fields vector = base::read_vector(entry.path());
    if (!vector.contains("file")) {
      check_keys(vector);
      ++keys;
    } else {
      check_file(vector);
      ++(vector["expect"] == "valid" ? valid : refused);
    }
  }
  EXPECT_GE(keys, 3);
  EXPECT_GE(valid, 3);
  EXPECT_GE(refused, 30);
}

}  // namespace
}  // namespace tesseras::identity

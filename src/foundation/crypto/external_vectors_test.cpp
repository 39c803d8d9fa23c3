// The authors' own vectors of BLAKE3 and X-Wing.
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>

#include "foundation/base/folder_fixture.hpp"
#include "foundation/crypto/blake3.hpp"
#include "foundation/crypto/blake3_tree.hpp"
#include "foundation/crypto/shared_vectors.hpp"
#include "foundation/crypto/xwing.hpp"

namespace tesseras::crypto {
namespace {

using Json = nlohmann::json;

base::Bytes pattern(std::size_t size) {
  base::Bytes data(size);
  for (std::size_t i = 0; i < size; ++i) data[i] = static_cast<std::byte>(i % 251);
  return data;
}

template <std::size_t N>
SecretBytes<N> secret_of(const Json& hex) {
  SecretBytes<N> secret;
  EXPECT_TRUE(base::from_hex(hex.get<std::string>(), secret.mutable_span()));
  return secret;
}

// Where they are meant to be, one that is not there is no reason to say that all is well.
TEST(ExternalVectors, AreMissedWhereTheyShouldBe) {
  const char* configured = std::getenv("TESSERAS_SHARED");
  const auto before = configured == nullptr ? std::nullopt : std::optional<std::string>(configured);
  const base::TemporaryFolder folder;
  ::setenv("TESSERAS_SHARED", folder.path().c_str(), 1);
  const auto absent = read_shared_vectors("wycheproof/aes_gcm_test.json");
  std::filesystem::create_directory(folder.path() / "vectors");
  EXPECT_THROW(read_shared_vectors("wycheproof/aes_gcm_test.json"), std::runtime_error);
  std::filesystem::create_directory(folder.path() / "vectors/wycheproof");
  EXPECT_THROW(read_shared_vectors("wycheproof/aes_gcm_test.json"), std::runtime_error);
  before ? ::setenv("TESSERAS_SHARED", before->c_str(), 1) : ::unsetenv("TESSERAS_SHARED");
  EXPECT_FALSE(absent);
}

TEST(ExternalVectors, Blake3) {
  const auto text = read_shared_vectors("blake3/test_vectors.json");
  if (!text) GTEST_SKIP();
  const Json vectors = Json::parse(*text);
  const auto key = SecretBytes<32>::copy_of(base::as_bytes(vectors["key"].get<std::string>()));
  const auto context = vectors["context_string"].get<std::string>();
  int checked = 0;
  for (const Json& c : vectors["cases"]) {
    const base::Bytes data = pattern(c["input_len"].get<std::size_t>());
    // The vectors go on to extended output, which nothing here uses; its first 32 bytes are it.
    const auto expected = [&c](const char* mode) {
      return c[mode].get<std::string>().substr(0, 64);
    };
    EXPECT_EQ(blake3(data).hex(), expected("hash"));
    Blake3 keyed = Blake3::keyed(key);
    keyed.update(data);
    EXPECT_EQ(keyed.hash().hex(), expected("keyed_hash"));
    EXPECT_EQ(base::to_hex(blake3_derive_key(context, data).span()), expected("derive_key"));
    TreeNodes nodes([](const TreeNode&) {});
    nodes.update(data);
    EXPECT_EQ(nodes.finish().hex(), expected("hash"));
    ++checked;
  }
  EXPECT_GE(checked, 35);
}

TEST(ExternalVectors, XWing) {
  const auto text = read_shared_vectors("xwing/test-vectors.json");
  if (!text) GTEST_SKIP();
  int checked = 0;
  for (const Json& c : Json::parse(*text)) {
    const XWingKey key = XWingKey::from_seed(secret_of<32>(c["seed"]));
    EXPECT_EQ(key.public_key().hex(), c["pk"].get<std::string>());
    const auto made = xwing_encapsulate_derand(key.public_key(), secret_of<64>(c["eseed"]));
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->ciphertext.hex(), c["ct"].get<std::string>());
    EXPECT_EQ(made->shared_secret, secret_of<32>(c["ss"]));
    EXPECT_EQ(key.decapsulate(made->ciphertext).value(), secret_of<32>(c["ss"]));
    ++checked;
  }
  EXPECT_GE(checked, 3);
}

}  // namespace
}  // namespace tesseras::crypto

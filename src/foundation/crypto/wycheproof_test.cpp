// Project Wycheproof's vectors: what has gone wrong in other people's implementations.
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>

#include "foundation/crypto/aead.hpp"
#include "foundation/crypto/ed25519.hpp"
#include "foundation/crypto/mldsa65.hpp"
#include "foundation/crypto/mlkem768.hpp"
#include "foundation/crypto/shared_vectors.hpp"
#include "foundation/crypto/x25519.hpp"

namespace tesseras::crypto {
namespace {

using Json = nlohmann::json;

// How many cases were checked, and how many lie outside what we wrap, by the rule beside each.
struct Count {
  int checked = 0;
  int skipped = 0;

  ~Count() { std::printf("%d cases checked, %d outside of what is wrapped\n", checked, skipped); }
};

base::Bytes bytes_of(const Json& hex) {
  const auto text = hex.get<std::string>();
  base::Bytes bytes(text.size() / 2);
  EXPECT_TRUE(base::from_hex(text, bytes));
  return bytes;
}

template <std::size_t N>
SecretBytes<N> secret_of(const Json& hex) {
  return SecretBytes<N>::copy_of(bytes_of(hex));
}

bool has_flag(const Json& test, std::string_view flag) {
  return std::ranges::any_of(test["flags"], [&](const Json& f) { return f == flag; });
}

// Calls check(group, test) for each test of the file, or returns false when it is not there.
template <class Check>
bool for_each_test(const char* name, Check check) {
  const auto text = read_shared_vectors(std::string("wycheproof/") + name);
  if (!text) return false;
  const Json file = Json::parse(*text);
  for (const Json& group : file["testGroups"]) {
    for (const Json& test : group["tests"]) {
      SCOPED_TRACE("tcId " + test["tcId"].dump() + " " + test.value("comment", ""));
      check(group, test);
    }
  }
  return true;
}

TEST(Wycheproof, Aes256Gcm) {
  Count count;
  const bool there = for_each_test("aes_gcm_test.json", [&](const Json& group, const Json& test) {
    // Keys of 256 bits and nonces of 96 are the only ones that the types allow.
    if (group["keySize"] != 256 || group["ivSize"] != 96) {
      ++count.skipped;
      return;
    }
    Aes256Gcm aead(secret_of<32>(test["key"]));
    AeadNonce nonce{};
    std::ranges::copy(bytes_of(test["iv"]), nonce.begin());
    const base::Bytes plain = bytes_of(test["msg"]), associated = bytes_of(test["aad"]);
    base::Bytes sealed = bytes_of(test["ct"]);
    std::ranges::copy(bytes_of(test["tag"]), std::back_inserter(sealed));
    base::Bytes opened(plain.size());
    const bool valid = test["result"] == "valid";
    EXPECT_EQ(aead.open(nonce, associated, sealed, opened).has_value(), valid);
    EXPECT_EQ(opened, valid ? plain : base::Bytes(plain.size()));
    if (valid) {
      base::Bytes made(sealed.size());
      aead.seal(nonce, associated, plain, made);
      EXPECT_EQ(made, sealed);
    }
    ++count.checked;
  });
  if (!there) GTEST_SKIP();
  EXPECT_GE(count.checked, 60);
}

TEST(Wycheproof, Ed25519) {
  Count count;
  const bool there = for_each_test("ed25519_test.json", [&](const Json& group, const Json& test) {
    const auto key = Ed25519PublicKey::from_bytes(bytes_of(group["publicKey"]["pk"]));
    ASSERT_TRUE(key);
    const auto signature = Ed25519Signature::from_bytes(bytes_of(test["sig"]));
    // A signature of another length cannot even be said to our interface.
    const bool ours = signature && verify(*key, bytes_of(test["msg"]), *signature);
    EXPECT_EQ(ours, test["result"] == "valid");
    ++count.checked;
  });
  if (!there) GTEST_SKIP();
  EXPECT_GE(count.checked, 150);
}

TEST(Wycheproof, MlDsa65Sign) {
  Count count;
  const bool there =
      for_each_test("mldsa_65_sign_seed_test.json", [&](const Json& group, const Json& test) {
        // Our context is always empty; a seed of another length cannot be said; and a message
        // given only as its hash mu is not what "pure" signs.
        const base::Bytes seed = bytes_of(group["privateSeed"]);
        if (test.value("ctx", "") != "" || seed.size() != 32 || !test.contains("msg")) {
          ++count.skipped;
          return;
        }
        ASSERT_EQ(test["result"], "valid");
        const MlDsa65Key key = MlDsa65Key::from_seed(SecretBytes<32>::copy_of(seed));
        EXPECT_EQ(key.public_key().hex(), group["publicKey"].get<std::string>());
        const auto signature = MlDsa65Signature::from_bytes(bytes_of(test["sig"]));
        ASSERT_TRUE(signature);
        const base::Bytes message = bytes_of(test["msg"]);
        EXPECT_TRUE(verify(key.public_key(), message, *signature));
        if (has_flag(test, "Randomized")) {
          ++count.skipped;  // another valid signature than the deterministic one
          return;
        }
        EXPECT_TRUE(key.sign(message) == *signature);
        ++count.checked;
      });
  if (!there) GTEST_SKIP();
  EXPECT_GE(count.checked, 80);
}

TEST(Wycheproof, MlDsa65Verify) {
  Count count;
  const bool there =
      for_each_test("mldsa_65_verify_test.json", [&](const Json& group, const Json& test) {
        const base::Bytes message = bytes_of(test["msg"]);
        const auto key = MlDsa65PublicKey::from_bytes(bytes_of(group["publicKey"]));
        const auto signature = MlDsa65Signature::from_bytes(bytes_of(test["sig"]));
        // Keys and signatures of another length cannot be said.
        const bool ours = key && signature && verify(*key, message, *signature);
        if (test.value("ctx", "") != "") {
          EXPECT_FALSE(ours) << "signed with a context, and ours is empty";
          ++count.skipped;
          return;
        }
        EXPECT_EQ(ours, test["result"] == "valid");
        ++count.checked;
      });
  if (!there) GTEST_SKIP();
  EXPECT_GE(count.checked, 150);
}

TEST(Wycheproof, X25519) {
  Count count;
  const bool there = for_each_test("x25519_test.json", [&](const Json&, const Json& test) {
    const auto peer = X25519PublicKey::from_bytes(bytes_of(test["public"]));
    ASSERT_TRUE(peer);
    const auto shared = X25519Key::from_private(secret_of<32>(test["private"])).agree(*peer);
    // "acceptable" marks odd but defined points; of those we refuse just the ones whose secret
    // is all zeros.
    EXPECT_EQ(shared.has_value(), !has_flag(test, "ZeroSharedSecret"));
    if (shared) {
      EXPECT_EQ(*shared, secret_of<32>(test["shared"]));
    }
    ++count.checked;
  });
  if (!there) GTEST_SKIP();
  EXPECT_GE(count.checked, 500);
}

TEST(Wycheproof, MlKem768KeysAndDecapsulation) {
  Count count;
  const auto check = [&](const Json&, const Json& test) {
    const base::Bytes seed = bytes_of(test["seed"]);
    const auto ciphertext = test.contains("c") ? MlKem768Ciphertext::from_bytes(bytes_of(test["c"]))
                                               : MlKem768Ciphertext{};
    if (seed.size() != 64 || !ciphertext) {
      EXPECT_EQ(test["result"], "invalid");  // lengths that the types cannot say
      ++count.skipped;
      return;
    }
    const MlKem768Key key = MlKem768Key::from_seed(SecretBytes<64>::copy_of(seed));
    if (test.contains("ek")) {
      EXPECT_EQ(key.public_key().hex(), test["ek"].get<std::string>());
    }
    if (test.contains("c")) {
      EXPECT_EQ(key.decapsulate(*ciphertext) == secret_of<32>(test["K"]),
                test["result"] == "valid");
    }
    ++count.checked;
  };
  if (!for_each_test("mlkem_768_keygen_seed_test.json", check)) GTEST_SKIP();
  if (!for_each_test("mlkem_768_test.json", check)) GTEST_SKIP();
  EXPECT_GE(count.checked, 250);
}

TEST(Wycheproof, MlKem768Encapsulation) {
  Count count;
  const bool there =
      for_each_test("mlkem_768_encaps_test.json", [&](const Json&, const Json& test) {
        const auto key = MlKem768PublicKey::from_bytes(bytes_of(test["ek"]));
        if (!key) {
          EXPECT_EQ(test["result"], "invalid");  // a length that the type cannot say
          ++count.skipped;
          return;
        }
        const auto made = mlkem768_encapsulate(*key, secret_of<32>(test["m"]));
        EXPECT_EQ(made.has_value(), test["result"] == "valid");
        if (made) {
          EXPECT_TRUE(made->ciphertext.hex() == test["c"].get<std::string>());
          EXPECT_EQ(made->shared_secret, secret_of<32>(test["K"]));
        }
        ++count.checked;
      });
  if (!there) GTEST_SKIP();
  EXPECT_GE(count.checked, 240);
}

}  // namespace
}  // namespace tesseras::crypto

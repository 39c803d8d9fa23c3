#include "preserve/tessera/signature.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "foundation/crypto/ed25519.hpp"
#include "foundation/crypto/mldsa65.hpp"
#include "preserve/tessera/test_tessera.hpp"

namespace tesseras::tessera {
namespace {

using ::testing::HasSubstr;

// The four files, to be spoiled one at a time.
struct Files {
  std::string ed25519_key, mldsa65_key, ed25519_signature, mldsa65_signature;

  SignatureState check(const Manifest& manifest) const {
    return check_signatures(manifest, {.ed25519_key = base::as_bytes(ed25519_key),
                                       .mldsa65_key = base::as_bytes(mldsa65_key),
                                       .ed25519_signature = base::as_bytes(ed25519_signature),
                                       .mldsa65_signature = base::as_bytes(mldsa65_signature)});
  }
};

Files signed_files(const Manifest& manifest, const test::Creator& creator) {
  const auto message = base::as_bytes(manifest.text());
  return {.ed25519_key = std::string(base::as_text(creator.ed25519.public_key().bytes)),
          .mldsa65_key = std::string(base::as_text(creator.mldsa65.public_key().bytes)),
          .ed25519_signature = std::string(base::as_text(creator.ed25519.sign(message).bytes)),
          .mldsa65_signature = std::string(base::as_text(creator.mldsa65.sign(message).bytes))};
}

TEST(Signature, HoldsOnlyWithBoth) {
  const test::Creator creator;
  const Manifest manifest = test::sample_manifest(creator);
  const Files good = signed_files(manifest, creator);
  EXPECT_TRUE(good.check(manifest).valid());
  for (std::string Files::* file : {&Files::ed25519_key, &Files::mldsa65_key,
                                    &Files::ed25519_signature, &Files::mldsa65_signature}) {
    const bool first = file == &Files::ed25519_key || file == &Files::ed25519_signature;
    for (const std::size_t at : {std::size_t{0}, (good.*file).size() - 1}) {
      Files flipped = good;
      (flipped.*file)[at] = static_cast<char>((flipped.*file)[at] ^ 1);
      const SignatureState state = flipped.check(manifest);
      EXPECT_FALSE(state.valid());
      EXPECT_EQ(state.ed25519_fault.empty(), !first) << state.ed25519_fault;
      EXPECT_EQ(state.mldsa65_fault.empty(), first) << state.mldsa65_fault;
    }
    Files longer = good;
    longer.*file += 'x';
    EXPECT_FALSE(longer.check(manifest).valid());
    Files missing = good;
    (missing.*file).clear();
    EXPECT_THAT(missing.check(manifest).ed25519_fault + missing.check(manifest).mldsa65_fault,
                HasSubstr("missing or empty"));
  }
}

TEST(Signature, IsNotThatOfSomebodyElse) {
  const test::Creator creator, other(9);
  const Manifest manifest = test::sample_manifest(creator);
  const SignatureState state = signed_files(manifest, other).check(manifest);
  EXPECT_THAT(state.ed25519_fault, HasSubstr("is not the key that MANIFEST names"));
  EXPECT_THAT(state.mldsa65_fault, HasSubstr("is not the key that MANIFEST names"));
  EXPECT_FALSE(SignatureState{}.valid());
}

// "name: value" lines; values are hexadecimal, but for the MANIFEST, which is a file beside it.
TEST(Signature, AgreesWithTheVector) {
  const std::filesystem::path folder(TESSERAS_SOURCE_DIR "/spec/vectors/tessera");
  std::ifstream list(folder / "signature.txt");
  std::map<std::string, std::string> values;
  for (std::string line; std::getline(list, line);) {
    const std::size_t colon = line.find(": ");
    if (colon != std::string::npos) values[line.substr(0, colon)] = line.substr(colon + 2);
  }
  std::ifstream stream(folder / "MANIFEST", std::ios::binary);
  const auto manifest = Manifest::parse({std::istreambuf_iterator<char>(stream), {}});
  ASSERT_TRUE(manifest) << manifest.error().message;
  EXPECT_EQ(manifest->content_hash().hex(), values["content-hash"]);
  const test::Creator creator(
      std::to_integer<unsigned char>((*base::array_from_hex<32>(values["ed25519-seed"]))[0]));
  const Files files = signed_files(*manifest, creator);
  EXPECT_EQ(base::to_hex(base::as_bytes(files.ed25519_key)), values["ed25519-key"]);
  EXPECT_EQ(base::to_hex(base::as_bytes(files.mldsa65_key)), values["mldsa65-key"]);
  EXPECT_EQ(base::to_hex(base::as_bytes(files.ed25519_signature)), values["ed25519-signature"]);
  EXPECT_EQ(base::to_hex(base::as_bytes(files.mldsa65_signature)), values["mldsa65-signature"]);
  EXPECT_TRUE(files.check(*manifest).valid());
}

}  // namespace
}  // namespace tesseras::tessera

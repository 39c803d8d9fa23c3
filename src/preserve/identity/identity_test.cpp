#include "preserve/identity/identity.hpp"

#include <gtest/gtest.h>

#include <type_traits>

#include "preserve/identity/limits.hpp"
#include "preserve/identity/seed_file.hpp"

namespace tesseras::identity {
namespace {

using base::Code;

static_assert(!std::is_copy_constructible_v<Identity>);

constexpr crypto::Argon2idCost cheap{.memory_kib = 8, .iterations = 1, .lanes = 1};

TEST(Identity, SignsWithBothKeysAndTheSameTwice) {
  const Identity identity = Identity::from_seed(RootSeed());
  const base::Bytes message = base::to_bytes("TESSERA MANIFEST v1\n");
  const Signatures signatures = identity.sign(message);
  EXPECT_EQ(signatures, identity.sign(message));
  EXPECT_TRUE(verify(identity.public_keys().ed25519, message, signatures.ed25519));
  EXPECT_TRUE(verify(identity.public_keys().mldsa65, message, signatures.mldsa65));
  EXPECT_FALSE(verify(identity.public_keys().ed25519, {}, signatures.ed25519));
  EXPECT_FALSE(verify(identity.public_keys().mldsa65, {}, signatures.mldsa65));
}

TEST(Identity, OpensWhatIsSealedForIt) {
  const Identity identity = Identity::from_seed(RootSeed());
  const auto sealed = crypto::xwing_encapsulate(identity.public_keys().xwing);
  ASSERT_TRUE(sealed);
  EXPECT_EQ(identity.decapsulate(sealed->ciphertext).value(), sealed->shared_secret);
  const Identity other = Identity::from_seed(new_root_seed());
  EXPECT_FALSE(other.decapsulate(sealed->ciphertext).value() == sealed->shared_secret);
}

TEST(Identity, EachSeedIsAnotherPerson) {
  const RootSeed seed = new_root_seed();
  EXPECT_EQ(Identity::from_seed(seed).public_keys(),
            Identity::from_seed(seed.clone()).public_keys());
  EXPECT_FALSE(new_root_seed() == seed);
  EXPECT_NE(Identity::from_seed(new_root_seed()).fingerprint(),
            Identity::from_seed(seed).fingerprint());
}

TEST(SeedFile, ProtectionIsFreshEachTime) {
  const RootSeed seed = new_root_seed();
  const auto first = protect(seed, base::as_bytes("words"), cheap);
  const auto second = protect(seed, base::as_bytes("words"), cheap);
  ASSERT_TRUE(first && second);
  EXPECT_NE(*first, *second);
  const SeedFile read = decode_seed_file(*first).value();
  EXPECT_EQ(unprotect(std::get<ProtectedSeed>(read), base::as_bytes("words")).value(), seed);
}

TEST(SeedFile, AnyChangedBitIsFoundWithoutAPassphrase) {
  const ProtectedSeedBytes good = protect(new_root_seed(), base::as_bytes("words"), cheap).value();
  ASSERT_TRUE(decode_seed_file(good));
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    ProtectedSeedBytes changed = good;
    changed[bit / 8] ^= std::byte{1} << (bit % 8);
    EXPECT_FALSE(decode_seed_file(changed)) << bit;
  }
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(decode_seed_file(base::ByteSpan(good).first(size))) << size;
  }
}

TEST(SeedFile, WhatProtectsNothingOrCostsTooMuchIsRefused) {
  const RootSeed seed;
  const auto code = [&](std::string_view passphrase, const crypto::Argon2idCost& cost) {
    const auto made = protect(seed, base::as_bytes(passphrase), cost);
    return made ? Code::internal : made.error().code;
  };
  EXPECT_EQ(code("", cheap), Code::invalid);
  EXPECT_EQ(code(std::string(5000, 'x'), cheap), Code::invalid);
  EXPECT_EQ(code("words", {Limits::cost_memory_kib_max + 1, 1, 1}), Code::invalid);
  EXPECT_EQ(code("words", {8, Limits::cost_iterations_max + 1, 1}), Code::invalid);
  EXPECT_EQ(code("words", {7, 1, 1}), Code::invalid);
  EXPECT_EQ(code("words", {8, 1, 0}), Code::invalid);
}

}  // namespace
}  // namespace tesseras::identity

#include "preserve/release/deposit.hpp"

#include <gtest/gtest.h>

#include "preserve/release/limits.hpp"
#include "preserve/release/release_fixture.hpp"

namespace tesseras::release {
namespace {

using base::Bytes;
using base::Code;
using tessera::Visibility;

TEST(Deposit, IsOfASealedTesseraAndTheWitnessesThatItLists) {
  const SealedTessera tessera;
  const auto deposit = Deposit::of(tessera.manifest, tessera.witnesses);
  ASSERT_TRUE(deposit) << deposit.error().message;
  EXPECT_EQ(deposit->open_after().unix_seconds, 2'000'000'000);
  EXPECT_EQ(deposit->witnesses().threshold, 2);
  EXPECT_EQ(deposit->binding().creator, tessera.creator);
}

TEST(Deposit, IsSignedByItsAuthor) {
  const SealedTessera tessera, other;
  EXPECT_TRUE(tessera.deposit().check_signature(tessera.signature()));
  EXPECT_EQ(tessera.deposit().check_signature(other.signature()).error().code, Code::invalid);
  auto changed = tessera.signature();
  changed.bytes[40] ^= std::byte{1};
  EXPECT_EQ(tessera.deposit().check_signature(changed).error().code, Code::invalid);
}

TEST(Deposit, RefusesOtherWitnesses) {
  const SealedTessera tessera, other;
  EXPECT_EQ(Deposit::of(tessera.manifest, other.witnesses).error().code, Code::invalid);
  auto changed = tessera.witnesses;
  changed.back() ^= std::byte{1};
  EXPECT_EQ(Deposit::of(tessera.manifest, changed).error().code, Code::invalid);
}

TEST(Deposit, RefusesWhatIsNotSealedOrHasNone) {
  const SealedTessera tessera;
  const auto unsealed = tessera.manifest_with(Visibility::only_me, tessera.witnesses);
  EXPECT_EQ(Deposit::of(unsealed, tessera.witnesses).error().code, Code::invalid);
  const auto alone = tessera.manifest_with(Visibility::sealed, {});
  EXPECT_EQ(Deposit::of(alone, tessera.witnesses).error().code, Code::invalid);
  EXPECT_FALSE(Deposit::of("no MANIFEST\n", tessera.witnesses));
  const std::string long_one(Limits::manifest_bytes_max + 1, 'x');
  EXPECT_EQ(Deposit::of(long_one, tessera.witnesses).error().code, Code::exhausted);
}

TEST(Deposit, RefusesAListOfWitnessesThatIsNone) {
  const SealedTessera tessera;
  const auto junk = base::to_bytes("tesseras witnesses v1\nand no more");
  const auto listing = tessera.manifest_with(Visibility::sealed, junk);
  EXPECT_EQ(Deposit::of(listing, junk).error().code, Code::corrupt);
}

// An earlier date is another MANIFEST: a witness keeps it, and finds no part in it.
TEST(Deposit, WithAnotherDateOpensNoPart) {
  SealedTessera tessera;
  tessera.binding.capsule.open_after = base::WallTime{1'000'000'000, 0};
  const auto earlier =
      Deposit::of(tessera.manifest_with(Visibility::sealed, tessera.witnesses), tessera.witnesses);
  ASSERT_TRUE(earlier) << earlier.error().message;
  EXPECT_EQ(earlier->open_after().unix_seconds, 1'000'000'000);
  for (const auto& key : tessera.keys) {
    const auto part = sealing::open_part(earlier->witnesses(), earlier->binding(), key);
    ASSERT_FALSE(part);
    EXPECT_EQ(part.error().code, Code::denied);
  }
}

}  // namespace
}  // namespace tesseras::release

#include "foundation/crypto/secret.hpp"

#include <gtest/gtest.h>

#include <string>
#include <type_traits>

#include "foundation/crypto/random.hpp"
#include "foundation/crypto/wipe.hpp"

namespace tesseras::crypto {
namespace {

static_assert(!std::is_copy_constructible_v<SecretBytes<32>>);
static_assert(!std::is_copy_assignable_v<SecretBytes<32>>);
static_assert(!std::is_copy_constructible_v<SecretBuffer>);

TEST(Secret, MovingLeavesNoCopy) {
  SecretBytes<4> secret = SecretBytes<4>::copy_of(base::as_bytes("abcd"));
  const std::byte* where = secret.span().data();
  const SecretBytes<4> moved = std::move(secret);
  EXPECT_EQ(base::as_text(moved.span()), "abcd");
  EXPECT_EQ(moved.span().data(), where);
  EXPECT_TRUE(secret.span().empty());  // NOLINT(bugprone-use-after-move): that is the test
  SecretBytes<4> assigned;
  assigned = moved.clone();
  EXPECT_EQ(assigned, moved);
}

TEST(Secret, DestructionLeavesZerosBehind) {
  const std::byte* where = nullptr;
  {
    const auto secret = SecretBytes<8>::copy_of(base::as_bytes("12345678"));
    where = secret.span().data();
  }
  // The region that secrets lie in stays where it is.
  EXPECT_EQ(base::as_text({where, 8}), std::string_view("\0\0\0\0\0\0\0\0", 8));
}

TEST(Secret, BuffersMoveAndShrink) {
  SecretBuffer secret = SecretBuffer::copy_of(base::as_bytes("passphrase\n"));
  const std::byte* where = secret.span().data();
  secret.truncate(10);
  EXPECT_EQ(base::as_text(secret.span()), "passphrase");
  EXPECT_EQ(where[10], std::byte{0});
  const SecretBuffer moved = std::move(secret);
  EXPECT_EQ(moved.size(), 10U);
  EXPECT_EQ(secret.size(), 0U);  // NOLINT(bugprone-use-after-move): that is the test
  EXPECT_TRUE(secret.span().empty());
}

TEST(Secret, EqualityIsOfAllBytes) {
  EXPECT_TRUE(equal_constant_time({}, {}));
  EXPECT_TRUE(equal_constant_time(base::as_bytes("same"), base::as_bytes("same")));
  EXPECT_FALSE(equal_constant_time(base::as_bytes("same"), base::as_bytes("samf")));
  EXPECT_FALSE(equal_constant_time(base::as_bytes("same"), base::as_bytes("same!")));
}

TEST(Random, NoTwoDrawsAreAlike) {
  EXPECT_FALSE(random_secret<32>() == random_secret<32>());
  EXPECT_FALSE(random_secret<32>() == SecretBytes<32>());
  fill_random({});
}

TEST(Wiping, GrowsWithoutLeavingWhatItHad) {
  base::Bytes bytes;
  std::string whole;
  for (int i = 0; i < 100; ++i) {
    append_wiping(bytes, base::as_bytes("a key"));
    whole += "a key";
  }
  EXPECT_EQ(base::as_text(bytes), whole);
  const auto* where = bytes.data();
  reserve_wiping(bytes, bytes.capacity() - bytes.size());
  EXPECT_EQ(bytes.data(), where);
  {
    const Wiper wiper(bytes);
  }
  EXPECT_EQ(bytes, base::Bytes(whole.size()));
  {
    const Wiper wiper(bytes);
    bytes = base::to_bytes("other bytes");
  }
  EXPECT_EQ(bytes, base::Bytes(11));
}

}  // namespace
}  // namespace tesseras::crypto

#include "foundation/crypto/argon2id.hpp"

#include <gtest/gtest.h>

#include "foundation/crypto/limits.hpp"

namespace tesseras::crypto {
namespace {

// RFC 9106, section 5.3.
TEST(Argon2id, KnownAnswer) {
  const base::Bytes password(32, std::byte{1}), salt(16, std::byte{2}), secret(8, std::byte{3}),
      associated(12, std::byte{4});
  const auto key =
      argon2id({.password = password, .salt = salt, .secret = secret, .associated = associated},
               {.memory_kib = 32, .iterations = 3, .lanes = 4});
  ASSERT_TRUE(key) << key.error().message;
  EXPECT_EQ(base::to_hex(key->span()),
            "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659");
}

// The answer that the reference implementation's own tests give.
TEST(Argon2id, KnownAnswerOfOneLane) {
  const auto key =
      argon2id({.password = base::as_bytes("password"), .salt = base::as_bytes("somesalt")},
               {.memory_kib = 65536, .iterations = 2, .lanes = 1});
  ASSERT_TRUE(key) << key.error().message;
  EXPECT_EQ(base::to_hex(key->span()),
            "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7");
}

TEST(Argon2id, EverythingInfluencesTheKey) {
  const Argon2idCost cheap{.memory_kib = 8, .iterations = 1, .lanes = 1};
  const auto derive = [](std::string_view password, std::string_view salt, Argon2idCost cost) {
    return argon2id({.password = base::as_bytes(password), .salt = base::as_bytes(salt)}, cost)
        .value();
  };
  const auto reference = derive("", "01234567", cheap);
  EXPECT_EQ(reference, derive("", "01234567", cheap));
  EXPECT_FALSE(reference == derive(" ", "01234567", cheap));
  EXPECT_FALSE(reference == derive("", "01234568", cheap));
  EXPECT_FALSE(reference == derive("", "01234567", {16, 1, 1}));
  EXPECT_FALSE(reference == derive("", "01234567", {8, 2, 1}));
}

TEST(Argon2id, OutsideTheLimitsNothingIsComputed) {
  for (const Argon2idCost wrong :
       {Argon2idCost{7, 1, 1}, Argon2idCost{15, 1, 2}, Argon2idCost{8, 0, 1}, Argon2idCost{8, 1, 0},
        Argon2idCost{Limits::argon2id_memory_kib_max + 1, 1, 1},
        Argon2idCost{8, Limits::argon2id_iterations_max + 1, 1},
        Argon2idCost{4096, 1, Limits::argon2id_lanes_max + 1},
        Argon2idCost{0xffffffff, 0xffffffff, 0xffffffff}}) {
    const auto checked = check(wrong);
    ASSERT_FALSE(checked) << wrong.memory_kib << ' ' << wrong.iterations << ' ' << wrong.lanes;
    EXPECT_EQ(checked.error().code, base::Code::invalid);
    EXPECT_FALSE(argon2id({.password = {}, .salt = base::as_bytes("somesalt")}, wrong));
  }
  const Argon2idCost cheap{8, 1, 1};
  const base::Bytes long_salt(Limits::argon2id_salt_bytes_max + 1);
  const base::Bytes long_password(Limits::argon2id_password_bytes_max + 1);
  EXPECT_FALSE(argon2id({.password = {}, .salt = base::as_bytes("7 bytes")}, cheap));
  EXPECT_FALSE(argon2id({.password = {}, .salt = long_salt}, cheap));
  EXPECT_FALSE(argon2id({.password = long_password, .salt = base::as_bytes("somesalt")}, cheap));
  EXPECT_TRUE(check(Argon2idCost{}));
}

}  // namespace
}  // namespace tesseras::crypto

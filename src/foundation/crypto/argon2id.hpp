// Argon2id (RFC 9106, version 0x13): a key out of a passphrase, at a price per guess.
#pragma once

#include <cstdint>
#include <span>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "foundation/crypto/secret.hpp"

namespace tesseras::crypto {

// The price. The defaults are RFC 9106's second recommendation (section 4), for machines where
// 2 GiB is too much to ask; lanes are computed one after another here.
struct Argon2idCost {
  std::uint32_t memory_kib = 64 * 1024;
  std::uint32_t iterations = 3;
  std::uint32_t lanes = 4;

  bool operator==(const Argon2idCost&) const = default;
};

struct Argon2idInput {
  base::ByteSpan password;
  base::ByteSpan salt;
  base::ByteSpan secret = {};      // RFC 9106's K, optional
  base::ByteSpan associated = {};  // RFC 9106's X, optional
};

// invalid: the cost is outside Limits. Pure: to be asked before a cost read from a file is paid.
base::Result<void> check(const Argon2idCost& cost);

// A 32-byte key.
// invalid: cost, salt or password outside Limits; nothing was computed.
// exhausted: the machine does not give the memory that the cost asks for.
base::Result<SecretBytes<32>> argon2id(const Argon2idInput& input, const Argon2idCost& cost);

}  // namespace tesseras::crypto

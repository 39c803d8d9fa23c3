// SHA-512 (FIPS 180-4). Not for secrets: its state is not zeroised.
#pragma once

#include "foundation/base/bytes.hpp"
#include "foundation/base/strong_id.hpp"
#include "foundation/crypto/evp.hpp"

namespace tesseras::crypto {

struct Sha512HashTag;
using Sha512Hash = base::StrongId<Sha512HashTag, 64>;

// Of bytes that come piece by piece. One object hashes any number of messages, one after
// another, without allocating again; it belongs to one thread at a time.
class Sha512 {
 public:
  Sha512();

  void update(base::ByteSpan bytes) { digest_.update(bytes); }
  // The hash of all since the last finish(); the next message starts here.
  Sha512Hash finish();

 private:
  EvpDigest digest_;
};

Sha512Hash sha512(base::ByteSpan bytes);

}  // namespace tesseras::crypto

// One heir's share of an identity, and its binary form (spec/heir-share.md, sections 1 and 2).
// Pure.
#pragma once

#include <string>
#include <vector>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "foundation/base/strong_id.hpp"
#include "foundation/crypto/blake3.hpp"
#include "foundation/crypto/secret.hpp"
#include "preserve/identity/identity.hpp"
#include "preserve/sharing/shamir.hpp"

namespace tesseras::heirs {

using base::Result;

// In every share; may never change.
inline constexpr unsigned share_version = 1;

struct SessionIdTag;
// Random, and the same in all shares that were made at one time.
using SessionId = base::StrongId<SessionIdTag, 8>;

// What all shares of one making have in common.
struct ShareSet {
  unsigned threshold = 0;  // how many give the secret again: 1 to total
  unsigned total = 0;      // how many there are: 1 to 255
  SessionId session;
  identity::Fingerprint owner;
  std::string created;                     // the day, "2026-02-15"
  std::vector<crypto::Blake3Hash> hashes;  // of the data of shares 1 to total, in that order

  bool operator==(const ShareSet&) const = default;
};

struct Share {
  ShareSet set;
  sharing::Share part;  // the index, 1 to set.total, and the data, 34 to 1024 bytes
};

// invalid: no set can have this threshold and total; the message says which there are.
Result<void> check_numbers(unsigned threshold, unsigned total);

// The bytes of a share, which decode() takes.
crypto::SecretBuffer encode(const Share& share);

// corrupt: it is no share, or damaged: any bit that was changed is found, but by somebody who
// writes a new checksum; recover() finds those. unsupported: a newer release wrote it.
Result<Share> decode(base::ByteSpan bytes);

}  // namespace tesseras::heirs

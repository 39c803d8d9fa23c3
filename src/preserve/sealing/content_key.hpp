// The key that opens one encrypted tessera, and what binds it to that one (spec/encryption.md,
// section 1).
#pragma once

#include <optional>
#include <string_view>

#include "foundation/base/bytes.hpp"
#include "foundation/base/time.hpp"
#include "foundation/crypto/secret.hpp"
#include "preserve/tessera/manifest.hpp"

namespace tesseras::sealing {

using ContentKey = crypto::SecretBytes<32>;

// What every ciphertext of a tessera is bound to.
struct Capsule {
  tessera::CapsuleId id;
  std::optional<base::WallTime> open_after;  // whole seconds; sealed ones only

  bool operator==(const Capsule&) const = default;
};

// From the operating system's randomness, for one tessera each.
ContentKey new_content_key();
tessera::CapsuleId new_capsule_id();

// What MANIFEST says of the key. Two keys with one commitment are not to be found, so whoever
// has a key that gives it has the key: compare before anything is opened.
tessera::KeyCommitment commitment_to(const ContentKey& key, const tessera::CapsuleId& capsule);

// BLAKE3's derive-key mode over secret || capsule id.
crypto::SecretBytes<32> derive(std::string_view context, const crypto::SecretBytes<32>& secret,
                               const tessera::CapsuleId& capsule);

// `kind`, a line feed, and the capsule: what is authenticated beside a ciphertext.
base::Bytes associated_data(std::string_view kind, const Capsule& capsule);

}  // namespace tesseras::sealing

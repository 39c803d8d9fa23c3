// identity/envelope.bin (spec/encryption.md, section 4): the content key of a tessera, for those
// who may have it. It does not say who or how many they are.
#pragma once

#include <span>

#include "foundation/base/result.hpp"
#include "foundation/crypto/xwing.hpp"
#include "preserve/identity/identity.hpp"
#include "preserve/sealing/content_key.hpp"

namespace tesseras::sealing {

using base::Result;

// For these keys, of which there is one at least; the same twice counts once. From randomness: it
// differs each time.
//   invalid    a key is none
//   exhausted  more than Limits::envelope_entries_max
Result<base::Bytes> make_envelope(const ContentKey& key, const Capsule& capsule,
                                  std::span<const crypto::XWingPublicKey> readers);

// The content key, if the envelope is for this identity and it is what MANIFEST commits to.
//   denied   it is for others, or who it was for cannot be told any more: it was changed
//   corrupt  it is no envelope; or what it holds for this identity is another tessera's key
Result<ContentKey> open_envelope(base::ByteSpan envelope, const Capsule& capsule,
                                 const tessera::KeyCommitment& commitment,
                                 const identity::Identity& reader);

}  // namespace tesseras::sealing

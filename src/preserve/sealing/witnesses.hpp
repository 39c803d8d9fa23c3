// identity/witnesses.bin (spec/witness.md): the content key of a sealed tessera in parts, one for
// each witness, so that enough of them open it at its date without its owner. It does not say who
// they are.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "foundation/base/result.hpp"
#include "foundation/crypto/blake3.hpp"
#include "foundation/crypto/ed25519.hpp"
#include "foundation/crypto/xwing.hpp"
#include "preserve/identity/identity.hpp"
#include "preserve/sealing/content_key.hpp"

namespace tesseras::sealing {

using base::Result;

// What a witness has, and gives away when the time has come.
struct KeyPart {
  std::uint8_t index = 0;  // from 1
  crypto::SecretBytes<32> data;
};

// What stands in the file: there are as many parts as hashes, and an entry for each.
struct Witnesses {
  std::uint8_t threshold = 0;  // 1 to the number of parts
  std::vector<crypto::Blake3Hash> part_hashes;
  base::Bytes entries;
};

// What the entries are bound to.
struct WitnessBinding {
  Capsule capsule;
  crypto::Ed25519PublicKey creator;
};

// What make_witnesses() refuses, but for keys that are none: before hours of encrypting.
Result<void> check_witnesses(std::span<const crypto::XWingPublicKey> witnesses, unsigned threshold);

// The file, of 24 bytes and 1200 for each of `witnesses`: any `threshold` of them have the key
// together, fewer nothing of it (spec/witness.md, section 3). From randomness; chance decides
// whose part has which number.
//   invalid    the threshold is 0 or more than there are; the same key twice; a key is none
//   exhausted  more than Limits::witnesses_max
Result<base::Bytes> make_witnesses(const ContentKey& key, const WitnessBinding& binding,
                                   std::span<const crypto::XWingPublicKey> witnesses,
                                   unsigned threshold);

// corrupt: it is no such file of this version, of another size, or its numbers are none.
Result<Witnesses> parse_witnesses(base::ByteSpan file);

// The part that is for this key.
//   denied   none is; or which one was cannot be told any more, or what for: it was changed
//   corrupt  its entry holds something else than its hash is of: its creator made it so
Result<KeyPart> open_part(const Witnesses& witnesses, const WitnessBinding& binding,
                          const crypto::XWingKey& own);
// The same for a person.
Result<KeyPart> open_part(const Witnesses& witnesses, const WitnessBinding& binding,
                          const identity::Identity& own);

// It is the part of that number, as its hash has it.
bool part_holds(const Witnesses& witnesses, const tessera::CapsuleId& capsule, const KeyPart& part);

// The content key, out of `threshold` different parts or more.
//   invalid  there are too few; or one does not hold: the message says which number
//   corrupt  all hold, and give another key than the one committed to: its creator made it so
Result<ContentKey> key_of_parts(const Witnesses& witnesses, const tessera::CapsuleId& capsule,
                                const tessera::KeyCommitment& commitment,
                                std::span<const KeyPart> parts);

}  // namespace tesseras::sealing

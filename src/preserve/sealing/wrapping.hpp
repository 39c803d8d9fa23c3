// A secret of 32 bytes for whoever has one X-Wing key: what envelopes and witness files are made
// of (spec/encryption.md, section 4; spec/witness.md, section 2).
#pragma once

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "foundation/base/result.hpp"
#include "foundation/crypto/xwing.hpp"
#include "preserve/sealing/content_key.hpp"
#include "preserve/sealing/limits.hpp"

namespace tesseras::sealing {

using base::Result;

inline constexpr std::size_t wrapped_bytes = ContentKey::size_bytes + Limits::tag_bytes;
// X-Wing's ciphertext, then the secret and its tag: 1168.
inline constexpr std::size_t entry_bytes = crypto::XWingCiphertext::size_bytes + wrapped_bytes;

// What an entry is bound to. Borrows.
struct Wrapping {
  std::string_view key_context;  // of BLAKE3's derive-key mode: one for each kind of file
  const tessera::CapsuleId& capsule;
  base::ByteSpan associated;
};

// An entry of entry_bytes; from randomness, it differs each time. invalid: the key is none.
Result<base::Bytes> wrap(const crypto::SecretBytes<32>& secret, const crypto::XWingPublicKey& to,
                         const Wrapping& how);

// What the entry holds, with the secret that its ciphertext shares. Nothing: it is for another
// key, or was changed, which look the same.
std::optional<crypto::SecretBytes<32>> unwrap(base::ByteSpan entry,
                                              const crypto::SecretBytes<32>& shared_secret,
                                              const Wrapping& how);

// The same for an XWingKey or an Identity; a ciphertext that is none gives nothing, too.
template <class Key>
std::optional<crypto::SecretBytes<32>> unwrap_for(const Key& own, base::ByteSpan entry,
                                                  const Wrapping& how) {
  const auto ciphertext = entry.first(crypto::XWingCiphertext::size_bytes);
  const auto shared = own.decapsulate(*crypto::XWingCiphertext::from_bytes(ciphertext));
  return shared ? unwrap(entry, *shared, how) : std::nullopt;
}

// Below `count`, which is at least 1 and at most 2^32: of 64 random bits, so that no place is
// likelier than another by more than 2^-32.
std::size_t random_place(std::size_t count);

// Into an order that says nothing of the one that it was in.
template <class T>
void shuffle(std::vector<T>& all) {
  for (std::size_t left = all.size(); left > 1; --left)
    std::swap(all[random_place(left)], all[left - 1]);
}

}  // namespace tesseras::sealing

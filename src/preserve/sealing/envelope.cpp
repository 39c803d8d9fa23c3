#include "preserve/sealing/envelope.hpp"

#include <algorithm>
#include <bit>
#include <vector>

#include "foundation/base/assert.hpp"
#include "foundation/crypto/aead.hpp"
#include "foundation/crypto/random.hpp"
#include "preserve/sealing/limits.hpp"

namespace tesseras::sealing {
namespace {

using base::Code;
using base::fail;
using crypto::SecretBytes;
using crypto::XWingCiphertext;
using crypto::XWingPublicKey;

constexpr std::string_view kind = "tesseras envelope v1";
constexpr std::size_t head_bytes = kind.size() + 1;
constexpr std::size_t wrapped_bytes = ContentKey::size_bytes + Limits::tag_bytes;
constexpr std::size_t entry_bytes = XWingCiphertext::size_bytes + wrapped_bytes;
// The key is of one message.
constexpr crypto::AeadNonce nonce{};

crypto::Aes256Gcm wrapper(const SecretBytes<32>& shared_secret, const Capsule& capsule) {
  return crypto::Aes256Gcm(derive("tesseras envelope key v1", shared_secret, capsule.id));
}

Result<base::Bytes> entry_for(const XWingPublicKey& reader, const ContentKey& key,
                              const Capsule& capsule) {
  const auto encapsulated = TRY(crypto::xwing_encapsulate(reader));
  base::Bytes entry(entry_bytes);
  std::ranges::copy(encapsulated.ciphertext.bytes, entry.begin());
  wrapper(encapsulated.shared_secret, capsule)
      .seal(nonce, associated_data(kind, capsule), key.span(),
            base::MutableByteSpan(entry).subspan(XWingCiphertext::size_bytes));
  return entry;
}

// Made in the same way, for a key that is forgotten at once; nobody can tell.
Result<base::Bytes> entry_for_nobody(const Capsule& capsule) {
  SecretBytes<32> seed;
  crypto::fill_random(seed.mutable_span());
  return entry_for(crypto::XWingKey::from_seed(seed).public_key(), new_content_key(), capsule);
}

void shuffle(std::vector<base::Bytes>& entries) {
  for (std::size_t left = entries.size(); left > 1; --left) {
    // Of 64 random bits for at most 1024 places: the bias is below 2^-54.
    std::uint64_t random = 0;
    crypto::fill_random(std::as_writable_bytes(std::span(&random, 1)));
    std::swap(entries[random % left], entries[left - 1]);
  }
}

}  // namespace

Result<base::Bytes> make_envelope(const ContentKey& key, const Capsule& capsule,
                                  std::span<const XWingPublicKey> readers) {
  ASSERT(!readers.empty());
  std::vector<XWingPublicKey> all(readers.begin(), readers.end());
  std::ranges::sort(all);
  all.erase(std::ranges::unique(all).begin(), all.end());
  if (all.size() > Limits::envelope_entries_max) {
    return fail(Code::exhausted, "{} readers are more than the {} that one tessera can have",
                all.size(), Limits::envelope_entries_max);
  }
  std::vector<base::Bytes> entries;
  entries.reserve(Limits::envelope_entries_min + 2 * all.size());
  for (const auto& reader : all) entries.push_back(TRY(entry_for(reader, key, capsule)));
  const auto count = std::max(Limits::envelope_entries_min, std::bit_ceil(entries.size()));
  while (entries.size() < count) entries.push_back(TRY(entry_for_nobody(capsule)));
  shuffle(entries);

  base::Bytes envelope = base::to_bytes(kind);
  envelope.push_back(std::byte{'\n'});
  for (const auto& entry : entries) envelope.insert(envelope.end(), entry.begin(), entry.end());
  return envelope;
}

Result<ContentKey> open_envelope(base::ByteSpan envelope, const Capsule& capsule,
                                 const tessera::KeyCommitment& commitment,
                                 const identity::Identity& reader) {
  const auto head = base::to_bytes(kind);
  if (envelope.size() < head_bytes || !std::ranges::equal(envelope.first(kind.size()), head) ||
      envelope[kind.size()] != std::byte{'\n'} ||
      (envelope.size() - head_bytes) % entry_bytes != 0) {
    return fail(Code::corrupt, "identity/envelope.bin is no envelope that this release reads");
  }
  auto entries = envelope.subspan(head_bytes);
  const auto count = entries.size() / entry_bytes;
  if (count < Limits::envelope_entries_min || count > Limits::envelope_entries_max ||
      !std::has_single_bit(count)) {
    return fail(Code::corrupt, "identity/envelope.bin has {} entries, which none has", count);
  }
  const auto associated = associated_data(kind, capsule);
  for (; !entries.empty(); entries = entries.subspan(entry_bytes)) {
    XWingCiphertext ciphertext;
    std::ranges::copy(entries.first(XWingCiphertext::size_bytes), ciphertext.bytes.begin());
    // One that was changed is passed over, as those for others are.
    const auto shared_secret = reader.decapsulate(ciphertext);
    if (!shared_secret) continue;
    ContentKey key;
    if (!wrapper(*shared_secret, capsule)
             .open(nonce, associated, entries.subspan(XWingCiphertext::size_bytes, wrapped_bytes),
                   key.mutable_span()))
      continue;
    if (commitment_to(key, capsule.id) != commitment) {
      return fail(Code::corrupt,
                  "identity/envelope.bin holds another key than the one that MANIFEST commits to");
    }
    return key;
  }
  return fail(Code::denied, "it was not made for this identity, or its envelope was changed");
}

}  // namespace tesseras::sealing

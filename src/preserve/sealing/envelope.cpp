#include "preserve/sealing/envelope.hpp"

#include <algorithm>
#include <bit>
#include <vector>

#include "foundation/base/assert.hpp"
#include "foundation/crypto/random.hpp"
#include "preserve/sealing/limits.hpp"
#include "preserve/sealing/wrapping.hpp"

namespace tesseras::sealing {
namespace {

using base::Code;
using base::fail;
using crypto::XWingPublicKey;

constexpr std::string_view kind = "tesseras envelope v1";
constexpr std::size_t head_bytes = kind.size() + 1;
constexpr std::string_view key_context = "tesseras envelope key v1";

// Made in the same way, for a key that is forgotten at once; nobody can tell.
Result<base::Bytes> entry_for_nobody(const Wrapping& how) {
  const auto seed = crypto::random_secret<32>();
  return wrap(new_content_key(), crypto::XWingKey::from_seed(seed).public_key(), how);
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
  const auto associated = associated_data(kind, capsule);
  const Wrapping how{key_context, capsule.id, associated};
  std::vector<base::Bytes> entries;
  entries.reserve(Limits::envelope_entries_min + 2 * all.size());
  for (const auto& reader : all) entries.push_back(TRY(wrap(key, reader, how)));
  const auto count = std::max(Limits::envelope_entries_min, std::bit_ceil(entries.size()));
  while (entries.size() < count) entries.push_back(TRY(entry_for_nobody(how)));
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
  const Wrapping how{key_context, capsule.id, associated};
  for (; !entries.empty(); entries = entries.subspan(entry_bytes)) {
    // One that was changed is passed over, as those for others are.
    auto key = unwrap_for(reader, entries.first(entry_bytes), how);
    if (!key) continue;
    if (commitment_to(*key, capsule.id) != commitment) {
      return fail(Code::corrupt,
                  "identity/envelope.bin holds another key than the one that MANIFEST commits to");
    }
    return *std::move(key);
  }
  return fail(Code::denied, "it was not made for this identity, or its envelope was changed");
}

}  // namespace tesseras::sealing

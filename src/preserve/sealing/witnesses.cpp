#include "preserve/sealing/witnesses.hpp"

#include <algorithm>
#include <array>

#include "foundation/wire/reader.hpp"
#include "preserve/sealing/limits.hpp"
#include "preserve/sealing/wrapping.hpp"
#include "preserve/sharing/shamir.hpp"

namespace tesseras::sealing {
namespace {

using base::Code;
using base::fail;
using crypto::Blake3Hash;
using crypto::SecretBytes;
using crypto::XWingPublicKey;

constexpr std::string_view magic = "tesseras witnesses v1\n";
constexpr std::string_view kind = "tesseras witness v1";
constexpr std::string_view key_context = "tesseras witness key v1";
constexpr std::string_view part_context = "tesseras key part v1";

Blake3Hash hash_of_part(const tessera::CapsuleId& capsule, std::uint8_t index,
                        base::ByteSpan data) {
  auto hash = crypto::Blake3::for_derive_key(part_context);
  hash.update(capsule.bytes);
  hash.update(std::as_bytes(std::span(&index, 1)));
  hash.update(data);
  return hash.finish();
}

void append(base::Bytes& to, base::ByteSpan bytes) {
  to.insert(to.end(), bytes.begin(), bytes.end());
}

// What is authenticated beside each entry; the number of its part is set for each.
class Associated {
 public:
  Associated(const WitnessBinding& binding, std::uint8_t threshold,
             std::span<const Blake3Hash> part_hashes)
      : bytes_(associated_data(kind, binding.capsule)) {
    append(bytes_, binding.creator.bytes);
    bytes_.push_back(std::byte{threshold});
    bytes_.push_back(static_cast<std::byte>(part_hashes.size()));
    index_at_ = bytes_.size();
    bytes_.push_back(std::byte{0});
    crypto::Blake3 all;
    for (const auto& hash : part_hashes) all.update(hash.bytes);
    append(bytes_, all.hash().bytes);
  }

  base::ByteSpan of_part(std::uint8_t index) {
    bytes_[index_at_] = std::byte{index};
    return bytes_;
  }

 private:
  base::Bytes bytes_;
  std::size_t index_at_ = 0;
};

template <class Key>
Result<KeyPart> part_for(const Key& own, const Witnesses& witnesses,
                         const WitnessBinding& binding) {
  Associated associated(binding, witnesses.threshold, witnesses.part_hashes);
  base::ByteSpan entries = witnesses.entries;
  for (std::uint8_t index = 1; entries.size() >= entry_bytes; ++index) {
    const Wrapping how{key_context, binding.capsule.id, associated.of_part(index)};
    auto data = unwrap_for(own, entries.first(entry_bytes), how);
    entries = entries.subspan(entry_bytes);
    if (!data) continue;
    KeyPart part{index, *std::move(data)};
    if (!part_holds(witnesses, binding.capsule.id, part)) {
      return fail(Code::corrupt,
                  "part {} of its key is not what its hash is of: nobody can rely on it", index);
    }
    return part;
  }
  return fail(Code::denied, "it has no part for this key, or its witnesses were changed");
}

}  // namespace

Result<void> check_witnesses(std::span<const XWingPublicKey> witnesses, unsigned threshold) {
  if (witnesses.size() > Limits::witnesses_max) {
    return fail(Code::exhausted, "{} witnesses and heirs are more than the {} that one tessera has",
                witnesses.size(), Limits::witnesses_max);
  }
  if (threshold == 0 || threshold > witnesses.size()) {
    return fail(Code::invalid, "of {} witnesses and heirs, {} can never open it: name 1 to {}",
                witnesses.size(), threshold, witnesses.size());
  }
  std::vector<XWingPublicKey> sorted(witnesses.begin(), witnesses.end());
  std::ranges::sort(sorted);
  if (std::ranges::adjacent_find(sorted) != sorted.end())
    return fail(Code::invalid, "somebody is a witness twice, and would count as two");
  return {};
}

Result<base::Bytes> make_witnesses(const ContentKey& key, const WitnessBinding& binding,
                                   std::span<const XWingPublicKey> witnesses, unsigned threshold) {
  TRY(check_witnesses(witnesses, threshold));
  const auto count = static_cast<unsigned>(witnesses.size());
  std::vector<XWingPublicKey> owners(witnesses.begin(), witnesses.end());
  shuffle(owners);

  std::vector<KeyPart> parts;
  std::vector<Blake3Hash> hashes;
  parts.reserve(count);
  hashes.reserve(count);
  for (const auto& share : sharing::split(key.span(), threshold, count)) {
    parts.push_back({share.index, SecretBytes<32>::copy_of(share.data.span())});
    hashes.push_back(hash_of_part(binding.capsule.id, share.index, share.data.span()));
  }

  base::Bytes file = base::to_bytes(magic);
  file.push_back(static_cast<std::byte>(threshold));
  file.push_back(static_cast<std::byte>(count));
  for (const auto& hash : hashes) append(file, hash.bytes);
  Associated associated(binding, static_cast<std::uint8_t>(threshold), hashes);
  for (std::size_t i = 0; i < count; ++i) {
    const Wrapping how{key_context, binding.capsule.id, associated.of_part(parts[i].index)};
    append(file, TRY(wrap(parts[i].data, owners[i], how)));
  }
  return file;
}

Result<Witnesses> parse_witnesses(base::ByteSpan file) {
  const auto corrupt = [](std::string_view why) {
    return fail(Code::corrupt, "identity/witnesses.bin {}", why);
  };
  wire::Reader reader(file);
  if (!reader.expect(base::as_bytes(magic)))
    return corrupt("is no file of witnesses that this release reads");
  const auto threshold = reader.u8(), count = reader.u8();
  if (!threshold || !count) return corrupt("was cut short");
  if (*count == 0 || *count > Limits::witnesses_max || *threshold == 0 || *threshold > *count)
    return corrupt(fmt::format("says {} of {}, which none says", *threshold, *count));
  if (reader.remaining() != *count * (Blake3Hash::size_bytes + entry_bytes))
    return corrupt(fmt::format("has not the size of one with {} parts", *count));
  Witnesses witnesses{.threshold = *threshold, .part_hashes = {}, .entries = {}};
  witnesses.part_hashes.reserve(*count);
  for (unsigned i = 0; i < *count; ++i)
    witnesses.part_hashes.push_back(TRY(reader.id<Blake3Hash>()));
  const auto entries = TRY(reader.bytes(reader.remaining()));
  witnesses.entries.assign(entries.begin(), entries.end());
  return witnesses;
}

Result<KeyPart> open_part(const Witnesses& witnesses, const WitnessBinding& binding,
                          const crypto::XWingKey& own) {
  return part_for(own, witnesses, binding);
}

Result<KeyPart> open_part(const Witnesses& witnesses, const WitnessBinding& binding,
                          const identity::Identity& own) {
  return part_for(own, witnesses, binding);
}

bool part_holds(const Witnesses& witnesses, const tessera::CapsuleId& capsule,
                const KeyPart& part) {
  return part.index >= 1 && part.index <= witnesses.part_hashes.size() &&
         hash_of_part(capsule, part.index, part.data.span()) ==
             witnesses.part_hashes[part.index - 1];
}

Result<ContentKey> key_of_parts(const Witnesses& witnesses, const tessera::CapsuleId& capsule,
                                const tessera::KeyCommitment& commitment,
                                std::span<const KeyPart> parts) {
  std::array<const KeyPart*, 256> by_index{};
  for (const auto& part : parts) {
    if (!part_holds(witnesses, capsule, part))
      return fail(Code::invalid, "part {} is none of this tessera's key", part.index);
    by_index[part.index] = &part;
  }
  // Any that hold will do; more of them would say nothing more.
  std::vector<sharing::Share> shares;
  shares.reserve(witnesses.threshold);
  for (const auto* part : by_index) {
    if (part != nullptr && shares.size() < witnesses.threshold)
      shares.push_back({part->index, crypto::SecretBuffer::copy_of(part->data.span())});
  }
  if (shares.size() < witnesses.threshold) {
    return fail(Code::invalid, "{} different parts of the key are too few: {} of {} open it",
                shares.size(), witnesses.threshold, witnesses.part_hashes.size());
  }
  const auto secret = TRY(sharing::combine(shares));
  auto key = ContentKey::copy_of(secret.span());
  if (commitment_to(key, capsule) != commitment) {
    return fail(Code::corrupt,
                "its parts are whole, and give another key than the one that MANIFEST commits to");
  }
  return key;
}

}  // namespace tesseras::sealing

#include "preserve/sealing/content_key.hpp"

#include <bit>
#include <cstdint>

#include "foundation/crypto/blake3.hpp"
#include "foundation/crypto/random.hpp"

namespace tesseras::sealing {

using crypto::SecretBytes;
using tessera::CapsuleId;

ContentKey new_content_key() {
  ContentKey key;
  crypto::fill_random(key.mutable_span());
  return key;
}

CapsuleId new_capsule_id() {
  CapsuleId id;
  crypto::fill_random(id.bytes);
  return id;
}

SecretBytes<32> derive(std::string_view context, const SecretBytes<32>& secret,
                       const CapsuleId& capsule) {
  SecretBytes<64> material;
  std::ranges::copy(secret.span(), material.mutable_span().begin());
  std::ranges::copy(capsule.bytes, material.mutable_span().begin() + 32);
  return crypto::blake3_derive_key(context, material.span());
}

tessera::KeyCommitment commitment_to(const ContentKey& key, const CapsuleId& capsule) {
  const auto derived = derive("tesseras key commitment v1", key, capsule);
  tessera::KeyCommitment commitment;
  std::ranges::copy(derived.span(), commitment.bytes.begin());
  return commitment;
}

base::Bytes associated_data(std::string_view kind, const Capsule& capsule) {
  base::Bytes data = base::to_bytes(kind);
  const auto append = [&](base::ByteSpan bytes) {
    data.insert(data.end(), bytes.begin(), bytes.end());
  };
  data.push_back(std::byte{'\n'});
  append(capsule.id.bytes);
  data.push_back(capsule.open_after ? std::byte{1} : std::byte{0});
  auto seconds =
      static_cast<std::uint64_t>(capsule.open_after ? capsule.open_after->unix_seconds : 0);
  if constexpr (std::endian::native == std::endian::big) seconds = std::byteswap(seconds);
  append(std::as_bytes(std::span(&seconds, 1)));
  return data;
}

}  // namespace tesseras::sealing

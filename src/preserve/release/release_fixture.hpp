// For tests: a sealed tessera that is nothing but its MANIFEST, its key and its witnesses.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "foundation/crypto/random.hpp"
#include "foundation/crypto/sha256.hpp"
#include "preserve/release/deposit.hpp"
#include "preserve/release/release.hpp"
#include "preserve/sealing/content_key.hpp"
#include "preserve/sealing/witnesses.hpp"
#include "preserve/tessera/paths.hpp"

namespace tesseras::release {

inline crypto::Ed25519Key some_ed25519_key() {
  crypto::SecretBytes<32> seed;
  crypto::fill_random(seed.mutable_span());
  return crypto::Ed25519Key::from_seed(seed);
}

inline crypto::XWingKey some_xwing_key() {
  crypto::SecretBytes<32> seed;
  crypto::fill_random(seed.mutable_span());
  return crypto::XWingKey::from_seed(seed);
}

struct SealedTessera {
  explicit SealedTessera(std::size_t count = 3, unsigned threshold = 2,
                         base::WallTime open_after = {2'000'000'000, 0}) {
    std::vector<crypto::XWingPublicKey> public_keys;
    for (std::size_t i = 0; i < count; ++i) {
      keys.push_back(some_xwing_key());
      public_keys.push_back(keys.back().public_key());
    }
    sign_as(some_ed25519_key());
    seal_for(public_keys, threshold, open_after);
  }
  // Of an author who can take it back, and outlives it, for witnesses with keys of their own.
  SealedTessera(const identity::Identity& author,
                const std::vector<crypto::XWingPublicKey>& public_keys, unsigned threshold,
                base::WallTime open_after)
      : creator(author.public_keys().ed25519) {
    sign = [&author](const std::string& text) { return author.sign(base::as_bytes(text)).ed25519; };
    const auto& bytes = author.public_keys().mldsa65.bytes;
    mldsa65.assign(bytes.begin(), bytes.end());
    seal_for(public_keys, threshold, open_after);
  }

  void sign_as(crypto::Ed25519Key with) {
    creator = with.public_key();
    auto shared = std::make_shared<const crypto::Ed25519Key>(std::move(with));
    sign = [shared](const std::string& text) { return shared->sign(base::as_bytes(text)); };
  }
  void seal_for(const std::vector<crypto::XWingPublicKey>& public_keys, unsigned threshold,
                base::WallTime open_after) {
    binding = {{sealing::new_capsule_id(), open_after}, creator};
    witnesses = sealing::make_witnesses(key, binding, public_keys, threshold).value();
    manifest = manifest_with(tessera::Visibility::sealed, witnesses);
  }

  std::string manifest_with(tessera::Visibility visibility, const base::Bytes& listed) const {
    tessera::ManifestHeader header;
    header.created = {1'750'032'000, 0};
    header.creator = creator;
    header.creator_mldsa65 = crypto::blake3(mldsa65);
    header.visibility = visibility;
    header.capsule = binding.capsule.id;
    if (visibility == tessera::Visibility::sealed) header.open_after = binding.capsule.open_after;
    header.key_commitment = sealing::commitment_to(key, binding.capsule.id);
    tessera::ManifestBuilder builder;
    const auto add = [&](std::string_view path, std::string_view type, const base::Bytes& bytes) {
      builder.add(path, crypto::blake3(bytes), crypto::sha256(bytes), type, bytes.size());
    };
    const auto some = base::to_bytes("some bytes");
    const std::string_view binary = "application/octet-stream";
    add(tessera::paths::readme, "text/plain", some);
    add(tessera::paths::content, binary, some);
    add(tessera::paths::ed25519_key, binary, {creator.bytes.begin(), creator.bytes.end()});
    add(tessera::paths::mldsa65_key, binary, mldsa65);
    add(tessera::paths::xwing_key, binary, base::Bytes(crypto::XWingPublicKey::size_bytes));
    add(tessera::paths::envelope, binary, some);
    if (!listed.empty()) add(tessera::paths::witnesses, binary, listed);
    auto built = builder.build(header);
    if (!built) ADD_FAILURE() << built.error().message;
    return built.value().text();
  }

  Deposit deposit() const { return Deposit::of(manifest, witnesses).value(); }
  crypto::Ed25519Signature signature() const { return sign(manifest); }
  base::ContentHash content_hash() const { return deposit().content_hash(); }
  sealing::KeyPart part_of(std::size_t witness) const {
    return sealing::open_part(deposit().witnesses(), binding, keys[witness]).value();
  }
  Release release_of(std::size_t witness) const {
    return Release::of_part(deposit(), part_of(witness)).value();
  }
  Release with_key() const { return Release::of_key(manifest, key).value(); }

  sealing::ContentKey key = sealing::new_content_key();
  std::vector<crypto::XWingKey> keys;
  crypto::Ed25519PublicKey creator;
  std::function<crypto::Ed25519Signature(const std::string&)> sign;
  base::Bytes mldsa65 = base::Bytes(crypto::MlDsa65PublicKey::size_bytes);
  sealing::WitnessBinding binding;
  base::Bytes witnesses;
  std::string manifest;
};

}  // namespace tesseras::release

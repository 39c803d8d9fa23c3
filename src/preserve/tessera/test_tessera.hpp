// A small tessera for tests.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "foundation/base/bytes.hpp"
#include "foundation/crypto/blake3.hpp"
#include "foundation/crypto/ed25519.hpp"
#include "foundation/crypto/mldsa65.hpp"
#include "foundation/crypto/sha256.hpp"
#include "preserve/tessera/limits.hpp"
#include "preserve/tessera/manifest.hpp"
#include "preserve/tessera/paths.hpp"

namespace tesseras::tessera::test {

inline crypto::Blake3Hash blake3_of(std::string_view text) {
  return crypto::blake3(base::as_bytes(text));
}
inline crypto::Sha256Hash sha256_of(std::string_view text) {
  return crypto::sha256(base::as_bytes(text));
}

// Keys from seeds of one repeated byte.
struct Creator {
  explicit Creator(unsigned char byte = 1)
      : ed25519(crypto::Ed25519Key::from_seed(seed_of(byte))),
        mldsa65(crypto::MlDsa65Key::from_seed(seed_of(byte))) {}

  static crypto::SecretBytes<32> seed_of(unsigned char byte) {
    crypto::SecretBytes<32> seed;
    std::ranges::fill(seed.mutable_span(), static_cast<std::byte>(byte));
    return seed;
  }

  crypto::Ed25519Key ed25519;
  crypto::MlDsa65Key mldsa65;
};

inline void add_file(ManifestBuilder& builder, std::string_view path, std::string_view content,
                     std::string_view type = "text/plain") {
  builder.add(path, blake3_of(content), sha256_of(content), type, content.size());
}

// The files that no tessera is without, with keys that fit the header.
inline void add_fixed(ManifestBuilder& builder, std::string_view ed25519_key,
                      std::string_view mldsa65_key) {
  constexpr std::string_view binary = "application/octet-stream";
  add_file(builder, paths::readme, "read me");
  add_file(builder, paths::ed25519_key, ed25519_key, binary);
  add_file(builder, paths::mldsa65_key, mldsa65_key, binary);
  add_file(builder, paths::xwing_key, std::string(Limits::xwing_key_bytes, 'x'), binary);
}

inline void add_memory(ManifestBuilder& builder, std::string_view content,
                       std::string_view extension = "txt") {
  const std::string folder = memory_folder(blake3_of(content));
  add_file(builder, folder + media_name(extension), content);
  add_file(builder, folder + "context.txt", "words\n");
  add_file(builder, folder + "meta.json", "{}\n", "application/json");
}

// Two memories, "one" and "two".
inline Manifest sample_manifest(const Creator& creator) {
  ManifestHeader header;
  header.created = *base::from_rfc3339_seconds("2026-02-14T09:30:00Z");
  header.creator = creator.ed25519.public_key();
  header.creator_mldsa65 = crypto::blake3(creator.mldsa65.public_key().bytes);
  header.title = "A sample";
  header.language = "en";
  ManifestBuilder builder;
  add_fixed(builder, base::as_text(header.creator.bytes),
            base::as_text(creator.mldsa65.public_key().bytes));
  add_memory(builder, "one");
  add_memory(builder, "two");
  return builder.build(header).value();
}

}  // namespace tesseras::tessera::test

#include "preserve/tessera/signature.hpp"

#include <fmt/format.h>

#include "foundation/crypto/ed25519.hpp"
#include "foundation/crypto/mldsa65.hpp"
#include "preserve/tessera/paths.hpp"

namespace tesseras::tessera {
namespace {

std::string size_fault(std::string_view path, std::size_t found, std::size_t wanted) {
  if (found == 0) return fmt::format("{} is missing or empty", path);
  return fmt::format("{} has {} bytes, not {}", path, found, wanted);
}

template <class Key, class Signature>
std::string check_one(std::string_view key_path, base::ByteSpan key_bytes,
                      std::string_view signature_path, base::ByteSpan signature_bytes,
                      bool key_is_named, const Manifest& manifest) {
  const auto key = Key::from_bytes(key_bytes);
  if (!key) return size_fault(key_path, key_bytes.size(), Key::size_bytes);
  // Else anybody's key and signature would do.
  if (!key_is_named) return fmt::format("{} is not the key that MANIFEST names", key_path);
  const auto signature = Signature::from_bytes(signature_bytes);
  if (!signature) return size_fault(signature_path, signature_bytes.size(), Signature::size_bytes);
  if (!crypto::verify(*key, base::as_bytes(manifest.text()), *signature)) {
    return fmt::format("{} is not this key's signature of this MANIFEST", signature_path);
  }
  return {};
}

}  // namespace

SignatureState check_signatures(const Manifest& manifest, const SignatureFiles& files) {
  const ManifestHeader& header = manifest.header();
  const bool ed25519_named = CreatorKey::from_bytes(files.ed25519_key) == header.creator;
  const bool mldsa65_named = crypto::blake3(files.mldsa65_key) == header.creator_mldsa65;
  return {.ed25519_fault = check_one<crypto::Ed25519PublicKey, crypto::Ed25519Signature>(
              paths::ed25519_key, files.ed25519_key, paths::ed25519_signature,
              files.ed25519_signature, ed25519_named, manifest),
          .mldsa65_fault = check_one<crypto::MlDsa65PublicKey, crypto::MlDsa65Signature>(
              paths::mldsa65_key, files.mldsa65_key, paths::mldsa65_signature,
              files.mldsa65_signature, mldsa65_named, manifest)};
}

}  // namespace tesseras::tessera

#include "preserve/release/deposit.hpp"

#include "preserve/release/limits.hpp"
#include "preserve/tessera/paths.hpp"

namespace tesseras::release {

using base::Code;
using base::fail;

Result<tessera::Manifest> encrypted_manifest(std::string text) {
  if (text.size() > Limits::manifest_bytes_max)
    return fail(Code::exhausted, "a MANIFEST of {} bytes is not that of an encrypted tessera",
                text.size());
  auto manifest = TRY(tessera::Manifest::parse(std::move(text)));
  const auto& header = manifest.header();
  if (!header.capsule || !header.key_commitment)
    return fail(Code::invalid, "that tessera is not encrypted; it needs no key");
  return manifest;
}

Result<Deposit> Deposit::of(std::string manifest_text, base::Bytes witnesses) {
  auto manifest =
      std::make_shared<const tessera::Manifest>(TRY(encrypted_manifest(std::move(manifest_text))));
  const auto& header = manifest->header();
  if (header.visibility != tessera::Visibility::sealed || !header.open_after)
    return fail(Code::invalid, "that tessera is not sealed; it has no witnesses");
  const auto at = manifest->find(tessera::paths::witnesses);
  if (!at) return fail(Code::invalid, "that tessera has no witnesses");
  if (crypto::blake3(witnesses) != manifest->entries()[*at].blake3)
    return fail(Code::invalid, "its MANIFEST lists other witnesses");
  auto parsed = TRY(sealing::parse_witnesses(witnesses));
  return Deposit(std::move(manifest), std::move(parsed), std::move(witnesses));
}

Result<void> Deposit::check_signature(const crypto::Ed25519Signature& signature) const {
  const auto& author = manifest_->header().creator;
  if (crypto::verify(author, base::as_bytes(manifest_->text()), signature)) return {};
  return fail(Code::invalid, "its MANIFEST is not signed by its author");
}

sealing::WitnessBinding Deposit::binding() const {
  const auto& header = manifest_->header();
  return {{*header.capsule, header.open_after}, header.creator};
}

}  // namespace tesseras::release

#include "preserve/custody/opening.hpp"

#include "preserve/custody/pack_files.hpp"
#include "preserve/custody/verify.hpp"
#include "preserve/sealing/content_stream.hpp"
#include "preserve/sealing/envelope.hpp"
#include "preserve/tessera/limits.hpp"
#include "preserve/tessera/paths.hpp"

namespace tesseras::custody {
namespace {

namespace paths = tessera::paths;

// Section 2 of the document: what could say something of what is inside, or says too little.
bool is_enclosing(const tessera::Manifest& manifest) {
  const auto& header = manifest.header();
  const bool is_sealed = header.visibility == tessera::Visibility::sealed;
  return header.key_commitment && header.visibility != tessera::Visibility::everyone &&
         is_sealed == header.open_after.has_value() && !header.title && !header.collection &&
         !header.supersedes && manifest.memories().empty() && manifest.find(paths::envelope) &&
         manifest.find(paths::content) && (is_sealed || !manifest.find(paths::witnesses));
}

bool belongs_in(const tessera::ManifestHeader& outer, const tessera::ManifestHeader& inner) {
  return inner.creator == outer.creator && inner.creator_mldsa65 == outer.creator_mldsa65 &&
         inner.visibility == outer.visibility && !inner.capsule && !inner.open_after &&
         !inner.key_commitment;
}

}  // namespace

Result<Closed> Closed::find(vault::Vault& vault, const base::ContentHash& hash) {
  auto text = TRY(files_in_vault(vault, hash)->manifest());
  if (crypto::blake3(base::as_bytes(text)).bytes != hash.bytes)
    return fail(Code::corrupt, "its MANIFEST is damaged; run `tes vault check`");
  auto manifest =
      std::make_unique<const tessera::Manifest>(TRY(tessera::Manifest::parse(std::move(text))));
  if (!manifest->header().capsule) {
    return fail(Code::unsupported, "{} is not encrypted; `tes export` gives it as it is",
                hash.hex().substr(0, 16));
  }
  if (!is_enclosing(*manifest))
    return fail(Code::corrupt, "its MANIFEST is not that of an encrypted tessera");
  return Closed(vault, hash, std::move(manifest));
}

Closed::Closed(vault::Vault& vault, const base::ContentHash& hash,
               std::unique_ptr<const tessera::Manifest> manifest)
    : vault_(&vault), hash_(hash), manifest_(std::move(manifest)) {
  capsule_ = {*manifest_->header().capsule, manifest_->header().open_after};
}

Result<std::string> Closed::file(std::string_view path) const {
  return read_small(*files_in_vault(*vault_, hash_), manifest_->entries()[*manifest_->find(path)]);
}

Result<sealing::ContentKey> Closed::key_of(const identity::Identity& reader) const {
  const auto envelope = TRY(file(paths::envelope));
  return sealing::open_envelope(base::as_bytes(envelope), capsule_,
                                *manifest_->header().key_commitment, reader);
}

Result<base::Bytes> Closed::witnesses_file() const {
  if (!manifest_->find(paths::witnesses)) {
    return fail(Code::not_found, "nobody holds parts of the key of {}: it has no witnesses",
                hash_.hex().substr(0, 16));
  }
  return base::to_bytes(TRY(file(paths::witnesses)));
}

Result<std::optional<sealing::Witnesses>> Closed::witnesses() const {
  if (!manifest_->find(paths::witnesses)) return std::nullopt;
  return TRY(sealing::parse_witnesses(TRY(witnesses_file())));
}

sealing::WitnessBinding Closed::witness_binding() const {
  return {capsule_, {manifest_->header().creator.bytes}};
}

Result<std::unique_ptr<Files>> Closed::open(const sealing::ContentKey& key) const {
  if (sealing::commitment_to(key, capsule_.id) != *manifest_->header().key_commitment)
    return fail(Code::denied, "that is the key of another tessera");
  const base::BlobId content{manifest_->entries()[*manifest_->find(paths::content)].blake3.bytes};
  auto inner = files_in_pack(
      [vault = vault_, content, capsule = capsule_,
       key = std::make_shared<const sealing::ContentKey>(key.clone())]() -> Result<ReadAt> {
        auto blob = std::make_shared<vault::BlobReader>(TRY(vault->open_blob(content)));
        auto reader = std::make_shared<sealing::ContentReader>(TRY(
            sealing::ContentReader::open(*key, capsule, blob->size_bytes(),
                                         [blob](std::uint64_t offset, base::MutableByteSpan into) {
                                           return blob->read_at(offset, into);
                                         })));
        return ReadAt([reader](std::uint64_t offset, base::MutableByteSpan into) {
          return reader->read_at(offset, into);
        });
      });
  const auto manifest = TRY(tessera::Manifest::parse(TRY(inner->manifest())));
  if (!belongs_in(manifest_->header(), manifest.header()))
    return fail(Code::corrupt, "what is encrypted in it is another tessera");
  // Where a chunk with one of them was changed, that is the reason, and not a key that is missing.
  for (const auto key_path : {paths::ed25519_key, paths::mldsa65_key}) {
    const auto listed = manifest.find(key_path);
    if (listed) TRY(read_small(*inner, manifest.entries()[*listed]));
  }
  const auto signatures = TRY(signatures_of(*inner, manifest));
  if (!signatures.valid()) {
    return fail(
        Code::corrupt, "a signature inside does not hold: {}",
        signatures.ed25519_fault.empty() ? signatures.mldsa65_fault : signatures.ed25519_fault);
  }
  return inner;
}

}  // namespace tesseras::custody

#include "preserve/custody/verify.hpp"

#include <array>
#include <mutex>

#include "preserve/custody/limits.hpp"
#include "preserve/custody/sense.hpp"
#include "preserve/tessera/paths.hpp"
#include "preserve/tessera/signature.hpp"

namespace tesseras::custody {
namespace {

namespace paths = tessera::paths;

// What keeps us from looking, as opposed to what is wrong with the tessera.
bool could_not_look(const base::Error& error) {
  return error.code == Code::denied || error.code == Code::cancelled ||
         error.code == Code::exhausted || error.code == Code::internal || error.code == Code::io;
}

// The bytes of a small file, or none where it is missing or wrong: then the check says so.
Result<base::Bytes> small_or_none(Files& files, const tessera::Manifest& manifest,
                                  std::string_view path) {
  const auto entry = manifest.find(path);
  if (!entry) return base::Bytes{};
  const auto text = read_small(files, manifest.entries()[*entry]);
  if (text) return base::to_bytes(*text);
  if (could_not_look(text.error())) return fail(text.error());
  return base::Bytes{};
}

struct FoundSignature {
  base::Bytes bytes;
  std::string fault;  // why it could not be read; empty too when it is missing
};

Result<FoundSignature> signature_of(Files& files, std::string_view path) {
  auto bytes = files.signature(path);
  if (bytes) return FoundSignature{std::move(*bytes), {}};
  if (could_not_look(bytes.error())) return fail(bytes.error());
  if (bytes.error().code == Code::not_found) return FoundSignature{};
  return FoundSignature{{}, std::move(bytes.error().message)};
}

// Files are read on several threads; the check belongs to whoever holds the lock.
class Checker {
 public:
  Checker(Files& files, const tessera::Manifest& manifest, Hashes hashes, Tools& tools)
      : files_(files), manifest_(manifest), hashes_(hashes), tools_(tools), check_(manifest) {}

  Result<void> read(std::size_t number) {
    const auto& entry = manifest_.entries()[number];
    std::string text;
    const auto found = hash(entry, must_make_sense(manifest_, number) ? &text : nullptr);
    const std::scoped_lock lock(mutex_);
    if (!found) {
      if (could_not_look(found.error())) return fail(found.error());
      if (found.error().code != Code::not_found) {
        check_.on_unreadable(number, found.error().message);
      }
      return {};
    }
    std::optional<crypto::Sha256Hash> sha256;
    if (hashes_ == Hashes::both) sha256 = found->sha256;
    check_.on_file(number, {found->size_bytes, found->blake3, sha256});
    const auto fault = sense_fault(manifest_, number, text);
    if (!fault.empty()) check_.on_nonsense(number, fault);
    return {};
  }

  tessera::TesseraCheck& check() { return check_; }

 private:
  Result<Hashed> hash(const tessera::ManifestEntry& entry, std::string* keep) {
    const auto file = TRY(files_.open(entry));
    // A sparse file of any size costs whoever made it nothing.
    if (file.size_bytes != entry.size_bytes) return fail(Code::corrupt, "its size differs");
    return read_hashed(
        file.read, file.size_bytes, hashes_,
        [&](base::ByteSpan bytes) -> Result<void> {
          // A larger one differs from its hash anyway.
          if (keep != nullptr && keep->size() + bytes.size() <= Limits::small_file_bytes_max) {
            *keep += base::as_text(bytes);
          }
          return {};
        },
        tools_);
  }

  Files& files_;
  const tessera::Manifest& manifest_;
  Hashes hashes_;
  Tools& tools_;
  std::mutex mutex_;
  tessera::TesseraCheck check_;
};

identity::Fingerprint fingerprint_of(const tessera::Manifest& manifest) {
  return identity::fingerprint_of(crypto::Ed25519PublicKey{manifest.header().creator.bytes});
}

}  // namespace

Result<tessera::SignatureState> signatures_of(Files& files, const tessera::Manifest& manifest) {
  const auto ed25519_key = TRY(small_or_none(files, manifest, paths::ed25519_key));
  const auto mldsa65_key = TRY(small_or_none(files, manifest, paths::mldsa65_key));
  const auto ed25519 = TRY(signature_of(files, paths::ed25519_signature));
  const auto mldsa65 = TRY(signature_of(files, paths::mldsa65_signature));
  auto state = tessera::check_signatures(manifest, {.ed25519_key = ed25519_key,
                                                    .mldsa65_key = mldsa65_key,
                                                    .ed25519_signature = ed25519.bytes,
                                                    .mldsa65_signature = mldsa65.bytes});
  if (!ed25519.fault.empty()) state.ed25519_fault = ed25519.fault;
  if (!mldsa65.fault.empty()) state.mldsa65_fault = mldsa65.fault;
  return state;
}

Result<VerifyReport> verify(Files& files, const VerifyOptions& options, Tools& tools) {
  TRY(files.find());
  VerifyReport report;
  auto text = files.manifest();
  if (!text && could_not_look(text.error())) return fail(text.error());
  if (!text) {
    report.manifest_fault = text.error().message;
    return report;
  }
  const auto manifest = tessera::Manifest::parse(std::move(*text));
  if (!manifest) {
    report.manifest_fault = manifest.error().message;
    return report;
  }
  report.content_hash = manifest->content_hash();
  report.creator = fingerprint_of(*manifest);

  tools.progress.stage("verifying", manifest->total_bytes());
  Checker checker(files, *manifest, options.full ? Hashes::both : Hashes::blake3_only, tools);
  TRY(tools.workers.for_each(manifest->entries().size(), tools.stop,
                             [&](std::size_t i) { return checker.read(i); }));
  for (const auto& extra : TRY(files.extra(*manifest))) {
    checker.check().on_extra(extra.decoded_path, extra.reason);
  }
  if (options.folder_name) checker.check().on_folder_name(*options.folder_name);
  report.verdict = checker.check().finish(TRY(signatures_of(files, *manifest)));
  return report;
}

Result<void> check_kept(vault::Vault& vault, const base::ContentHash& hash, Tools& tools) {
  if (TRY(verify(*files_in_vault(vault, hash), {}, tools)).passed()) return {};
  return fail(Code::corrupt, "the vault's copy is damaged; run `tes vault check`");
}

}  // namespace tesseras::custody

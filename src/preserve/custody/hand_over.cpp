#include "preserve/custody/hand_over.hpp"

#include <array>
#include <atomic>

#include "preserve/custody/files.hpp"
#include "preserve/custody/verify.hpp"
#include "preserve/tessera/paths.hpp"
#include "preserve/tessera/signature.hpp"
#include "preserve/tessera/verify.hpp"

namespace tesseras::custody {
namespace {

namespace paths = tessera::paths;

bool is_damage(Code code) { return code == Code::corrupt || code == Code::not_found; }

// Of a file that a kept tessera lists: the vault promised to have it, whole.
base::Error told(base::Error error, std::string_view what) {
  if (!is_damage(error.code)) return error;
  return {Code::corrupt,
          fmt::format("{} is damaged here and was not handed over; run `tes vault check`, and "
                      "bring it back from another copy with `tes import`",
                      what)};
}

// One tessera on its way.
class Handing {
 public:
  Handing(vault::Vault& from, Files& files, const tessera::Manifest& manifest,
          vault::Transaction& transaction, Tools& tools)
      : from_(from), files_(files), manifest_(manifest), transaction_(transaction), tools_(tools) {}

  Result<void> check_signatures() {
    const auto ed25519_key = TRY(key(paths::ed25519_key));
    const auto mldsa65_key = TRY(key(paths::mldsa65_key));
    const auto ed25519 = TRY(signature(paths::ed25519_signature));
    const auto mldsa65 = TRY(signature(paths::mldsa65_signature));
    const auto state =
        tessera::check_signatures(manifest_, {.ed25519_key = base::as_bytes(ed25519_key),
                                              .mldsa65_key = base::as_bytes(mldsa65_key),
                                              .ed25519_signature = ed25519,
                                              .mldsa65_signature = mldsa65});
    if (state.valid()) return {};
    return fail(Code::corrupt, "a signature does not hold: {}",
                state.ed25519_fault.empty() ? state.mldsa65_fault : state.ed25519_fault);
  }

  Result<void> take_all() {
    return tools_.workers.for_each(manifest_.entries().size(), tools_.stop,
                                   [&](std::size_t number) { return take(number); });
  }

  std::uint64_t shared_bytes() const { return shared_bytes_; }

 private:
  Result<std::string> key(std::string_view path) {
    const auto number = manifest_.find(path);
    if (!number) return std::string();
    auto text = read_small(files_, manifest_.entries()[*number]);
    if (!text) return fail(told(std::move(text).error(), path));
    return text;
  }

  Result<base::Bytes> signature(std::string_view path) {
    auto bytes = files_.signature(path);
    if (!bytes) return fail(told(std::move(bytes).error(), path));
    TRY(transaction_.put(*bytes));
    return bytes;
  }

  Result<void> take(std::size_t number) {
    const auto& entry = manifest_.entries()[number];
    const auto* memory = manifest_.memory_of_meta(number);
    auto taken = memory != nullptr ? take_meta(entry, *memory) : take_blob(entry);
    if (!taken) return fail(told(std::move(taken).error(), entry.path));
    return {};
  }

  Result<void> take_blob(const tessera::ManifestEntry& entry) {
    std::uint64_t size_bytes = 0;
    const bool is_shared = TRY(transaction_.take(from_, base::BlobId{entry.blake3.bytes},
                                                 [&](std::size_t bytes) -> Result<void> {
                                                   size_bytes += bytes;
                                                   tools_.progress.advance(bytes);
                                                   if (tools_.stop.stop_requested())
                                                     return fail(Code::cancelled, "interrupted");
                                                   return {};
                                                 }));
    if (size_bytes != entry.size_bytes) return fail(Code::corrupt, "its size differs");
    if (is_shared) shared_bytes_ += size_bytes;
    return {};
  }

  Result<void> take_meta(const tessera::ManifestEntry& entry,
                         const tessera::ManifestMemory& memory) {
    const auto text = TRY(read_small(files_, entry));
    if (const auto fault = tessera::meta_fault(manifest_, memory, text); !fault.empty())
      return fail(Code::invalid, "{}: {}", entry.path, fault);
    TRY(transaction_.put(base::as_bytes(text)));
    tools_.progress.advance(text.size());
    return {};
  }

  vault::Vault& from_;
  Files& files_;
  const tessera::Manifest& manifest_;
  vault::Transaction& transaction_;
  Tools& tools_;
  std::atomic<std::uint64_t> shared_bytes_ = 0;
};

// True: the vault has it, whole. False: it has it, damaged. nullopt: it does not have it.
Result<std::optional<bool>> look_into(vault::Vault& vault, const base::ContentHash& content_hash,
                                      Tools& tools) {
  const auto known = vault.tessera(content_hash);
  if (!known && known.error().code == Code::not_found) return std::nullopt;
  if (!known) return fail(known.error());
  const auto verdict = verify(*files_in_vault(vault, content_hash), {}, tools);
  // A medium that fails under its copy is what another one mends.
  if (!verdict && verdict.error().code != Code::io) return fail(verdict.error());
  return verdict && verdict->passed();
}

}  // namespace

Result<HandedOver> hand_over(vault::Vault& from, const base::ContentHash& content_hash,
                             vault::Vault& to, Tools& tools) {
  const auto info = TRY(from.tessera(content_hash));
  const auto files = files_in_vault(from, content_hash);
  auto text = files->manifest();
  if (!text) return fail(told(std::move(text).error(), paths::manifest));
  const auto manifest = TRY(tessera::Manifest::parse(std::move(*text)));

  HandedOver handed{.content_hash = content_hash,
                    .files = manifest.entries().size() + 3,
                    .size_bytes = info.size_bytes};
  const auto is_whole = TRY(look_into(to, content_hash, tools));
  handed.was_there = is_whole.has_value();
  if (is_whole.value_or(false)) return handed;
  handed.mended = handed.was_there;

  tools.progress.stage("handing over", manifest.total_bytes());
  const auto transaction = TRY(to.begin());
  Handing handing(from, *files, manifest, *transaction, tools);
  TRY(handing.check_signatures());
  TRY(handing.take_all());
  if (tools.stop.stop_requested())
    return fail(Code::cancelled, "interrupted; nothing was handed over");
  const vault::KeptTessera kept{manifest, info.signature_ed25519, info.signature_mldsa65};
  TRY(transaction->commit(std::span(&kept, 1), tools.clock.wall_now()));
  handed.shared_bytes = handing.shared_bytes();
  return handed;
}

}  // namespace tesseras::custody

#include "preserve/custody/create.hpp"

#include <fmt/format.h>

#include "foundation/base/text.hpp"
#include "foundation/crypto/random.hpp"
#include "preserve/custody/assembly.hpp"
#include "preserve/custody/reading.hpp"
#include "preserve/intake/scan.hpp"

namespace tesseras::custody {
namespace {

Result<void> check_visibility(const CreateOptions& options) {
  if (options.visibility != tessera::Visibility::everyone) {
    return fail(
        Code::unsupported,
        "tesserae that are {} cannot be made yet: encryption comes with a later release, and "
        "nothing private is stored in the clear; nothing was made",
        tessera::name_of(options.visibility));
  }
  return {};
}

Result<void> require_memories(const Reading& reading, const CreateOptions& options) {
  if (!reading.memories.empty()) return {};
  const auto folder = base::to_printable(options.folder.string());
  const auto& not_taken = reading.report.not_taken;
  if (not_taken.empty()) {
    return fail(Code::invalid, "{} holds no files; nothing was made", folder);
  }
  return fail(
      Code::invalid,
      "{} holds no file that can be taken ({}: {}{}); see `tes help create` for the formats, "
      "or add --include-other",
      folder, base::to_printable(not_taken.front().relative), not_taken.front().reason,
      not_taken.size() == 1 ? "" : fmt::format(", and {} more", not_taken.size() - 1));
}

tessera::CollectionId new_collection_id() {
  tessera::CollectionId id;
  crypto::fill_random(id.bytes);
  return id;
}

}  // namespace

Result<void> check(const CreateOptions& options, runtime::Disk& disk) {
  TRY(check_visibility(options));
  return intake::require_folder(disk, options.folder);
}

Result<CreateReport> create(vault::Vault& vault, const identity::Identity& author,
                            const CreateOptions& options, Tools& tools) {
  TRY(check_visibility(options));
  const auto transaction = TRY(vault.begin());
  auto reading = TRY(read_folder(options, transaction.get(), tools));
  TRY(require_memories(reading, options));

  const auto needed = plan_split(reading.memories, options.media_bytes_max);
  reading.report.tesserae_needed = needed.size();
  const auto plan = options.split ? needed : plan_split(reading.memories, UINT64_MAX);
  std::optional<tessera::Collection> collection;
  if (plan.size() > 1) {
    collection = {new_collection_id(), 1, static_cast<std::uint32_t>(plan.size())};
  }
  tools.progress.stage("signing", 0);
  std::vector<Assembled> assembled;
  for (std::size_t i = 0; i < plan.size(); ++i) {
    if (collection) collection->number = static_cast<std::uint32_t>(i + 1);
    assembled.push_back(
        TRY(assemble(plan[i], reading.whole, options, collection, author, *transaction, tools)));
  }
  if (tools.stop.stop_requested()) return fail(Code::cancelled, "interrupted; nothing was made");

  tools.progress.stage("writing", 0);
  std::vector<vault::KeptTessera> kept;
  for (const auto& one : assembled) {
    kept.push_back({one.manifest, one.signature_ed25519, one.signature_mldsa65});
    reading.report.tesserae.push_back({one.manifest.content_hash(), one.memories, one.media_bytes});
  }
  TRY(transaction->commit(kept, tools.clock.wall_now()));
  return std::move(reading.report);
}

Result<CreateReport> preview(const CreateOptions& options, Tools& tools) {
  TRY(check_visibility(options));
  auto reading = TRY(read_folder(options, nullptr, tools));
  TRY(require_memories(reading, options));
  reading.report.tesserae_needed = plan_split(reading.memories, options.media_bytes_max).size();
  return std::move(reading.report);
}

}  // namespace tesseras::custody

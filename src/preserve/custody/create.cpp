#include "preserve/custody/create.hpp"

#include <fmt/format.h>

#include "foundation/base/text.hpp"
#include "foundation/crypto/random.hpp"
#include "preserve/custody/assembly.hpp"
#include "preserve/custody/reading.hpp"
#include "preserve/intake/limits.hpp"
#include "preserve/intake/scan.hpp"
#include "preserve/tessera/limits.hpp"
#include "preserve/tessera/syntax.hpp"

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

// A line of words as meta.json and MANIFEST take it; empty where nothing was said.
Result<void> check_line(std::string_view what, std::string_view text, std::size_t bytes_max) {
  if (text.size() > bytes_max) {
    return fail(Code::invalid, "{} has {} bytes, at most {}; nothing was made", what, text.size(),
                bytes_max);
  }
  if (!base::is_utf8(text) || base::has_control(text)) {
    return fail(Code::invalid,
                "{} '{}' is no line of text in UTF-8, without control characters; nothing was made",
                what, base::to_printable(text));
  }
  return {};
}

Result<void> check_language(const std::string& language) {
  if (tessera::is_language_tag(language)) return {};
  return fail(Code::invalid,
              "the language '{}' is no language tag, such as en or pt-BR; nothing was made",
              base::to_printable(language));
}

// Before anything is read: a slip must not cost an hour of copying.
Result<void> check_choices(const CreateOptions& options) {
  TRY(check_visibility(options));
  constexpr std::size_t most = intake::Limits::short_text_bytes_max;
  const auto& choices = options.choices;
  TRY(check_language(choices.language.value_or(options.default_language)));
  TRY(check_line("the title", choices.title.value_or(""), tessera::Limits::title_bytes_max));
  TRY(check_line("the location", choices.location.value_or(choices.default_location), most));
  for (const auto& tag : choices.tags) TRY(check_line("the tag", tag, most));
  if (!base::is_utf8(choices.description.value_or(""))) {
    return fail(Code::invalid, "the description is not UTF-8; nothing was made");
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
  TRY(check_choices(options));
  return intake::require_folder(disk, options.folder);
}

Result<CreateReport> create(vault::Vault& vault, const identity::Identity& author,
                            const CreateOptions& options, Tools& tools) {
  TRY(check_choices(options));
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
  TRY(check_choices(options));
  auto reading = TRY(read_folder(options, nullptr, tools));
  TRY(require_memories(reading, options));
  reading.report.tesserae_needed = plan_split(reading.memories, options.media_bytes_max).size();
  return std::move(reading.report);
}

}  // namespace tesseras::custody

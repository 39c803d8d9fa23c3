#include "preserve/custody/create.hpp"

#include <fmt/format.h>

#include "foundation/base/text.hpp"
#include "foundation/crypto/random.hpp"
#include "preserve/custody/assembly.hpp"
#include "preserve/custody/enclosing.hpp"
#include "preserve/custody/inner_files.hpp"
#include "preserve/custody/reading.hpp"
#include "preserve/intake/limits.hpp"
#include "preserve/intake/scan.hpp"
#include "preserve/sealing/witnesses.hpp"
#include "preserve/tessera/limits.hpp"
#include "preserve/tessera/syntax.hpp"

namespace tesseras::custody {
namespace {

// What does not go together would make something else than was meant.
Result<void> check_visibility(const CreateOptions& options) {
  const auto name = tessera::name_of(options.visibility);
  const bool is_sealed = options.visibility == tessera::Visibility::sealed;
  if (is_sealed && !options.open_after) {
    return fail(Code::invalid,
                "a sealed tessera opens at a time: say --open-after DATE; nothing was made");
  }
  if (!is_sealed && options.open_after) {
    return fail(Code::invalid,
                "a {} tessera opens at no time: leave --open-after away, or make it --visibility "
                "sealed; nothing was made",
                name);
  }
  const bool is_circle = options.visibility == tessera::Visibility::circle;
  if (is_circle && options.readers.empty()) {
    return fail(Code::invalid, "a circle has members: name them with --to NAME; nothing was made");
  }
  if (!is_circle && !options.readers.empty()) {
    return fail(Code::invalid,
                "a {} tessera is for no circle: leave --to away, or make it --visibility circle; "
                "nothing was made",
                name);
  }
  if (!is_sealed && !options.witnesses.empty()) {
    return fail(Code::invalid,
                "a {} tessera opens at no time, so nobody can witness it: leave --witness and "
                "--heirs away, or make it --visibility sealed; nothing was made",
                name);
  }
  if (options.witnesses.empty() && options.threshold == 0) return {};
  return sealing::check_witnesses(options.witnesses, options.threshold);
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

// Whoever made it opens it without a part, and is of no help to others once gone.
Result<void> check_author(const CreateOptions& options, const identity::Identity& author) {
  if (!std::ranges::contains(options.witnesses, author.public_keys().xwing)) return {};
  return fail(Code::invalid,
              "one of the witnesses and heirs has your own keys, and would be gone when you are: "
              "name others, or say --owner-only if that is meant; nothing was made");
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

// From what was read to what is to be kept.
class Maker {
 public:
  Maker(const CreateOptions& options, const Reading& reading, const identity::Identity& author,
        vault::Transaction& transaction, Tools& tools)
      : options_(options),
        reading_(reading),
        author_(author),
        transaction_(transaction),
        tools_(tools) {}

  Result<std::vector<Assembled>> make(const std::vector<std::vector<Share>>& plan) {
    std::optional<tessera::Collection> collection;
    if (plan.size() > 1) {
      collection = {new_collection_id(), 1, static_cast<std::uint32_t>(plan.size())};
    }
    std::vector<Assembled> made;
    for (const auto& shares : plan) {
      if (collection) collection->number = static_cast<std::uint32_t>(made.size() + 1);
      made.push_back(TRY(options_.is_encrypted() ? make_encrypted(shares, collection)
                                                 : make_open(shares, collection)));
    }
    return made;
  }

 private:
  Result<Assembled> make_open(std::span<const Share> shares,
                              const std::optional<tessera::Collection>& collection) {
    tools_.progress.stage("signing", 0);
    const Put put = [this](const crypto::Blake3Hash& hash, base::ByteSpan bytes) -> Result<void> {
      auto blob = transaction_.writer(vault::Transaction::Hashing::by_caller);
      TRY(blob.append(bytes));
      return blob.finish(base::BlobId{hash.bytes});
    };
    return assemble(shares, reading_.whole, options_, collection, author_, put, tools_);
  }

  Result<Assembled> make_encrypted(std::span<const Share> shares,
                                   const std::optional<tessera::Collection>& collection) {
    const auto texts = TRY(Spool::make(tools_.disk));
    const Put put = [&](const crypto::Blake3Hash& hash, base::ByteSpan bytes) {
      return texts->put(hash, bytes);
    };
    const auto inner =
        TRY(assemble(shares, reading_.whole, options_, collection, author_, put, tools_));
    InnerFiles files(options_, shares, inner, *texts, tools_);
    const Enclosing how{.visibility = options_.visibility,
                        .open_after = options_.open_after,
                        .readers = options_.readers,
                        .witnesses = options_.witnesses,
                        .threshold = options_.threshold};
    auto enclosed = TRY(enclose(files, inner.manifest, how, author_, transaction_, tools_));
    enclosed.outer.memories = inner.memories;
    enclosed.outer.media_bytes = inner.media_bytes;
    return std::move(enclosed.outer);
  }

  const CreateOptions& options_;
  const Reading& reading_;
  const identity::Identity& author_;
  vault::Transaction& transaction_;
  Tools& tools_;
};

}  // namespace

Result<void> check(const CreateOptions& options, runtime::Disk& disk) {
  TRY(check_choices(options));
  return intake::require_folder(disk, options.folder);
}

Result<CreateReport> create(vault::Vault& vault, const identity::Identity& author,
                            const CreateOptions& options, Tools& tools) {
  TRY(check_choices(options));
  TRY(check_author(options, author));
  const auto transaction = TRY(vault.begin());
  // What is to be encrypted is read for its hashes now, and for its bytes when these are known.
  auto reading =
      TRY(read_folder(options, options.is_encrypted() ? nullptr : transaction.get(), tools));
  TRY(require_memories(reading, options));

  reading.report.tesserae_needed = tesserae_needed(reading.memories, options.media_bytes_max);
  const auto plan =
      plan_split(reading.memories, options.split ? options.media_bytes_max : UINT64_MAX);
  const auto made = TRY(Maker(options, reading, author, *transaction, tools).make(plan));
  if (tools.stop.stop_requested()) return fail(Code::cancelled, "interrupted; nothing was made");

  tools.progress.stage("writing", 0);
  std::vector<vault::KeptTessera> kept;
  for (const auto& one : made) {
    kept.push_back({one.manifest, TRY(transaction->put(one.signatures.ed25519.bytes)),
                    TRY(transaction->put(one.signatures.mldsa65.bytes))});
    reading.report.tesserae.push_back({one.manifest.content_hash(), one.memories, one.media_bytes});
  }
  TRY(transaction->commit(kept, tools.clock.wall_now()));
  return std::move(reading.report);
}

Result<CreateReport> preview(const CreateOptions& options, Tools& tools) {
  TRY(check_choices(options));
  auto reading = TRY(read_folder(options, nullptr, tools));
  TRY(require_memories(reading, options));
  reading.report.tesserae_needed = tesserae_needed(reading.memories, options.media_bytes_max);
  return std::move(reading.report);
}

}  // namespace tesseras::custody

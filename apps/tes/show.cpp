#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>

#include "apps/tes/create_witnesses.hpp"
#include "apps/tes/json_output.hpp"
#include "apps/tes/session.hpp"
#include "foundation/base/text.hpp"
#include "preserve/custody/opening.hpp"
#include "preserve/custody/verify.hpp"
#include "preserve/tessera/media_type.hpp"
#include "preserve/tessera/meta.hpp"
#include "preserve/tessera/paths.hpp"

namespace tesseras::tes {
namespace {

using base::to_printable;

struct Memory {
  std::string media_path;
  std::uint64_t size_bytes = 0;  // of what lies in this tessera
  tessera::Meta meta;
  std::string context;
};

struct Shown {
  vault::TesseraInfo info;
  tessera::Manifest manifest;
  std::string description;
  std::vector<Memory> memories;
  std::optional<sealing::Witnesses> witnesses;
};

std::string when(const tessera::Meta& meta) {
  if (!meta.created_at.empty()) return meta.created_at;
  return meta.created_approximate ? meta.created_approximate->value : "";
}

Result<Shown> read(vault::Vault& vault, const base::ContentHash& hash) {
  const auto files = custody::files_in_vault(vault, hash);
  Shown shown{.info = TRY(vault.tessera(hash)),
              .manifest = TRY(tessera::Manifest::parse(TRY(files->manifest()))),
              .description = "",
              .memories = {},
              .witnesses = std::nullopt};
  const auto entries = shown.manifest.entries();
  if (shown.manifest.find(tessera::paths::witnesses))
    shown.witnesses = TRY(TRY(custody::Closed::find(vault, hash)).witnesses());
  if (const auto at = shown.manifest.find(tessera::paths::description)) {
    shown.description = TRY(custody::read_small(*files, entries[*at]));
  }
  for (const auto& listed : shown.manifest.memories()) {
    Memory memory;
    memory.media_path = entries[listed.media].decoded_path();
    for (std::size_t i = 0; i < listed.media_count; ++i) {
      memory.size_bytes += entries[listed.media + i].size_bytes;
    }
    memory.meta = TRY(tessera::decode_meta(TRY(custody::read_small(*files, entries[listed.meta]))));
    memory.context = TRY(custody::read_small(*files, entries[listed.context]));
    shown.memories.push_back(std::move(memory));
  }
  // As the gallery shows them: in the order in which they were lived, what has no time last.
  std::ranges::stable_sort(shown.memories, {}, [](const Memory& memory) {
    const auto time = when(memory.meta);
    return std::pair(time.empty(), time);
  });
  return shown;
}

nlohmann::ordered_json to_json(const Memory& memory) {
  // meta.json is JSON already; what it says is passed on as it stands.
  auto meta = nlohmann::ordered_json::parse(tessera::encode(memory.meta).value_or("{}"));
  return {{"media_path", memory.media_path},
          {"size_bytes", memory.size_bytes},
          {"context", memory.context},
          {"meta", meta}};
}

nlohmann::ordered_json to_json(const sealing::Witnesses& witnesses) {
  return witnesses_to_json(witnesses.threshold, witnesses.part_hashes.size());
}

nlohmann::ordered_json to_json(const Shown& shown) {
  const auto& header = shown.manifest.header();
  auto memories = nlohmann::ordered_json::array();
  for (const auto& memory : shown.memories) memories.push_back(to_json(memory));
  nlohmann::ordered_json object = {{"content_hash", shown.info.content_hash.hex()},
                                   {"created", base::to_rfc3339(header.created)},
                                   {"creator", header.creator.hex()},
                                   {"title", header.title.value_or("")},
                                   {"description", shown.description},
                                   {"visibility", tessera::name_of(header.visibility)},
                                   {"language", header.language}};
  if (header.supersedes) object["supersedes"] = header.supersedes->hex();
  if (header.collection) {
    object["collection"] = {{"id", header.collection->id.hex()},
                            {"number", header.collection->number},
                            {"members", header.collection->members}};
  }
  if (header.capsule) {
    object["encrypted"] = true;
    for (const auto* key : {"title", "description", "language"}) object.erase(key);
  }
  if (header.open_after) object["open_after"] = base::to_rfc3339(*header.open_after);
  if (shown.witnesses) object["witnesses"] = to_json(*shown.witnesses);
  object["files"] = shown.manifest.entries().size() + 3;
  if (!header.capsule) object["media_bytes"] = shown.info.media_bytes;
  object["size_bytes"] = shown.info.size_bytes;
  object["kept_at"] = base::to_rfc3339(shown.info.kept_at);
  if (!header.capsule) object["memories"] = memories;
  return object;
}

void print(Terminal& terminal, const Shown& shown) {
  const auto& header = shown.manifest.header();
  const auto line = [&](std::string_view key, const std::string& value) {
    if (!value.empty()) terminal.out(fmt::format("{:12} {}", fmt::format("{}:", key), value));
  };
  line("Tessera", shown.info.content_hash.hex());
  line("Title", terminal.bold(to_printable(header.title.value_or(""))));
  line("Created", base::to_rfc3339(header.created));
  line("Creator", identity::fingerprint_of(crypto::Ed25519PublicKey{header.creator.bytes}).hex());
  line("Visibility", std::string(tessera::name_of(header.visibility)));
  if (header.open_after) line("Opens", base::to_rfc3339(*header.open_after));
  if (shown.witnesses)
    line("Witnesses", fmt::format("{} of {} open it then", shown.witnesses->threshold,
                                  shown.witnesses->part_hashes.size()));
  if (!header.capsule) line("Language", header.language);
  if (header.supersedes) line("Supersedes", header.supersedes->hex());
  if (header.collection) {
    line("Collection", fmt::format("{} of {} of {}", header.collection->number,
                                   header.collection->members, header.collection->id.hex()));
  }
  const auto files = fmt::format("{} in {} files", base::human_size(shown.info.size_bytes),
                                 shown.manifest.entries().size() + 3);
  if (header.capsule) {
    line("Size", files);
    const auto name = shown.info.content_hash.hex().substr(0, 16);
    terminal.out(fmt::format(
        "What is in it is encrypted. Whom it was made for opens it with: tes open {} DIR", name));
    if (header.open_after)
      terminal.out(fmt::format("From its date on everybody does with: tes unseal {} DIR", name));
    return;
  }
  line("Size", fmt::format("{}, {} of it media", files, base::human_size(shown.info.media_bytes)));
  std::string description = shown.description;
  while (description.ends_with('\n')) description.pop_back();
  line("Description", to_printable(description));
  terminal.out("Memories:");
  for (const auto& memory : shown.memories) {
    const auto& meta = memory.meta;
    std::string facts = fmt::format("{}, {}", tessera::name_of(meta.type), meta.mime);
    if (!when(meta).empty()) facts += ", " + when(meta);
    if (meta.location && !meta.location->description.empty()) {
      facts += ", " + to_printable(meta.location->description);
    }
    const std::string name = meta.sources.empty() ? "" : to_printable(meta.sources.front().path);
    terminal.out(
        fmt::format("  {:>8}  {}  ({})", base::human_size(memory.size_bytes), name, facts));
    terminal.detail(fmt::format("            {}", memory.media_path));
  }
}

Result<int> run(Session& session, const std::string& prefix) {
  const auto vault = TRY(session.open_vault());
  const auto shown = TRY(read(*vault, TRY(vault->find(prefix))));
  if (session.json()) {
    print_json(session.terminal(), "show", to_json(shown));
  } else {
    print(session.terminal(), shown);
  }
  return 0;
}

}  // namespace

void add_show(CLI::App& app, Chosen& chosen) {
  auto* command = app.add_subcommand("show", "Show what a tessera holds, and what is known of it");
  command->footer(
      "  tes show 9f2c4a1b\n"
      "  tes show 9f2c4a1b --json | jq '.memories[].meta.created_at'");
  auto hash = std::make_shared<std::string>();
  command->add_option("hash", *hash, "Content hash, or its first 8 or more digits")
      ->type_name("HASH")
      ->required();
  command->callback([&chosen, hash] {
    chosen = {"show", [hash](Session& session) { return run(session, *hash); }};
  });
}

}  // namespace tesseras::tes

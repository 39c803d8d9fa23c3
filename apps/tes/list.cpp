#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "apps/tes/create_witnesses.hpp"
#include "apps/tes/json_output.hpp"
#include "apps/tes/session.hpp"
#include "foundation/base/text.hpp"
#include "preserve/custody/opening.hpp"

namespace tesseras::tes {
namespace {

nlohmann::ordered_json to_json(const vault::TesseraInfo& tessera) {
  return {{"content_hash", tessera.content_hash.hex()},
          {"created", base::to_rfc3339(tessera.created)},
          {"title", tessera.title},
          {"memories", tessera.memories},
          {"media_bytes", tessera.media_bytes},
          {"size_bytes", tessera.size_bytes},
          {"visibility", tessera.visibility},
          {"language", tessera.language},
          {"creator", tessera.creator.hex()},
          {"readable", tessera.is_readable}};
}

// Nobody knows how many there are in an encrypted one.
bool is_encrypted(const vault::TesseraInfo& tessera) {
  return tessera.is_readable && tessera.memories == 0;
}

// Of an encrypted one what is known without a key: of a sealed one when it opens and who opens it
// then, as far as that can be read, and nothing of what is in it.
void tell_encrypted(nlohmann::ordered_json& json, vault::Vault& vault,
                    const vault::TesseraInfo& tessera) {
  for (const auto* key : {"title", "memories", "media_bytes"}) json.erase(key);
  json["encrypted"] = true;
  if (tessera.visibility != tessera::name_of(tessera::Visibility::sealed)) return;
  const auto closed = custody::Closed::find(vault, tessera.content_hash);
  if (!closed) return;
  const auto& open_after = closed->manifest().header().open_after;
  if (open_after) json["open_after"] = base::to_rfc3339(*open_after);
  const auto witnesses = closed->witnesses();
  if (witnesses && *witnesses)
    json["witnesses"] =
        witnesses_to_json((*witnesses)->threshold, (*witnesses)->part_hashes.size());
}

Result<int> run(Session& session) {
  const auto vault = TRY(session.open_vault());
  const auto tesserae = TRY(vault->list());
  auto& terminal = session.terminal();
  if (session.json()) {
    auto array = nlohmann::ordered_json::array();
    for (const auto& tessera : tesserae) {
      array.push_back(to_json(tessera));
      if (is_encrypted(tessera)) tell_encrypted(array.back(), *vault, tessera);
    }
    print_json(terminal, "list", {{"tesserae", array}});
    return 0;
  }
  if (tesserae.empty()) {
    terminal.out("No tesseras found.");
    terminal.note("Make one: tes create FOLDER");
    return 0;
  }
  terminal.out(terminal.bold(fmt::format("{:16} {:10} {:>8} {:>8}  {:10} {}", "Hash", "Created",
                                         "Memories", "Size", "Visibility", "Title")));
  // The newest first: what was made just now stands where one looks.
  for (auto at = tesserae.rbegin(); at != tesserae.rend(); ++at) {
    const bool is_closed = is_encrypted(*at);
    std::string line =
        fmt::format("{:16} {:10} {:>8} {:>8}  {:10} {}", at->content_hash.hex().substr(0, 16),
                    at->is_readable ? base::to_rfc3339(at->created).substr(0, 10) : "unreadable",
                    is_closed ? "?" : std::to_string(at->memories),
                    base::human_size(is_closed ? at->size_bytes : at->media_bytes), at->visibility,
                    base::to_printable(at->title));
    line.erase(line.find_last_not_of(' ') + 1);
    terminal.out(line);
  }
  return 0;
}

}  // namespace

void add_list(CLI::App& app, Chosen& chosen) {
  auto* command = app.add_subcommand("list", "List local tesseras");
  command->footer(
      "  tes list\n"
      "  tes list --json | jq -r '.tesserae[].content_hash'");
  command->callback([&chosen] { chosen = {"list", run}; });
}

}  // namespace tesseras::tes

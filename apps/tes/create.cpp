#include "preserve/custody/create.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "apps/command_line/choice.hpp"
#include "apps/command_line/exit_status.hpp"
#include "apps/tes/create_publish.hpp"
#include "apps/tes/create_report.hpp"
#include "apps/tes/create_witnesses.hpp"
#include "apps/tes/json_output.hpp"
#include "apps/tes/session.hpp"
#include "foundation/base/text.hpp"
#include "preserve/contacts/store.hpp"
#include "preserve/sealing/open_after.hpp"

namespace tesseras::tes {
namespace {

using base::Code;
using base::fail;
using base::to_printable;
using command_line::not_empty;
using command_line::one_of;

struct Options {
  std::filesystem::path folder;
  bool non_interactive = false;
  bool dry_run = false;
  std::string visibility = "public";
  std::string open_after;
  WitnessOptions witnesses;
  std::vector<std::string> readers;
  std::string title, description, language, location, tags;
  bool include_other = false;
  bool split = false;
  bool strip_location = false;
  bool publish = false;
  bool no_publish = false;
  std::string supersedes;
  std::filesystem::path passphrase_file;
};

// "family, sunday" as two tags.
std::vector<std::string> tags_of(const std::string& list) {
  std::vector<std::string> tags;
  std::istringstream words(list);
  for (std::string tag; std::getline(words, tag, ',');) {
    const auto first = tag.find_first_not_of(' ');
    if (first == std::string::npos) continue;
    tags.push_back(tag.substr(first, tag.find_last_not_of(' ') - first + 1));
  }
  return tags;
}

std::optional<std::string> said(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

Result<void> ask_for_missing(Session& session, Options& options) {
  auto& terminal = session.terminal();
  const bool has_description = session.disk().status(options.folder / "tessera.toml").has_value();
  if (options.non_interactive || session.json() || has_description || !terminal.can_ask())
    return {};
  if (options.title.empty()) {
    options.title = TRY(terminal.ask("Title (Enter for none):"));
  }
  if (options.description.empty()) {
    options.description = TRY(terminal.ask("What should a reader know (Enter for nothing):"));
  }
  return {};
}

// The hash of an older tessera: whole, or shortened where the vault knows it.
Result<base::ContentHash> superseded(vault::Vault* vault, const std::string& text) {
  if (const auto whole = base::ContentHash::from_hex(text)) return *whole;
  if (vault == nullptr) return fail(Code::invalid, "--supersedes wants 64 hex digits here");
  return vault->find(text);
}

// Whom it is for, and from when. The nodes that are its witnesses.
Result<std::vector<dht::NodeId>> add_visibility(Session& session, const Options& options,
                                                custody::CreateOptions& create) {
  const auto visibility = tessera::visibility_from(options.visibility);
  if (!visibility) {
    return fail(Code::invalid,
                "there is no visibility '{}'; choose public, private, circle or sealed",
                to_printable(options.visibility));
  }
  create.visibility = *visibility;
  const contacts::ContactStore contacts(session.disk(), session.data_dir());
  for (const auto& name : options.readers)
    create.readers.push_back(TRY(person_of(contacts, name, "a circle is of people")).xwing);
  if (!options.open_after.empty()) {
    create.open_after =
        TRY(sealing::open_after_from(options.open_after, session.clock().wall_now()));
  }
  return add_witnesses(contacts, options.witnesses, create);
}

struct Wanted {
  custody::CreateOptions create;
  std::vector<dht::NodeId> witness_nodes;
};

Result<Wanted> wanted_by(Session& session, const Options& options) {
  const auto config = TRY(session.config());
  custody::CreateOptions create;
  create.folder = options.folder;
  create.choices = {.title = said(options.title),
                    .description = said(options.description),
                    .language = said(options.language),
                    .location = said(options.location),
                    .default_location = config.create.location,
                    .tags = options.tags.empty() ? config.create.tags : tags_of(options.tags),
                    .include_other = options.include_other};
  create.default_language = config.create.language;
  auto witness_nodes = TRY(add_visibility(session, options, create));
  create.strip_location = options.strip_location;
  create.split = options.split;
  return Wanted{std::move(create), std::move(witness_nodes)};
}

struct Made {
  custody::CreateReport report;
  identity::Identity author;
};

Result<Made> make(Session& session, Options& options, custody::CreateOptions& create) {
  const auto vault = TRY(session.open_vault());
  if (!options.supersedes.empty()) {
    create.supersedes = TRY(superseded(vault.get(), options.supersedes));
  }
  // Before any question: nobody should answer for what will be refused.
  TRY(custody::check(create, session.disk()));
  auto author = TRY(session.open_identity(options.passphrase_file));
  TRY(ask_for_missing(session, options));
  create.choices.title = said(options.title);
  create.choices.description = said(options.description);
  auto tools = session.tools();
  auto report = TRY(custody::create(*vault, author, create, tools));
  return Made{std::move(report), std::move(author)};
}

// When it opens, and who opens it then.
void add_opening(nlohmann::ordered_json& json, const custody::CreateOptions& create) {
  if (create.open_after) json["open_after"] = base::to_rfc3339(*create.open_after);
  if (!create.witnesses.empty())
    json["witnesses"] = witnesses_to_json(create.threshold, create.witnesses.size());
}

void print_opening(Terminal& terminal, const custody::CreateOptions& create) {
  if (create.open_after) terminal.out("Opens after " + base::to_rfc3339(*create.open_after));
  print_witnesses(terminal, create);
}

Result<int> preview(Session& session, const Options& options,
                    const custody::CreateOptions& create) {
  if (!options.supersedes.empty()) {
    const auto vault = session.open_vault();  // a preview does without
    TRY(superseded(vault ? vault->get() : nullptr, options.supersedes));
  }
  auto tools = session.tools();
  const auto report = TRY(custody::preview(create, tools));
  if (session.json()) {
    auto json = to_json(report, true);
    add_opening(json, create);
    print_json(session.terminal(), "create", json);
  } else {
    print(session.terminal(), report, true, options.split);
    print_opening(session.terminal(), create);
  }
  return 0;
}

// What was made is to be published, too.
Result<bool> publishes(Session& session, const Options& options,
                       const custody::CreateReport& report, tessera::Visibility visibility) {
  if (options.publish || options.no_publish) return options.publish;
  const auto wanted = TRY(session.config()).create.publish;
  const bool may_ask = !options.non_interactive && !session.json() && session.terminal().can_ask();
  if (wanted != node::PublishNew::ask || !may_ask) return wanted == node::PublishNew::automatic;
  return wants_to_publish(session, report, visibility);
}

Result<int> run(Session& session, Options options) {
  auto [create, witness_nodes] = TRY(wanted_by(session, options));
  if (options.dry_run) return preview(session, options, create);
  const auto made = TRY(make(session, options, create));
  // First of all: it is made, whatever comes of the rest.
  if (!session.json()) {
    print(session.terminal(), made.report, false, options.split);
    print_opening(session.terminal(), create);
  }
  TRY(note_witnesses(session, made.report, witness_nodes));
  PublishedParts parts;
  if (TRY(publishes(session, options, made.report, create.visibility)))
    parts = publish_parts(session, made.report, made.author);
  if (session.json()) {
    auto json = to_json(made.report, false);
    add_opening(json, create);
    json.update(to_json(parts));
    print_json(session.terminal(), "create", json);
  }
  print(session, parts);
  return parts.left.empty() ? command_line::status_ok
                            : command_line::exit_status_of(parts.why.code);
}

void add_options(CLI::App& command, Options& options) {
  command.add_option("path", options.folder, "Directory containing files to include")
      ->type_name("DIR")
      ->check(not_empty())
      ->required();
  command.add_flag("-n,--non-interactive", options.non_interactive, "Skip prompts");
  command.add_flag("--dry-run", options.dry_run, "Preview what would be included");
  command
      .add_option("--visibility", options.visibility,
                  "public; private, for you and your heirs; circle, for people whom you name; "
                  "sealed, for all from a time on")
      ->type_name("VISIBILITY")
      ->default_str("public");
  command
      .add_option("--open-after", options.open_after,
                  "When a sealed one opens: a day, a time in UTC, or a while such as 25y")
      ->type_name("DATE");
  command
      .add_option("--to", options.readers,
                  "Whom a circle's is for beside you (see `tes contact`); once for each")
      ->type_name("NAME");
  command
      .add_option("--witness", options.witnesses.nodes,
                  "A node that helps to open a sealed one at its date (see `tes contact`)")
      ->type_name("NAME");
  command
      .add_option("--heirs", options.witnesses.people,
                  "People who help to open a sealed one at its date")
      ->type_name("NAME");
  command
      .add_option("--threshold", options.witnesses.threshold,
                  "How many of the witnesses and heirs it takes; default: more than half")
      ->type_name("NUMBER");
  command.add_flag("--owner-only", options.witnesses.owner_only,
                   "Nobody but you can open a sealed one, then or ever");
  command.add_option("--title", options.title, "A line that names it")->type_name("TEXT");
  command
      .add_option("--description", options.description, "What a reader should know of the whole")
      ->type_name("TEXT");
  command.add_option("--language", options.language, "Language code (e.g., en, pt-BR)")
      ->type_name("CODE")
      ->default_str("en");
  command.add_option("--tags", options.tags, "Comma-separated tags")->type_name("LIST");
  command.add_option("--location", options.location, "Location description")->type_name("DESC");
  command.add_flag("--include-other", options.include_other,
                   "Take files of any format, also those that no decode text explains");
  command.add_flag("--split", options.split,
                   "Make several tesserae where one would hold more than 1 GB of media");
  command.add_flag("--strip-location", options.strip_location,
                   "Keep changed copies that don't say where they were made");
  auto* publish = command.add_flag(
      "--publish", options.publish,
      "Give it to others to keep once it is made, as `tes publish` does; without, you are asked");
  command
      .add_flag("--no-publish", options.no_publish,
                "Neither publish it nor ask, whatever config.toml says")
      ->excludes(publish);
  command
      .add_option("--supersedes", options.supersedes,
                  "The tessera that this one corrects; it stays as it is")
      ->type_name("HASH");
  command
      .add_option("--passphrase-file", options.passphrase_file,
                  "Take the identity's passphrase from the first line of a file")
      ->type_name("FILE");
}

}  // namespace

void add_create(CLI::App& app, Chosen& chosen) {
  auto* command = app.add_subcommand(
      "create",
      "Create a tessera from a directory of files. Taken, also from folders below it, are pictures "
      "(JPEG, PNG, HEIC, AVIF, WebP, GIF, TIFF, DNG and other raws), sound (WAV, FLAC, MP3, M4A, "
      "Ogg), video (MP4, MOV, WebM) and writing (plain text in UTF-8 that is no source code, "
      "Markdown, PDF), whatever their names end in; what else lies there is named. "
      "NAME.context.txt beside NAME says what it is; tessera.toml in the folder may say more.");
  command->footer(
      "  tes create ./my-photos --dry-run\n"
      "  tes create ./vacation-2026 --tags \"vacation,summer\" --location \"Florianópolis, "
      "Brazil\"\n"
      "  tes create ./daily-log -n --tags daily");
  auto options = std::make_shared<Options>();
  add_options(*command, *options);
  command->callback([&chosen, options] {
    chosen = {"create", [options](Session& session) { return run(session, *options); }};
  });
}

}  // namespace tesseras::tes

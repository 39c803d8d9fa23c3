#include "apps/tes/heir_recovery.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>

#include "apps/command_line/choice.hpp"
#include "apps/tes/json_output.hpp"
#include "apps/tes/new_passphrase.hpp"
#include "foundation/base/text.hpp"
#include "preserve/custody/opening.hpp"
#include "preserve/custody/verify.hpp"
#include "preserve/heirs/files.hpp"
#include "preserve/heirs/install.hpp"
#include "preserve/heirs/recovery.hpp"

namespace tesseras::tes {
namespace {

using base::Code;
using base::fail;
using heirs::Recovered;

std::string shown(const std::filesystem::path& path) { return base::to_printable(path.string()); }

// What shares gave, and of which set they are.
struct FromFiles {
  Recovered recovered;
  heirs::ShareSet set;
};

Result<FromFiles> recover_from(Session& session, std::span<const std::string> files) {
  std::vector<heirs::Given> given;
  given.reserve(files.size());
  for (const auto& file : files) {
    auto reading = TRY(heirs::read_share(session.disk(), file));
    for (const auto& remark : reading.remarks)
      session.terminal().warn(fmt::format("{}: {}", shown(file), remark));
    given.push_back({.name = shown(file), .share = std::move(reading.share)});
  }
  auto recovered = TRY(heirs::recover(given));
  return FromFiles{.recovered = std::move(recovered), .set = given.front().share.set};
}

std::string which(const FromFiles& from) {
  return fmt::format("{} of {} (threshold: {})", fmt::join(from.recovered.indices, ", "),
                     from.set.total, from.set.threshold);
}

nlohmann::ordered_json to_json(const FromFiles& from) {
  return {{"fingerprint", from.recovered.identity.fingerprint().hex()},
          {"shares", from.recovered.indices},
          {"threshold", from.set.threshold},
          {"total", from.set.total}};
}

struct ReconstructOptions {
  std::vector<std::string> files;
  std::filesystem::path output_dir;
  bool install = false;
  NewPassphrase passphrase;
};

// Where the recovered identity lies now.
struct Places {
  std::optional<std::filesystem::path> written;
  std::optional<std::filesystem::path> installed;
  std::optional<std::filesystem::path> backup;
};

Result<Places> put(Session& session, const identity::RootSeed& seed,
                   const ReconstructOptions& options) {
  const auto protection = TRY(protection_by(session, options.passphrase));
  Places places;
  if (!options.output_dir.empty()) {
    identity::IdentityStore store(session.disk(), options.output_dir);
    TRY(store.create(seed, protection));
    places.written = store.folder();
  }
  if (options.install) {
    places.backup = TRY(heirs::install(session.disk(), session.data_dir(), seed, protection,
                                       session.clock().wall_now()));
    places.installed = identity::IdentityStore(session.disk(), session.data_dir()).folder();
  }
  return places;
}

void print(Terminal& terminal, const FromFiles& from, const Places& places, bool is_protected) {
  terminal.out("Recovered identity: " + from.recovered.identity.fingerprint().hex());
  terminal.out("From shares: " + which(from));
  if (places.written) terminal.out("Written to: " + shown(*places.written));
  if (places.backup) terminal.out("Previous identity kept in: " + shown(*places.backup));
  if (places.installed) terminal.out("Installed in: " + shown(*places.installed));
  if (!is_protected) {
    terminal.note(
        "It has no passphrase, whatever the owner's had; with --passphrase or --passphrase-file "
        "it gets one.");
  }
  if (places.installed) {
    terminal.note(
        "`tes init` makes the vault where there is none yet, and changes nothing else. Then "
        "import or fetch what the owner left, and `tes open` opens it.");
  } else {
    terminal.note(
        fmt::format("Whoever has that folder is its owner. To use it: tes --data-dir {} init",
                    shown(places.written->parent_path())));
  }
}

Result<int> reconstruct(Session& session, const ReconstructOptions& options) {
  if (options.output_dir.empty() && !options.install) {
    return fail(Code::invalid,
                "say where the identity is to go: --output-dir DIR, or --install for {}",
                shown(session.data_dir()));
  }
  if (!options.output_dir.empty()) TRY(refuse_vault(session, options.output_dir));
  const auto from = TRY(recover_from(session, options.files));
  const auto places = TRY(put(session, from.recovered.seed, options));
  if (!session.json()) {
    print(session.terminal(), from, places, options.passphrase.is_wanted());
    return 0;
  }
  const auto text = [](const std::optional<std::filesystem::path>& path) {
    return path ? nlohmann::ordered_json(path->string()) : nlohmann::ordered_json(nullptr);
  };
  auto json = to_json(from);
  json["written"] = text(places.written);
  json["installed"] = text(places.installed);
  json["backup"] = text(places.backup);
  print_json(session.terminal(), "heir reconstruct", json);
  return 0;
}

// The files, and a tessera's hash behind them: a word that names no file and has hex digits alone.
std::string take_hash(std::vector<std::string>& words) {
  const auto& last = words.back();
  std::error_code ignored;
  if (words.size() < 2 || !base::is_lower_hex(last) || std::filesystem::exists(last, ignored))
    return {};
  auto hash = last;
  words.pop_back();
  return hash;
}

// True: all three keys are those of the identity of this data dir. False: it has none.
// corrupt: they are somebody else's.
Result<bool> is_identity_here(Session& session, const identity::Identity& recovered) {
  const identity::IdentityStore store(session.disk(), session.data_dir());
  if (!TRY(store.exists())) return false;
  const auto keys = TRY(store.public_keys());
  if (keys == recovered.public_keys()) return true;
  return fail(Code::corrupt,
              "these shares give the identity {}, and the one in {} is {}: make shares of that "
              "(tes heir create), or give the --data-dir that these belong to",
              recovered.fingerprint().hex(), shown(session.data_dir()),
              identity::fingerprint_of(keys.ed25519).hex());
}

// The tessera that is meant, or else the newest private one of this creator that is encrypted, as
// one that was opened and imported is not; nullopt: there is none.
Result<std::optional<custody::Closed>> to_open(vault::Vault& vault, const std::string& hash,
                                               const identity::Identity& recovered) {
  if (!hash.empty()) return TRY(custody::Closed::find(vault, TRY(vault.find(hash))));
  const auto all = TRY(vault.list());
  const auto& creator = recovered.public_keys().ed25519.bytes;
  for (auto at = all.rbegin(); at != all.rend(); ++at) {
    if (!at->is_readable || at->visibility != "private" || at->creator.bytes != creator) continue;
    auto closed = custody::Closed::find(vault, at->content_hash);
    if (closed || closed.error().code != Code::unsupported) return TRY(std::move(closed));
  }
  return std::nullopt;
}

// Opens a private tessera with the recovered keys and checks all that is inside. Nothing of it is
// written. nullopt: there is none to open.
Result<std::optional<base::ContentHash>> open_one(Session& session, const std::string& hash,
                                                  const identity::Identity& recovered) {
  auto vault = session.open_vault();
  if (!vault && hash.empty() && vault.error().code == Code::not_found) return std::nullopt;
  if (!vault) return fail(vault.error());
  const auto closed = TRY(to_open(**vault, hash, recovered));
  if (!closed) return std::nullopt;
  const auto files = TRY(closed->open(TRY(closed->key_of(recovered))));
  auto tools = session.tools();
  const auto report = TRY(custody::verify(*files, {}, tools));
  const auto& found = closed->manifest().content_hash();
  if (report.passed()) return found;
  return fail(Code::corrupt, "the keys open {}, but what is inside is damaged; see: tes verify {}",
              found.hex(), found.hex());
}

Result<int> drill(Session& session, std::vector<std::string> words) {
  const auto hash = take_hash(words);
  const auto from = TRY(recover_from(session, words));
  const auto& identity = from.recovered.identity;
  const bool is_here = TRY(is_identity_here(session, identity));
  const auto opened = TRY(open_one(session, hash, identity));
  auto& terminal = session.terminal();
  if (session.json()) {
    auto json = to_json(from);
    json["keys_match"] = is_here ? nlohmann::ordered_json(true) : nlohmann::ordered_json(nullptr);
    json["opened"] =
        opened ? nlohmann::ordered_json(opened->hex()) : nlohmann::ordered_json(nullptr);
    print_json(terminal, "heir drill", json);
    return 0;
  }
  terminal.out("Shares: " + which(from));
  terminal.out("Identity: " + identity.fingerprint().hex());
  terminal.out(is_here ? "Keys: all three are those of the identity here"
                       : "Keys: not compared, since there is no identity here");
  terminal.out(opened ? fmt::format("Opened: {}, every file in it as it was signed", opened->hex())
                      : "Opened: nothing, since there is no private tessera of this identity here");
  terminal.out("Drill: " + terminal.good("PASSED"));
  terminal.note("Nothing was written.");
  return 0;
}

}  // namespace

void add_heir_reconstruct(CLI::App& heir, Chosen& chosen) {
  auto* sub = heir.add_subcommand(
      "reconstruct", "Recover the identity from shares, of either form, mixed at will");
  sub->fallthrough();
  auto options = std::make_shared<ReconstructOptions>();
  sub->add_option("files", options->files, "The shares")->type_name("FILES")->required();
  sub->add_option("--output-dir", options->output_dir,
                  "Where its folder, identity/, is written; made when missing")
      ->type_name("DIR")
      ->check(command_line::not_empty());
  sub->add_flag("--install", options->install,
                "Make it the identity of the data directory; the one that is there is kept aside");
  add_new_passphrase(*sub, options->passphrase);
  sub->callback([&chosen, options] {
    chosen = {"heir reconstruct",
              [options](Session& session) { return reconstruct(session, *options); }};
  });
}

void add_heir_drill(CLI::App& heir, Chosen& chosen) {
  auto* sub = heir.add_subcommand(
      "drill",
      "Try whether these shares would do it: they give this identity's keys, and the keys open a "
      "private tessera of the vault. Writes nothing.");
  sub->fallthrough();
  auto words = std::make_shared<std::vector<std::string>>();
  sub->add_option("files", *words,
                  "The shares; then, if you like, the hash of the tessera to be opened")
      ->type_name("FILES [HASH]")
      ->required();
  sub->callback([&chosen, words] {
    chosen = {"heir drill", [words](Session& session) { return drill(session, *words); }};
  });
}

}  // namespace tesseras::tes

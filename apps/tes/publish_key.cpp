#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "apps/tes/content_keys.hpp"
#include "apps/tes/daemon_link.hpp"
#include "apps/tes/json_output.hpp"
#include "foundation/base/text.hpp"
#include "foundation/runtime/whole_file.hpp"
#include "node/control_release_messages.hpp"
#include "preserve/release/key_texts.hpp"
#include "preserve/release/release.hpp"
#include "preserve/sealing/witnesses.hpp"

namespace tesseras::tes {
namespace {

using base::Code;
using base::fail;
using custody::Closed;

struct Options {
  std::string hash;
  KeyFiles files;
  std::filesystem::path output;
  std::filesystem::path passphrase_file;
  bool my_part = false;
  bool yes = false;
};

constexpr std::uint32_t secret_permissions = 0600;

// What is given out cannot be taken back; before its date nobody does so by a slip.
Result<void> confirm(Session& session, const Options& options, const Closed& closed) {
  if (options.yes) return {};
  const auto& open_after = closed.manifest().header().open_after;
  if (open_after && *open_after <= session.clock().wall_now()) return {};
  auto& terminal = session.terminal();
  const auto name = closed.manifest().content_hash().hex().substr(0, 16);
  const auto what = open_after ? fmt::format("{} opens on {}", name, base::to_rfc3339(*open_after))
                               : fmt::format("{} was made for some people alone", name);
  if (!terminal.can_ask()) {
    return fail(Code::denied,
                "{}; whoever gets its key can read it at once, and for good: say --yes when you "
                "mean it",
                what);
  }
  const auto answer = TRY(terminal.ask(
      what + ". Whoever gets its key can read it at once, and for good. Give it out? Type yes:"));
  if (answer != "yes") return fail(Code::cancelled, "nothing was given out");
  return {};
}

// To a file of its own, or to standard output; and no copy stays in memory.
Result<int> write(Session& session, const Options& options, const Closed& closed,
                  const crypto::SecretBuffer& text, std::string_view what) {
  auto& terminal = session.terminal();
  const auto hash = closed.manifest().content_hash().hex();
  if (options.output.empty()) {
    if (session.json()) {
      return fail(Code::invalid, "--json does not print secrets; say where to: --output FILE");
    }
    terminal.end_progress();
    TRY(write_secret(text.span()));
    return 0;
  }
  if (session.disk().status(options.output)) {
    return fail(Code::conflict, "{} is there already; choose another name",
                base::to_printable(options.output.native()));
  }
  TRY(runtime::replace_whole(session.disk(), options.output, secret_permissions, text.span()));
  if (session.json()) {
    print_json(terminal, "publish-key",
               {{"content_hash", hash}, {"path", options.output.string()}});
    return 0;
  }
  terminal.out(fmt::format("Written: {}", base::to_printable(options.output.native())));
  terminal.note(fmt::format("{} Nobody was told.", what));
  return 0;
}

// A word for its giver where it is early; empty where it is not.
std::string before_its_date(Session& session, const Closed& closed) {
  const auto& open_after = closed.manifest().header().open_after;
  if (!open_after || *open_after <= session.clock().wall_now()) return "";
  return fmt::format(" Its date is {}: before that, do not let it out of your hands.",
                     base::to_rfc3339(*open_after));
}

Result<int> write_my_part(Session& session, const Options& options, const Closed& closed) {
  const auto witnesses = TRY(sealing::parse_witnesses(TRY(closed.witnesses_file())));
  if (witnesses.threshold == 1) TRY(confirm(session, options, closed));
  const auto reader = TRY(session.open_identity(options.passphrase_file));
  auto part = TRY(sealing::open_part(witnesses, closed.witness_binding(), reader));
  const auto needed = witnesses.threshold;
  const auto use = needed == 1
                       ? std::string("Whoever has it can open the tessera.")
                       : fmt::format(
                             "With {} like it, anybody can open the tessera: tes unseal {} DIR "
                             "--part FILE --part FILE.",
                             base::counted(needed - 1U, "other", "others"),
                             closed.manifest().content_hash().hex().substr(0, 16));
  return write(session, options, closed,
               encode(release::PartText{closed.manifest().content_hash(), std::move(part)}),
               use + before_its_date(session, closed));
}

Result<sealing::ContentKey> key_for(Session& session, const Options& options,
                                    const Closed& closed) {
  if (options.files.any()) return key_of_files(session, closed, options.files);
  return closed.key_of(TRY(session.open_identity(options.passphrase_file)));
}

Result<int> publish(Session& session, const Closed& closed, const sealing::ContentKey& key) {
  auto link = TRY(DaemonLink::open(session));
  const auto release = TRY(release::Release::of_key(closed.manifest().text(), key));
  auto& terminal = session.terminal();
  terminal.progress().stage("giving the key to those nearest to its place", 0);
  const auto answer = TRY(link.ask(node::PublishKeyRequest{release.encoded()}));
  terminal.end_progress();
  const auto hash = closed.manifest().content_hash().hex();
  if (session.json()) {
    print_json(
        terminal, "publish-key",
        {{"content_hash", hash}, {"nodes_asked", answer.asked}, {"nodes_keeping", answer.kept}});
    return 0;
  }
  terminal.out(fmt::format("Published the key of {}: {} {} it.", hash.substr(0, 16), answer.kept,
                           answer.kept == 1 ? "other node keeps" : "other nodes keep"));
  if (answer.kept == 0)
    terminal.note("Nobody could be reached; your daemon keeps it, and goes on trying.");
  terminal.note(fmt::format("Anybody opens it now with: tes unseal {} DIR", hash));
  return 0;
}

Result<int> run(Session& session, const Options& options) {
  const auto vault = TRY(session.open_vault());
  const auto closed = TRY(Closed::find(*vault, TRY(vault->find(options.hash))));
  // A part that opens nothing on its own may be asked for at any time.
  if (options.my_part) return write_my_part(session, options, closed);
  TRY(confirm(session, options, closed));
  auto key = TRY(key_for(session, options, closed));
  if (options.output.empty()) return publish(session, closed, key);
  const auto& hash = closed.manifest().content_hash();
  return write(session, options, closed, encode(release::KeyPublication{hash, std::move(key)}),
               fmt::format("Whoever has it and the tessera can open that: tes unseal {} DIR "
                           "--key FILE.",
                           hash.hex().substr(0, 16)));
}

}  // namespace

void add_publish_key(CLI::App& app, Chosen& chosen) {
  auto* command = app.add_subcommand(
      "publish-key",
      "Give the key of an encrypted tessera to everybody. It is taken from your identity, from a "
      "file, or from parts that heirs have; the network keeps it from then on. What is given out "
      "cannot be taken back");
  command->footer(
      "  tes publish-key 9f2c4a1b                          to everybody, over the network\n"
      "  tes publish-key 9f2c4a1b --output garden.key      as a file, and nobody is told\n"
      "  tes publish-key 9f2c4a1b --my-part --output mine  an heir's part of it\n"
      "  tes publish-key 9f2c4a1b --part mine --part hers  of as many parts as are needed");
  auto options = std::make_shared<Options>();
  command->add_option("hash", options->hash, "Content hash, or its first 8 or more digits")
      ->type_name("HASH")
      ->required();
  add_key_files(*command, options->files);
  command->add_option("--output", options->output, "Write it to this new file, and tell nobody")
      ->type_name("FILE");
  command
      ->add_flag("--my-part", options->my_part,
                 "Write the part that was made for you as an heir, and not the key")
      ->excludes("--key")
      ->excludes("--part");
  command->add_flag("-y,--yes", options->yes, "Do not ask");
  command
      ->add_option("--passphrase-file", options->passphrase_file,
                   "Take the identity's passphrase from the first line of a file")
      ->type_name("FILE");
  command->callback([&chosen, options] {
    chosen = {"publish-key", [options](Session& session) { return run(session, *options); }};
  });
}

}  // namespace tesseras::tes

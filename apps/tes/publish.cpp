#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "apps/tes/daemon_link.hpp"
#include "apps/tes/json_output.hpp"
#include "apps/tes/publishing.hpp"

namespace tesseras::tes {
namespace {

struct Options {
  std::string hash;
  std::filesystem::path passphrase_file;
  bool keep_key = false;
  bool no_wait = false;
};

Result<int> run(Session& session, const Options& options) {
  auto link = TRY(DaemonLink::open(session));
  const auto hash = TRY(content_hash_of(session, link, options.hash));
  std::optional<identity::Identity> author;
  if (options.keep_key) author = TRY(session.open_identity(options.passphrase_file));
  const PublishOptions how{.author = author ? &*author : nullptr,
                           .passphrase_file = options.passphrase_file,
                           .is_key_left = options.keep_key,
                           .is_waited_for = !options.no_wait};
  const auto published = TRY(publish(session, link, hash, how));
  if (session.json()) {
    print_json(session.terminal(), "publish", to_json(published));
  } else {
    print(session.terminal(), published);
  }
  return 0;
}

}  // namespace

void add_publish(CLI::App& app, Chosen& chosen) {
  auto* command = app.add_subcommand(
      "publish",
      "Give a tessera to others to keep. It goes into the daemon's vault; the daemon tells the "
      "network, cuts it into fragments, and gives these to other nodes, so that it lasts when "
      "this machine does not. Nothing that is published can be called back for certain");
  command->footer(
      "  tes publish 9f2c4a1b\n"
      "  tes publish 9f2c4a1b --daemon /var/lib/tesseras");
  auto options = std::make_shared<Options>();
  command->add_option("hash", options->hash, "Content hash, or its first 8 or more digits")
      ->type_name("HASH")
      ->required();
  command->add_flag(
      "--keep-key", options->keep_key,
      "Leave the key of a sealed tessera with the daemon, which publishes it when "
      "the date has come. Until then it lies there, readable for that machine's user");
  command->add_flag("--no-wait", options->no_wait,
                    "Leave it to the daemon to give it to others, and say nothing of that");
  command
      ->add_option("--passphrase-file", options->passphrase_file,
                   "Take the identity's passphrase from the first line of a file")
      ->type_name("FILE");
  command->callback([&chosen, options] {
    chosen = {"publish", [options](Session& session) { return run(session, *options); }};
  });
}

}  // namespace tesseras::tes

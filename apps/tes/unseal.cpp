#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "apps/tes/content_keys.hpp"
#include "apps/tes/daemon_link.hpp"
#include "apps/tes/exported.hpp"
#include "foundation/base/text.hpp"
#include "node/control_release_messages.hpp"
#include "preserve/release/release.hpp"

namespace tesseras::tes {
namespace {

using base::Code;
using base::fail;
using custody::Closed;

struct Options : ExportTarget {
  KeyFiles files;
};

std::string when(const tessera::ManifestHeader& header) {
  return header.open_after ? "it opens on " + base::to_rfc3339(*header.open_after)
                           : "it was made for some people alone";
}

// As the network has it by now.
Result<sealing::ContentKey> published_key(Session& session, const Closed& closed) {
  auto link = TRY(DaemonLink::open(session));
  auto& terminal = session.terminal();
  const auto& hash = closed.manifest().content_hash();
  terminal.progress().stage("asking for the key", 0);
  const auto answer = link.ask(node::FindKeyRequest{hash});
  terminal.end_progress();
  if (!answer && answer.error().code == Code::not_found) {
    return fail(Code::not_found, "nobody has published its key yet; {}",
                when(closed.manifest().header()));
  }
  const auto release = TRY(release::Release::decode(TRY(answer).release));
  if (release.content_hash() != hash)
    return fail(Code::corrupt, "the daemon gave the key of another tessera");
  if (const auto* key = release.key()) return key->clone();
  return fail(Code::unavailable,
              "{} of the {} parts of its key that are needed {} been released; try again later",
              release.parts().size(), release.deposit()->witnesses().threshold,
              release.parts().size() == 1 ? "has" : "have");
}

Result<int> run(Session& session, const Options& options) {
  TRY(refuse_vault(session, options.destination));
  const auto vault = TRY(session.open_vault());
  const auto closed = TRY(Closed::find(*vault, TRY(vault->find(options.hash))));
  const auto key = TRY(options.files.any() ? key_of_files(session, closed, options.files)
                                           : published_key(session, closed));
  const auto files = TRY(closed.open(key));
  auto tools = session.tools();
  const auto exported =
      TRY(custody::export_tessera(*files, options.destination, options.format, tools));
  print(session, "unseal", closed.manifest().content_hash(), exported, "Unsealed into");
  const auto& open_after = closed.manifest().header().open_after;
  if (!session.json() && open_after && *open_after > session.clock().wall_now()) {
    session.terminal().note(
        fmt::format("Its date is {}; whoever let its key out early let this be opened early.",
                    base::to_rfc3339(*open_after)));
  }
  return 0;
}

}  // namespace

void add_unseal(CLI::App& app, Chosen& chosen) {
  auto* command = app.add_subcommand(
      "unseal",
      "Open an encrypted tessera whose key has been published. The key comes from the network, or "
      "from files that its heirs have; no identity is needed. What comes out is a tessera like any "
      "other");
  command->footer(
      "  tes unseal 9f2c4a1b ./out\n"
      "  tes unseal 9f2c4a1b ./out --key garden.key\n"
      "  tes unseal 9f2c4a1b ./out --part mine --part hers");
  auto options = std::make_shared<Options>();
  add_export_target(*command, *options, "Folder to open it into; made when missing");
  add_key_files(*command, options->files);
  command->callback([&chosen, options] {
    chosen = {"unseal", [options](Session& session) { return run(session, *options); }};
  });
}

}  // namespace tesseras::tes

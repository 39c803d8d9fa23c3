#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "apps/command_line/choice.hpp"
#include "apps/tes/heir_recovery.hpp"
#include "apps/tes/json_output.hpp"
#include "apps/tes/page_language.hpp"
#include "apps/tes/session.hpp"
#include "foundation/base/text.hpp"
#include "preserve/heirs/files.hpp"
#include "preserve/heirs/recovery.hpp"

namespace tesseras::tes {
namespace {

using base::Code;
using base::fail;

// Of 1 of N each heir alone would be the owner, without a word to the others.
constexpr unsigned threshold_min = 2;

struct CreateOptions {
  unsigned threshold = 2;
  unsigned shares = 3;
  std::filesystem::path output_dir = "./heir-shares";
  std::filesystem::path passphrase_file;
  bool pdf = false;
  paper::Language language = paper::Language::english;
};

Result<void> check(const CreateOptions& options) {
  if (options.threshold < threshold_min) {
    return fail(Code::invalid,
                "with a threshold of {} every share would be your identity itself, for whoever "
                "finds it; take 2 or more",
                options.threshold);
  }
  return heirs::check_numbers(options.threshold, options.shares);
}

Result<int> create(Session& session, const CreateOptions& options) {
  TRY(check(options));
  TRY(refuse_vault(session, options.output_dir));
  const auto seed = TRY(session.open_seed(options.passphrase_file));
  const auto shares =
      TRY(heirs::make_shares(seed, options.threshold, options.shares, session.clock().wall_now()));
  const auto page = options.pdf ? std::optional(options.language) : std::nullopt;
  const auto files = TRY(heirs::write_shares(session.disk(), options.output_dir, shares, page));
  const auto& set = shares.front().set;
  auto& terminal = session.terminal();
  if (session.json()) {
    print_json(terminal, "heir create",
               {{"folder", options.output_dir.string()},
                {"files", files},
                {"owner", set.owner.hex()},
                {"session", set.session.hex()},
                {"threshold", set.threshold},
                {"total", set.total},
                {"created", set.created}});
    return 0;
  }
  terminal.out(fmt::format("Created {} heir shares, of which any {} recover your identity",
                           set.total, set.threshold));
  terminal.out(fmt::format("Owner:   {}", set.owner.hex()));
  terminal.out(fmt::format("Session: {}", set.session.hex()));
  const auto folder = base::to_printable(options.output_dir.string());
  for (const auto& name : files) terminal.out(fmt::format("  {}/{}", folder, name));
  terminal.note(fmt::format(
      "Whoever has {} of them is you, for ever: they are not encrypted. So:\n"
      "  1. Try them: tes heir drill {}/*.bin\n"
      "  2. Give each heir one: the .txt on paper, or the page that --pdf writes; the .bin on a\n"
      "     medium of its own.\n"
      "  3. Keep no two of them in one place, and then delete {} here.\n"
      "Making shares again does not make these worthless: see `tes heir revoke-note`.",
      set.threshold, folder, folder));
  return 0;
}

Result<int> info(Session& session, const std::filesystem::path& file) {
  const auto reading = TRY(heirs::read_share(session.disk(), file));
  const auto& share = reading.share;
  auto& terminal = session.terminal();
  if (session.json()) {
    print_json(terminal, "heir info",
               {{"format_version", heirs::share_version},
                {"index", share.part.index},
                {"total", share.set.total},
                {"threshold", share.set.threshold},
                {"session", share.set.session.hex()},
                {"owner", share.set.owner.hex()},
                {"created", share.set.created},
                {"data_bytes", share.part.data.size()},
                {"checksum", "valid"},
                {"remarks", reading.remarks}});
    return 0;
  }
  terminal.out("Heir Share Information:");
  terminal.out(fmt::format("  Format version: {}", heirs::share_version));
  terminal.out(fmt::format("  Share: {} of {} (threshold: {})", share.part.index, share.set.total,
                           share.set.threshold));
  terminal.out(fmt::format("  Session: {}", share.set.session.hex()));
  terminal.out(fmt::format("  Owner fingerprint: {}", share.set.owner.hex()));
  terminal.out(fmt::format("  Share data size: {} bytes", share.part.data.size()));
  // One whose checksum does not hold was refused when it was read.
  terminal.out("  Checksum: valid");
  for (const auto& remark : reading.remarks) terminal.warn(remark);
  return 0;
}

constexpr std::string_view revocation =
    "Shares that are given cannot be taken back.\n"
    "\n"
    "Making new shares of the same identity does not make the old ones worthless: any T of an old\n"
    "set still give the whole identity, for ever. No command, and nobody on the network, can\n"
    "change that.\n"
    "\n"
    "What helps when shares went astray, or an heir is none any more:\n"
    "  - Fewer than T of a set are no danger by their data. Have as many of the old shares\n"
    "    destroyed that fewer than T are left, and give out a new set: tes heir create.\n"
    "  - If T or more may be in wrong hands, make a new identity (tes --data-dir NEW init), make\n"
    "    shares of that one, and make from now on with it. Tell those who know your fingerprint.\n"
    "  - What the old identity signed stays signed by it, and can be signed anew by whoever has "
    "it.\n"
    "    What was encrypted for it can be read by whoever has it, also copies that are with\n"
    "    others already. Encrypt such things again for the new identity, and retract the old ones\n"
    "    (tes retract): that is a request to holders, and no proof that all copies are gone.";

Result<int> revoke_note(Session& session) {
  if (session.json()) {
    print_json(session.terminal(), "heir revoke-note", {{"text", revocation}});
  } else {
    session.terminal().out(revocation);
  }
  return 0;
}

void add_create_share(CLI::App& command, Chosen& chosen) {
  auto* sub =
      command.add_subcommand("create", "Make shares of your identity, to be given to heirs");
  sub->fallthrough();
  auto options = std::make_shared<CreateOptions>();
  sub->add_option("--threshold", options->threshold, "How many of them recover your identity")
      ->type_name("T")
      ->default_str("2");
  sub->add_option("--shares", options->shares, "How many are made")
      ->type_name("N")
      ->default_str("3");
  sub->add_option("--output-dir", options->output_dir, "Where they are written; made when missing")
      ->type_name("DIR")
      ->check(command_line::not_empty())
      ->default_str("./heir-shares");
  sub->add_option("--passphrase-file", options->passphrase_file,
                  "Take the identity's passphrase from the first line of a file")
      ->type_name("FILE");
  sub->add_flag("--pdf", options->pdf, "Write a page of each as well, to be printed");
  add_page_language(*sub, options->language);
  sub->callback([&chosen, options] {
    chosen = {"heir create", [options](Session& session) { return create(session, *options); }};
  });
}

}  // namespace

void add_heir(CLI::App& app, Chosen& chosen) {
  auto* command = app.add_subcommand(
      "heir",
      "Shares of your identity, for those who come after you: any T of N give it again, and fewer "
      "say nothing of it. Whoever has T of them can do all that you can.");
  command->footer(
      "  tes heir create --threshold 2 --shares 3\n"
      "  tes heir drill heir-shares/*.bin                  would they do it?\n"
      "  tes heir info heir_share_1.txt\n"
      "  tes heir reconstruct heir_share_1.txt heir_share_2.bin --output-dir ./recovered-keys");
  command->require_subcommand(1);
  add_create_share(*command, chosen);

  auto* sub = command->add_subcommand("info", "Show what a share is, without its secret");
  sub->fallthrough();
  auto file = std::make_shared<std::filesystem::path>();
  sub->add_option("file", *file, "A share, as text or binary")
      ->type_name("FILE")
      ->check(command_line::not_empty())
      ->required();
  sub->callback([&chosen, file] {
    chosen = {"heir info", [file](Session& session) { return info(session, *file); }};
  });

  add_heir_reconstruct(*command, chosen);
  add_heir_drill(*command, chosen);

  sub = command->add_subcommand("revoke-note", "What can be done about shares that went astray");
  sub->fallthrough();
  sub->callback([&chosen] { chosen = {"heir revoke-note", revoke_note}; });
}

}  // namespace tesseras::tes

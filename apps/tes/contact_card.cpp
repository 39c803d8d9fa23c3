#include "apps/tes/contact_card.hpp"

#include <CLI/CLI.hpp>

#include "apps/command_line/choice.hpp"
#include "apps/tes/json_output.hpp"
#include "apps/tes/page_language.hpp"
#include "foundation/base/text.hpp"
#include "foundation/paper/qr.hpp"
#include "preserve/contacts/card_page.hpp"

namespace tesseras::tes {
namespace {

struct CardOptions {
  std::filesystem::path passphrase_file;
  bool qr = false;
  std::filesystem::path pdf;  // empty: none
  paper::Language language = paper::Language::english;
};

constexpr std::uint32_t page_permissions = 0644;  // a card is no secret

// conflict: there is a file of that name.
Result<void> write_page(Session& session, const std::filesystem::path& file, base::ByteSpan pdf) {
  const auto destination = named_by_user(file);
  TRY(refuse_vault(session, destination));
  auto& disk = session.disk();
  const auto created = TRY(disk.create(destination, page_permissions));
  auto done = created->append(pdf);
  if (done) done = created->sync();
  if (!done) (void)disk.remove(destination);  // part of a page is none
  return done;
}

// On a dark ground of its own, whatever the terminal's is.
Result<void> show_code(Terminal& terminal, std::string_view text) {
  const auto code = TRY(paper::QrCode::of(text, paper::Correction::low));
  const auto blocks = paper::to_blocks(code);
  for (std::string_view rest = blocks; !rest.empty();) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(line.size() + 1);
    terminal.out(terminal.on_black(line));
  }
  const unsigned columns = code.side() + 2 * paper::QrCode::quiet_modules;
  terminal.note(fmt::format(
      "The code takes {} columns and {} lines: make the letters smaller until it fits, or print it "
      "(--pdf FILE).",
      columns, (columns + 1) / 2));
  return {};
}

Result<int> card(Session& session, const CardOptions& options) {
  const auto owner = TRY(session.open_identity(options.passphrase_file));
  const auto own = contacts::card_of(owner.public_keys());
  auto text = contacts::encode(owner);
  auto& terminal = session.terminal();
  if (!options.pdf.empty()) {
    const auto page = TRY(contacts::card_page(own, text, options.language));
    TRY(write_page(session, options.pdf, page));
  }
  if (session.json()) {
    auto json = card_to_json(own);
    json["card"] = text;
    if (!options.pdf.empty()) json["pdf"] = base::to_utf8_lossy(options.pdf.native());
    print_json(terminal, "contact card", json);
    return 0;
  }
  if (options.qr) TRY(show_code(terminal, text));
  if (!options.pdf.empty())
    terminal.out(fmt::format("Written: {}", base::to_printable(options.pdf.native())));
  if (!options.qr && options.pdf.empty()) {
    text.pop_back();  // out() ends the line itself
    terminal.out(text);
  }
  terminal.note("Your fingerprint, to be compared aloud:  " + contacts::fingerprint_of(own));
  return 0;
}

}  // namespace

nlohmann::ordered_json card_to_json(const contacts::Card& card) {
  return {{"fingerprint", contacts::fingerprint_of(card)}, {"creator", card.ed25519.hex()}};
}

void add_contact_card(CLI::App& contact, Chosen& chosen) {
  auto* command = contact.add_subcommand("card", "Print your own card, to be given to others");
  command->fallthrough();
  const auto options = std::make_shared<CardOptions>();
  command
      ->add_option("--passphrase-file", options->passphrase_file,
                   "Take the identity's passphrase from the first line of a file")
      ->type_name("FILE");
  command->add_flag("--qr", options->qr, "Show it as a QR code, for somebody's phone");
  command
      ->add_option("--pdf", options->pdf,
                   "Write a page with the QR code to a new file, to be printed")
      ->type_name("FILE")
      ->check(command_line::not_empty());
  add_page_language(*command, options->language);
  command->callback([&chosen, options] {
    chosen = {"contact card", [options](Session& session) { return card(session, *options); }};
  });
}

}  // namespace tesseras::tes

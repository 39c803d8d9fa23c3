#include "preserve/contacts/card_page.hpp"

#include "foundation/paper/page.hpp"
#include "foundation/paper/qr.hpp"

namespace tesseras::contacts {
namespace {

constexpr double code_mm = 155;

struct Words {
  std::string_view title;
  std::string_view what;
  std::string_view how;
  std::string_view scan;
  std::string_view scan_command;
  std::string_view add_command;
  std::string_view compare;
  std::string_view use;
  std::string_view use_command;
  std::string_view foot;
};

constexpr Words english = {
    .title = "A contact card",
    .what =
        "Whoever has this card can make archives of photographs, recordings and letters (tesserae) "
        "that only its owner can open. It is no secret: show it, send it, hang it up.",
    .how = "You were given it",
    .scan =
        "Scan or photograph this page, read the code into a file, and add it under the name by "
        "which you know its owner.",
    .scan_command = "zbarimg --raw -q photo.jpg > card.txt",
    .add_command = "tes contact add NAME card.txt",
    .compare =
        "Call its owner, and compare these eight numbers aloud. If they differ, the card is "
        "somebody else's: do not use it.",
    .use = "Make something for them alone.",
    .use_command = "tes create FOLDER --visibility circle --to NAME",
    .foot = "Tesseras contact card, format 1 (spec/contact.md)",
};

constexpr Words portuguese = {
    .title = "Um cartão de contato",
    .what =
        "Quem tem este cartão pode criar acervos de fotografias, gravações e cartas (tesserae) que "
        "só o dono do cartão consegue abrir. Não é segredo: mostre, envie, pendure na parede.",
    .how = "Você recebeu este cartão",
    .scan =
        "Digitalize ou fotografe esta página, leia o código para um arquivo e acrescente-o com o "
        "nome que você dá ao dono.",
    .scan_command = "zbarimg --raw -q foto.jpg > cartao.txt",
    .add_command = "tes contact add NOME cartao.txt",
    .compare =
        "Telefone ao dono e comparem estes oito números em voz alta. Se forem diferentes, o "
        "cartão é de outra pessoa: não o use.",
    .use = "Crie algo que só ele abre.",
    .use_command = "tes create PASTA --visibility circle --to NOME",
    .foot = "Cartão de contato Tesseras, formato 1 (spec/contact.md)",
};

}  // namespace

Result<base::Bytes> card_page(const Card& card, std::string_view card_text,
                              paper::Language language) {
  const auto code = TRY(paper::QrCode::of(card_text, paper::Correction::medium));
  const auto& words = language == paper::Language::english ? english : portuguese;
  paper::Pages pages(words.title, words.foot);
  pages.title(words.title);
  pages.paragraph(words.what);
  pages.heading(words.how);
  pages.item("1.", words.scan);
  pages.command(words.scan_command);
  pages.command(words.add_command);
  pages.item("2.", words.compare);
  pages.command(fingerprint_of(card));
  pages.item("3.", words.use);
  pages.command(words.use_command);
  pages.code(code, code_mm);
  const auto pdf = TRY(pages.finish());
  return base::Bytes(pdf.span().begin(), pdf.span().end());
}

}  // namespace tesseras::contacts

#include "preserve/heirs/heir_page_words.hpp"

namespace tesseras::heirs {
namespace {

HeirPageWords english(const Share& share) {
  const auto& set = share.set;
  const unsigned index = share.part.index, total = set.total, needed = set.threshold;
  const auto owner = set.owner.hex(), session = set.session.hex();
  return {
      .title = fmt::format("Heir share {} of {}", index, total),
      .what = fmt::format(
          "This sheet is one of {} parts of a key. Any {} of them together open the memories - "
          "photographs, recordings, letters - that somebody has kept with Tesseras, and let their "
          "heirs care for them. With fewer, nobody learns anything.",
          total, needed),
      .facts = fmt::format("Owner {}   Session {}   Created {}", owner, session, set.created),
      .keep_heading = "Until then: keep it",
      .keep =
          "Keep this sheet dry, dark and flat, where your own heirs will find it, and never "
          "beside another part. Do not photograph, send or copy it: whoever brings enough parts "
          "together has everything.",
      .use_heading = "When the time has come",
      .gather = fmt::format(
          "Bring {} of the {} sheets together. On all of them, owner and session are the same.",
          needed, total),
      .read =
          "On a computer with the program tes (Tesseras), scan each sheet, and read its code "
          "into a file. If it cannot be read, there are more behind this page, and the same in "
          "letters.",
      .read_command = "zbarimg --raw -q scan1.png > part1.txt",
      .reconstruct = "Get the key back, as a folder:",
      .reconstruct_command = "tes heir reconstruct part1.txt part2.txt --output-dir recovered",
      .letters_heading = fmt::format("Heir share {} of {} in letters", index, total),
      .letters =
          "The same for whoever has to type it in, as it stands, into a text file. Capital and "
          "small letters differ. The checks tell which line has a slip.",
      .without_heading = "Without the program",
      .without = fmt::format(
          "The lines of mixed letters are base64 of a MessagePack map. Its field 'data' is a share "
          "of "
          "Shamir's secret sharing, byte by byte in GF(256) with the polynomial 0x11b, at x = "
          "'index'; "
          "{} of them give, at x = 0, 34 bytes: two for the version and flags, and 32 that all "
          "keys of "
          "the owner derive from (BLAKE3, derive-key). All of it is described in Tesseras: "
          "spec/heir-share.md, sharing.md and identity.md.",
          needed),
      .foot = fmt::format("Heir share of Tesseras, format 1   owner {}   share {} of {}", owner,
                          index, total),
  };
}

HeirPageWords portuguese(const Share& share) {
  const auto& set = share.set;
  const unsigned index = share.part.index, total = set.total, needed = set.threshold;
  const auto owner = set.owner.hex(), session = set.session.hex();
  return {
      .title = fmt::format("Parte {} de {} para os herdeiros", index, total),
      .what = fmt::format(
          "Esta folha é uma de {} partes de uma chave. Quaisquer {} delas, juntas, abrem as "
          "memórias - fotografias, gravações, cartas - que alguém guardou com Tesseras, e deixam "
          "os "
          "herdeiros cuidar delas. Com menos, ninguém descobre nada.",
          total, needed),
      .facts = fmt::format("Dono {}   Sessão {}   Data {}", owner, session, set.created),
      .keep_heading = "Até lá: guarde-a",
      .keep =
          "Guarde esta folha em lugar seco e escuro, sem dobras, onde os seus próprios herdeiros a "
          "encontrem, e nunca junto de outra parte. Não a fotografe, não a envie, não a copie: "
          "quem "
          "reunir partes suficientes tem tudo.",
      .use_heading = "Quando chegar a hora",
      .gather = fmt::format("Reúna {} das {} folhas. Em todas, o dono e a sessão são os mesmos.",
                            needed, total),
      .read =
          "Num computador com o programa tes (Tesseras), digitalize cada folha e leia o código "
          "para "
          "um arquivo. Se não puder ser lido, há mais atrás desta página, e o mesmo em letras.",
      .read_command = "zbarimg --raw -q folha1.png > parte1.txt",
      .reconstruct = "Recupere a chave, numa pasta:",
      .reconstruct_command = "tes heir reconstruct parte1.txt parte2.txt --output-dir chave",
      .letters_heading = fmt::format("Parte {} de {} em letras", index, total),
      .letters =
          "O mesmo, para quem precisar copiá-lo, tal como está, para um arquivo de texto. "
          "Maiúsculas e minúsculas são diferentes. As linhas 'Check' dizem onde há um engano.",
      .without_heading = "Sem o programa",
      .without = fmt::format(
          "As linhas de letras misturadas são base64 de um mapa MessagePack. O campo 'data' é uma "
          "parte do compartilhamento de segredo de Shamir, byte a byte em GF(256) com o polinômio "
          "0x11b, em x "
          "= 'index'; {} delas dão, em x = 0, 34 bytes: dois para versão e opções, e 32 de que "
          "derivam "
          "todas as chaves do dono (BLAKE3, derive-key). Tudo está descrito em Tesseras: "
          "spec/heir-share.md, sharing.md e identity.md.",
          needed),
      .foot = fmt::format("Parte de chave Tesseras, formato 1   dono {}   parte {} de {}", owner,
                          index, total),
  };
}

}  // namespace

HeirPageWords words_of(const Share& share, paper::Language language) {
  return language == paper::Language::english ? english(share) : portuguese(share);
}

}  // namespace tesseras::heirs

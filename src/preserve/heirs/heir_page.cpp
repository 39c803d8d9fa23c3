#include "preserve/heirs/heir_page.hpp"

#include <algorithm>

#include "foundation/paper/page.hpp"
#include "foundation/paper/qr.hpp"
#include "preserve/heirs/heir_page_words.hpp"
#include "preserve/heirs/share_text.hpp"

namespace tesseras::heirs {
namespace {

using base::Code;

constexpr std::string_view subject = "an heir share of an identity";

// As large as the page allows beside the words: a stain is so many millimetres, whatever a module
// is.
constexpr double front_code_mm_min = 140, front_module_mm = 0.9;
// What scanners of 150 dots an inch still tell apart; small enough for two codes beside one
// another.
constexpr double back_module_mm = 0.7;

double side_mm(const paper::QrCode& code, double module_mm) {
  return module_mm * (code.side() + 2 * paper::QrCode::quiet_modules);
}

// The text form without its headers, which decide nothing: the code has larger modules so.
Result<paper::QrCode> code_of(std::string_view share_text) {
  const auto first_line = share_text.substr(0, share_text.find('\n') + 1);
  const auto block = share_text.substr(share_text.find("\n\n") + 2);
  crypto::SecretBuffer bare(first_line.size() + block.size());
  const auto behind =
      std::ranges::copy(base::as_bytes(first_line), bare.mutable_span().begin()).out;
  std::ranges::copy(base::as_bytes(block), behind);
  auto code = paper::QrCode::of(base::as_text(bare.span()), paper::Correction::high);
  if (!code && code.error().code == Code::exhausted) {
    return base::fail(Code::exhausted,
                      "a share of so large a set does not fit into a QR code; print its .txt file");
  }
  return code;
}

}  // namespace

Result<crypto::SecretBuffer> heir_page(const Share& share, paper::Language language) {
  const auto secret_text = encode_text(share);
  const auto text = base::as_text(secret_text.span());
  const auto code = TRY(code_of(text));
  const auto words = words_of(share, language);
  paper::Pages pages(words.title, words.foot, subject);
  pages.title(words.title);
  pages.paragraph(words.what);
  pages.lines(words.facts);
  pages.heading(words.keep_heading);
  pages.paragraph(words.keep);
  pages.heading(words.use_heading);
  pages.item("1.", words.gather);
  pages.item("2.", words.read);
  pages.command(words.read_command);
  pages.item("3.", words.reconstruct);
  pages.command(words.reconstruct_command);
  pages.code(code, std::max(front_code_mm_min, side_mm(code, front_module_mm)));
  pages.next_page();
  pages.heading(words.letters_heading);
  pages.paragraph(words.letters);
  pages.lines(text);
  pages.heading(words.without_heading);
  pages.paragraph(words.without);
  const double back_mm = side_mm(code, back_module_mm);
  pages.code(code, back_mm, 2 * back_mm <= paper::Pages::code_side_max_mm ? 2 : 1);
  return pages.finish();
}

bool looks_like_heir_page(base::ByteSpan head) { return paper::head_has_subject(head, subject); }

}  // namespace tesseras::heirs

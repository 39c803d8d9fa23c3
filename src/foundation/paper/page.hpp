// Pages to be printed: words for a person, QR codes for a machine, and the same in letters for
// both. A4, in the fonts that every PDF reader brings along; black on white; nothing compressed, so
// that a text editor shows what is in it (a slash as \057). The same calls make the same bytes: no
// date, no name of a machine. What is on a page may be a secret: all memory of it is zeroised.
// page.cpp alone knows the library.
#pragma once

#include <memory>
#include <string_view>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "foundation/crypto/secret.hpp"
#include "foundation/paper/qr.hpp"

namespace tesseras::paper {

// What is added stands below what was added before, and on the next page where it does not fit.
// Texts are UTF-8 of letters that Windows-1252 has.
class Pages {
 public:
  // The largest QR code that fits between the margins, with its quiet zone.
  static constexpr double code_side_max_mm = 176;

  // `title` is the document's, shown by viewers; `foot` stands at the end of each page, before its
  // number; `subject`, of letters and spaces, is for programs: head_has_subject() finds it.
  Pages(std::string_view title, std::string_view foot, std::string_view subject = {});
  ~Pages();
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;

  void title(std::string_view text);
  void heading(std::string_view text);
  void paragraph(std::string_view text);
  // A paragraph with a mark, such as "1.", at its left.
  void item(std::string_view mark, std::string_view text);
  // A line below an item, to be typed in at a computer, in letters of one width: 72 fit.
  void command(std::string_view text);
  // Lines as they stand, in letters of one width, large enough to be typed in again: 75 fit into a
  // line. Never torn over two pages when they fit on one.
  void lines(std::string_view text);
  // In the middle, `side_mm` wide with its quiet zone; several copies stand side by side.
  void code(const QrCode& code, double side_mm, unsigned copies = 1);
  void next_page();

  // The PDF; nothing may be added afterwards. invalid: a text has a letter that cannot be printed.
  // exhausted: a line or a code is too large for a page. Both of the first such thing.
  Result<crypto::SecretBuffer> finish();

 private:
  class Body;
  std::unique_ptr<Body> body_;
};

// Of what Pages made, so many of its first bytes tell which subject it has.
inline constexpr std::size_t subject_head_bytes = 4096;
bool head_has_subject(base::ByteSpan head, std::string_view subject);

}  // namespace tesseras::paper

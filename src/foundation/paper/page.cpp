#include "foundation/paper/page.hpp"

#include <hpdf.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "foundation/paper/windows1252.hpp"

namespace tesseras::paper {
namespace {

using base::Code;
using base::Error;

// In points, 1/72 of an inch, from the lower left corner; ISO 216 for the paper.
constexpr float points_per_mm = 72.0F / 25.4F;
constexpr float paper_width = 210 * points_per_mm, paper_height = 297 * points_per_mm;
constexpr float margin = 17 * points_per_mm;  // no printer cuts that much off
constexpr float text_width = paper_width - 2 * margin;
constexpr float foot_height = 7 * points_per_mm;
constexpr float indent = 7 * points_per_mm;

// How a kind of text is set.
struct Style {
  const char* font;
  float size;
  float leading;  // from line to line
  float space;    // below the last
};
constexpr Style title_style{"Helvetica-Bold", 22, 27, 9};
constexpr Style heading_style{"Helvetica-Bold", 13, 17, 3};
constexpr Style paragraph_style{"Helvetica", 11.5F, 15.5F, 6};
constexpr Style lines_style{"Courier-Bold", 11, 13, 9};
constexpr Style command_style{"Courier-Bold", 11, 13, 6};
constexpr Style foot_style{"Helvetica", 8.5F, 10, 0};

// The library's memory, which is zeroised when it gives it back: a page may hold a secret. Each
// piece has its size before it.
constexpr std::size_t size_room = alignof(std::max_align_t);

void* allocate(HPDF_UINT size_bytes) {
  auto* const room = static_cast<std::byte*>(std::malloc(size_room + size_bytes));
  ASSERT(room != nullptr);  // as everywhere: without memory we end
  *reinterpret_cast<std::size_t*>(room) = size_bytes;
  return room + size_room;
}

void release(void* memory) {
  if (memory == nullptr) return;
  auto* const room = static_cast<std::byte*>(memory) - size_room;
  const auto size_bytes = *reinterpret_cast<std::size_t*>(room);
  crypto::cleanse({room, size_room + size_bytes});
  std::free(room);
}

// A text on its way to the page, zeroised behind it.
class Passing {
 public:
  explicit Passing(std::string text) : text_(std::move(text)) {}
  ~Passing() { crypto::cleanse(std::as_writable_bytes(std::span(text_))); }
  Passing(const Passing&) = delete;
  Passing& operator=(const Passing&) = delete;

  std::string_view view() const { return text_; }

 private:
  std::string text_;
};

// Asked for at the end: the library does nothing more behind its first error.
void keep_error(HPDF_STATUS, HPDF_STATUS, void*) {}

struct FreeDocument {
  void operator()(_HPDF_Doc_Rec* document) const { HPDF_Free(document); }
};

crypto::SecretBuffer bytes_of(HPDF_Doc pdf) {
  HPDF_SaveToStream(pdf);
  HPDF_ResetStream(pdf);
  crypto::SecretBuffer bytes(HPDF_GetStreamSize(pdf));
  auto size = static_cast<HPDF_UINT32>(bytes.size());
  HPDF_ReadFromStream(pdf, reinterpret_cast<HPDF_BYTE*>(bytes.mutable_span().data()), &size);
  ASSERT(size == bytes.size());
  return bytes;
}

}  // namespace

class Pages::Body {
 public:
  Body(std::string_view title, std::string_view foot, std::string_view subject)
      : pdf_(HPDF_NewEx(keep_error, allocate, release, 0, nullptr)), foot_(printable(foot)) {
    HPDF_SetInfoAttr(pdf_.get(), HPDF_INFO_TITLE, printable(title).c_str());
    if (!subject.empty())
      HPDF_SetInfoAttr(pdf_.get(), HPDF_INFO_SUBJECT, printable(subject).c_str());
    // Not the library's version: pages stay the same from one to the next.
    HPDF_SetInfoAttr(pdf_.get(), HPDF_INFO_PRODUCER, "Tesseras");
    begin_page();
  }

  void begin_page() {
    pages_.push_back(HPDF_AddPage(pdf_.get()));
    HPDF_Page_SetWidth(pages_.back(), paper_width);
    HPDF_Page_SetHeight(pages_.back(), paper_height);
    at_ = paper_height - margin;
  }

  // Wrapped at spaces, `left` of the margin.
  void text(std::string_view utf8, const Style& style, float left = 0) {
    const Passing bytes(printable(utf8));
    const HPDF_Font font = font_of(style);
    auto rest = bytes.view();
    while (!rest.empty()) {
      const auto fits =
          HPDF_Font_MeasureText(font, reinterpret_cast<const HPDF_BYTE*>(rest.data()),
                                static_cast<HPDF_UINT>(rest.size()), text_width - left, style.size,
                                0, 0, HPDF_TRUE, nullptr);
      if (fits == 0) return keep({Code::exhausted, "a word is too long for a page"});
      need(style.leading);
      line(rest.substr(0, fits), style, left);
      rest.remove_prefix(fits);
    }
    at_ -= style.space;
  }

  // So that what comes next is not torn off: it begins a page if that much is not left.
  void need(float height) {
    if (at_ - height < margin + foot_height) begin_page();
  }

  void mark(std::string_view utf8, const Style& style) {
    need(style.leading);
    const float line_at = at_;
    line(printable(utf8), style, 0);
    at_ = line_at;
  }

  void lines(std::string_view utf8, const Style& style, float left = 0) {
    need(static_cast<float>(std::ranges::count(utf8, '\n') + 1) * style.leading);
    const HPDF_Font font = font_of(style);
    while (!utf8.empty()) {
      const auto end = std::min(utf8.find('\n'), utf8.size());
      const Passing bytes(printable(utf8.substr(0, end)));
      utf8.remove_prefix(std::min(end + 1, utf8.size()));
      const auto width =
          HPDF_Font_TextWidth(font, reinterpret_cast<const HPDF_BYTE*>(bytes.view().data()),
                              static_cast<HPDF_UINT>(bytes.view().size()));
      if (left + static_cast<float>(width.width) * style.size / 1000 > text_width)
        return keep({Code::exhausted, "a line is too long for a page"});
      need(style.leading);
      line(bytes.view(), style, left);
    }
    at_ -= style.space;
  }

  void codes(const QrCode& code, float side, unsigned copies) {
    const float width = side * static_cast<float>(copies);
    if (width > text_width) return keep({Code::exhausted, "a QR code is too large for a page"});
    need(side);
    for (unsigned copy = 0; copy < copies; ++copy)
      draw(code, (paper_width - width) / 2 + static_cast<float>(copy) * side, side);
    at_ -= side;
  }

  Result<crypto::SecretBuffer> finish() {
    for (std::size_t i = 0; i < pages_.size(); ++i) {
      at_ = margin + foot_style.leading;
      const auto number = fmt::format("   {} / {}", i + 1, pages_.size());
      line_on(pages_[i], foot_ + number, foot_style, 0);
    }
    if (error_) return base::fail(*error_);
    auto bytes = bytes_of(pdf_.get());
    if (const auto status = HPDF_GetError(pdf_.get()); status != HPDF_OK)
      return base::fail(Code::internal, "a page could not be made (libharu's error {:#x})", status);
    return bytes;
  }

 private:
  // All of it is one path, filled once: no hair lines between modules. A unit is a module.
  void draw(const QrCode& code, float left, float side) {
    const float unit = side / static_cast<float>(code.side() + 2 * QrCode::quiet_modules);
    const float quiet = unit * QrCode::quiet_modules;
    const HPDF_Page page = pages_.back();
    HPDF_Page_GSave(page);
    HPDF_Page_Concat(page, unit, 0, 0, unit, left + quiet, at_ - side + quiet);
    for (unsigned row = 0; row < code.side(); ++row) {
      for (unsigned begin = 0, end = 0; begin < code.side(); begin = end + 1) {
        for (end = begin; end < code.side() && code.is_dark(end, row);) ++end;
        if (end == begin) continue;
        HPDF_Page_Rectangle(page, static_cast<float>(begin),
                            static_cast<float>(code.side() - 1 - row),
                            static_cast<float>(end - begin), 1);
      }
    }
    HPDF_Page_Fill(page);
    HPDF_Page_GRestore(page);
  }

  void keep(const Error& error) {
    if (!error_) error_ = error;
  }

  std::string printable(std::string_view utf8) {
    auto bytes = to_windows1252(utf8);
    if (!bytes) keep(bytes.error());
    return bytes ? *std::move(bytes) : std::string();
  }

  HPDF_Font font_of(const Style& style) {
    return HPDF_GetFont(pdf_.get(), style.font, "WinAnsiEncoding");
  }

  void line(std::string_view bytes, const Style& style, float left) {
    line_on(pages_.back(), bytes, style, left);
  }

  void line_on(HPDF_Page page, std::string_view bytes, const Style& style, float left) {
    std::string terminated(bytes);
    HPDF_Page_BeginText(page);
    HPDF_Page_SetFontAndSize(page, font_of(style), style.size);
    HPDF_Page_TextOut(page, margin + left, at_ - style.size, terminated.c_str());
    HPDF_Page_EndText(page);
    crypto::cleanse(std::as_writable_bytes(std::span(terminated)));
    at_ -= style.leading;
  }

  std::unique_ptr<_HPDF_Doc_Rec, FreeDocument> pdf_;
  std::optional<Error> error_;
  std::string foot_;
  std::vector<HPDF_Page> pages_;
  float at_ = 0;  // where the next thing's upper edge is
};

Pages::Pages(std::string_view title, std::string_view foot, std::string_view subject)
    : body_(std::make_unique<Body>(title, foot, subject)) {}
Pages::~Pages() = default;

void Pages::title(std::string_view text) { body_->text(text, title_style); }

void Pages::heading(std::string_view text) {
  body_->need(heading_style.leading + 3 * paragraph_style.leading);
  body_->text(text, heading_style);
}

void Pages::paragraph(std::string_view text) { body_->text(text, paragraph_style); }

void Pages::item(std::string_view mark, std::string_view text) {
  body_->mark(mark, paragraph_style);
  body_->text(text, paragraph_style, indent);
}

void Pages::command(std::string_view text) { body_->lines(text, command_style, indent); }

void Pages::lines(std::string_view text) { body_->lines(text, lines_style); }

void Pages::code(const QrCode& code, double side_mm, unsigned copies) {
  body_->codes(code, static_cast<float>(side_mm) * points_per_mm, copies);
}

void Pages::next_page() { body_->begin_page(); }

Result<crypto::SecretBuffer> Pages::finish() { return body_->finish(); }

bool head_has_subject(base::ByteSpan head, std::string_view subject) {
  const auto text = base::as_text(head.first(std::min(head.size(), subject_head_bytes)));
  return text.starts_with("%PDF") && text.contains(fmt::format("/Subject ({})", subject));
}

}  // namespace tesseras::paper

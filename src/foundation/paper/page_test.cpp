#include "foundation/paper/page.hpp"

#include <gtest/gtest.h>

#include <string>

#include "foundation/base/bytes.hpp"

namespace tesseras::paper {
namespace {

using base::Code;

std::string finished(Pages& pages) {
  const auto bytes = pages.finish().value();
  return std::string(base::as_text(bytes.span()));
}

std::size_t count(std::string_view text, std::string_view what) {
  std::size_t found = 0;
  for (auto at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1))
    ++found;
  return found;
}

QrCode some_code() { return QrCode::of("The well.", Correction::high).value(); }

// A PDF that has one of everything.
std::string sample(std::string_view line) {
  Pages pages("A page", "About a page.");
  pages.title("A page");
  pages.heading("What it is");
  pages.paragraph("An example, é, ã and ç.");
  pages.item("1.", "One thing.");
  pages.code(some_code(), 60);
  pages.lines(line);
  return finished(pages);
}

TEST(Pages, ShowWhatTheyHoldToATextEditor) {
  const auto pdf = sample("dHlwZWQgaW4=\nagain");
  EXPECT_TRUE(pdf.starts_with("%PDF-1."));
  EXPECT_TRUE(pdf.contains("%%EOF"));
  EXPECT_TRUE(pdf.contains("(dHlwZWQgaW4=)"));
  EXPECT_TRUE(pdf.contains("(again)"));
  EXPECT_TRUE(pdf.contains("/WinAnsiEncoding"));
  EXPECT_FALSE(pdf.contains("FlateDecode"));
}

TEST(Pages, AreTheSameEachTime) {
  EXPECT_EQ(sample("a"), sample("a"));
  EXPECT_NE(sample("a"), sample("b"));
  EXPECT_FALSE(sample("a").contains("CreationDate"));
}

TEST(Pages, DrawEveryDarkModule) {
  const auto code = some_code();
  std::size_t runs = 0, dark = 0, drawn = 0;
  for (unsigned row = 0; row < code.side(); ++row) {
    for (unsigned column = 0; column < code.side(); ++column) {
      const bool is_dark = code.is_dark(column, row);
      runs += is_dark && (column == 0 || !code.is_dark(column - 1, row)) ? 1U : 0U;
      dark += is_dark ? 1U : 0U;
    }
  }
  Pages pages("A page", "");
  pages.code(code, 60);
  const auto pdf = finished(pages);
  EXPECT_EQ(count(pdf, " re\n"), runs);
  // "column row width 1 re"
  for (auto at = pdf.find(" 1 re\n"); at != std::string::npos; at = pdf.find(" 1 re\n", at + 1)) {
    const auto space = pdf.rfind(' ', at - 1);
    drawn += static_cast<std::size_t>(std::stoul(pdf.substr(space + 1, at - space - 1)));
  }
  EXPECT_EQ(drawn, dark);
  EXPECT_EQ(count(pdf, "\nf\n"), 1U);  // filled at once: no hair lines between rows
}

TEST(Pages, PutCopiesOfACodeSideBySide) {
  const auto code = some_code();
  const auto pdf_of = [&](unsigned copies) {
    Pages pages("A page", "");
    pages.code(code, 58, copies);  // 2 mm a module of version 1
    return finished(pages);
  };
  EXPECT_EQ(count(pdf_of(3), " re\n"), 3 * count(pdf_of(1), " re\n"));
  EXPECT_EQ(count(pdf_of(3), " cm\n"), 3U);
}

TEST(Pages, TellProgramsWhatTheyAre) {
  Pages pages("Pages", "", "a letter");
  for (int i = 0; i < 500; ++i) pages.paragraph("A paragraph of one line.");
  const auto pdf = finished(pages);
  const auto head = base::as_bytes(pdf).first(subject_head_bytes);
  EXPECT_TRUE(head_has_subject(head, "a letter"));
  EXPECT_FALSE(head_has_subject(head, "a share"));
  EXPECT_FALSE(head_has_subject({}, "a letter"));
  EXPECT_FALSE(head_has_subject(base::as_bytes("/Subject (a letter)"), "a letter"));
}

TEST(Pages, GoOnWhereOneIsFull) {
  Pages pages("Pages", "Foot.");
  for (int i = 0; i < 120; ++i) pages.paragraph("A paragraph of one line.");
  const auto pdf = finished(pages);
  EXPECT_EQ(count(pdf, "(A paragraph of one line.)"), 120U);
  EXPECT_EQ(count(pdf, "/Type /Page\n"), 4U);
  EXPECT_EQ(count(pdf, "(Foot.   1 \\057 4)"), 1U);
  EXPECT_EQ(count(pdf, "(Foot.   4 \\057 4)"), 1U);
}

TEST(Pages, WrapAtSpaces) {
  Pages pages("Pages", "");
  std::string words;
  for (int i = 0; i < 60; ++i) words += "word ";
  pages.paragraph(words);
  const auto pdf = finished(pages);
  EXPECT_EQ(count(pdf, "word"), 60U);
  EXPECT_GT(count(pdf, "(word "), 2U);
  EXPECT_EQ(count(pdf, "(ord"), 0U);
}

TEST(Pages, RefuseWhatDoesNotFit) {
  const auto error_of = [](auto add) {
    Pages pages("Pages", "");
    add(pages);
    return pages.finish().error().code;
  };
  EXPECT_EQ(error_of([](Pages& pages) { pages.lines(std::string(76, 'a')); }), Code::exhausted);
  EXPECT_EQ(error_of([](Pages& pages) { pages.command(std::string(73, 'a')); }), Code::exhausted);
  EXPECT_EQ(error_of([](Pages& pages) { pages.paragraph(std::string(200, 'a')); }),
            Code::exhausted);
  EXPECT_EQ(error_of([](Pages& pages) { pages.code(some_code(), Pages::code_side_max_mm + 1); }),
            Code::exhausted);
  EXPECT_EQ(error_of([](Pages& pages) { pages.code(some_code(), 60, 3); }), Code::exhausted);
  EXPECT_EQ(error_of([](Pages& pages) { pages.paragraph("Łódź"); }), Code::invalid);
  Pages pages("Pages", "");
  pages.lines(std::string(75, 'a'));
  pages.command(std::string(72, 'a'));
  pages.code(some_code(), Pages::code_side_max_mm);
  EXPECT_TRUE(pages.finish().has_value());
}

}  // namespace
}  // namespace tesseras::paper

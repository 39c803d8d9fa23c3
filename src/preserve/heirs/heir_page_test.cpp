#include "preserve/heirs/heir_page.hpp"

#include <gtest/gtest.h>

#include "preserve/heirs/share_fixture.hpp"

namespace tesseras::heirs {
namespace {

using base::Code;

std::string page_of(const Share& share, paper::Language language) {
  const auto pdf = heir_page(share, language).value();
  return std::string(base::as_text(pdf.span()));
}

std::size_t count(std::string_view text, std::string_view what) {
  std::size_t found = 0;
  for (auto at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1))
    ++found;
  return found;
}

std::size_t pages_in(std::string_view pdf) { return count(pdf, "/Type /Page\n"); }
std::size_t codes_in(std::string_view pdf) { return count(pdf, "\nf\n"); }

TEST(HeirPage, IsASheetOfTwoSidesWithThreeCodes) {
  for (const auto language : {paper::Language::english, paper::Language::portuguese}) {
    for (const unsigned total : {2U, 3U}) {
      const auto pdf = page_of(shares_of(1, 2, total)[0], language);
      EXPECT_EQ(pages_in(pdf), 2U) << total;
      EXPECT_EQ(codes_in(pdf), 3U) << total;
    }
  }
}

TEST(HeirPage, SaysWhichShareItIs) {
  const auto shares = shares_of(1, 2, 3);
  const auto english = page_of(shares[1], paper::Language::english);
  EXPECT_TRUE(english.contains("(Heir share 2 of 3)"));
  EXPECT_TRUE(english.contains(shares[1].set.owner.hex()));
  EXPECT_TRUE(english.contains(shares[1].set.session.hex()));
  const auto portuguese = page_of(shares[1], paper::Language::portuguese);
  EXPECT_TRUE(portuguese.contains("(Parte 2 de 3 para os herdeiros)"));
  EXPECT_EQ(english, page_of(shares[1], paper::Language::english));
  EXPECT_NE(english, page_of(shares[0], paper::Language::english));
}

// What stands in letters on it, also when all of the page is read by a machine.
TEST(HeirPage, HasNoOtherLineThatBeginsAShare) {
  for (const auto language : {paper::Language::english, paper::Language::portuguese}) {
    auto pdf = page_of(shares_of(1, 2, 3)[0], language);
    for (char& c : pdf) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    EXPECT_EQ(count(pdf, "tesseras heir share"), 1U);
    EXPECT_EQ(count(pdf, "end heir share"), 1U);
  }
}

TEST(HeirPage, IsKnownByItsHead) {
  for (const unsigned total : {3U, 22U}) {
    const auto pdf = page_of(shares_of(1, 2, total)[0], paper::Language::portuguese);
    EXPECT_TRUE(looks_like_heir_page(base::as_bytes(pdf).first(heir_page_head_bytes)));
  }
  EXPECT_FALSE(looks_like_heir_page(base::as_bytes("%PDF-1.3\n")));
}

TEST(HeirPage, HoldsSetsOfUpTo22Shares) {
  for (const unsigned total : {5U, 10U, 22U})
    EXPECT_GE(codes_in(page_of(shares_of(1, 2, total)[0], paper::Language::portuguese)), 2U)
        << total;
  const auto error = heir_page(shares_of(1, 2, 23)[0], paper::Language::english).error();
  EXPECT_EQ(error.code, Code::exhausted);
  EXPECT_TRUE(error.message.contains(".txt"));
}

}  // namespace
}  // namespace tesseras::heirs

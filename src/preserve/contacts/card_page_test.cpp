#include "preserve/contacts/card_page.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "foundation/base/bytes.hpp"

namespace tesseras::contacts {
namespace {

identity::Identity somebody() {
  identity::RootSeed seed;
  std::ranges::fill(seed.mutable_span(), std::byte{7});
  return identity::Identity::from_seed(seed);
}

std::string page_in(paper::Language language) {
  const auto owner = somebody();
  const auto pdf = card_page(card_of(owner.public_keys()), encode(owner), language).value();
  return std::string(base::as_text(pdf));
}

TEST(CardPage, HasTheDigitsToCompare) {
  const auto digits = fingerprint_of(card_of(somebody().public_keys()));
  for (const auto language : {paper::Language::english, paper::Language::portuguese})
    EXPECT_TRUE(page_in(language).contains("(" + digits + ")"));
}

TEST(CardPage, IsOnePage) {
  for (const auto language : {paper::Language::english, paper::Language::portuguese})
    EXPECT_TRUE(page_in(language).contains("1 \\057 1)"));
}

TEST(CardPage, SpeaksTheLanguage) {
  EXPECT_TRUE(page_in(paper::Language::english).contains("A contact card"));
  EXPECT_TRUE(page_in(paper::Language::portuguese).contains("cart\\343o"));
  EXPECT_EQ(page_in(paper::Language::english), page_in(paper::Language::english));
}

}  // namespace
}  // namespace tesseras::contacts

#include "preserve/heirs/share_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "foundation/base/ascii.hpp"
#include "preserve/heirs/share_fixture.hpp"

namespace tesseras::heirs {
namespace {

using testing::HasSubstr;

std::string text_of(const Share& share) {
  return std::string(base::as_text(encode_text(share).span()));
}

bool is_same(const Share& a, const Share& b) {
  return a.set == b.set && a.part.index == b.part.index && a.part.data == b.part.data;
}

std::string refusal(std::string_view text) {
  const auto reading = decode_text(text);
  return reading ? "not refused" : reading.error().message;
}

// Where the nth line of base64 begins, from 1 on.
std::size_t block_line(const std::string& text, unsigned n) {
  std::size_t at = text.find("\n\n") + 2;
  for (; n > 1; --n) at = text.find('\n', at) + 1;
  return at;
}

class HeirShareText : public testing::Test {
 protected:
  Share share_ = std::move(shares_of(1, 2, 3)[0]);
  std::string text_ = text_of(share_);
};

TEST_F(HeirShareText, ReadsWhatItWrites) {
  const auto reading = decode_text(text_);
  ASSERT_TRUE(reading) << reading.error().message;
  EXPECT_TRUE(is_same(reading->share, share_));
  EXPECT_TRUE(reading->remarks.empty());
}

TEST_F(HeirShareText, HasTheHeaderOfTheBook) {
  EXPECT_TRUE(text_.starts_with(
      "--- TESSERAS HEIR SHARE ---\nFormat: v1\nOwner: " + share_.set.owner.hex() +
      " (fingerprint)\nShare: 1 of 3 (threshold: 2)\nSession: " + share_.set.session.hex() +
      "\nCreated: 2026-02-15\nCheck: 1 "));
  EXPECT_TRUE(text_.ends_with("\n--- END HEIR SHARE ---\n"));
}

// Never another share, and never silence about a header.
TEST_F(HeirShareText, AFlippedByteIsFoundOrOfNoAccount) {
  for (std::size_t at = 0; at < text_.size(); ++at) {
    std::string changed = text_;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    const auto reading = decode_text(changed);
    const bool in_block = at >= block_line(text_, 1) && at < text_.find("\n--- END");
    if (!reading) continue;
    EXPECT_TRUE(is_same(reading->share, share_)) << "byte " << at;
    EXPECT_FALSE(in_block && text_[at] != '\n') << "byte " << at;
  }
}

TEST_F(HeirShareText, TheLineThatWasMistypedIsNamed) {
  for (const unsigned line : {1U, 4U, 8U}) {
    std::string changed = text_;
    char& letter = changed[block_line(text_, line) + 2];
    letter = letter == 'x' ? 'y' : 'x';
    EXPECT_THAT(refusal(changed), HasSubstr(fmt::format("1 line of the block is not what was "
                                                        "printed: {} (line {} of the file)",
                                                        line, 15 + line)));
  }
}

TEST_F(HeirShareText, BothLinesThatWereMistypedAreNamed) {
  std::string changed = text_;
  for (const unsigned line : {2U, 5U}) {
    char& letter = changed[block_line(text_, line)];
    letter = base::is_alpha(letter) ? static_cast<char>(letter ^ 0x20) : 'x';
  }
  EXPECT_THAT(refusal(changed), HasSubstr("2 lines of the block are not"));
  EXPECT_THAT(refusal(changed), HasSubstr(": 2 (line 17 of the file), 5 (line 20 of the file)"));
}

TEST_F(HeirShareText, AMissingLineIsNamedByItsPlace) {
  std::string changed = text_;
  const std::size_t at = block_line(text_, 3);
  changed.erase(at, changed.find('\n', at) + 1 - at);
  EXPECT_THAT(refusal(changed), HasSubstr("7 lines, and 8 belong there"));
  EXPECT_THAT(refusal(changed), HasSubstr("at or before line 3 "));
}

TEST_F(HeirShareText, LettersOfOneSizeAreNamed) {
  std::string changed = text_;
  for (std::size_t at = block_line(text_, 1); at < changed.find("--- END"); ++at)
    changed[at] = base::to_lower(changed[at]);
  EXPECT_THAT(refusal(changed), HasSubstr("capital and small letters"));
}

TEST_F(HeirShareText, WhatPaperAndMailDoIsTaken) {
  std::string mailed = "> Dear Ana\r\n";
  for (const char c : text_) mailed += c == '\n' ? std::string(" \t\r\n") : std::string(1, c);
  const auto reading = decode_text(mailed);
  ASSERT_TRUE(reading) << reading.error().message;
  EXPECT_TRUE(reading->remarks.empty());
}

TEST_F(HeirShareText, AHeaderThatSaysSomethingElseIsRemarkedOn) {
  std::string changed = text_;
  changed.replace(changed.find("Share: 1"), 8, "Share: 2");
  const auto reading = decode_text(changed);
  ASSERT_TRUE(reading) << reading.error().message;
  ASSERT_EQ(reading->remarks.size(), 1U);
  EXPECT_EQ(reading->remarks[0],
            "line 4 says 'Share: 2 of 3 (threshold: 2)', but the share itself, which is whole, "
            "'Share: 1 of 3 (threshold: 2)'");
}

TEST_F(HeirShareText, WhatIsShownOfALineCannotForgeOurs) {
  std::string changed = text_;
  changed.replace(changed.find("Owner: "), 7, "Owner: \x1b[2J");
  const auto reading = decode_text(changed);
  ASSERT_TRUE(reading) << reading.error().message;
  ASSERT_EQ(reading->remarks.size(), 1U);
  EXPECT_FALSE(reading->remarks[0].contains('\x1b'));
}

TEST_F(HeirShareText, EitherFormIsToldFromTheOther) {
  const auto binary = encode(share_);
  for (const base::ByteSpan bytes : {binary.span(), base::as_bytes(text_)}) {
    const auto reading = decode_any(bytes);
    ASSERT_TRUE(reading) << reading.error().message;
    EXPECT_TRUE(is_same(reading->share, share_));
  }
  EXPECT_FALSE(decode_any({}));
}

TEST_F(HeirShareText, WhatMayNotBePublishedIsKnown) {
  const auto binary = encode(share_);
  const auto seems = [](std::string_view text) { return looks_like_share(base::as_bytes(text)); };
  EXPECT_TRUE(looks_like_share(binary.span()));
  EXPECT_TRUE(looks_like_share(binary.span().first(40))) << "damaged";
  EXPECT_TRUE(seems(text_));
  EXPECT_TRUE(seems("Dear Ana,\n" + text_ + "keep this\n" + text_));
  EXPECT_TRUE(seems(text_.substr(0, 400))) << "cut off";
  EXPECT_FALSE(
      seems("A letter of --- TESSERAS HEIR SHARE ---\nFormat: v1\n\n<data>\n--- END HEIR "
            "SHARE ---\nand how to use it.\n"));
  EXPECT_FALSE(seems("\x8a\xa7nothing"));
  EXPECT_FALSE(seems(""));
}

// As scanners give a sheet with several codes.
TEST_F(HeirShareText, TheSameShareSeveralTimesIsThatShare) {
  const auto code = "--- TESSERAS HEIR SHARE ---\n" + text_.substr(text_.find("\n\n") + 2) + "\n";
  for (const auto& scanned : {code, "QR-Code:" + code, code + code + code, text_ + code}) {
    const auto reading = decode_text(scanned);
    ASSERT_TRUE(reading) << reading.error().message;
    EXPECT_TRUE(is_same(reading->share, share_));
    EXPECT_TRUE(reading->remarks.empty());
  }
  const auto other = text_of(shares_of(1, 2, 3)[0]);  // of another session
  EXPECT_THAT(refusal(code + other), HasSubstr("two shares"));
  EXPECT_THAT(refusal(text_ + code + other), HasSubstr("two shares"));
  EXPECT_THAT(refusal(code.substr(0, code.find("--- END")) + code),
              HasSubstr("the end is missing"));
}

}  // namespace
}  // namespace tesseras::heirs

#include "foundation/paper/qr.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace tesseras::paper {
namespace {

using base::Code;

// Bits 14 and 13 of the format information, which stand in row 8 at the left edge, without their
// mask 0x5412 (ISO/IEC 18004, section 7.9): what a reader corrects by.
unsigned level_in(const QrCode& code) {
  const unsigned bits = (code.is_dark(0, 8) ? 2U : 0U) | (code.is_dark(1, 8) ? 1U : 0U);
  return bits ^ 0b10U;
}

bool is_finder_row(const QrCode& code, unsigned column, unsigned row, std::string_view modules) {
  for (unsigned i = 0; i < modules.size(); ++i)
    if (code.is_dark(column + i, row) != (modules[i] == '#')) return false;
  return true;
}

TEST(QrCode, HasFindersInThreeCorners) {
  const auto code = QrCode::of("The well, in the morning.", Correction::high).value();
  EXPECT_EQ(code.version(), 4U);
  EXPECT_EQ(code.side(), 33U);
  const unsigned far = code.side() - 7;
  for (const auto& [column, row] : {std::pair{0U, 0U}, {far, 0U}, {0U, far}}) {
    EXPECT_TRUE(is_finder_row(code, column, row, "#######"));
    EXPECT_TRUE(is_finder_row(code, column, row + 1, "#     #"));
    EXPECT_TRUE(is_finder_row(code, column, row + 3, "# ### #"));
    EXPECT_TRUE(is_finder_row(code, column, row + 6, "#######"));
  }
  EXPECT_FALSE(is_finder_row(code, far, far, "#######"));
  EXPECT_TRUE(is_finder_row(code, 8, 6, "# # # # # # # # #"));  // timing
}

TEST(QrCode, SaysItsCorrection) {
  const auto level = [](Correction correction) {
    return level_in(QrCode::of("a", correction).value());
  };
  EXPECT_EQ(level(Correction::low), 0b01U);
  EXPECT_EQ(level(Correction::medium), 0b00U);
  EXPECT_EQ(level(Correction::quartile), 0b11U);
  EXPECT_EQ(level(Correction::high), 0b10U);
}

// The capacities of the standard's table 7, for bytes.
TEST(QrCode, HoldsWhatTheStandardSays) {
  const auto version = [](std::size_t bytes, Correction correction) {
    return QrCode::of(std::string(bytes, 'a'), correction).value().version();
  };
  EXPECT_EQ(version(7, Correction::high), 1U);
  EXPECT_EQ(version(8, Correction::high), 2U);
  EXPECT_EQ(version(535, Correction::high), 25U);
  EXPECT_EQ(version(536, Correction::high), 26U);
  EXPECT_EQ(version(2953, Correction::low), 40U);
  EXPECT_EQ(version(2331, Correction::medium), 40U);
  EXPECT_EQ(version(1663, Correction::quartile), 40U);
  EXPECT_EQ(version(1273, Correction::high), 40U);
}

TEST(QrCode, RefusesWhatFitsIntoNone) {
  EXPECT_EQ(QrCode::of("", Correction::low).error().code, Code::invalid);
  EXPECT_EQ(QrCode::of(std::string(2954, 'a'), Correction::low).error().code, Code::exhausted);
  EXPECT_EQ(QrCode::of(std::string(1274, 'a'), Correction::high).error().code, Code::exhausted);
}

TEST(QrCode, TakesEveryByte) {
  std::string all;
  for (unsigned byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  EXPECT_EQ(QrCode::of(all, Correction::low).value().version(), 10U);
}

TEST(ToBlocks, PutsTwoRowsIntoALine) {
  const auto code = QrCode::of("a", Correction::high).value();  // 21 modules, 29 with the zone
  const auto text = to_blocks(code);
  EXPECT_EQ(std::ranges::count(text, '\n'), 15);
  const auto line = [&](std::size_t number) {
    std::string_view rest = text;
    for (std::size_t i = 0; i < number; ++i) rest.remove_prefix(rest.find('\n') + 1);
    return std::string(rest.substr(0, rest.find('\n')));
  };
  std::string light;
  for (unsigned i = 0; i < 29; ++i) light += "\u2588";
  EXPECT_EQ(line(0), light);
  EXPECT_EQ(line(1), light);
  // The finders' first two rows: "#######" above "#     #".
  const std::string finder = " \u2584\u2584\u2584\u2584\u2584 ";
  EXPECT_TRUE(line(2).starts_with(light.substr(0, 4 * 3) + finder + "\u2588"));
  EXPECT_TRUE(line(2).ends_with("\u2588" + finder + light.substr(0, 4 * 3)));
  EXPECT_EQ(line(14), light);  // the last row of the zone has no other below it
}

}  // namespace
}  // namespace tesseras::paper

#include "foundation/runtime/clock.hpp"

#include <gtest/gtest.h>

namespace tesseras::runtime {
namespace {

TEST(SourceDateEpoch, TakesDecimalSeconds) {
  EXPECT_EQ(parse_source_date_epoch("0"), (base::WallTime{0, 0}));
  EXPECT_EQ(parse_source_date_epoch("1771061400"), (base::WallTime{1771061400, 0}));
  EXPECT_EQ(parse_source_date_epoch("253402300799"), (base::WallTime{253402300799, 0}));
}

TEST(SourceDateEpoch, RefusesAllElse) {
  for (const char* text : {"", "-1", "+1", " 1", "1 ", "1.5", "0x10", "now", "253402300800",
                           "99999999999999999999999"})
    EXPECT_EQ(parse_source_date_epoch(text), std::nullopt) << text;
}

TEST(SystemClock, OnlyEverGoesForward) {
  base::Instant before = system_clock().now();
  for (int i = 0; i < 1000; ++i) {
    const base::Instant after = system_clock().now();
    EXPECT_GE(after, before);
    before = after;
  }
  EXPECT_GE(system_clock().wall_now().nanoseconds, 0);
  EXPECT_LT(system_clock().wall_now().nanoseconds, 1'000'000'000);
}

}  // namespace
}  // namespace tesseras::runtime

#include "foundation/base/time.hpp"

#include <gtest/gtest.h>

namespace tesseras::base {
namespace {

TEST(Time, Rfc3339GoesBothWays) {
  for (const std::string_view text :
       {"1970-01-01T00:00:00Z", "2026-02-14T09:30:59Z", "0000-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z", "2000-02-29T12:00:00Z", "1969-12-31T23:59:59Z"}) {
    const auto time = from_rfc3339_seconds(text);
    ASSERT_TRUE(time) << text;
    EXPECT_EQ(to_rfc3339(*time), text);
  }
  EXPECT_EQ(from_rfc3339_seconds("2026-02-14T09:30:59Z")->unix_seconds, 1771061459);
}

TEST(Time, OtherSpellingsAreRefused) {
  for (const std::string_view text :
       {"2026-02-30T00:00:00Z", "1900-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
        "2026-01-01T24:00:00Z", "2026-01-01T00:00:60Z", "2026-01-01 00:00:00Z",
        "2026-01-01T00:00:00", "2026-01-01T00:00:00z", "2026-01-01T00:00:00.0Z",
        "+026-01-01T00:00:00Z", "2026-01-01T00:00:00ZZ", ""}) {
    EXPECT_FALSE(from_rfc3339_seconds(text)) << text;
  }
}

TEST(Time, FractionsHaveNoNeedlessZeros) {
  EXPECT_EQ(to_rfc3339({0, 120'000'000}), "1970-01-01T00:00:00.12Z");
  EXPECT_EQ(to_rfc3339({0, 1}), "1970-01-01T00:00:00.000000001Z");
}

}  // namespace
}  // namespace tesseras::base

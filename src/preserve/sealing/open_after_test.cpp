#include "preserve/sealing/open_after.hpp"

#include <gtest/gtest.h>

#include <string>

namespace tesseras::sealing {
namespace {

const base::WallTime now = *base::from_rfc3339_seconds("2026-01-31T10:20:30Z");

std::string said(std::string_view text, base::WallTime at = now) {
  const auto time = open_after_from(text, at);
  return time ? base::to_rfc3339(*time) : std::string(base::name_of(time.error().code));
}

TEST(OpenAfter, ADayIsOverEverywhere) {
  EXPECT_EQ(said("2050-12-31"), "2051-01-01T12:00:00Z");
  EXPECT_EQ(said("2028-02-29"), "2028-03-01T12:00:00Z");
  // Today still has its end before it, and so has yesterday in Hawaii.
  EXPECT_EQ(said("2026-01-31"), "2026-02-01T12:00:00Z");
  EXPECT_EQ(said("2026-01-30"), "2026-01-31T12:00:00Z");
  EXPECT_EQ(said("2026-01-29"), "invalid");
}

TEST(OpenAfter, ATimeIsThatTime) {
  EXPECT_EQ(said("2050-12-31T18:00:00Z"), "2050-12-31T18:00:00Z");
  EXPECT_EQ(said("2026-01-31T10:20:31Z"), "2026-01-31T10:20:31Z");
  EXPECT_EQ(said("2026-01-31T10:20:30Z"), "invalid");
}

TEST(OpenAfter, AWhileIsFromNow) {
  EXPECT_EQ(said("5s"), "2026-01-31T10:20:35Z");
  EXPECT_EQ(said("30m"), "2026-01-31T10:50:30Z");
  EXPECT_EQ(said("12h"), "2026-01-31T22:20:30Z");
  EXPECT_EQ(said("10d"), "2026-02-10T10:20:30Z");
  EXPECT_EQ(said("3w"), "2026-02-21T10:20:30Z");
  EXPECT_EQ(said("1mo"), "2026-02-28T10:20:30Z");
  EXPECT_EQ(said("25mo"), "2028-02-29T10:20:30Z");
  EXPECT_EQ(said("25y"), "2051-01-31T10:20:30Z");
  EXPECT_EQ(said("1y", *base::from_rfc3339_seconds("2028-02-29T00:00:00Z")),
            "2029-02-28T00:00:00Z");
}

TEST(OpenAfter, RefusesWhatItDoesNotUnderstand) {
  for (const std::string_view text : {"",
                                      "soon",
                                      "25",
                                      "y",
                                      "-5s",
                                      "0s",
                                      "5 s",
                                      "5S",
                                      "2050",
                                      "2050-13-01",
                                      "2050-02-30",
                                      "2050-12-31 ",
                                      "2050-12-31T18:00Z",
                                      "2050-12-31T18:00:00",
                                      "31.12.2050",
                                      "8000y",
                                      "99999999999999999999s",
                                      "300000000000s",
                                      "9223372036854775807w",
                                      "9999-12-31",
                                      "0000-01-01"})
    EXPECT_EQ(said(text), "invalid") << text;
}

TEST(OpenAfter, SaysOfWhatIsTooFarThatItIs) {
  for (const std::string_view text :
       {"7999y", "8000y", "65610y", "9999999y", "96001mo", "300000000000s"}) {
    const auto time = open_after_from(text, now);
    ASSERT_FALSE(time.has_value()) << text;
    EXPECT_TRUE(time.error().message.contains("beyond the year 9999")) << time.error().message;
  }
}

}  // namespace
}  // namespace tesseras::sealing

#include "preserve/media/moment.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace tesseras::media {
namespace {

TEST(LocalTime, ReadsAndWritesWhatIsKnown) {
  for (const auto* text :
       {"1974-06-02T15:30:00", "2019-09-22T14:31:03.120", "2019-09-22T14:31:03Z",
        "2019-09-22T14:31:03.5+02:00", "2019-09-22T14:31:03-03:30", "0001-01-01T00:00:00"}) {
    const auto time = parse_local_time(text);
    ASSERT_TRUE(time) << text;
    EXPECT_EQ(to_text(*time), text);
  }
  EXPECT_EQ(to_text(*parse_local_time("2019-09-22 14:31:03+0200")), "2019-09-22T14:31:03+02:00");
  EXPECT_EQ(to_text(*parse_local_time("2019-09-22T14:31:03+00:00")), "2019-09-22T14:31:03Z");
  EXPECT_FALSE(parse_local_time("2019-09-22T14:31:03")->offset_minutes);
}

TEST(LocalTime, RefusesWhatIsNoTime) {
  for (const auto* text : {"",
                           "2019",
                           "2019-09-22",
                           "2019-09-22T14:31",
                           "2019-02-29T00:00:00",
                           "2019-13-01T00:00:00",
                           "0000-00-00T00:00:00",
                           "2019-09-22T24:00:00",
                           "2019-09-22T14:60:00",
                           "2019-09-22T14:31:60",
                           "2019-09-22T14:31:03.",
                           "2019-09-22T14:31:03.1234567890",
                           "2019-09-22T14:31:03+15:00",
                           "2019-09-22T14:31:03+02:60",
                           "2019-09-22T14:31:03+2",
                           "2019-09-22T14:31:03 UTC",
                           "2019-09-22T14:31:03ZZ",
                           " 2019-09-22T14:31:03",
                           "+019-09-22T14:31:03",
                           "2019/09/22T14:31:03"}) {
    EXPECT_FALSE(parse_local_time(text)) << text;
  }
}

TEST(LocalTime, AClockThatWasNeverSetIsUnknown) {
  for (const auto* text : {"1970-01-01T00:00:00", "1970-01-01T01:00:00", "1969-12-31T19:00:00",
                           "1904-01-01T00:00:00"}) {
    EXPECT_FALSE(is_known_time(*parse_local_time(text))) << text;
  }
  for (const auto* text : {"1970-01-02T00:00:00", "1904-06-16T08:00:00", "2000-01-01T00:00:00"}) {
    EXPECT_TRUE(is_known_time(*parse_local_time(text))) << text;
  }
}

TEST(ApproximateDate, IsAsExactAsItIsWritten) {
  using Kind = ApproximateDate::Kind;
  EXPECT_EQ(parse_approximate_date("1974"), (ApproximateDate{Kind::year, "1974"}));
  EXPECT_EQ(parse_approximate_date("1974-06"), (ApproximateDate{Kind::year_month, "1974-06"}));
  EXPECT_EQ(parse_approximate_date("1972-02-29"), (ApproximateDate{Kind::full, "1972-02-29"}));
  for (const auto* text : {"", "74", "19740", "1974-", "1974-00", "1974-13", "1974-6", "1974-06-",
                           "1974-02-29", "1974-06-31", "1974-06-02T", "c. 1974", "-974"}) {
    EXPECT_FALSE(parse_approximate_date(text)) << text;
  }
}

TEST(Coordinates, ZeroAndNonsenseAreUnknown) {
  EXPECT_TRUE(is_known_position({43.467, 11.885}));
  EXPECT_TRUE(is_known_position({-90, 180}));
  EXPECT_TRUE(is_known_position({0, 6.5}));  // on the equator
  EXPECT_FALSE(is_known_position({0, 0}));
  EXPECT_FALSE(is_known_position({-0.0, 0.0}));
  EXPECT_FALSE(is_known_position({90.1, 0}));
  EXPECT_FALSE(is_known_position({1, -180.5}));
  EXPECT_FALSE(is_known_position({std::numeric_limits<double>::quiet_NaN(), 1}));
  EXPECT_FALSE(is_known_position({1, std::numeric_limits<double>::infinity()}));
}

}  // namespace
}  // namespace tesseras::media

#include "foundation/runtime/log.hpp"

#include <gtest/gtest.h>

namespace tesseras::runtime {
namespace {

constexpr base::WallTime at{1'767'225'600, 250'000'000};

bool wants(std::string_view filter, LogLevel level, std::string_view target) {
  const auto parsed = LogFilter::parse(filter);
  EXPECT_TRUE(parsed) << parsed.error().message;
  return parsed && parsed->wants(level, target);
}

TEST(LogFilter, TakesLevelsAndParts) {
  EXPECT_TRUE(wants("info", LogLevel::info, "tesseras_dht"));
  EXPECT_FALSE(wants("info", LogLevel::debug, "tesseras_dht"));
  EXPECT_TRUE(wants("WARN", LogLevel::error, "x"));
  EXPECT_TRUE(wants("info,tesseras_dht=debug", LogLevel::debug, "tesseras_dht"));
  EXPECT_FALSE(wants("info,tesseras_dht=debug", LogLevel::debug, "tesseras_node"));
  EXPECT_TRUE(wants("tesseras_dht=debug", LogLevel::debug, "tesseras_dht::lookup"));
  EXPECT_FALSE(wants("tesseras_dht=debug", LogLevel::error, "tesseras_dhtx"));
  EXPECT_TRUE(wants("tesseras_dht", LogLevel::trace, "tesseras_dht"));
  EXPECT_FALSE(wants("tesseras_dht", LogLevel::error, "other"));
  EXPECT_FALSE(wants("debug,a=off", LogLevel::error, "a"));
  EXPECT_FALSE(wants("off", LogLevel::error, "a"));
  EXPECT_FALSE(wants("", LogLevel::error, "a"));
  // The longest that fits, wherever it stands.
  EXPECT_TRUE(wants("a::b=trace,a=warn", LogLevel::trace, "a::b::c"));
  EXPECT_FALSE(wants("a::b=trace, a=warn", LogLevel::info, "a::c"));
}

TEST(LogFilter, RefusesWhatIsNone) {
  for (const auto* text : {"a=loud", "a=", "=info", "info,a b", "a=b=info", "[x]=info"}) {
    const auto parsed = LogFilter::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, base::Code::invalid);
  }
}

TEST(LogLine, IsOneLineForPeople) {
  EXPECT_EQ(to_text_line({at,
                          LogLevel::info,
                          "tesseras_dht",
                          "joined",
                          {{"peers", 12}, {"self", true}, {"from", "[::1]:4433"}, {"why", "a b"}}}),
            "2026-01-01T00:00:00.250000Z  INFO tesseras_dht: joined peers=12 self=true "
            "from=[::1]:4433 why=\"a b\"");
  EXPECT_EQ(to_text_line({at, LogLevel::error, "t", "m", {{"x", "a\nb\x1b[31m\xff"}, {"e", ""}}}),
            "2026-01-01T00:00:00.250000Z ERROR t: m x=\"a\\nb\\u001b[31m\xef\xbf\xbd\" e=\"\"");
}

TEST(LogLine, IsOneObjectForMachines) {
  EXPECT_EQ(to_json_line({at, LogLevel::warn, "t", "a \"b\"", {{"n", -3}, {"x", "\\ \t"}}}),
            R"({"timestamp":"2026-01-01T00:00:00.250000Z","level":"WARN","target":"t",)"
            R"("fields":{"message":"a \"b\"","n":-3,"x":"\\ \t"}})");
}

class AtNoon final : public Clock {
 public:
  base::Instant now() override { return {}; }
  base::WallTime wall_now() override { return at; }
};

TEST(Log, WritesWhatTheFilterWants) {
  AtNoon clock;
  std::string out;
  LogWriter lines(clock, LogFilter(LogLevel::info), false,
                  [&](std::string_view line) { out += line; });
  const Log log(lines, "part");
  log.debug("no");
  log.info("yes", {{"n", 1}});
  log.error("also");
  Log(no_log(), "part").error("nowhere");
  EXPECT_EQ(out,
            "2026-01-01T00:00:00.250000Z  INFO part: yes n=1\n"
            "2026-01-01T00:00:00.250000Z ERROR part: also\n");
}

}  // namespace
}  // namespace tesseras::runtime

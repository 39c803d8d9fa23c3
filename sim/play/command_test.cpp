#include "sim/play/command.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <utility>

namespace tesseras::play {
namespace {

using scenarios::Options;
using scenarios::Report;
using scenarios::Scenario;
using testing::HasSubstr;
using testing::Not;

Report calm(const Options& options) {
  Report report;
  options.progress("half of it");
  report.add("nodes", static_cast<double>(options.nodes));
  report.digest = "d1ge57";
  return report;
}

// Holds for seeds below 1,000.
Report fragile(const Options& options) {
  Report report;
  if (options.seed >= 1000) report.faults = {"node 3 says \"no\"", "node 4 too"};
  return report;
}

constexpr std::array known = {
    Scenario{"calm", "nothing happens", 7, 3, &calm},
    Scenario{"fragile", "until something does", 5, 3, &fragile},
};

struct Said {
  int status = 0;
  std::string out;
  std::string progress;
};

Said run(const std::vector<std::string_view>& words, std::uint64_t first_seed = 0,
         std::stop_token stop = {}) {
  std::array<char*, 2> texts{};
  std::array<std::size_t, 2> sizes{};
  std::FILE* out = open_memstream(&texts[0], &sizes[0]);
  std::FILE* progress = open_memstream(&texts[1], &sizes[1]);
  Said said;
  said.status = run_command(words, {known, out, progress, std::move(stop), first_seed});
  std::fclose(out);
  std::fclose(progress);
  said.out = {texts[0], sizes[0]};
  said.progress = {texts[1], sizes[1]};
  std::free(texts[0]);
  std::free(texts[1]);
  return said;
}

TEST(Command, ListsWhatThereIs) {
  const auto said = run({});
  EXPECT_EQ(said.status, 0);
  EXPECT_THAT(said.out, HasSubstr("calm                       nothing happens (7)"));
  EXPECT_THAT(said.out, HasSubstr("fragile"));
}

TEST(Command, PlaysOne) {
  const auto said = run({"calm", "--nodes", "9", "--seed", "4"});
  EXPECT_EQ(said.status, 0);
  EXPECT_THAT(said.out, HasSubstr("calm with 9 nodes, seed 4: all holds"));
  EXPECT_THAT(said.out, HasSubstr("history d1ge57"));
  EXPECT_THAT(said.progress, HasSubstr("half of it"));
  EXPECT_THAT(run({"calm"}).out, HasSubstr("calm with 7 nodes, seed 1: "));
}

TEST(Command, SaysHowToPlayAFailureAgain) {
  const auto said = run({"fragile", "--seed", "1234"});
  EXPECT_EQ(said.status, 1);
  EXPECT_THAT(said.out, HasSubstr("2 faults"));
  EXPECT_THAT(said.progress, HasSubstr("node 4 too"));
  EXPECT_THAT(said.progress, HasSubstr("\n  ./dev sim fragile --seed 1234 --nodes 5\n"));
}

TEST(Command, SpeaksJson) {
  const auto said = run({"fragile", "--json", "--seed", "1234"});
  EXPECT_EQ(said.status, 1);
  EXPECT_THAT(said.out,
              HasSubstr(R"("holds": false, "faults": ["node 3 says \"no\"", "node 4 too"])"));
  const auto calm_one = run({"calm", "--json"});
  EXPECT_EQ(calm_one.status, 0);
  EXPECT_THAT(calm_one.out, HasSubstr(R"("figures": {"nodes": 7}, "digest": "d1ge57")"));
}

TEST(Command, GoesOnUntilOneFails) {
  const auto said = run({"fragile", "--forever"}, 990);
  EXPECT_EQ(said.status, 1);
  EXPECT_EQ(said.out, "10 seeds held before\n");
  EXPECT_THAT(said.progress, HasSubstr("--seed 1000 --nodes 5"));
  EXPECT_EQ(run({"fragile", "--forever", "--seed", "999"}).out, "1 seeds held before\n");
}

TEST(Command, StopsWhenAsked) {
  std::stop_source stop;
  stop.request_stop();
  const auto said = run({"calm", "--forever"}, 1, stop.get_token());
  EXPECT_EQ(said.status, 0);
  EXPECT_EQ(said.out, "0 seeds held\n");
}

TEST(Command, RefusesWhatItDoesNotUnderstand) {
  const std::array<std::pair<std::vector<std::string_view>, const char*>, 8> refused = {{
      {{"storm"}, "there is no scenario storm"},
      {{"calm", "fragile"}, "one scenario at a time"},
      {{"--seed", "1"}, "which scenario?"},
      {{"calm", "--seed"}, "--seed wants a number"},
      {{"calm", "--seed", "1x"}, "--seed wants a number"},
      {{"calm", "--nodes", "-3"}, "--nodes wants a number"},
      {{"calm", "--nodes", "2"}, "calm is for 3 to"},
      {{"calm", "--fast"}, "there is no option --fast"},
  }};
  for (const auto& [words, why] : refused) {
    const auto said = run(words);
    EXPECT_EQ(said.status, 2);
    EXPECT_EQ(said.out, "");
    EXPECT_THAT(said.progress, HasSubstr(why));
    EXPECT_THAT(said.progress, Not(HasSubstr("again")));
  }
}

}  // namespace
}  // namespace tesseras::play

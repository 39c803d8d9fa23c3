#include "sim/network.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace tesseras::sim {
namespace {

using base::Instant;
using std::chrono::milliseconds;
using std::chrono::seconds;

const IpAddress ana = IpAddress::v4(10, 0, 0, 1), rui = IpAddress::v4(10, 0, 0, 2);

TEST(Network, DelaysEachWayOnItsOwn) {
  Network network(1);
  network.set_link(ana, rui, {.delay = milliseconds(5)});
  EXPECT_EQ(network.arrival(ana, rui, 100, {0}), Instant{} + milliseconds(5));
  EXPECT_EQ(network.arrival(rui, ana, 100, {0}), Instant{} + milliseconds(20));
}

TEST(Network, LosesAsManyAsItIsTold) {
  Network network(7);
  network.set_usual({.loss_ppm = 250'000});
  int lost = 0;
  for (int i = 0; i < 10'000; ++i) lost += network.arrival(ana, rui, 100, {0}) ? 0 : 1;
  EXPECT_NEAR(lost, 2500, 150);
}

TEST(Network, JitterLetsThemOvertake) {
  Network network(7);
  network.set_usual({.delay = milliseconds(10), .jitter = milliseconds(4)});
  bool overtaken = false;
  Instant before;
  for (int i = 0; i < 1000; ++i) {
    const Instant at = network.arrival(ana, rui, 100, {0}).value();
    EXPECT_GE(at, Instant{} + milliseconds(10));
    EXPECT_LE(at, Instant{} + milliseconds(14));
    overtaken = overtaken || at < before;
    before = at;
  }
  EXPECT_TRUE(overtaken);
}

TEST(Network, ARateMakesThemWaitAndThenLosesThem) {
  Network network(1);
  network.set_usual({.delay = seconds(0), .bytes_per_second = 1000, .queue_bytes_max = 2500});
  EXPECT_EQ(network.arrival(ana, rui, 1000, {0}), Instant{} + seconds(1));
  EXPECT_EQ(network.arrival(ana, rui, 1000, {0}), Instant{} + seconds(2));
  EXPECT_FALSE(network.arrival(ana, rui, 1000, {0}));
  EXPECT_EQ(network.arrival(rui, ana, 1000, {0}), Instant{} + seconds(1));  // the other way is free
  EXPECT_EQ(network.arrival(ana, rui, 1000, Instant{} + seconds(5)), Instant{} + seconds(6));
}

TEST(Network, CutsOneWayAndPartitionsBoth) {
  Network network(1);
  network.cut(ana, rui);
  EXPECT_FALSE(network.arrival(ana, rui, 1, {0}));
  EXPECT_TRUE(network.arrival(rui, ana, 1, {0}));
  network.heal(ana, rui);
  network.set_group(rui, 1);
  EXPECT_FALSE(network.arrival(ana, rui, 1, {0}));
  EXPECT_FALSE(network.arrival(rui, ana, 1, {0}));
  network.heal_all();
  EXPECT_TRUE(network.arrival(ana, rui, 1, {0}));
}

TEST(Network, OneSeedIsOneHistory) {
  const auto history = [](std::uint64_t seed) {
    Network network(seed);
    network.set_usual({.jitter = milliseconds(9), .loss_ppm = 100'000});
    std::vector<std::optional<Instant>> all;
    for (int i = 0; i < 100; ++i) all.push_back(network.arrival(ana, rui, 100, {i}));
    return all;
  };
  EXPECT_EQ(history(3), history(3));
  EXPECT_NE(history(3), history(4));
}

TEST(Network, DigestIsOfAllThatWasSent) {
  const auto digest = [](std::uint64_t seed, std::size_t size_bytes, Instant when) {
    Network network(seed);
    network.set_usual({.jitter = milliseconds(4), .loss_ppm = 100'000});
    const auto first = network.digest();
    for (int i = 0; i < 50; ++i) network.arrival(ana, rui, size_bytes, when);
    EXPECT_NE(network.digest(), first);
    return network.digest();
  };
  EXPECT_EQ(digest(1, 100, {0}), digest(1, 100, {0}));
  EXPECT_NE(digest(1, 100, {0}), digest(2, 100, {0}));
  EXPECT_NE(digest(1, 100, {0}), digest(1, 101, {0}));
  EXPECT_NE(digest(1, 100, {0}), digest(1, 100, {1}));
}

}  // namespace
}  // namespace tesseras::sim

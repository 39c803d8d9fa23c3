#include "sim/scenarios/dht_world.hpp"

#include <gtest/gtest.h>

namespace tesseras::scenarios {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

dht::Key key_of_number(std::uint8_t number) {
  base::ContentHash hash;
  hash.bytes[0] = std::byte(number);
  return dht::key_of(hash);
}

TEST(DhtWorld, ThreeNodesFindEachOther) {
  DhtWorld net({.seed = 1, .nodes = 3, .service = {}});
  net.start_all(milliseconds(200));
  net.world().run_for(seconds(60));
  for (std::size_t i = 0; i < net.size(); ++i) {
    EXPECT_TRUE(net.service(i).is_bootstrapped()) << i;
    EXPECT_EQ(net.service(i).engine().table().size(), 2U) << i;
  }
}

TEST(DhtWorld, WhatOnePublishesAnotherFindsWithoutTheSeed) {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    DhtWorld net({.seed = seed, .nodes = 10, .service = {}});
    net.start_all(milliseconds(200));
    net.world().run_for(minutes(2));
    const auto key = key_of_number(7);
    const auto published = net.finish(
        4, net.service(4).publish(key, std::nullopt, net.world().node(4).now() + minutes(1)),
        minutes(2));
    ASSERT_TRUE(published && *published) << seed;
    EXPECT_GE((*published)->kept, 5U) << seed;
    net.crash(0);
    net.crash(1);
    const auto found =
        net.finish(9, net.service(9).find(key, net.world().node(9).now() + minutes(1)), minutes(2));
    ASSERT_TRUE(found && *found) << seed;
    ASSERT_EQ((*found)->holders.size(), 1U) << seed;
    EXPECT_EQ((*found)->holders.front().node, net.id(4));
    const auto nothing =
        net.finish(9, net.service(9).find(key_of_number(8), net.world().node(9).now() + minutes(1)),
                   minutes(2));
    ASSERT_TRUE(nothing && *nothing);
    EXPECT_TRUE((*nothing)->holders.empty());
  }
}

TEST(DhtWorld, ARestartBeginsWithWhomItKnew) {
  DhtWorld net({.seed = 5, .nodes = 8, .service = {}});
  net.start_all(milliseconds(200));
  net.world().run_for(minutes(6));  // contacts have been written once
  net.crash(0);
  net.crash(6);
  net.start(6);  // and its seed is gone
  net.world().run_for(minutes(1));
  EXPECT_TRUE(net.service(6).is_bootstrapped());
  EXPECT_GE(net.service(6).engine().table().size(), 5U);
}

TEST(DhtWorld, OneSeedIsOneHistory) {
  const auto history = [](std::uint64_t seed) {
    DhtWorld net({.seed = seed, .nodes = 12, .service = {}});
    net.world().network().set_usual({.jitter = milliseconds(15), .loss_ppm = 20'000});
    net.start_all(milliseconds(50));
    net.world().run_for(minutes(3));
    return std::pair(net.world().steps(), net.world().dice().next());
  };
  EXPECT_EQ(history(11), history(11));
  EXPECT_NE(history(11), history(12));
}

}  // namespace
}  // namespace tesseras::scenarios

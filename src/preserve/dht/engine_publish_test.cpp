// What a node keeps it tells those who are near, in rounds: each in its turn, again before it
// expires, and again when it has changed.
#include "preserve/dht/engine_fixture.hpp"

namespace tesseras::dht {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

TEST(Publishing, PublishesInTurnWhatWasPublishedBefore) {
  EngineWorld world;
  grow(world, 4);
  world.run(seconds(10));
  auto& holder = *world.node(1).engine;
  EXPECT_FALSE(holder.last_round(key(1)));
  // More than one tick begins.
  for (std::uint8_t i = 1; i <= 50; ++i) holder.publish_in_turn(world.now(), key(i), {});
  world.run(seconds(60));
  for (std::uint8_t i = 1; i <= 50; ++i) {
    ASSERT_TRUE(holder.last_round(key(i))) << int{i};
    EXPECT_EQ(holder.last_round(key(i))->kept, 4U) << int{i};
  }
  holder.withdraw(key(1));
  EXPECT_FALSE(holder.last_round(key(1)));
  EXPECT_GE(holder.counts().lookups, 50U);
  EXPECT_GE(holder.counts().requests_sent, 150U);
}

TEST(Publishing, GivesEachItsTurnWhenMoreIsDueThanThereIsTimeFor) {
  EngineOptions options;
  options.republish_every = seconds(10);
  EngineWorld world(options);
  grow(world, 4);
  world.run(seconds(10));
  auto& holder = *world.node(1).engine;
  for (std::uint8_t i = 1; i <= 100; ++i) holder.publish_in_turn(world.now(), key(i), {});
  world.run(seconds(120));
  for (std::uint8_t i = 1; i <= 100; ++i) EXPECT_TRUE(holder.last_round(key(i))) << int{i};
}

TEST(Publishing, PublishesAgainSoonWhatItsPeersHadNoTimeFor) {
  EngineWorld world;
  grow(world, 4);
  world.run(seconds(10));
  auto& holder = *world.node(1).engine;
  // All at once is more than the peers take of one.
  for (std::uint8_t i = 1; i <= 100; ++i) holder.publish(world.now(), key(i), {});
  world.run(seconds(10));
  EXPECT_LT(holder.last_round(key(100))->kept, 4U);
  world.run(minutes(10));
  for (std::uint8_t i = 1; i <= 100; ++i) {
    EXPECT_GE(holder.last_round(key(i))->kept, 3U) << int{i};
  }
}

TEST(Publishing, TellsNextWhatHasChangedWhileItWasTelling) {
  EngineWorld world;
  grow(world, 4);
  world.run(seconds(10));
  // The question where to tell it takes four seconds with this one, and so does the telling.
  world.node(3).delay = seconds(2);
  auto& holder = world.node(1);
  PlanShare share{{}, FragmentSet(0b1)};
  holder.engine->publish(world.now(), key(1), share);
  world.run(seconds(6));
  ASSERT_FALSE(holder.engine->last_round(key(1))) << "the round has ended already";
  EXPECT_EQ(world.node(2).store->get(world.now(), key(1)).size(), 1U) << "it has not told anybody";
  share.fragments = FragmentSet(0b11);
  holder.engine->publish_in_turn(world.now(), key(1), share);
  world.run(minutes(1));
  auto& seeker = world.node(2);
  seeker.engine->find(world.now(), key(1));
  world.run(seconds(20));
  ASSERT_EQ(seeker.last<Found>()->holders.size(), 1U);
  EXPECT_EQ(seeker.last<Found>()->holders[0].share, share);
}

TEST(Publishing, RenewsWhatItPublished) {
  EngineWorld world;
  grow(world, 5);
  world.run(seconds(10));
  world.node(1).engine->publish(world.now(), key(1), {});
  world.run(hours(30));
  world.node(2).engine->find(world.now(), key(1));
  world.run(seconds(20));
  EXPECT_EQ(world.node(2).last<Found>()->holders.size(), 1U);
  world.node(1).engine->withdraw(key(1));
  world.run(hours(25));
  world.node(2).engine->find(world.now(), key(1));
  world.run(seconds(20));
  EXPECT_TRUE(world.node(2).last<Found>()->holders.empty());
}

}  // namespace
}  // namespace tesseras::dht

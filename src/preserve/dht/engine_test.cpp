#include "preserve/dht/engine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "preserve/dht/engine_fixture.hpp"
#include "preserve/dht/limits.hpp"

namespace tesseras::dht {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;

bool knows(EngineWorld& world, std::size_t who, std::size_t whom) {
  return world.node(who).engine->table().find(world.node(whom).engine->self().id) != nullptr;
}

TEST(Engine, TwoNodesFindEachOther) {
  EngineWorld world;
  grow(world, 2);
  world.run(seconds(10));
  EXPECT_TRUE(knows(world, 0, 1));
  EXPECT_TRUE(knows(world, 1, 0));
  for (std::size_t i = 0; i < 2; ++i) {
    ASSERT_NE(world.node(i).last<Reached>(), nullptr);
    EXPECT_EQ(world.node(i).last<Reached>()->endpoints, std::vector{world.node(i).at});
  }
}

TEST(Engine, ThreeNodesBootstrap) {
  EngineWorld world;
  grow(world, 3);
  world.run(seconds(30));
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(world.node(i).engine->table().size(), 2U) << i;
    EXPECT_NE(world.node(i).last<Bootstrapped>(), nullptr);
  }
}

TEST(Engine, TenNodesConverge) {
  EngineWorld world;
  grow(world, 10);
  world.run(seconds(30));
  for (std::size_t i = 0; i < 10; ++i) EXPECT_EQ(world.node(i).engine->table().size(), 9U) << i;
}

TEST(Engine, PublishesAndFindsWithoutTheSeed) {
  EngineWorld world;
  grow(world, 8);
  world.run(seconds(10));
  auto& holder = world.node(3);
  holder.engine->publish(world.now(), key(1), {});
  world.run(seconds(5));
  ASSERT_NE(holder.last<Published>(), nullptr);
  EXPECT_EQ(holder.last<Published>()->kept, 8U);
  world.node(0).is_gone = true;
  world.node(1).is_gone = true;
  auto& seeker = world.node(6);
  seeker.engine->find(world.now(), key(1));
  world.run(seconds(20));
  ASSERT_NE(seeker.last<Found>(), nullptr);
  ASSERT_EQ(seeker.last<Found>()->holders.size(), 1U);
  EXPECT_EQ(seeker.last<Found>()->holders[0].node_key, holder.key.public_key());
  EXPECT_EQ(seeker.last<Found>()->holders[0].endpoints, std::vector{holder.at});
  EXPECT_EQ(seeker.last<Found>()->hops, 0U) << "it keeps the record itself";
  EXPECT_EQ(seeker.last<Found>()->asked, 5U);
  EXPECT_EQ(seeker.last<Found>()->requests, 7U);  // two are gone
  seeker.engine->find(world.now(), key(2));
  world.run(seconds(20));
  EXPECT_TRUE(seeker.last<Found>()->holders.empty());
}

TEST(Engine, TellsOfTheNearestNodesAsManyAsAreWanted) {
  EngineWorld world;
  grow(world, 30);
  world.run(minutes(2));
  auto& seeker = world.node(6);
  const auto nearest = [&](std::size_t width) {
    seeker.engine->find(world.now(), key(1), width);
    world.run(seconds(20));
    return seeker.last<Found>()->nearest;
  };
  EXPECT_EQ(nearest(3).size(), 3U);
  const auto all = nearest(Limits::shortlist_max);
  EXPECT_EQ(all.size(), 29U) << "all but the one that asks";
  EXPECT_TRUE(std::ranges::is_sorted(all, {},
                                     [](const NodeInfo& one) { return distance(one.id, key(1)); }));
  for (const NodeInfo& one : all) EXPECT_FALSE(one.endpoints.empty());
}

TEST(Engine, LetsGoOfWhoLeaves) {
  EngineWorld world;
  grow(world, 5);
  world.run(seconds(10));
  world.node(4).is_gone = true;
  EXPECT_TRUE(knows(world, 1, 4));
  const auto& table = world.node(1).engine->table();
  const auto& gone = world.node(4).engine->self().id;
  while (table.find(gone)->failures == 0) world.run(seconds(1));
  // What lasts a minute is no departure.
  world.run(seconds(55));
  EXPECT_TRUE(knows(world, 1, 4));
  world.run(minutes(5));
  for (std::size_t i = 0; i < 4; ++i) EXPECT_FALSE(knows(world, i, 4)) << i;
  EXPECT_EQ(world.node(0).engine->table().size(), 3U);
}

TEST(Engine, LeavesWhoCannotBeReachedAClient) {
  EngineWorld world;
  grow(world, 4);
  auto& hidden = world.add(true);
  hidden.engine->bootstrap(world.now(), {world.node(0).at}, {});
  world.node(1).engine->publish(world.now(), key(1), {});
  world.run(minutes(1));
  for (std::size_t i = 0; i < 4; ++i) EXPECT_FALSE(knows(world, i, 4)) << i;
  EXPECT_EQ(hidden.last<Reached>(), nullptr);
  EXPECT_GE(hidden.engine->table().size(), 4U);
  // It finds, and holds nothing for anybody.
  hidden.engine->find(world.now(), key(1));
  hidden.engine->publish(world.now(), key(2), {});
  world.run(minutes(1));
  EXPECT_EQ(hidden.last<Found>()->holders.size(), 1U);
  ASSERT_NE(hidden.last<Published>(), nullptr);
  EXPECT_EQ(hidden.last<Published>()->kept, 0U);
}

TEST(Engine, BeginsAgainWithWhomItKnewAndWhatItKept) {
  EngineWorld world;
  grow(world, 6);
  world.node(1).engine->publish(world.now(), key(1), {});
  world.run(seconds(20));
  auto& node = world.node(5);
  const auto table = decode_snapshot(encode_snapshot(node.engine->table().contacts())).value();
  ASSERT_TRUE(node.store->sync());
  world.node(0).is_gone = true;
  world.start(node);
  node.engine->bootstrap(world.now(), {world.node(0).at}, table);
  EXPECT_FALSE(node.store->get(world.now(), key(1)).empty());
  world.run(seconds(20));
  EXPECT_GE(node.engine->table().size(), 4U);
}

TEST(Engine, KnocksAgainWhileNobodyIsThere) {
  EngineWorld world;
  auto& first = world.add();
  auto& second = world.add();
  first.is_gone = true;
  second.engine->bootstrap(world.now(), {first.at}, {});
  world.run(hours(5));
  EXPECT_EQ(second.engine->table().size(), 0U);
  // Less and less often, down to every ten minutes or so.
  EXPECT_LE(world.frames(), 40U);
  EXPECT_GE(world.frames(), 20U);
  world.start(first);
  world.run(minutes(13));
  EXPECT_EQ(second.engine->table().size(), 1U);
  EXPECT_EQ(first.engine->table().size(), 1U);
}

TEST(Engine, MeetsThoseOfWhomItIsToldLater) {
  EngineWorld world;
  grow(world, 3);
  auto& late = world.add();
  late.engine->bootstrap(world.now(), {}, {});
  world.run(hours(3));
  EXPECT_EQ(late.engine->table().size(), 0U);
  // Somebody who is away, and then somebody who is there.
  auto& away = world.add();
  away.is_gone = true;
  late.engine->add_bootstrap(world.now(), std::array{away.at}, HintOrigin::configuration);
  world.run(seconds(2));
  late.engine->add_bootstrap(world.now(), std::array{away.at, world.node(2).at},
                             HintOrigin::configuration);
  world.run(seconds(10));
  EXPECT_EQ(late.engine->table().size(), 3U);
  // Another, for one that knows some already; who is met is not knocked at again.
  world.start(away);
  late.engine->add_bootstrap(world.now(), std::array{away.at}, HintOrigin::configuration);
  world.run(seconds(40));
  EXPECT_EQ(late.engine->table().size(), 3U);
  auto& fresh = world.add();
  late.engine->add_bootstrap(world.now(), std::array{fresh.at}, HintOrigin::configuration);
  world.run(seconds(10));
  EXPECT_EQ(late.engine->table().size(), 4U);
  const auto frames = world.frames();
  late.engine->add_bootstrap(world.now(), std::array{fresh.at, world.node(2).at},
                             HintOrigin::configuration);
  EXPECT_FALSE(late.engine->poll(world.now()));
  EXPECT_EQ(world.frames(), frames);
}

TEST(Engine, RemembersTheNewestOfThoseToMeet) {
  EngineWorld world;
  auto& seed = world.add();
  seed.is_gone = true;
  auto& node = world.add();
  node.engine->bootstrap(world.now(), {seed.at}, {});
  std::vector<Endpoint> many;
  for (std::uint32_t i = 0; i < 10 * Limits::bootstrap_endpoints_max; ++i)
    many.push_back(distinct_endpoint(1000 + i));
  node.engine->add_bootstrap(world.now(), many, HintOrigin::configuration);
  world.run(seconds(10));
  const auto before = world.frames();
  world.run(seconds(40));
  EXPECT_EQ(world.frames() - before, Limits::bootstrap_endpoints_max);
  // Whoever is named again comes back.
  world.start(seed);
  world.run(minutes(20));
  EXPECT_EQ(node.engine->table().size(), 0U);
  node.engine->add_bootstrap(world.now(), std::array{seed.at}, HintOrigin::configuration);
  world.run(seconds(10));
  EXPECT_EQ(node.engine->table().size(), 1U);
}

TEST(Engine, IsQuietWhenNothingHappens) {
  EngineWorld world;
  grow(world, 10);
  world.run(hours(2));
  const std::uint64_t before = world.frames();
  world.run(hours(1));
  // Each node checks nine contacts every fifteen minutes, and looks into some buckets.
  EXPECT_LT(world.frames() - before, 10U * 400U);
}

TEST(Engine, FindsEverythingAmongFifty) {
  EngineWorld world;
  grow(world, 50);
  world.run(minutes(2));
  for (std::size_t i = 0; i < 10; ++i)
    world.node(5 * i).engine->publish(world.now(), key(static_cast<std::uint8_t>(i)), {});
  world.run(seconds(30));
  std::size_t found = 0;
  for (std::size_t who = 0; who < 50; who += 12) {
    for (std::uint8_t i = 0; i < 10; ++i) {
      world.node(who).engine->find(world.now(), key(i));
      world.run(seconds(3));
      found += world.node(who).last<Found>()->holders.size();
    }
  }
  EXPECT_EQ(found, 50U);
}

TEST(Engine, FollowsWhoMoves) {
  EngineWorld world;
  grow(world, 4);
  world.run(seconds(10));
  auto& mover = world.node(3);
  const NodeId id = mover.engine->self().id;
  world.move(mover, endpoint("203.0.113.50:4433"));
  world.start(mover);
  mover.engine->bootstrap(world.now(), {world.node(0).at}, {});
  world.run(seconds(30));
  for (std::size_t i = 0; i < 3; ++i) {
    const Contact* contact = world.node(i).engine->table().find(id);
    ASSERT_NE(contact, nullptr);
    EXPECT_EQ(contact->reached_at, mover.at) << i;
  }
}

// One engine, and a stranger who says what it likes.
class Strangers : public testing::Test {
 protected:
  void SetUp() override {
    grow(world_, 3);
    world_.run(seconds(10));
    EXPECT_EQ(node_.engine->table().size(), 3U);
    while (node_.engine->poll(world_.now())) {
    }
  }
  template <class Request>
  base::Result<typename Request::Response> ask(const Request& request, std::uint64_t stranger = 99,
                                               std::string_view from = "203.0.113.9:4433") {
    const base::Bytes body = encode(request);
    const auto frame = wire::encode(wire::Request{{7}, Request::method, body}).value();
    const Peer peer{test_key(stranger).public_key(), endpoint(from), false, 1};
    node_.engine->on_message(world_.now(), peer, base::ByteSpan(frame).subspan(4));
    base::Result<typename Request::Response> result = base::fail(base::Code::timeout, "no answer");
    while (const auto out = node_.engine->poll(world_.now())) {
      if (!out->is_answer) {
        dialled_.push_back(*out);
        continue;
      }
      const auto answered = wire::decode_answer(base::ByteSpan(out->frame).subspan(4), {7});
      ProofMemo memo;
      if (answered) {
        result = decode_response<typename Request::Response>(*answered, memo);
      } else {
        result = base::fail(answered.error());
      }
    }
    return result;
  }

  EngineWorld world_;
  EngineWorld::Node& node_ = world_.add();  // the seed of the others
  std::vector<Outgoing> dialled_;
};

TEST_F(Strangers, WithoutProofOfWorkAreRefused) {
  NodeInfo cheat = real_node(99, endpoint("203.0.113.9:4433"));
  ++cheat.nonce;
  const auto answered = ask(PingRequest{cheat});
  ASSERT_FALSE(answered);
  EXPECT_EQ(answered.error().code, base::Code::invalid);
  EXPECT_TRUE(dialled_.empty());
}

TEST_F(Strangers, ArePingedOnlyWhereTheyComeFrom) {
  NodeInfo info = real_node(99, endpoint("198.51.100.1:443"));
  info.endpoints.push_back(endpoint("203.0.113.9:4433"));
  EXPECT_TRUE(ask(PingRequest{info}));
  ASSERT_EQ(dialled_.size(), 1U);
  EXPECT_EQ(dialled_[0].endpoints, std::vector{endpoint("203.0.113.9:4433")});
  EXPECT_TRUE(dialled_[0].needs_new_connection);
  EXPECT_EQ(node_.engine->table().find(info.id), nullptr);
  // Not again while that is under way.
  EXPECT_TRUE(ask(PingRequest{info}));
  EXPECT_EQ(dialled_.size(), 1U);
}

TEST_F(Strangers, WithAnothersKeyAreRefused) {
  const auto answered = ask(PingRequest{real_node(98, endpoint("203.0.113.9:4433"))});
  EXPECT_FALSE(answered);
}

TEST_F(Strangers, HaveOnlyTheirOwnRecordsKept) {
  const auto from = endpoint("203.0.113.9:4433");
  const HolderRecord record = holder_record(99, key(1), from);
  const base::Bytes bytes = signed_record(99, record);
  EXPECT_TRUE(ask(StoreRequest{bytes})->is_kept);
  const auto reason = [&](base::Bytes other, std::uint64_t who = 99) {
    const auto answered = ask(StoreRequest{std::move(other)}, who);
    EXPECT_TRUE(answered && !answered->is_kept);
    return answered ? answered->reason : "";
  };
  EXPECT_THAT(reason(bytes, 98), HasSubstr("itself"));
  base::Bytes forged = bytes;
  forged.back() ^= std::byte{1};
  EXPECT_THAT(reason(forged), HasSubstr("forged"));
  EXPECT_THAT(reason(signed_record(99, holder_record(99, key(1), endpoint("203.0.113.8:1"), 2))),
              HasSubstr("comes from"));
  HolderRecord older = record;
  older.issue = 0;
  EXPECT_THAT(reason(signed_record(99, older)), HasSubstr("not newer"));
  EXPECT_FALSE(reason(base::Bytes(10)).empty());
  EXPECT_EQ(ask(FindValueRequest{key(1)})->records.size(), 1U);
}

TEST_F(Strangers, AreDialledBackAtTheirOwnAddressOnly) {
  EXPECT_EQ(ask(DialBackRequest{endpoint("198.51.100.1:53")}).error().code, base::Code::invalid);
  EXPECT_TRUE(dialled_.empty());
  EXPECT_FALSE(ask(DialBackRequest{endpoint("203.0.113.9:5000")}));  // later
  ASSERT_EQ(dialled_.size(), 1U);
  EXPECT_EQ(dialled_[0].endpoints, std::vector{endpoint("203.0.113.9:5000")});
  EXPECT_TRUE(dialled_[0].needs_new_connection);
  node_.engine->on_failure(world_.now(), dialled_[0].id);
  const auto out = node_.engine->poll(world_.now());
  ASSERT_TRUE(out && out->is_answer);
  ProofMemo memo;
  const auto body = wire::decode_answer(base::ByteSpan(out->frame).subspan(4), {7});
  EXPECT_FALSE(decode_response<DialBackResponse>(*body, memo)->was_reached);
}

TEST_F(Strangers, WhoFloodAreToldToWait) {
  std::size_t served = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto answered = ask(FindNodeRequest{key(1)});
    if (answered) ++served;
    if (!answered) {
      EXPECT_EQ(answered.error().code, base::Code::unavailable);
    }
  }
  EXPECT_EQ(served, RateLimitOptions{}.peer.burst);
}

TEST_F(Strangers, WhoSpeakNonsenseAreRefused) {
  const Peer peer{test_key(99).public_key(), endpoint("203.0.113.9:1"), false, 1};
  for (const char* words : {"", "x", "\x94\x01\x07", "GET / HTTP/1.1\r\n"})
    node_.engine->on_message(world_.now(), peer, base::as_bytes(words));
  // Where an id can be read they are told; nothing else happens.
  while (const auto out = node_.engine->poll(world_.now())) EXPECT_TRUE(out->is_answer);
  const auto unknown = wire::encode(wire::Request{{7}, "replicate", {}}).value();
  node_.engine->on_message(world_.now(), peer, base::ByteSpan(unknown).subspan(4));
  const auto out = node_.engine->poll(world_.now());
  ASSERT_TRUE(out);
  EXPECT_FALSE(wire::decode_answer(base::ByteSpan(out->frame).subspan(4), {7}));
}

TEST_F(Strangers, CannotAnswerForOthers) {
  auto& other = world_.node(2);
  node_.engine->bootstrap(world_.now(), {}, {{other.engine->self(), other.at}});
  const auto out = node_.engine->poll(world_.now());
  ASSERT_TRUE(out && !out->is_answer);
  const auto lie = wire::encode(wire::Response{
      out->id, encode(PingResponse{real_node(99, endpoint("203.0.113.9:1")), node_.at})});
  node_.engine->on_message(world_.now(),
                           {test_key(99).public_key(), endpoint("203.0.113.9:1"), true, {}},
                           base::ByteSpan(*lie).subspan(4));
  EXPECT_EQ(node_.engine->table().find(real_node(99, other.at).id), nullptr);
  EXPECT_FALSE(node_.engine->poll(world_.now()));
}

}  // namespace
}  // namespace tesseras::dht

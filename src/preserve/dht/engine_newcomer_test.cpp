// A node that comes, or comes back, is known to all whom it has asked and who have room: whatever
// comes first, their answers or that others reach it. Whom it goes back to is for its own
// configuration to say, not for strangers.
#include "preserve/dht/engine_fixture.hpp"

namespace tesseras::dht {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

TEST(Newcomer, IsKnownToWhoAnswersLate) {
  for (milliseconds delay{30}; delay < milliseconds(130); delay += milliseconds(5)) {
    EngineWorld world;
    auto& slow = world.add();
    auto& quick = world.add();
    auto& newcomer = world.add();
    slow.engine->bootstrap(world.now(), {}, {});
    quick.engine->bootstrap(world.now(), {slow.at}, {});
    world.run(seconds(10));
    slow.delay = delay;
    newcomer.engine->bootstrap(world.now(), {slow.at, quick.at}, {});
    world.run(seconds(4));
    for (const auto* other : {&slow, &quick})
      EXPECT_NE(other->engine->table().find(newcomer.engine->self().id), nullptr)
          << other->number << " after " << delay.count() << " ms";
  }
}

// Whom the seed tells them of when they ask depends on who of them it has come to know by then.
TEST(Newcomer, FindsThoseWhoCameInTheSameMoment) {
  runtime::Prng prng(1);
  for (int round = 0; round < 200; ++round) {
    EngineWorld world;
    auto& seed = world.add();
    seed.engine->bootstrap(world.now(), {}, {});
    constexpr std::size_t newcomers = 3;
    for (std::size_t i = 0; i < newcomers; ++i) {
      auto& newcomer = world.add();
      newcomer.delay = milliseconds(1 + prng.below(100));
      newcomer.engine->bootstrap(world.now(), {seed.at}, {});
    }
    world.run(minutes(1));
    for (std::size_t i = 1; i <= newcomers; ++i)
      EXPECT_EQ(world.node(i).engine->table().size(), newcomers) << i << " in " << round;
  }
}

TEST(Newcomer, IsNotDialledWhereNobodyHasUseForIt) {
  EngineOptions options;
  options.table.bucket_size = 1;
  EngineWorld world(options);
  auto& node = world.add();
  std::uint64_t stream = 0;
  const auto dials = [&](std::uint64_t number) {
    const auto key = test_key(number);
    const NodeInfo info{{},
                        key.public_key(),
                        find_nonce(key.public_key()).value(),
                        {distinct_endpoint(static_cast<std::uint32_t>(number))},
                        own_capabilities};
    const auto body = encode(PingRequest{info});
    const auto frame = wire::encode(wire::Request{{number}, PingRequest::method, body}).value();
    const Peer from{info.key, info.endpoints[0], false, ++stream};
    node.engine->on_message(world.now(), from, base::ByteSpan(frame).subspan(4));
    bool is_dialled = false;
    while (const auto out = node.engine->poll(world.now())) {
      if (out->is_answer || !out->needs_new_connection) continue;
      is_dialled = true;
      // It is there, and nobody else answers anything.
      const auto answer = encode(PingResponse{info, node.at});
      const auto said = wire::encode(wire::Response{out->id, answer}).value();
      node.engine->on_message(world.now(), {info.key, info.endpoints[0], true, {}},
                              base::ByteSpan(said).subspan(4));
    }
    return is_dialled;
  };
  std::size_t known = 0;
  for (std::uint64_t number = 100; number < 300; ++number) known += dials(number) ? 1U : 0U;
  EXPECT_GT(known, Limits::waiting_per_bucket);
  // One and eight in each of the few buckets in which anybody is.
  EXPECT_LE(known, 12 * (1 + Limits::waiting_per_bucket));
  EXPECT_FALSE(dials(1000) && dials(1001) && dials(1002) && dials(1003));
}

TEST(Newcomer, KeepsWhatWasConfiguredWhateverNeighboursName) {
  EngineWorld world;
  auto& seed = world.add();
  seed.is_gone = true;
  auto& node = world.add();
  node.engine->bootstrap(world.now(), {seed.at}, {});
  std::vector<Endpoint> many;
  for (std::uint32_t i = 0; i < 10 * Limits::bootstrap_endpoints_max; ++i)
    many.push_back(distinct_endpoint(1000 + i));
  many.push_back(seed.at);  // does not make it theirs
  node.engine->add_bootstrap(world.now(), many, HintOrigin::neighbours);
  many.pop_back();
  node.engine->add_bootstrap(world.now(), many, HintOrigin::neighbours);
  world.run(seconds(10));
  const auto before = world.frames();
  world.run(seconds(40));
  EXPECT_EQ(world.frames() - before, Limits::neighbour_endpoints_max + 1);
  world.start(seed);
  world.run(minutes(20));
  EXPECT_EQ(node.engine->table().size(), 1U);
}

TEST(Newcomer, RemembersNeighboursToo) {
  EngineWorld world;
  auto& neighbour = world.add();
  neighbour.is_gone = true;
  auto& node = world.add();
  node.engine->bootstrap(world.now(), {}, {});
  node.engine->add_bootstrap(world.now(), std::array{neighbour.at}, HintOrigin::neighbours);
  world.run(minutes(5));
  world.start(neighbour);
  world.run(minutes(20));
  EXPECT_EQ(node.engine->table().size(), 1U);
}

class NewcomerOfBothFamilies : public testing::Test {
 protected:
  static Endpoint v6(const char* address) {
    return {runtime::IpAddress::parse(address).value(), 4433};
  }

  EngineWorld world;
  EngineWorld::Node& there = world.add();
  EngineWorld::Node& here = world.add();
  const Endpoint there_v6 = v6("2001:db8:1::1"), here_v6 = v6("2001:db8:2::1");
};

// They have met by IPv4 before anybody has an address of IPv6 that leads anywhere.
TEST_F(NewcomerOfBothFamilies, IsReachedInOneThatCameLater) {
  ASSERT_TRUE(here.at.address.is_v4());
  there.engine->bootstrap(world.now(), {}, {});
  here.engine->bootstrap(world.now(), {there.at, there_v6}, {});
  world.run(seconds(20));
  ASSERT_EQ(here.engine->self().endpoints, std::vector{here.at});
  world.add_family(there, there_v6);
  world.add_family(here, here_v6);
  world.run(minutes(3));
  EXPECT_EQ(here.engine->self().endpoints, (std::vector{here.at, here_v6}));
  EXPECT_EQ(there.engine->self().endpoints, (std::vector{there.at, there_v6}));
}

// Of the other it hears only by being called.
TEST_F(NewcomerOfBothFamilies, IsReachedInTheOneThatItIsCalledBy) {
  world.add_family(there, there_v6);
  world.add_family(here, here_v6);
  there.engine->bootstrap(world.now(), {}, {});
  here.engine->bootstrap(world.now(), {there_v6}, {});
  world.run(seconds(5));
  ASSERT_EQ(here.engine->self().endpoints, std::vector{here_v6});
  there.engine->add_bootstrap(world.now(), std::array{here.at}, HintOrigin::configuration);
  world.run(seconds(5));
  EXPECT_EQ(there.engine->self().endpoints, (std::vector{there.at, there_v6}));
  EXPECT_EQ(here.engine->self().endpoints, (std::vector{here.at, here_v6}));
}

}  // namespace
}  // namespace tesseras::dht

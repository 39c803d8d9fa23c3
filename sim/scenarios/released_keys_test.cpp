// Released keys in a simulated world of many nodes: those nearest to a key's place keep it, others
// do not, and it outlasts all who do.
#include <gtest/gtest.h>

#include <memory>
#include <utility>

#include "node/releases.hpp"
#include "preserve/release/release_fixture.hpp"
#include "preserve/replica/refusals.hpp"
#include "sim/scenarios/beginnings.hpp"
#include "sim/scenarios/dht_world.hpp"
#include "sim/scenarios/scenario_fixture.hpp"

namespace tesseras::scenarios {
namespace {

using std::chrono::minutes;

constexpr auto again_every = minutes(60);
// Any node is as good.
constexpr std::size_t publisher = 3;

// Does what the daemon does about keys, and nothing else.
class KeyNode final : public sim::Program {
 public:
  explicit KeyNode(const Ground& ground)
      : refusals_(replica::Refusals::open(ground.node.disk(), "/refused").value()),
        releases_(
            node::Releases::open(runtime::Offload(ground.node), ground.node.disk(), "/",
                                 {ground.transport, ground.dht, refusals_, taken_back_by_none},
                                 crypto::XWingKey::from_seed(crypto::SecretBytes<32>()),
                                 again_every, runtime::Log(runtime::no_log(), "sim"))
                .value()) {
    releases_->add_to(ground.router);
  }
  node::Releasing& releasing() { return releases_->releasing(); }

 private:
  static runtime::Task<bool> taken_back_by_none(base::ContentHash /*content_hash*/) {
    co_return false;
  }

  replica::Refusals refusals_;
  std::unique_ptr<node::Releases> releases_;
};

// The same each time, so that a world is made again from its seed.
release::Release some_release() {
  release::SealedTessera tessera;
  tessera.key = sealing::ContentKey();
  tessera.creator = {};
  tessera.binding = {{{}, base::WallTime{2'000'000'000, 0}}, {}};
  tessera.manifest = tessera.manifest_with(tessera::Visibility::sealed, {});
  return tessera.with_key();
}

// Its first nodes are on, and one of them has published a key, and is gone.
class KeyWorld {
 public:
  KeyWorld(std::uint64_t seed, std::size_t nodes, std::size_t first)
      : net({.seed = seed, .nodes = nodes, .service = {}, .furnish = [](const Ground& ground) {
               return std::make_unique<KeyNode>(ground);
             }}) {
    scenarios::begin(net, first, {}, minutes(5));
    const auto given = net.finish(publisher, releasing(publisher).publish(release), minutes(5));
    EXPECT_TRUE(given && *given && (*given)->kept > 0);
    net.crash(publisher);
  }

  node::Releasing& releasing(std::size_t number) {
    return dynamic_cast<KeyNode&>(net.furniture(number)).releasing();
  }
  std::size_t keepers() {
    std::size_t count = 0;
    for (std::size_t i = 0; i < net.size(); ++i)
      if (net.is_on(i) && releasing(i).has_key(release.content_hash())) ++count;
    return count;
  }
  bool finds(std::size_t number) {
    const auto found =
        net.finish(number, releasing(number).find(release.content_hash()), minutes(5));
    return found && *found && (*found)->key() != nullptr && *(*found)->key() == *release.key();
  }

  const release::Release release = some_release();
  DhtWorld net;
};

TEST(ReleasedKeys, AreLeftToThoseNearestToTheirPlaces) {
  constexpr std::size_t nodes = is_sanitized ? 30 : 60;
  KeyWorld world(7, nodes, nodes);
  EXPECT_TRUE(world.finds(1));
  world.net.world().run_for(is_sanitized ? again_every : 5 * again_every);
  EXPECT_GE(world.keepers(), node::Releasing::keepers_max);
  EXPECT_LE(world.keepers(), node::Releasing::keepers_max + 5);
}

// Of the nodes that were there in the beginning, none is left in the end but the first, by whom the
// others begin.
TEST(ReleasedKeys, OutlastAllWhoKeepThem) {
  if (is_sanitized) GTEST_SKIP() << "a day and a quarter of thirty nodes is the release build's";
  constexpr std::size_t together = 30, in_all = 2 * together;
  KeyWorld world(6, in_all, together);
  for (std::size_t next = together; next < in_all; ++next) {
    world.net.start(next);
    world.net.world().run_for(again_every / 2);
    const auto gone = next - together;
    if (gone != 0 && world.net.is_on(gone)) world.net.crash(gone);
    world.net.world().run_for(again_every / 2);
  }
  EXPECT_TRUE(world.finds(in_all - 1));
  EXPECT_GE(world.keepers(), node::Releasing::keepers_enough);
}

TEST(ReleasedKeys, OneSeedIsOneHistory) {
  const auto history = [](std::uint64_t seed) {
    KeyWorld world(seed, 15, 15);
    world.net.world().run_for(again_every / 4);
    return digest(world.net);
  };
  EXPECT_EQ(history(8), history(8));
  EXPECT_NE(history(8), history(9));
}

}  // namespace
}  // namespace tesseras::scenarios

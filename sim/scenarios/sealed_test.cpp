// Sealed tesserae in a simulated world: they open at their dates, whoever is gone or wrong by then,
// and their keys outlast the nodes that keep them.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "foundation/base/vector_fixture.hpp"
#include "node/releases.hpp"
#include "preserve/release/release_fixture.hpp"
#include "preserve/replica/refusals.hpp"
#include "sim/scenarios/beginnings.hpp"
#include "sim/scenarios/dht_world.hpp"
#include "sim/scenarios/scenario_fixture.hpp"

namespace tesseras::scenarios {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::int64_t world_begins = 1'767'225'600;  // 2026-01-01T00:00:00Z
constexpr auto again_every = minutes(60);
// A while that is enough for a lookup, and to look whether something is due.
constexpr auto a_while = minutes(2);

const std::filesystem::path vectors =
    std::filesystem::path(TESSERAS_SOURCE_DIR) / "spec/vectors/encryption";

// The author of the tessera, its two witnesses, and somebody who has nothing to do with it. Any
// other is as good.
constexpr std::size_t owner = 3, first_witness = 5, second_witness = 7, stranger = 9;

// A program that does what the daemon does about keys, and nothing else.
class KeyNode final : public sim::Program {
 public:
  KeyNode(const Ground& ground, crypto::XWingKey key)
      : refusals_(replica::Refusals::open(ground.node.disk(), "/refused").value()),
        releases_(node::Releases::open(
                      runtime::Offload(ground.node), ground.node.disk(), "/",
                      {ground.transport, ground.dht, refusals_, taken_back_by_none}, std::move(key),
                      again_every, runtime::Log(runtime::no_log(), "sim"))
                      .value()) {
    releases_->add_to(ground.router);
  }
  node::Releases& releases() { return *releases_; }

 private:
  static runtime::Task<bool> taken_back_by_none(base::ContentHash /*content_hash*/) {
    co_return false;
  }

  replica::Refusals refusals_;
  std::unique_ptr<node::Releases> releases_;
};

// Two of three parts open it; the world's nodes have the keys for the first two. All of it is the
// same each time, so that a world is made again from its seed.
struct Sealed {
  Sealed() {
    auto of_a_node = base::read_vector(vectors / "witnesses-of-a-node");
    auto of_a_person = base::read_vector(vectors / "witnesses-of-an-heir");
    auto of_all = base::read_vector(vectors / "witnesses-key-of-1-and-2");
    seeds[first_witness] =
        crypto::blake3_derive_key("tesseras node xwing v1", seed_in(of_a_node).span());
    seeds[second_witness] =
        crypto::blake3_derive_key("tesseras xwing v1", seed_in(of_a_person).span());
    tessera.key = sealing::ContentKey::copy_of(base::bytes_of_vector(of_all["key"]));
    tessera.creator = crypto::Ed25519PublicKey::from_hex(of_all["creator"]).value();
    tessera.binding = {{tessera::CapsuleId::from_hex(of_all["capsule"]).value(),
                        base::WallTime{std::stoll(of_all["open-after"]), 0}},
                       tessera.creator};
    tessera.witnesses = base::bytes_of_vector(of_all["witnesses"]);
    tessera.manifest = tessera.manifest_with(tessera::Visibility::sealed, tessera.witnesses);
  }
  static crypto::SecretBytes<32> seed_in(base::VectorFields& fields) {
    return crypto::SecretBytes<32>::copy_of(base::bytes_of_vector(fields["seed"]));
  }

  // Those who are no witnesses may have any other.
  crypto::XWingKey key_of(std::size_t node) const {
    const auto at = seeds.find(node);
    if (at == seeds.end()) return crypto::XWingKey::from_seed(crypto::SecretBytes<32>());
    return crypto::XWingKey::from_seed(at->second);
  }
  seconds opens() const { return seconds(tessera.binding.capsule.open_after->unix_seconds); }

  release::SealedTessera tessera;
  std::map<std::size_t, crypto::SecretBytes<32>> seeds;  // of the witnesses' keys
};

class SealedWorld {
 public:
  // It opens an hour after the world began, by the clocks of all but those that are wrong by so
  // much more.
  explicit SealedWorld(std::uint64_t seed, std::size_t nodes = 30,
                       std::map<std::size_t, base::nanoseconds> wrong = {})
      : wrong_(std::move(wrong)), net_(options(seed, nodes)) {}

  DhtWorld& net() { return net_; }
  void begin(std::size_t nodes) { scenarios::begin(net_, nodes, {}, minutes(5)); }
  void run_until_opening(base::nanoseconds more) {
    const auto now = net_.world().node(stranger).wall_now();
    net_.world().run_for(sealed_.opens() - seconds(now.unix_seconds) + more);
  }
  node::Releases& releases(std::size_t number) {
    return dynamic_cast<KeyNode&>(net_.furniture(number)).releases();
  }

  // The owner's daemon is told of two witnesses, gives them what they need, and is gone for good.
  void seal_and_lose_the_owner() {
    const auto& tessera = sealed_.tessera;
    node::Capsule capsule{.manifest = std::make_shared<const tessera::Manifest>(
                              tessera::Manifest::parse(tessera.manifest).value()),
                          .witnesses = tessera.witnesses,
                          .told = {{net_.id(first_witness), {}}, {net_.id(second_witness), {}}},
                          .key = nullptr};
    ASSERT_TRUE(releases(owner).own().keep(capsule));
    net_.world().run_for(a_while);
    for (const auto& [node, witness] : releases(owner).own().find(hash())->told)
      EXPECT_TRUE(witness.has) << node.hex();
    net_.crash(owner);
  }

  // What somebody finds who asks for it: whether there is the key.
  bool opens_for(std::size_t number) {
    const auto found = net_.finish(number, releases(number).releasing().find(hash()), minutes(5));
    if (!found || !*found || (*found)->key() == nullptr) return false;
    return *(*found)->key() == sealed_.tessera.key;
  }
  const Sealed& sealed() const { return sealed_; }
  base::ContentHash hash() const { return sealed_.tessera.content_hash(); }
  std::size_t keepers() {
    std::size_t count = 0;
    for (std::size_t i = 0; i < net_.size(); ++i)
      if (net_.is_on(i) && releases(i).releasing().has_key(hash())) ++count;
    return count;
  }

 private:
  DhtWorldOptions options(std::uint64_t seed, std::size_t nodes) {
    DhtWorldOptions made{.seed = seed, .nodes = nodes, .service = {}};
    made.clock_of = [this](std::size_t number) {
      const auto wrong = wrong_.find(number);
      return sim::ClockFault{.ahead = sealed_.opens() - seconds(world_begins) - hours(1) +
                                      (wrong == wrong_.end() ? seconds(0) : wrong->second)};
    };
    made.furnish = [this](const Ground& ground) {
      return std::make_unique<KeyNode>(ground, sealed_.key_of(ground.number));
    };
    return made;
  }

  Sealed sealed_;
  std::map<std::size_t, base::nanoseconds> wrong_;
  DhtWorld net_;
};

TEST(Sealed, OpensAtItsDateWithoutItsOwner) {
  for (const std::uint64_t seed : {1U, 2U}) {
    SealedWorld world(seed);
    world.begin(30);
    world.seal_and_lose_the_owner();
    world.run_until_opening(-seconds(10));
    EXPECT_FALSE(world.opens_for(stranger)) << seed;
    world.run_until_opening(a_while);
    EXPECT_TRUE(world.opens_for(stranger)) << seed;
    EXPECT_GE(world.keepers(), node::Releasing::keepers_enough) << seed;
  }
}

TEST(Sealed, OpensLateWhereAWitnessIsOffAtItsDate) {
  SealedWorld world(3);
  world.begin(30);
  world.seal_and_lose_the_owner();
  world.net().crash(second_witness);
  world.run_until_opening(hours(5));
  EXPECT_FALSE(world.opens_for(stranger)) << "one of two parts";
  world.net().start(second_witness);
  world.net().world().run_for(minutes(10));
  EXPECT_TRUE(world.opens_for(stranger));
}

TEST(Sealed, StaysShutThoughTheClocksOfAllWitnessesAreYearsAhead) {
  SealedWorld world(4, 30, {{first_witness, hours(24 * 3650)}, {second_witness, hours(24 * 365)}});
  world.begin(30);
  world.seal_and_lose_the_owner();
  world.run_until_opening(-seconds(10));
  EXPECT_FALSE(world.opens_for(stranger));
  EXPECT_EQ(world.releases(first_witness).witnessing().counts().released, 0U);
}

TEST(Sealed, OpensThoughEveryNinthClockIsWrong) {
  std::map<std::size_t, base::nanoseconds> wrong;
  for (std::size_t i = 1; i < 30; i += 9) wrong[i] = hours(i % 2 == 0 ? -24 * 365 : 24 * 365);
  SealedWorld world(5, 30, wrong);
  world.begin(30);
  world.seal_and_lose_the_owner();
  world.run_until_opening(-seconds(10));
  EXPECT_FALSE(world.opens_for(stranger));
  world.run_until_opening(a_while);
  EXPECT_TRUE(world.opens_for(stranger + 1));
}

TEST(Sealed, IsLeftToThoseNearestToItsPlace) {
  SealedWorld world(7, 60);
  world.begin(60);
  world.seal_and_lose_the_owner();
  world.run_until_opening(5 * again_every);
  EXPECT_GE(world.keepers(), node::Releasing::keepers_max);
  EXPECT_LE(world.keepers(), node::Releasing::keepers_max + 5);
}

TEST(Sealed, OneSeedIsOneHistory) {
  const auto history = [](std::uint64_t seed) {
    SealedWorld world(seed, 15);
    world.begin(15);
    world.seal_and_lose_the_owner();
    world.run_until_opening(a_while);
    return digest(world.net());
  };
  EXPECT_EQ(history(8), history(8));
  EXPECT_NE(history(8), history(9));
}

// Of the nodes that were there when it opened, none is left in the end but the first, by whom the
// others begin; and nobody has the witnesses' disks any more.
TEST(Sealed, OutlastsAllWhoKeepIt) {
  constexpr std::size_t together = is_sanitized ? 20 : 30, in_all = 2 * together;
  SealedWorld world(6, in_all);
  world.begin(together);
  world.seal_and_lose_the_owner();
  world.run_until_opening(a_while);
  ASSERT_TRUE(world.opens_for(stranger));
  auto& net = world.net();
  for (std::size_t next = together; next < in_all; ++next) {
    net.start(next);
    net.world().run_for(again_every / 2);
    const auto gone = next - together;
    if (gone != 0 && net.is_on(gone)) net.crash(gone);
    net.world().run_for(again_every / 2);
  }
  EXPECT_TRUE(world.opens_for(in_all - 1));
  EXPECT_GE(world.keepers(), node::Releasing::keepers_enough);
}

}  // namespace
}  // namespace tesseras::scenarios

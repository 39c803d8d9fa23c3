// For tests: nodes that do all that a daemon does for sealed tesserae, in a simulated world whose
// wall clocks can be set wrong, and put right.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "node/releases.hpp"
#include "preserve/release/release_fixture.hpp"
#include "preserve/replica/refusals.hpp"
#include "preserve/replica/retraction_messages.hpp"
#include "sim/scenarios/dht_world.hpp"

namespace tesseras::scenarios {

using base::ContentHash;
using base::Result;
using runtime::Task;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr seconds a_year{365 * 86'400};
// A day of these nodes.
constexpr hours again_every{1};

// A machine whose wall clock shows another time.
class OddClock final : public runtime::Loop {
 public:
  OddClock(runtime::Loop& under, const seconds& ahead) : under_(under), ahead_(ahead) {}

  base::Instant now() const override { return under_.now(); }
  base::WallTime wall_now() const override {
    auto time = under_.wall_now();
    time.unix_seconds += ahead_.count();
    return time;
  }
  std::unique_ptr<runtime::Timer> call_at(base::Instant when, runtime::Callback then) override {
    return under_.call_at(when, std::move(then));
  }
  void post(runtime::Callback then) override { under_.post(std::move(then)); }
  Result<std::unique_ptr<runtime::DatagramSocket>> bind_datagrams(
      const runtime::Endpoint& local, runtime::DatagramHandler& handler) override {
    return under_.bind_datagrams(local, handler);
  }
  void fill_random(base::MutableByteSpan into) override { under_.fill_random(into); }

 private:
  runtime::Loop& under_;
  const seconds& ahead_;
};

inline crypto::XWingKey xwing_key_of(std::size_t number) {
  crypto::SecretBytes<32> seed;
  seed.mutable_span()[0] = static_cast<std::byte>(number);
  return crypto::XWingKey::from_seed(seed);
}

// What the world tells all of them.
struct CapsuleWorldState {
  std::vector<seconds> ahead;            // each wall clock
  std::set<ContentHash> said_by_others;  // to have been taken back, when a node asks
};

class CapsuleNode final : public sim::Program {
 public:
  CapsuleNode(const Ground& ground, CapsuleWorldState& state)
      : loop_(ground.node, state.ahead.at(ground.number)),
        refusals(replica::Refusals::open(ground.node.disk(), "/refused").value()),
        methods_(loop_, {{64, milliseconds(100)}, {256, milliseconds(25)}}) {
    node::Releases::Parts parts{ground.transport, ground.dht, refusals,
                                [&state](ContentHash hash) -> Task<bool> {
                                  co_return state.said_by_others.contains(hash);
                                }};
    releases = node::Releases::open(runtime::Offload(loop_), ground.node.disk(), "/", parts,
                                    xwing_key_of(ground.number), again_every,
                                    runtime::Log(runtime::no_log(), "test"))
                   .value();
    releases->add_to(ground.router);
    methods_.add(replica::RetractRequest::method,
                 [this](replica::Caller, base::ByteSpan body) { return on_retract(body); });
    methods_.add_to(ground.router);
  }

  // As Refusing does it.
  Result<void> take(const replica::SignedRetraction& retraction) {
    TRY(refusals.retract(retraction, loop_.wall_now()));
    return releases->let_go(retraction.content_hash());
  }

  std::size_t deposits() const { return releases->witnessing().counts().deposits; }
  std::uint64_t released() const { return releases->witnessing().counts().released; }

 private:
  Task<Result<base::Bytes>> on_retract(base::ByteSpan body) {
    const auto request = CO_TRY(replica::decode<replica::RetractRequest>(body));
    const auto retraction = CO_TRY(replica::SignedRetraction::decode(request.retraction));
    ++times_told;
    if (!releases->knows(retraction.content_hash()))
      co_return encode(replica::RetractResponse{replica::RetractAnswer::not_kept});
    CO_TRY(take(retraction));
    co_return encode(replica::RetractResponse{replica::RetractAnswer::dropped});
  }

  OddClock loop_;

 public:
  replica::Refusals refusals;
  std::unique_ptr<node::Releases> releases;
  std::size_t times_told = 0;

 private:
  node::PeerMethods methods_;
};

// Eight nodes, each in a network of its own: the first is the owner's.
class CapsuleTest : public ::testing::Test {
 protected:
  static constexpr std::size_t owner = 0;
  static constexpr std::size_t nodes = 8;

  CapsuleTest() {
    net.start_all(milliseconds(200));
    net.world().run_for(minutes(2));
  }

  CapsuleNode& node(std::size_t number) {
    return dynamic_cast<CapsuleNode&>(net.furniture(number));
  }
  void run_for(base::nanoseconds span) { net.world().run_for(span); }

  base::WallTime in(seconds span) {
    return {net.world().node(owner).wall_now().unix_seconds + span.count(), 0};
  }
  release::SealedTessera sealed(const std::vector<std::size_t>& witnesses, unsigned threshold,
                                seconds opens_in) {
    std::vector<crypto::XWingPublicKey> keys;
    for (const auto one : witnesses) keys.push_back(xwing_key_of(one).public_key());
    return {author, keys, threshold, in(opens_in)};
  }
  // Left with the owner's daemon.
  Result<void> keep(const release::SealedTessera& tessera,
                    const std::vector<std::size_t>& witnesses, bool with_key = false) {
    node::Capsule capsule;
    capsule.manifest = tessera.deposit().shared_manifest();
    capsule.witnesses = tessera.witnesses;
    capsule.signature = tessera.signature();
    for (const auto one : witnesses) capsule.told.emplace(net.id(one), node::Capsule::Witness{});
    if (with_key) capsule.key = std::make_shared<const sealing::ContentKey>(tessera.key.clone());
    return node(owner).releases->own().keep(std::move(capsule));
  }
  // Whether the owner's daemon believes that this witness has its deposit; of one that was taken
  // back, whether it is still to be told.
  bool has(const release::SealedTessera& tessera, std::size_t witness) {
    const auto* capsule = node(owner).releases->own().find(tessera.content_hash());
    if (capsule == nullptr) return false;
    const auto at = capsule->told.find(net.id(witness));
    return at != capsule->told.end() && at->second.has;
  }
  replica::SignedRetraction retraction_of(const release::SealedTessera& tessera) {
    return replica::SignedRetraction::make(tessera.manifest, in(seconds(0)), author).value();
  }
  // What somebody finds who asks the network.
  bool is_open(const release::SealedTessera& tessera, std::size_t by = nodes - 1) {
    const auto found =
        net.finish(by, node(by).releases->releasing().find(tessera.content_hash()), minutes(5));
    return found && *found && (*found)->key() != nullptr;
  }
  bool has_parts(const release::SealedTessera& tessera, std::size_t by = nodes - 1) {
    const auto found =
        net.finish(by, node(by).releases->releasing().find(tessera.content_hash()), minutes(5));
    return found && *found;
  }

  static identity::Identity some_author() {
    identity::RootSeed seed;
    std::ranges::fill(seed.mutable_span(), std::byte{7});
    return identity::Identity::from_seed(seed);
  }
  const identity::Identity author = some_author();
  CapsuleWorldState state{std::vector<seconds>(nodes), {}};
  DhtWorld net{{.seed = 1,
                .nodes = nodes,
                .nodes_per_network = 1,
                .addresses = {},
                .service = {},
                .furnish = [this](const Ground& ground) {
                  return std::make_unique<CapsuleNode>(ground, state);
                }}};
};

}  // namespace tesseras::scenarios

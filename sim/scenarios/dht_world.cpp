#include "sim/scenarios/dht_world.hpp"

#include <utility>

#include "foundation/base/assert.hpp"

namespace tesseras::scenarios {
namespace {

constexpr std::uint16_t port = 4433;

}  // namespace

class DhtWorld::Program final : public sim::Program {
 public:
  Program(DhtWorld& of, sim::Node& node, std::size_t number)
      : programs_(of.programs_), number_(number) {
    const Key& key = of.keys_[number];
    const transport::PeerId self{key.key.public_key().bytes};
    const auto listen = [&of, &node, self](std::uint16_t on) {
      return sim::SimTransport::make(of.world_, of.board_, node, self, on);
    };
    transport_ = listen(port).value();
    auto options = of.options_.service;
    options.engine.seed = of.world_.dice().next();
    options.engine.first_issue = static_cast<std::uint64_t>(node.wall_now().unix_seconds);
    if (number != 0) options.bootstrap = {{of.world_.node(0).address(), port}};
    crypto::SecretBytes<32> secret;
    node.fill_random(secret.mutable_span());
    auto opened = dht::Service::open(
        node, node.disk(), "/dht", *transport_,
        [listen]() -> base::Result<std::unique_ptr<transport::Transport>> {
          auto made = listen(0);
          if (!made) return base::fail(made.error());
          return *std::move(made);
        },
        key.key, key.nonce, std::move(secret), options, runtime::Log(runtime::no_log(), "dht"));
    ASSERT(opened.has_value());
    service_ = *std::move(opened);
    programs_[number_] = this;
  }
  ~Program() override { programs_[number_] = nullptr; }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  dht::Service& service() { return *service_; }

 private:
  std::vector<Program*>& programs_;
  std::size_t number_;
  std::unique_ptr<sim::SimTransport> transport_;
  std::unique_ptr<dht::Service> service_;  // gone before the transport
};

DhtWorld::DhtWorld(const DhtWorldOptions& options) : options_(options), world_(options.seed) {
  programs_.resize(options.nodes);
  while (keys_.size() < options.nodes) {
    auto& node = world_.add_node();
    crypto::SecretBytes<32> seed;
    node.fill_random(seed.mutable_span());
    auto key = crypto::Ed25519Key::from_seed(seed);
    const auto nonce = dht::find_nonce(key.public_key());
    ASSERT(nonce.has_value());
    const auto id = dht::node_id_of(key.public_key(), *nonce);
    keys_.push_back({std::move(key), *nonce, id});
  }
}

DhtWorld::~DhtWorld() {
  for (std::size_t i = 0; i < size(); ++i) {
    if (programs_[i] != nullptr) crash(i);
  }
}

void DhtWorld::start(std::size_t number) {
  world_.node(number).run(
      [this, number](sim::Node& node) { return std::make_unique<Program>(*this, node, number); });
}

void DhtWorld::start_all(base::nanoseconds pause) {
  for (std::size_t i = 0; i < size(); ++i) {
    start(i);
    world_.run_for(pause);
  }
}

dht::Service& DhtWorld::service(std::size_t number) {
  ASSERT(programs_[number] != nullptr);
  return programs_[number]->service();
}

}  // namespace tesseras::scenarios

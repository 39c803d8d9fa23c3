#include "sim/scenarios/dht_world.hpp"

#include <utility>

#include "foundation/base/assert.hpp"
#include "preserve/dht/messages.hpp"

namespace tesseras::scenarios {
namespace {

constexpr std::uint16_t port = 4433;
// For all nodes together: many times as many places as there are nodes, so that few share one.
constexpr std::size_t remembered_proofs_per_node = 16;
// Public networks from here on.
constexpr std::size_t first_byte_of_addresses = 20;

// Where the node of a number lives: /24 after /24, so many nodes in each.
sim::IpAddress address_of(std::size_t number, std::size_t nodes_per_network) {
  const std::size_t network = number / nodes_per_network;
  return sim::IpAddress::v4(static_cast<std::uint8_t>(first_byte_of_addresses + (network >> 16U)),
                            static_cast<std::uint8_t>(network >> 8U),
                            static_cast<std::uint8_t>(network),
                            static_cast<std::uint8_t>(1 + number % nodes_per_network));
}

}  // namespace

class DhtWorld::Program final : public sim::Program {
 public:
  Program(DhtWorld& of, sim::Node& node, std::size_t number)
      : programs_(of.programs_), number_(number) {
    const Person& person = of.people_[number];
    auto own = of.listen(number, port);
    sim_transport_ = own.get();
    transport_ = std::move(own);
    if (person.disguise) transport_ = person.disguise(std::move(transport_), node);
    auto options = of.options_.service;
    options.memo = &of.memo_;
    if (person.capabilities) options.engine.capabilities = *person.capabilities;
    options.engine.seed = of.world_.dice().next();
    options.engine.first_issue = static_cast<std::uint64_t>(node.wall_now().unix_seconds);
    if (number != 0) options.bootstrap = {of.endpoint(0)};
    auto opened = dht::Service::open(
        node, node.disk(), "/dht", *transport_,
        [&of, number]() -> base::Result<std::unique_ptr<transport::Transport>> {
          return of.listen(number, 0);
        },
        person.identity.key, person.identity.nonce,
        crypto::SecretBytes<32>::copy_of(person.store_secret.span()), options,
        runtime::Log(runtime::no_log(), "dht"));
    ASSERT(opened.has_value());
    service_ = *std::move(opened);
    router_ = std::make_unique<transport::Router>(node, *transport_);
    router_->add(dht::is_method, [this](auto session, auto stream, auto request) {
      return service_->serve(std::move(session), std::move(stream), std::move(request));
    });
    if (of.options_.furnish)
      furniture_ = of.options_.furnish({number, node, *transport_, *service_, *router_});
    programs_[number_] = this;
  }
  ~Program() override { programs_[number_] = nullptr; }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  dht::Service& service() { return *service_; }
  std::size_t sessions() const { return sim_transport_->sessions(); }
  sim::Program& furniture() const { return *furniture_; }

 private:
  std::vector<Program*>& programs_;
  std::size_t number_;
  sim::SimTransport* sim_transport_ = nullptr;  // in the one below
  std::unique_ptr<transport::Transport> transport_;
  std::unique_ptr<dht::Service> service_;      // gone before the transport
  std::unique_ptr<sim::Program> furniture_;    // and this before both
  std::unique_ptr<transport::Router> router_;  // which calls all of them
};

DhtWorld::DhtWorld(const DhtWorldOptions& options)
    : options_(options),
      memo_(remembered_proofs_per_node * options.nodes),
      world_(options.seed),
      programs_(options.nodes) {
  ASSERT(options.nodes > 0 && options.nodes_per_network > 0 && options.nodes_per_network < 254);
  while (people_.size() < options.nodes) {
    const auto number = people_.size();
    auto& node =
        world_.add_node(options.addresses.empty() ? address_of(number, options.nodes_per_network)
                                                  : options.addresses.at(number));
    people_.push_back({make_identity(world_.dice()), {}, {}, {}});
    node.fill_random(people_.back().store_secret.mutable_span());
    by_id_[people_.back().identity.id] = people_.size() - 1;
  }
}

DhtWorld::~DhtWorld() {
  for (std::size_t i = 0; i < size(); ++i) {
    if (world_.node(i).is_running()) crash(i);
  }
}

void DhtWorld::set_identity(std::size_t number, Identity identity) {
  ASSERT(!is_on(number));
  by_id_.erase(id(number));
  by_id_[identity.id] = number;
  people_[number].identity = std::move(identity);
}

void DhtWorld::set_disguise(std::size_t number, Disguise disguise) {
  ASSERT(!is_on(number));
  people_[number].disguise = std::move(disguise);
}

void DhtWorld::set_capabilities(std::size_t number, dht::Capabilities capabilities) {
  ASSERT(!is_on(number));
  people_[number].capabilities = capabilities;
}

std::unique_ptr<sim::SimTransport> DhtWorld::listen(std::size_t number, std::uint16_t on) {
  const transport::PeerId self{identity(number).key.public_key().bytes};
  return sim::SimTransport::make(world_, board_, world_.node(number), self, on).value();
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
  ASSERT(is_on(number));
  return programs_[number]->service();
}

std::size_t DhtWorld::sessions(std::size_t number) const {
  ASSERT(is_on(number));
  return programs_[number]->sessions();
}

sim::Program& DhtWorld::furniture(std::size_t number) const {
  ASSERT(is_on(number));
  return programs_[number]->furniture();
}

runtime::Endpoint DhtWorld::endpoint(std::size_t number) {
  return {world_.node(number).address(), port};
}

std::optional<std::size_t> DhtWorld::find(const dht::NodeId& id) const {
  const auto at = by_id_.find(id);
  if (at == by_id_.end()) return std::nullopt;
  return at->second;
}

std::size_t DhtWorld::some_honest() {
  for (;;) {
    const std::size_t number = world_.dice().below(size());
    if (is_honest(number)) return number;
  }
}

}  // namespace tesseras::scenarios

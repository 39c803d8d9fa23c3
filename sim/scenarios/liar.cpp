#include "sim/scenarios/liar.hpp"

#include <algorithm>
#include <utility>

#include "foundation/transport/exchange.hpp"
#include "preserve/dht/limits.hpp"
#include "preserve/dht/messages.hpp"

namespace tesseras::scenarios {
namespace {

using base::Bytes;
using runtime::Task;

constexpr std::size_t made_up_count = 64;
constexpr auto patience = std::chrono::seconds(10);
constexpr auto slow_answer = std::chrono::milliseconds(4500);
constexpr auto time_to_keep = std::chrono::hours(24);

// Asks as any node, by its true transport; whoever asks it, hears what the lie has.
class Liar final : public transport::Transport, public transport::Handler {
 public:
  Liar(std::unique_ptr<transport::Transport> inner, runtime::Loop& loop, dht::NodeInfo self,
       Lie lie, std::shared_ptr<Ring> ring)
      : inner_(std::move(inner)),
        loop_(loop),
        self_(std::move(self)),
        lie_(lie),
        ring_(std::move(ring)) {
    inner_->serve(this);
  }
  ~Liar() override { inner_->serve(nullptr); }
  Liar(const Liar&) = delete;
  Liar& operator=(const Liar&) = delete;

  const transport::PeerId& self() const override { return inner_->self(); }
  std::vector<runtime::Endpoint> local() const override { return inner_->local(); }
  Task<base::Result<std::shared_ptr<transport::Session>>> open(transport::Peer peer,
                                                               base::Instant deadline) override {
    return inner_->open(std::move(peer), deadline);
  }
  Task<base::Result<std::shared_ptr<transport::Session>>> meet(
      std::vector<runtime::Endpoint> endpoints, base::Instant deadline) override {
    return inner_->meet(std::move(endpoints), deadline);
  }
  // Its own handler never hears of anybody.
  void serve(transport::Handler*) override {}

  Task<void> on_stream(std::shared_ptr<transport::Session> session,
                       std::unique_ptr<transport::Stream> stream) override {
    const auto deadline = loop_.now() + patience;
    const auto asked = co_await transport::read_request(*stream, deadline);
    if (!asked) co_return;
    const auto request =
        dht::decode_request(asked->request.method, asked->request.body, ring_->memo);
    if (!request) co_return;
    if (lie_ == Lie::slow && asks_for_nodes(*request))
      co_await runtime::sleep_until(loop_, loop_.now() + slow_answer);
    const auto body = answer(*request, session->remote());
    (void)co_await transport::write_answer(*stream, asked->request.id, body, deadline);
    stream->finish();
  }

 private:
  static bool asks_for_nodes(const dht::Request& request) {
    return std::holds_alternative<dht::FindNodeRequest>(request) ||
           std::holds_alternative<dht::FindValueRequest>(request);
  }

  Bytes answer(const dht::Request& request, const runtime::Endpoint& from) const {
    if (std::holds_alternative<dht::PingRequest>(request))
      return dht::encode(dht::PingResponse{self_, from});
    if (std::holds_alternative<dht::StoreRequest>(request))
      return dht::encode(dht::StoreResponse{true, time_to_keep, {}});
    if (std::holds_alternative<dht::DialBackRequest>(request))
      return dht::encode(dht::DialBackResponse{true});
    if (const auto* node = std::get_if<dht::FindNodeRequest>(&request))
      return dht::encode(dht::FindNodeResponse{nodes_near(node->key)});
    const auto& key = std::get<dht::FindValueRequest>(request).key;
    return dht::encode(dht::FindValueResponse{nodes_near(key), {}});
  }

  std::vector<dht::NodeInfo> nodes_near(const dht::Key& key) const {
    if (lie_ == Lie::itself) return {self_};
    if (lie_ == Lie::nothing || lie_ == Lie::slow) return {};
    auto nodes = lie_ == Lie::together ? ring_->fellows : ring_->made_up;
    std::ranges::sort(nodes, {},
                      [&](const dht::NodeInfo& one) { return dht::distance(one.id, key); });
    nodes.resize(std::min(nodes.size(), dht::Limits::nodes_per_answer));
    auto port = self_.endpoints.front().port;
    for (auto& node : nodes) {
      if (node.endpoints.empty()) node.endpoints = {{self_.endpoints.front().address, ++port}};
    }
    return nodes;
  }

  std::unique_ptr<transport::Transport> inner_;
  runtime::Loop& loop_;
  dht::NodeInfo self_;
  Lie lie_;
  std::shared_ptr<Ring> ring_;
};

dht::NodeInfo info_of(DhtWorld& net, std::size_t number) {
  const Identity& identity = net.identity(number);
  return {identity.id,
          identity.key.public_key(),
          identity.nonce,
          {net.endpoint(number)},
          dht::own_capabilities};
}

}  // namespace

std::shared_ptr<Ring> make_ring(DhtWorld& net, const std::vector<std::size_t>& liars) {
  const auto ring = std::make_shared<Ring>();
  for (const auto number : liars) ring->fellows.push_back(info_of(net, number));
  for (std::size_t i = 0; i < made_up_count; ++i) {
    const auto nobody = make_identity(net.world().dice());
    ring->made_up.push_back(
        {nobody.id, nobody.key.public_key(), nobody.nonce, {}, dht::own_capabilities});
  }
  return ring;
}

void make_liar(DhtWorld& net, std::size_t number, Lie lie, std::shared_ptr<Ring> ring) {
  net.set_disguise(number, [&net, number, lie, ring = std::move(ring)](
                               std::unique_ptr<transport::Transport> own, sim::Node& node) {
    return std::make_unique<Liar>(std::move(own), node, info_of(net, number), lie, ring);
  });
}

}  // namespace tesseras::scenarios

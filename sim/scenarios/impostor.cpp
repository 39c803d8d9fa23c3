#include "sim/scenarios/impostor.hpp"

#include <memory>
#include <utility>

#include "foundation/runtime/tasks.hpp"
#include "foundation/transport/exchange.hpp"
#include "preserve/dht/messages.hpp"

namespace tesseras::scenarios {
namespace {

using runtime::Task;

constexpr auto patience = std::chrono::seconds(10);
constexpr auto time_for_all = std::chrono::minutes(2);

class Impostor final : public sim::Program, public transport::Handler {
 public:
  Impostor(sim::Node& node, std::unique_ptr<sim::SimTransport> transport, dht::NodeInfo claimed,
           std::vector<transport::Peer> peers, Imposture& imposture)
      : node_(node),
        claimed_(std::move(claimed)),
        imposture_(imposture),
        transport_(std::move(transport)),
        tasks_(node) {
    transport_->serve(this);
    tasks_.spawn(ping(std::move(peers)));
  }
  ~Impostor() override { transport_->serve(nullptr); }
  Impostor(const Impostor&) = delete;
  Impostor& operator=(const Impostor&) = delete;

  Task<void> on_stream(std::shared_ptr<transport::Session> session,
                       std::unique_ptr<transport::Stream> stream) override {
    const auto deadline = node_.now() + patience;
    const auto asked = co_await transport::read_request(*stream, deadline);
    if (!asked) co_return;
    const auto body = dht::encode(dht::PingResponse{claimed_, session->remote()});
    (void)co_await transport::write_answer(*stream, asked->request.id, body, deadline);
    stream->finish();
  }

 private:
  Task<void> ping(std::vector<transport::Peer> peers) {
    const auto body = dht::encode(dht::PingRequest{claimed_});
    for (auto& peer : peers) {
      ++imposture_.asked;
      const auto session = co_await transport_->open(std::move(peer), node_.now() + patience);
      if (!session) continue;
      const auto answer = co_await transport::exchange(**session, dht::PingRequest::method, body,
                                                       node_.now() + patience);
      if (answer || answer.error().code != base::Code::invalid) continue;
      ++imposture_.refused;
      imposture_.reason = answer.error().message;
    }
  }

  sim::Node& node_;
  dht::NodeInfo claimed_;
  Imposture& imposture_;
  std::unique_ptr<sim::SimTransport> transport_;
  runtime::Tasks tasks_;  // dropped first
};

}  // namespace

Imposture impersonate(DhtWorld& net, std::size_t number, const dht::NodeInfo& claimed) {
  Imposture imposture;
  std::vector<transport::Peer> peers;
  for (std::size_t i = 0; i < net.size(); ++i) {
    if (net.is_on(i))
      peers.push_back(
          {transport::PeerId{net.identity(i).key.public_key().bytes}, {net.endpoint(i)}});
  }
  net.world().node(number).run([&](sim::Node& node) {
    return std::make_unique<Impostor>(node, net.listen(number, net.endpoint(number).port), claimed,
                                      peers, imposture);
  });
  net.world().run_for(time_for_all);
  net.crash(number);
  return imposture;
}

}  // namespace tesseras::scenarios

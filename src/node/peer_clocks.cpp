#include "node/peer_clocks.hpp"

#include <set>
#include <utility>

#include "foundation/runtime/together.hpp"
#include "node/calling.hpp"
#include "preserve/release/limits.hpp"

namespace tesseras::node {

using base::Bytes;
using base::ByteSpan;
using base::Result;
using base::WallTime;
using release::Clocks;
using release::Limits;
using runtime::Task;

void PeerClocks::add_to(PeerMethods& methods) {
  methods.add(
      release::ClockRequest::method,
      [this](replica::Caller, ByteSpan body) -> Task<Result<Bytes>> { co_return on_clock(body); });
}

Result<Bytes> PeerClocks::on_clock(ByteSpan body) const {
  TRY(release::decode<release::ClockRequest>(body));
  return encode(release::ClockResponse{loop_.wall_now()});
}

// Drawn from all that are known, of each network one.
std::vector<dht::NodeInfo> PeerClocks::some_peers() {
  auto contacts = dht_.engine().table().contacts();
  std::set<dht::Network> networks;
  std::vector<dht::NodeInfo> peers;
  while (!contacts.empty() && peers.size() < Limits::clocks_asked_max) {
    std::uint64_t random = 0;
    loop_.fill_random(std::as_writable_bytes(std::span(&random, 1)));
    std::swap(contacts[random % contacts.size()], contacts.back());
    auto node = dht::dialable(contacts.back());
    contacts.pop_back();
    if (node.endpoints.empty()) continue;
    if (networks.insert(dht::network_of(node.endpoints.front())).second)
      peers.push_back(std::move(node));
  }
  return peers;
}

Task<Result<WallTime>> PeerClocks::agreed() {
  // How far each is ahead of ours, so that it does not matter when it has answered.
  Clocks ahead;
  std::vector<Task<void>> calls;
  for (auto& node : some_peers()) calls.push_back(ask(std::move(node), ahead));
  co_await runtime::together(loop_, std::move(calls));
  const auto own = loop_.wall_now();
  Clocks clocks;
  for (const auto& [network, by] : ahead)
    clocks.emplace(network, WallTime{own.unix_seconds + by.unix_seconds, 0});
  co_return release::agreed_time(own, clocks);
}

Task<void> PeerClocks::ask(dht::NodeInfo node, Clocks& ahead) {
  const auto network = dht::network_of(node.endpoints.front());
  const auto answer = co_await call(loop_, transport_, std::move(node), release::ClockRequest{});
  if (!answer) co_return;
  ahead.emplace(network, WallTime{answer->time.unix_seconds - loop_.wall_now().unix_seconds, 0});
}

}  // namespace tesseras::node

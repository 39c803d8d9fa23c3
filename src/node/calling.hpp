// One request to a peer, and its answer.
#pragma once

#include <chrono>

#include "foundation/runtime/loop.hpp"
#include "foundation/transport/exchange.hpp"
#include "foundation/transport/transport.hpp"
#include "preserve/dht/node_info.hpp"
#include "preserve/release/release_messages.hpp"

namespace tesseras::node {

inline transport::Peer peer_of(const dht::NodeInfo& node) {
  return {transport::PeerId{node.key.bytes}, node.endpoints};
}

// Errors of Transport::open(), of exchange(), and corrupt for an answer that is none.
template <class Request>
runtime::Task<base::Result<typename Request::Response>> call(runtime::Loop& loop,
                                                             transport::Transport& transport,
                                                             dht::NodeInfo node, Request request) {
  constexpr std::chrono::seconds opening_time_max{10};
  constexpr std::chrono::seconds answer_time_max{20};
  const auto session =
      CO_TRY(co_await transport.open(peer_of(node), loop.now() + opening_time_max));
  const auto body = CO_TRY(co_await transport::exchange(*session, Request::method, encode(request),
                                                        loop.now() + answer_time_max));
  co_return release::decode<typename Request::Response>(body);
}

}  // namespace tesseras::node

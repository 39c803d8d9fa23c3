// What time it is by the clocks of others (spec/key-publication.md, section 5): asks them, and
// tells them. On the thread of the loop.
#pragma once

#include <map>
#include <vector>

#include "foundation/runtime/loop.hpp"
#include "foundation/runtime/task.hpp"
#include "foundation/transport/transport.hpp"
#include "node/peer_methods.hpp"
#include "preserve/dht/service.hpp"
#include "preserve/release/agreed_time.hpp"

namespace tesseras::node {

class PeerClocks {
 public:
  // All that is given outlives it.
  PeerClocks(runtime::Loop& loop, transport::Transport& transport, const dht::Service& dht)
      : loop_(loop), transport_(transport), dht_(dht) {}

  void add_to(PeerMethods& methods);

  // What our clock shows, if others agree. Errors as release::agreed_time().
  runtime::Task<base::Result<base::WallTime>> agreed();

 private:
  base::Result<base::Bytes> on_clock(base::ByteSpan body) const;
  std::vector<dht::NodeInfo> some_peers();
  runtime::Task<void> ask(dht::NodeInfo node, release::Clocks& ahead);

  runtime::Loop& loop_;
  transport::Transport& transport_;
  const dht::Service& dht_;
};

}  // namespace tesseras::node

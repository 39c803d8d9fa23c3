// Proves to peers that this node has what it keeps (spec/audit.md, section 1): whichever they ask
// for, of tesserae whose content hash they know. On the thread of the loop; the store is called
// beside it.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "foundation/runtime/offload.hpp"
#include "foundation/transport/exchange.hpp"
#include "foundation/transport/transport.hpp"
#include "preserve/dht/rate_limit.hpp"
#include "preserve/replica/fragment_store.hpp"
#include "preserve/replica/slots.hpp"
#include "preserve/upkeep/audit_messages.hpp"
#include "preserve/upkeep/limits.hpp"

namespace tesseras::upkeep {

using runtime::Task;

struct ProverOptions {
  // In chunks.
  dht::RateLimitOptions rate{.peer = {256, std::chrono::seconds(5)},
                             .network = {1024, std::chrono::milliseconds(1250)}};
};

class Prover {
 public:
  struct Counts {
    std::uint64_t proved = 0;    // chunks
    std::uint64_t not_kept = 0;  // chunks
    std::uint64_t refused = 0;   // requests
  };

  // The store is shared with work that may be under way when this goes.
  Prover(runtime::Offload offload, std::shared_ptr<replica::FragmentStore> store,
         const ProverOptions& options = {});

  // Private networks of these have no limit but their peers'.
  void set_own_addresses(const std::vector<runtime::IpAddress>& addresses) {
    slots_.set_own_addresses(addresses);
    rate_.set_own_addresses(addresses);
  }

  static bool is_method(std::string_view method) { return method == ProveRequest::method; }
  // One request of that method, on the stream that it came on. What is refused is told to the peer.
  // The task must not outlive the Prover.
  Task<void> serve(std::shared_ptr<transport::Session> session,
                   std::unique_ptr<transport::Stream> stream, transport::ReceivedRequest request);

  const Counts& counts() const { return counts_; }

 private:
  Task<Result<ProveResponse>> answer(const transport::Session& session, transport::Stream& stream,
                                     base::ByteSpan body);

  runtime::Offload offload_;
  std::shared_ptr<replica::FragmentStore> store_;
  replica::Slots slots_{
      {Limits::proving_max, Limits::proving_per_peer_max, Limits::proving_per_network_max}};
  dht::RateLimit rate_;
  Counts counts_;
};

}  // namespace tesseras::upkeep

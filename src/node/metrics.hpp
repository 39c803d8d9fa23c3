// What a daemon tells Prometheus, and those who only ask whether it is well.
#pragma once

#include <cstdint>
#include <string>

#include "foundation/http/server.hpp"
#include "foundation/transport/quic_transport.hpp"
#include "node/control_messages.hpp"
#include "node/fetching.hpp"
#include "node/holding.hpp"
#include "node/releases.hpp"
#include "node/spreading.hpp"
#include "node/upkeep.hpp"
#include "preserve/dht/engine.hpp"

namespace tesseras::node {

struct Figures {
  NodeInfoAnswer node;
  dht::Engine::Counts dht;
  std::uint64_t pointer_bytes = 0;  // on disk
  std::uint64_t damaged_pointers = 0;
  transport::QuicTransport::Counts quic;
  Holding::Counts holding;
  Spreading::Counts spreading;
  Fetching::Counts fetching;
  upkeep::Auditing::Counts auditing;
  upkeep::Prover::Counts proving;
  upkeep::Repairing::Counts repairing;
  upkeep::Scrubbing::Counts scrubbing;
  upkeep::HandingOver::Counts handing_over;
  Releasing::Counts releasing;
  Witnessing::Counts witnessing;
  bool is_stopping = false;
};

// In the text format of http::Exposition; names begin with "tesseras_" and never change.
std::string metrics_of(const Figures& figures);

// GET /metrics, and GET /healthz: 200 with a word on how it is and a line for each thing
// that is at risk, 503 when it is about to end. Other paths: 404.
http::Response page_of(std::string_view target, const Figures& figures);

}  // namespace tesseras::node

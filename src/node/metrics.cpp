#include "node/metrics.hpp"

#include <fmt/format.h>

#include "foundation/http/exposition.hpp"

namespace tesseras::node {
namespace {

using http::Exposition;

void tell_node(Exposition& out, const NodeInfoAnswer& node) {
  out.begin("tesseras_build_info", "The release that runs; always 1.", "gauge");
  out.sample(1, {{"version", node.version}});
  out.gauge("tesseras_uptime_seconds", "Since the daemon started.",
            static_cast<double>(node.uptime.count()));
  out.gauge("tesseras_published_tesserae", "Tesserae of which this node says that it keeps them.",
            static_cast<double>(node.published));
  out.gauge("tesseras_dht_bootstrapped", "1 when this node knows others.",
            node.is_bootstrapped ? 1 : 0);
  out.gauge("tesseras_dht_contacts", "Nodes in the routing table.",
            static_cast<double>(node.contacts));
  out.gauge("tesseras_dht_reachable", "1 when others have shown that they reach this node.",
            node.reached_at.empty() ? 0 : 1);
}

void tell_dht(Exposition& out, const Figures& figures) {
  out.gauge("tesseras_dht_pointers", "Keys that are kept for others.",
            static_cast<double>(figures.node.pointers));
  out.gauge("tesseras_dht_pointer_store_bytes", "Size of the pointers' journal on disk.",
            static_cast<double>(figures.pointer_bytes));
  out.counter("tesseras_dht_pointer_damage_total", "Places of the journal that could not be read.",
              figures.damaged_pointers);
  out.counter("tesseras_dht_lookups_total", "Lookups begun.", figures.dht.lookups);
  out.counter("tesseras_dht_requests_sent_total", "Requests sent to other nodes.",
              figures.dht.requests_sent);
  out.counter("tesseras_dht_requests_failed_total", "Of those sent: not answered, or not well.",
              figures.dht.requests_failed);
  out.counter("tesseras_dht_requests_served_total", "Requests of other nodes that were answered.",
              figures.dht.requests_served);
  out.counter("tesseras_dht_requests_refused_total", "Requests of other nodes that were refused.",
              figures.dht.requests_refused);
}

void tell_quic(Exposition& out, const transport::QuicTransport::Counts& quic) {
  out.gauge("tesseras_quic_connections", "Connections, handshakes included.",
            static_cast<double>(quic.connections));
  out.gauge("tesseras_quic_handshakes", "Handshakes under way.",
            static_cast<double>(quic.handshakes));
  out.counter("tesseras_quic_retries_sent_total",
              "Newcomers that were asked to show their address first.", quic.retries_sent);
  out.counter("tesseras_quic_refusals_sent_total", "Newcomers that were turned away.",
              quic.refusals_sent);
  out.counter("tesseras_quic_stateless_resets_sent_total",
              "Answers to packets of connections that are not there any more.", quic.resets_sent);
}

}  // namespace

std::string metrics_of(const Figures& figures) {
  Exposition out;
  tell_node(out, figures.node);
  tell_dht(out, figures);
  tell_quic(out, figures.quic);
  return out.text();
}

http::Response page_of(std::string_view target, const Figures& figures) {
  const auto path = target.substr(0, target.find('?'));
  if (path == "/metrics") {
    return {200, std::string(Exposition::content_type), metrics_of(figures)};
  }
  if (path == "/healthz") {
    const auto& node = figures.node;
    if (figures.is_stopping) return {503, "text/plain; charset=utf-8", "stopping\n"};
    return {200, "text/plain; charset=utf-8",
            node.is_bootstrapped ? fmt::format("ok: {} contacts\n", node.contacts)
                                 : "ok: alone, no other node is known\n"};
  }
  return {404, "text/plain; charset=utf-8", "there is /metrics and /healthz\n"};
}

}  // namespace tesseras::node

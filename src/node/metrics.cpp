#include "node/metrics.hpp"

#include <fmt/format.h>

#include "foundation/base/text.hpp"
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

void tell_holding(Exposition& out, const Holding::Counts& holding) {
  out.gauge("tesseras_replica_fragments_kept", "Fragments that are kept for others.",
            static_cast<double>(holding.fragments));
  out.gauge("tesseras_replica_kept_bytes", "What is kept for others takes on disk.",
            static_cast<double>(holding.size_bytes));
  out.gauge("tesseras_replica_fragments_quarantined",
            "Of those kept: damaged, and given to nobody.",
            static_cast<double>(holding.quarantined));
  out.counter("tesseras_replica_fragments_received_total", "Fragments that others gave this node.",
              holding.received.fragments_kept);
  out.counter("tesseras_replica_received_bytes_total", "Bytes of fragments that came.",
              holding.received.bytes_received);
  out.counter("tesseras_replica_offers_refused_total", "Fragments that were offered and not taken.",
              holding.received.offers_refused);
  out.counter("tesseras_replica_fragments_given_total", "Fragments that others fetched here.",
              holding.given.fragments_given);
  out.counter("tesseras_replica_given_bytes_total", "Bytes of fragments that others fetched here.",
              holding.given.bytes_given);
  out.counter("tesseras_replica_fragments_rotten_total",
              "Fragments that were found damaged when somebody fetched them.",
              holding.given.rotten);
}

void tell_own(Exposition& out, const Figures& figures) {
  const auto& spreading = figures.spreading;
  out.gauge("tesseras_replica_own_tesserae",
            "Tesserae of this node's users that it gives to others and has looked at.",
            static_cast<double>(spreading.tesserae));
  out.gauge("tesseras_replica_own_tesserae_incomplete",
            "Of these: nobody keeps some of their fragments.",
            static_cast<double>(spreading.incomplete));
  out.gauge("tesseras_replica_own_tesserae_at_risk",
            "Of these: others need all that they keep to make them again, or have too little.",
            static_cast<double>(spreading.at_risk));
  out.gauge("tesseras_replica_fetches_under_way", "Tesserae that are being brought back.",
            static_cast<double>(figures.fetching.under_way));
  out.counter("tesseras_replica_fetches_total", "Tesserae that were brought back.",
              figures.fetching.fetched);
  out.counter("tesseras_replica_fetches_failed_total", "Tesserae that could not be brought back.",
              figures.fetching.failed);
}

void tell_audits(Exposition& out, const Figures& figures) {
  const auto& audits = figures.auditing;
  out.counter("tesseras_upkeep_audits_total", "Requests for proofs to other holders.",
              audits.asked);
  out.counter("tesseras_upkeep_audits_unanswered_total", "Of these: silence, or nobody there.",
              audits.unanswered);
  out.counter("tesseras_upkeep_audit_bytes_total", "Bytes of these and of their answers.",
              audits.wire_bytes);
  out.counter("tesseras_upkeep_chunks_proved_total", "Chunks that others proved to have.",
              audits.proved);
  out.counter("tesseras_upkeep_chunks_missing_total", "Chunks that others said they had lost.",
              audits.not_kept);
  out.counter("tesseras_upkeep_chunks_lied_about_total", "Chunks that others gave false proofs of.",
              audits.lied);
  out.counter("tesseras_upkeep_proofs_given_total", "Chunks that this node proved to others.",
              figures.proving.proved);
}

void tell_repairs(Exposition& out, const Figures& figures) {
  const auto& repairs = figures.repairing;
  out.gauge("tesseras_upkeep_plans", "Plans of tesserae that this node looks after.",
            static_cast<double>(repairs.plans));
  out.gauge("tesseras_upkeep_plans_in_need", "Of these: so much is gone that it is made again.",
            static_cast<double>(repairs.in_need));
  out.gauge("tesseras_upkeep_plans_at_risk", "Of these: next to nothing more may be lost.",
            static_cast<double>(repairs.at_risk));
  out.counter("tesseras_upkeep_repairs_total", "Repairs that ended well.", repairs.repairs);
  out.counter("tesseras_upkeep_repairs_failed_total", "Repairs that came to nothing.",
              repairs.repairs_failed);
  out.counter("tesseras_upkeep_fragments_made_total",
              "Fragments that were made again and given to others.", repairs.fragments_made);
  out.counter("tesseras_upkeep_fragments_mended_total",
              "Fragments of this node's own that were made again.", repairs.fragments_mended);
  out.counter("tesseras_upkeep_fragments_handed_over_total",
              "Fragments that other nodes took because this one leaves.",
              figures.handing_over.given);
  out.counter("tesseras_upkeep_scrubbed_bytes_total", "What was read again of what is kept here.",
              figures.scrubbing.checked_bytes);
  out.counter("tesseras_upkeep_scrub_rotten_total", "Fragments that were found damaged by that.",
              figures.scrubbing.rotten);
}

void tell_releases(Exposition& out, const Figures& figures) {
  out.gauge("tesseras_release_deposits", "Sealed tesserae that this node is a witness of.",
            static_cast<double>(figures.witnessing.deposits));
  out.counter("tesseras_release_parts_released_total",
              "Parts of keys that this node released, their date having come.",
              figures.witnessing.released);
  out.gauge("tesseras_release_keys", "Keys that are due, and parts of them, kept for whoever asks.",
            static_cast<double>(figures.releasing.kept));
  out.counter("tesseras_release_taken_total", "Of these: brought by other nodes.",
              figures.releasing.taken);
  out.counter("tesseras_release_refused_total",
              "Keys that did not hold, or for which there was no room.", figures.releasing.refused);
}

std::string health_of(const Figures& figures) {
  const auto& node = figures.node;
  const auto& spreading = figures.spreading;
  const auto& holding = figures.holding;
  std::string text = node.is_bootstrapped ? fmt::format("ok: {} contacts\n", node.contacts)
                                          : "ok: alone, no other node is known\n";
  if (spreading.at_risk > 0) {
    text += fmt::format(
        "at risk: {} of {}: without this disk others could not make it again, or not once one more "
        "of them goes; see `tes status`\n",
        spreading.at_risk, base::counted(spreading.tesserae, "own tessera", "own tesserae"));
  }
  if (spreading.incomplete > 0) {
    text += fmt::format("incomplete: of {} of {} nobody keeps some fragments yet\n",
                        spreading.incomplete,
                        base::counted(spreading.tesserae, "own tessera", "own tesserae"));
  }
  if (figures.repairing.in_need > 0) {
    text += fmt::format("in need: of {} of {} too few fragments are left; they are made again\n",
                        figures.repairing.in_need,
                        base::counted(figures.repairing.plans, "tessera", "tesserae"));
  }
  if (figures.repairing.at_risk > 0) {
    text += fmt::format("at risk: of {} of these next to nothing more may be lost\n",
                        figures.repairing.at_risk);
  }
  if (holding.quarantined > 0) {
    text += fmt::format("damaged: {} of {} kept for others; is the disk well?\n",
                        holding.quarantined, base::counted(holding.fragments, "fragment"));
  }
  return text;
}

}  // namespace

std::string metrics_of(const Figures& figures) {
  Exposition out;
  tell_node(out, figures.node);
  tell_dht(out, figures);
  tell_quic(out, figures.quic);
  tell_holding(out, figures.holding);
  tell_own(out, figures);
  tell_audits(out, figures);
  tell_repairs(out, figures);
  tell_releases(out, figures);
  return out.text();
}

http::Response page_of(std::string_view target, const Figures& figures) {
  const auto path = target.substr(0, target.find('?'));
  if (path == "/metrics") {
    return {200, std::string(Exposition::content_type), metrics_of(figures)};
  }
  if (path == "/healthz") {
    if (figures.is_stopping) return {503, "text/plain; charset=utf-8", "stopping\n"};
    return {200, "text/plain; charset=utf-8", health_of(figures)};
  }
  return {404, "text/plain; charset=utf-8", "there is /metrics and /healthz\n"};
}

}  // namespace tesseras::node

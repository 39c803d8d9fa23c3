#include "node/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tesseras::node {
namespace {

using testing::HasSubstr;
using testing::Not;

Figures well() {
  Figures figures;
  figures.node.version = "1.2.3";
  figures.node.is_bootstrapped = true;
  figures.node.contacts = 12;
  figures.spreading = {.tesserae = 3, .incomplete = 0, .at_risk = 0};
  figures.holding.fragments = 40;
  return figures;
}

TEST(Metrics, TellWhatIsKeptAndGiven) {
  auto figures = well();
  figures.holding.quarantined = 2;
  figures.holding.size_bytes = 5'000;
  figures.holding.received = {.fragments_kept = 41, .bytes_received = 6'000, .offers_refused = 7};
  figures.holding.given = {.fragments_given = 8, .bytes_given = 900, .rotten = 1};
  figures.spreading = {.tesserae = 3, .incomplete = 2, .at_risk = 1};
  figures.fetching = {.under_way = 1, .fetched = 4, .failed = 5};
  figures.auditing = {
      .asked = 9, .proved = 10, .not_kept = 11, .lied = 12, .unanswered = 13, .wire_bytes = 14};
  figures.proving = {.proved = 15, .not_kept = 16, .refused = 17};
  figures.repairing = {.plans = 18,
                       .in_need = 19,
                       .at_risk = 20,
                       .repairs = 21,
                       .repairs_failed = 22,
                       .fragments_made = 23,
                       .fragments_mended = 24};
  figures.scrubbing = {.checked_bytes = 25, .rotten = 26};
  figures.handing_over = {.given = 27, .left = 28};
  const auto text = metrics_of(figures);
  for (const auto* line : {
           "tesseras_build_info{version=\"1.2.3\"} 1",
           "tesseras_replica_fragments_kept 40",
           "tesseras_replica_kept_bytes 5000",
           "tesseras_replica_fragments_quarantined 2",
           "tesseras_replica_fragments_received_total 41",
           "tesseras_replica_received_bytes_total 6000",
           "tesseras_replica_offers_refused_total 7",
           "tesseras_replica_fragments_given_total 8",
           "tesseras_replica_given_bytes_total 900",
           "tesseras_replica_fragments_rotten_total 1",
           "tesseras_replica_own_tesserae 3",
           "tesseras_replica_own_tesserae_incomplete 2",
           "tesseras_replica_own_tesserae_at_risk 1",
           "tesseras_replica_fetches_under_way 1",
           "tesseras_replica_fetches_total 4",
           "tesseras_replica_fetches_failed_total 5",
           "tesseras_upkeep_audits_total 9",
           "tesseras_upkeep_audits_unanswered_total 13",
           "tesseras_upkeep_audit_bytes_total 14",
           "tesseras_upkeep_chunks_proved_total 10",
           "tesseras_upkeep_chunks_missing_total 11",
           "tesseras_upkeep_chunks_lied_about_total 12",
           "tesseras_upkeep_proofs_given_total 15",
           "tesseras_upkeep_plans 18",
           "tesseras_upkeep_plans_in_need 19",
           "tesseras_upkeep_plans_at_risk 20",
           "tesseras_upkeep_repairs_total 21",
           "tesseras_upkeep_repairs_failed_total 22",
           "tesseras_upkeep_fragments_made_total 23",
           "tesseras_upkeep_fragments_mended_total 24",
           "tesseras_upkeep_scrubbed_bytes_total 25",
           "tesseras_upkeep_scrub_rotten_total 26",
           "tesseras_upkeep_fragments_handed_over_total 27",
       }) {
    EXPECT_THAT(text, HasSubstr("\n" + std::string(line) + "\n"));
  }
}

TEST(Metrics, HealthSaysInWordsWhatIsAtRisk) {
  auto figures = well();
  EXPECT_EQ(page_of("/healthz", figures).body, "ok: 12 contacts\n");
  figures.spreading = {.tesserae = 3, .incomplete = 2, .at_risk = 1};
  auto page = page_of("/healthz?verbose", figures);
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.body, HasSubstr("\nat risk: 1 of 3 own tesserae"));
  EXPECT_THAT(page.body, HasSubstr("\nincomplete: of 2 of 3 own tesserae"));
  EXPECT_THAT(page.body, Not(HasSubstr("damaged")));
  figures.spreading = {.tesserae = 3, .incomplete = 0, .at_risk = 0};
  figures.repairing.plans = 7;
  figures.repairing.in_need = 1;
  EXPECT_THAT(page_of("/healthz", figures).body, HasSubstr("\nin need: of 1 of 7 tesserae"));
  figures.holding.quarantined = 2;
  EXPECT_THAT(page_of("/healthz", figures).body, HasSubstr("\ndamaged: 2 of 40 fragments"));
  figures.is_stopping = true;
  EXPECT_EQ(page_of("/healthz", figures).status, 503);
}

TEST(Metrics, OtherPathsAreNotThere) {
  for (const auto* path : {"", "/", "/metric", "/metrics/", "/healthz/x", "metrics"})
    EXPECT_EQ(page_of(path, well()).status, 404) << path;
  EXPECT_EQ(page_of("/metrics", well()).status, 200);
}

}  // namespace
}  // namespace tesseras::node

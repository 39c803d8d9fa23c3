#include "foundation/http/exposition.hpp"

#include <gtest/gtest.h>

namespace tesseras::http {
namespace {

TEST(Exposition, IsWhatPrometheusReads) {
  Exposition out;
  out.gauge("tesseras_peers", "Peers in the routing table.", 12);
  out.counter("tesseras_requests_total", "Requests answered.", 1'000'000'000'000);
  out.begin("tesseras_build_info", "Which release this is.", "gauge");
  out.sample(1, {{"version", "0.1\"\\\n"}, {"kind", "daemon"}});
  EXPECT_EQ(out.text(),
            "# HELP tesseras_peers Peers in the routing table.\n"
            "# TYPE tesseras_peers gauge\n"
            "tesseras_peers 12\n"
            "# HELP tesseras_requests_total Requests answered.\n"
            "# TYPE tesseras_requests_total counter\n"
            "tesseras_requests_total 1000000000000\n"
            "# HELP tesseras_build_info Which release this is.\n"
            "# TYPE tesseras_build_info gauge\n"
            "tesseras_build_info{version=\"0.1\\\"\\\\\\n\",kind=\"daemon\"} 1\n");
}

}  // namespace
}  // namespace tesseras::http

#include "sim/scenarios/lookups.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/scenarios/beginnings.hpp"
#include "sim/scenarios/churn.hpp"

namespace tesseras::scenarios {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::size_t pointers_count = 20;
constexpr std::size_t searchers_count = 50;
// Of lookups in 10,000 nodes with churn.
constexpr double success_wanted = 0.999;
constexpr unsigned hops_wanted = 5;

void judge(const Searches& searches, std::string_view prefix, Report& report) {
  want_success(searches, success_wanted, report);
  if (searches.hops_at(50) > hops_wanted)
    report.faults.push_back(fmt::format("half of the searches need {} hops", searches.hops_at(50)));
  add(report, searches, prefix);
}

}  // namespace

Report play_lookups(const Options& options) {
  Report report;
  DhtWorld net({.seed = options.seed, .nodes = options.nodes});
  begin(net, options, seconds(60));
  report.add(everybody_is_known(net));
  const auto pointers = publish_some(net, pointers_count, 1, report);
  options.progress("published");
  judge(search_some(net, pointers, searchers_count), "calm_", report);
  options.progress("searched in calm");
  Churn churn(net, pointers);
  churn.begin();
  churn.run(minutes(10));
  options.progress(fmt::format("{} crashes so far", churn.crashes()));
  Searches searches;
  for (const auto& pointer : pointers) {
    searches.add(search_some(net, {pointer}, searchers_count));
    churn.run(seconds(10));
  }
  report.add("crashes", static_cast<double>(churn.crashes()));
  judge(searches, "churn_", report);
  end(net, report);
  return report;
}

}  // namespace tesseras::scenarios

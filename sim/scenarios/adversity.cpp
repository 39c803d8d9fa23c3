#include "sim/scenarios/adversity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sim/scenarios/beginnings.hpp"
#include "sim/scenarios/churn.hpp"
#include "sim/scenarios/liar.hpp"

namespace tesseras::scenarios {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr auto time_to_settle = seconds(60);
constexpr std::size_t pointers_count = 10;
constexpr std::size_t searchers_count = 10;
// Of searches, with a fifth hostile or twenty beside the key (design/targets).
constexpr double success_wanted = 0.99;

constexpr sim::Link rough{
    .delay = milliseconds(30), .jitter = milliseconds(40), .loss_ppm = 20'000};

// A tenth of the network, and more of them where there are more.
std::size_t many(const DhtWorld& net) {
  return std::clamp<std::size_t>(net.size() / 10, searchers_count, 100);
}

void cut_some(DhtWorld& net) {
  auto& dice = net.world().dice();
  for (std::size_t i = 0; i < net.size() / 2; ++i) {
    const auto from = dice.below(net.size()), to = dice.below(net.size());
    net.world().network().cut(net.world().node(from).address(), net.world().node(to).address());
  }
}

void split_off_a_third(DhtWorld& net) {
  auto& dice = net.world().dice();
  for (std::size_t i = 0; i < net.size(); ++i)
    net.world().network().set_group(net.world().node(i).address(), dice.below(3) == 0 ? 1 : 0);
}

}  // namespace

Report play_churn(const Options& options) {
  Report report;
  DhtWorld net({.seed = options.seed, .nodes = options.nodes});
  auto& network = net.world().network();
  network.set_usual(rough);
  begin(net, options, time_to_settle);
  const auto pointers = publish_some(net, pointers_count, 1, report);
  Churn churn(net, pointers, {.on = minutes(15), .off = minutes(5)});
  churn.begin();
  cut_some(net);
  churn.run(minutes(10));
  split_off_a_third(net);
  churn.run(minutes(5));
  network.heal_all();
  churn.run(minutes(15));
  options.progress(fmt::format("{} crashes", churn.crashes()));
  report.add("crashes", static_cast<double>(churn.crashes()));
  network.set_usual({});
  churn.end();
  net.world().run_for(minutes(10));
  report.add(everybody_is_known(net));
  report.add(tables_are_true(net, false));
  const auto searches = search_some(net, pointers, searchers_count);
  report.add(searches.faults);
  add(report, searches);
  end(net, report);
  return report;
}

Report play_hostile(const Options& options) {
  constexpr std::array lies = {Lie::itself, Lie::made_up, Lie::nothing, Lie::slow, Lie::together};
  Report report;
  DhtWorld net({.seed = options.seed, .nodes = options.nodes});
  std::vector<std::size_t> liars;
  while (liars.size() < net.size() / 5) {
    const std::size_t number = 1 + net.world().dice().below(net.size() - 1);
    if (std::ranges::find(liars, number) == liars.end()) liars.push_back(number);
  }
  const auto ring = make_ring(net, liars);
  for (std::size_t i = 0; i < liars.size(); ++i)
    make_liar(net, liars[i], lies[i % lies.size()], ring);
  begin(net, options, time_to_settle);
  report.add(everybody_is_known(net));
  report.add(tables_are_true(net, false));
  const auto pointers = publish_some(net, pointers_count, 1, report);
  const auto searches = search_some(net, pointers, many(net));
  want_success(searches, success_wanted, report);
  report.add("liars", static_cast<double>(liars.size()));
  add(report, searches);
  end(net, report);
  return report;
}

Report play_ground(const Options& options) {
  constexpr std::size_t ground = 20, publishers = 5;
  Report report;
  DhtWorld net({.seed = options.seed, .nodes = options.nodes});
  const auto key = key_of_number(options.seed);
  std::vector<std::size_t> grinders;
  for (std::size_t i = 0; i < ground; ++i) {
    const std::size_t number = net.size() - 1 - i;
    // Twice as near as the nearest of as many others is expected.
    net.set_identity(number, grind_identity(net.world().dice(), key,
                                            static_cast<std::uint32_t>(2 * net.size())));
    grinders.push_back(number);
  }
  options.progress(fmt::format("{} identities lie next to the key", ground));
  const auto ring = make_ring(net, grinders);
  for (const auto number : grinders) make_liar(net, number, Lie::together, ring);
  begin(net, options, time_to_settle);
  report.add(everybody_is_known(net));
  report.add(tables_are_true(net, false));
  Searches searches;
  for (std::size_t i = 0; i < publishers; ++i) {
    // Several hold the same tessera.
    const auto published = publish(net, net.some_honest(), key);
    report.add(published.faults);
    searches.add(search_some(net, {published.pointer}, many(net)));
  }
  want_success(searches, success_wanted, report);
  add(report, searches);
  end(net, report);
  return report;
}

}  // namespace tesseras::scenarios

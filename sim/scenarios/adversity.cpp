#include "sim/scenarios/adversity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>

#include "sim/scenarios/beginnings.hpp"
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

// What happens to the nodes of a network while it churns. The first, by which all begin, stays.
class Churn {
 public:
  Churn(DhtWorld& net, std::vector<Pointer> pointers) : net_(net), pointers_(std::move(pointers)) {}

  // One crashes, or one that is off comes back; at most a third are off.
  void turn() {
    auto& dice = net_.world().dice();
    const std::size_t number = 1 + dice.below(net_.size() - 1);
    if (!net_.is_on(number)) {
      restart(number);
    } else if (3 * off_ < net_.size()) {
      net_.crash(number);
      ++off_;
      ++crashes_;
    }
  }
  void restart(std::size_t number) {
    net_.start(number);
    --off_;
    // As a daemon does with what its vault has.
    for (const auto& pointer : pointers_) {
      if (pointer.publisher == number) publish_soon(pointer);
    }
  }
  void restart_all() {
    for (std::size_t i = 0; i < net_.size(); ++i) {
      if (!net_.is_on(i)) restart(i);
    }
  }
  std::size_t crashes() const { return crashes_; }

 private:
  void publish_soon(const Pointer& pointer) {
    auto& loop = net_.world().node(pointer.publisher);
    auto& tasks = publishing_[pointer.publisher];
    tasks = std::make_unique<runtime::Tasks>(loop);
    tasks->spawn(forget(net_.service(pointer.publisher)
                            .publish(pointer.key, std::nullopt, loop.now() + minutes(10))));
  }
  static runtime::Task<void> forget(runtime::Task<base::Result<dht::Published>> publishing) {
    (void)co_await std::move(publishing);
  }

  DhtWorld& net_;
  std::vector<Pointer> pointers_;
  std::size_t off_ = 0;
  std::size_t crashes_ = 0;
  std::map<std::size_t, std::unique_ptr<runtime::Tasks>> publishing_;
};

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

// Every pointer, from ten nodes; not its publisher, who need not look.
Searches search_all(DhtWorld& net, const std::vector<Pointer>& pointers) {
  Searches all;
  for (const auto& pointer : pointers) {
    all.add(search(net, some_honest(net, searchers_count, pointer.publisher), {pointer}));
  }
  return all;
}

void want_success(const Searches& searches, Report& report) {
  if (searches.success() >= success_wanted) return;
  report.faults.push_back(
      fmt::format("only {} of {} searches found what was there", searches.found, searches.made));
  report.add(searches.faults);
}

}  // namespace

Report play_churn(const Options& options) {
  constexpr std::size_t rounds = 30;
  constexpr std::size_t round_of_split = 10, round_of_healing = 15;
  Report report;
  DhtWorld net({.seed = options.seed, .nodes = options.nodes});
  net.world().network().set_usual(rough);
  begin(net, options, time_to_settle);
  const auto pointers = publish_some(net, pointers_count, 1, report);
  Churn churn(net, pointers);
  cut_some(net);
  for (std::size_t round = 0; round < rounds; ++round) {
    if (round == round_of_split) split_off_a_third(net);
    if (round == round_of_healing) net.world().network().heal_all();
    for (std::size_t i = 0; i < net.size(); i += 10) {
      churn.turn();
      net.world().run_for(seconds(60) / (net.size() / 10 + 1));
    }
  }
  options.progress(fmt::format("{} crashes", churn.crashes()));
  report.add("crashes", static_cast<double>(churn.crashes()));
  net.world().network().heal_all();
  net.world().network().set_usual({});
  churn.restart_all();
  net.world().run_for(minutes(10));
  report.add(everybody_is_known(net));
  report.add(tables_are_true(net, false));
  const auto searches = search_all(net, pointers);
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
  const auto searches = search_all(net, pointers);
  want_success(searches, report);
  report.add("liars", static_cast<double>(liars.size()));
  add(report, searches);
  end(net, report);
  return report;
}

Report play_ground(const Options& options) {
  constexpr std::size_t ground = 20;
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
  for (std::size_t i = 0; i < pointers_count; ++i) {
    // Several hold the same tessera.
    const auto published = publish(net, net.some_honest(), key);
    report.add(published.faults);
    searches.add(search(net, some_honest(net, searchers_count, published.pointer.publisher),
                        {published.pointer}));
  }
  want_success(searches, report);
  add(report, searches);
  end(net, report);
  return report;
}

}  // namespace tesseras::scenarios

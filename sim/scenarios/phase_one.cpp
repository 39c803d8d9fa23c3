#include "sim/scenarios/phase_one.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "preserve/dht/limits.hpp"
#include "sim/scenarios/beginnings.hpp"
#include "sim/scenarios/impostor.hpp"

namespace tesseras::scenarios {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr auto time_to_settle = seconds(60);
// As long as 30 real nodes may take.
constexpr auto time_to_converge = seconds(30);
constexpr std::size_t searchers_max = 50;

Faults everybody_knows_everybody(DhtWorld& net) {
  Faults faults;
  for (std::size_t i = 0; i < net.size(); ++i) {
    for (std::size_t other = 0; other < net.size(); ++other) {
      if (i == other || !net.is_on(i) || !net.is_on(other)) continue;
      if (net.service(i).engine().table().find(net.id(other)) == nullptr)
        faults.push_back(fmt::format("node {} does not know node {}", i, other));
    }
  }
  return faults;
}

Report converge(const Options& options) {
  Report report;
  DhtWorld net({.seed = options.seed, .nodes = options.nodes});
  begin(net, options, time_to_converge);
  report.add(everybody_is_known(net));
  report.add(tables_are_true(net, false));
  // More than a bucket holds are not all in it.
  if (net.size() <= dht::RoutingTableOptions{}.bucket_size)
    report.add(everybody_knows_everybody(net));
  end(net, report);
  return report;
}

// The first `killed` are, between publishing and finding.
Report publish_and_find(const Options& options, std::size_t killed) {
  Report report;
  DhtWorld net({.seed = options.seed, .nodes = options.nodes});
  begin(net, options, time_to_settle);
  report.add(everybody_is_known(net));
  report.add(tables_are_true(net, false));
  const std::size_t publisher = killed + net.world().dice().below(net.size() - killed);
  const auto published = publish(net, publisher, key_of_number(1));
  report.add(published.faults);
  report.add("kept_by", static_cast<double>(published.kept));
  options.progress(fmt::format("node {} has published", publisher));
  for (std::size_t i = 0; i < killed; ++i) net.crash(i);
  const auto searchers = some_honest(net, searchers_max, publisher);
  const auto searches = search(net, searchers, {published.pointer});
  report.add(searches.faults);
  add(report, searches);
  // What nobody has published, nobody finds.
  auto& service = net.service(searchers.front());
  const auto now = net.world().node(searchers.front()).now();
  const auto nothing =
      net.finish(searchers.front(), service.find(key_of_number(2), now + minutes(1)), minutes(2));
  if (!nothing || !*nothing || !(*nothing)->holders.empty())
    report.faults.emplace_back("something was found where nothing was published");
  end(net, report);
  return report;
}

// How often at most somebody was seen to fail who is still there; nullopt: in nobody's table.
std::optional<unsigned> failures_of(DhtWorld& net, std::size_t who) {
  std::optional<unsigned> most;
  for (std::size_t i = 0; i < net.size(); ++i) {
    if (!net.is_on(i)) continue;
    const auto* contact = net.service(i).engine().table().find(net.id(who));
    if (contact != nullptr) most = std::max(most.value_or(0), contact->failures);
  }
  return most;
}

// Whom each node that is on has in its table; others get an empty place.
std::vector<std::set<dht::NodeId>> tables_of(DhtWorld& net) {
  std::vector<std::set<dht::NodeId>> tables(net.size());
  for (std::size_t i = 0; i < net.size(); ++i) {
    if (!net.is_on(i)) continue;
    for (const auto& contact : net.service(i).engine().table().contacts())
      tables[i].insert(contact.info.id);
  }
  return tables;
}

// Whom somebody has let go who is still there.
Faults forgotten_since(DhtWorld& net, const std::vector<std::set<dht::NodeId>>& before) {
  Faults faults;
  for (std::size_t i = 0; i < net.size(); ++i) {
    if (!net.is_on(i)) continue;
    for (const auto& id : before[i]) {
      if (net.is_on(net.find(id).value()) && net.service(i).engine().table().find(id) == nullptr)
        faults.push_back(fmt::format("node {} has let go of {}, which is there", i, id.hex()));
    }
  }
  return faults;
}

}  // namespace

Report play_bootstrap(const Options& options) { return converge(options); }
Report play_converge(const Options& options) { return converge(options); }
Report play_publish_find(const Options& options) { return publish_and_find(options, 1); }
Report play_demo(const Options& options) { return publish_and_find(options, 2); }

Report play_departure(const Options& options) {
  constexpr auto look_every = milliseconds(500);
  Report report;
  DhtWorld net({.seed = options.seed, .nodes = options.nodes});
  begin(net, options, time_to_settle);
  const std::size_t gone = 1 + net.world().dice().below(net.size() - 1);
  if (!failures_of(net, gone)) report.faults.emplace_back("nobody knew the one who was to go");
  const auto before = tables_of(net);
  net.crash(gone);
  const auto crashed_at = net.world().now();
  const dht::EngineOptions usual;
  const auto threshold = usual.table.ping_failure_threshold;
  // A check when it is due, and as many requests as it takes, each with a tick to wait for.
  const auto time_max = usual.check_every + 2 * threshold * usual.request_timeout + seconds(60);
  unsigned most_failures = 0;
  auto failures = failures_of(net, gone);
  while (failures && net.world().now() - crashed_at < time_max) {
    most_failures = std::max(most_failures, *failures);
    net.world().run_for(look_every);
    failures = failures_of(net, gone);
  }
  if (failures) report.faults.emplace_back("who has gone is still in somebody's table");
  if (most_failures + 1 != threshold) {
    report.faults.push_back(fmt::format("who has gone was let go after {} failures, not {}",
                                        most_failures + 1, threshold));
  }
  report.add(forgotten_since(net, before));
  report.add(everybody_is_known(net));
  report.add(tables_are_true(net, false));
  report.add("gone_after_seconds",
             std::chrono::duration<double>(net.world().now() - crashed_at).count());
  end(net, report);
  return report;
}

Report play_proof_of_work(const Options& options) {
  Report report;
  DhtWorld net({.seed = options.seed, .nodes = options.nodes});
  const std::size_t impostor = net.size() - 1;
  begin(net, impostor, options, time_to_settle);
  const auto& key = net.identity(impostor).key.public_key();
  const auto& other = net.identity(0);
  const auto smallest = net.identity(impostor).nonce;
  auto weak = smallest + 1;
  while (dht::has_proof(dht::node_id_of(key, weak))) ++weak;
  auto second = smallest + 1;
  while (!dht::has_proof(dht::node_id_of(key, second))) ++second;
  struct Claim {
    std::string_view what;
    dht::NodePublicKey key;
    std::uint64_t nonce;
  };
  const std::array claims = {
      Claim{"a nonce that proves nothing", key, weak},
      Claim{"a nonce that is not the smallest", key, second},
      Claim{"a nonce beyond the limit", key, dht::Limits::nonce_end},
      Claim{"another's key", other.key.public_key(), other.nonce},
  };
  for (const auto& claim : claims) {
    const dht::NodeInfo claimed{dht::node_id_of(claim.key, claim.nonce),
                                claim.key,
                                claim.nonce,
                                {net.endpoint(impostor)},
                                dht::own_capabilities};
    const auto imposture = impersonate(net, impostor, claimed);
    if (imposture.asked != impostor || imposture.refused != imposture.asked) {
      report.faults.push_back(fmt::format("with {}, {} of {} nodes refused, {} were asked",
                                          claim.what, imposture.refused, impostor,
                                          imposture.asked));
    }
    options.progress(fmt::format("{}: \"{}\"", claim.what, imposture.reason));
    for (std::size_t i = 0; i < impostor; ++i) {
      for (const auto& contact : net.service(i).engine().table().contacts()) {
        if (contact.info.key == key || contact.reached_at == net.endpoint(impostor))
          report.faults.push_back(fmt::format("node {} took who came with {}", i, claim.what));
      }
    }
  }
  report.add(everybody_is_known(net));
  report.add(tables_are_true(net, false));
  // Who then comes with its own is taken.
  net.start(impostor);
  net.world().run_for(time_to_settle);
  report.add(everybody_is_known(net));
  end(net, report);
  return report;
}

}  // namespace tesseras::scenarios

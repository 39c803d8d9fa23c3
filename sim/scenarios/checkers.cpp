#include "sim/scenarios/checkers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <set>

#include "foundation/crypto/blake3.hpp"
#include "preserve/dht/limits.hpp"

namespace tesseras::scenarios {
namespace {

using std::chrono::minutes;

constexpr std::size_t searches_at_once = 32;
constexpr auto search_time_max = minutes(1);
constexpr std::size_t hundred = 100;

void check_contact(DhtWorld& net, std::size_t of, const dht::Contact& contact, bool may_be_gone,
                   Faults& faults) {
  const auto& info = contact.info;
  const auto fault = [&](std::string_view what) {
    faults.push_back(fmt::format("node {} has {} in its table, {}", of, info.id.hex(), what));
  };
  const auto number = net.find(info.id);
  if (!number) {
    const auto proof = dht::check_node_id(info.id, info.key, info.nonce);
    return fault(proof ? "which is nobody's" : proof.error().message);
  }
  // Of identities we know that their nonce is the smallest.
  const auto& identity = net.identity(*number);
  if (info.key != identity.key.public_key() || info.nonce != identity.nonce)
    return fault("whose key and nonce they are not");
  if (contact.reached_at != net.endpoint(*number))
    return fault(fmt::format("which is not at {}", contact.reached_at.text()));
  if (!may_be_gone && !net.world().node(*number).is_running()) fault("which is gone");
}

void check_table(DhtWorld& net, std::size_t of, Faults& faults) {
  const auto& table = net.service(of).engine().table();
  const std::array own = {net.endpoint(of).address};
  std::map<std::size_t, std::size_t> buckets;
  std::map<dht::Network, std::size_t> networks;
  for (const auto& contact : table.contacts()) {
    ++buckets[dht::bucket_index(dht::distance(net.id(of), contact.info.id)).value()];
    const auto network = dht::network_of(contact.reached_at);
    if (!dht::is_exempt(network, own)) ++networks[network];
  }
  for (const auto& [bucket, count] : buckets) {
    if (count > dht::RoutingTableOptions{}.bucket_size)
      faults.push_back(fmt::format("node {} has {} contacts in bucket {}", of, count, bucket));
  }
  for (const auto& [network, count] : networks) {
    if (count > dht::Limits::network_contacts_per_table) {
      faults.push_back(fmt::format("node {} has {} contacts in the network {}", of, count,
                                   network.block.text()));
    }
  }
}

// A search that runs, on its node's own loop.
struct Search {
  explicit Search(runtime::Loop& loop) : tasks(loop) {}

  std::optional<base::Result<dht::Found>> found;
  runtime::Tasks tasks;
};

runtime::Task<void> keep(runtime::Task<base::Result<dht::Found>> from, Search& into) {
  into.found = co_await std::move(from);
}

void count(DhtWorld& net, std::size_t searcher, const Pointer& pointer, const Search& search,
           Searches& into) {
  ++into.made;
  const auto fault = [&](std::string_view what) {
    into.faults.push_back(fmt::format("node {} did not find what node {} published: {}", searcher,
                                      pointer.publisher, what));
  };
  if (!search.found) return fault("it was not done in time");
  if (!*search.found) return fault(search.found->error().message);
  const auto& found = **search.found;
  into.requests += found.requests;
  into.hops.push_back(found.hops);
  const bool is_there = std::ranges::any_of(found.holders, [&](const dht::HolderRecord& holder) {
    return holder.node == net.id(pointer.publisher);
  });
  if (!is_there) {
    return fault(
        fmt::format("{} nodes answered, with {} other holders", found.asked, found.holders.size()));
  }
  ++into.found;
}

}  // namespace

Faults everybody_is_known(DhtWorld& net) {
  Faults faults;
  std::set<dht::NodeId> known;
  for (std::size_t i = 0; i < net.size(); ++i) {
    if (!net.is_honest(i)) continue;
    if (!net.service(i).is_bootstrapped())
      faults.push_back(fmt::format("node {} has not found the network", i));
    for (const auto& contact : net.service(i).engine().table().contacts())
      known.insert(contact.info.id);
  }
  for (std::size_t i = 0; i < net.size(); ++i) {
    if (net.is_honest(i) && !known.contains(net.id(i)))
      faults.push_back(fmt::format("node {} is in nobody's table", i));
  }
  return faults;
}

Faults tables_are_true(DhtWorld& net, bool may_be_gone) {
  Faults faults;
  for (std::size_t i = 0; i < net.size(); ++i) {
    if (!net.is_honest(i)) continue;
    for (const auto& contact : net.service(i).engine().table().contacts())
      check_contact(net, i, contact, may_be_gone, faults);
  }
  return faults;
}

Faults all_is_bounded(DhtWorld& net) {
  Faults faults;
  for (std::size_t i = 0; i < net.size(); ++i) {
    if (!net.is_honest(i)) continue;
    check_table(net, i, faults);
    const auto keys = net.service(i).store().key_count();
    if (keys > dht::PointerStoreOptions{}.keys_max)
      faults.push_back(fmt::format("node {} keeps pointers for {} keys", i, keys));
    if (net.sessions(i) > transport::Limits{}.sessions_max)
      faults.push_back(fmt::format("node {} has {} sessions", i, net.sessions(i)));
  }
  return faults;
}

void Searches::add(const Searches& more) {
  made += more.made;
  found += more.found;
  requests += more.requests;
  hops.insert(hops.end(), more.hops.begin(), more.hops.end());
  std::ranges::sort(hops);
  faults.insert(faults.end(), more.faults.begin(), more.faults.end());
}

double Searches::success() const {
  return made == 0 ? 1 : static_cast<double>(found) / static_cast<double>(made);
}

double Searches::requests_per_search() const {
  return made == 0 ? 0 : static_cast<double>(requests) / static_cast<double>(made);
}

unsigned Searches::hops_at(std::size_t percent) const {
  if (hops.empty()) return 0;
  return hops[std::min(hops.size() - 1, hops.size() * percent / hundred)];
}

Searches search(DhtWorld& net, const std::vector<std::size_t>& searchers,
                const std::vector<Pointer>& pointers) {
  std::vector<std::pair<std::size_t, const Pointer*>> wanted;
  for (const auto& pointer : pointers)
    for (const auto searcher : searchers) wanted.emplace_back(searcher, &pointer);
  Searches searches;
  for (std::size_t from = 0; from < wanted.size(); from += searches_at_once) {
    const auto end = std::min(wanted.size(), from + searches_at_once);
    std::deque<Search> running;
    for (std::size_t i = from; i < end; ++i) {
      const auto searcher = wanted[i].first;
      auto& loop = net.world().node(searcher);
      auto& one = running.emplace_back(loop);
      one.tasks.spawn(keep(
          net.service(searcher).find(wanted[i].second->key, loop.now() + search_time_max), one));
    }
    const auto deadline = net.world().now() + 2 * search_time_max;
    const auto is_done = [](const Search& one) { return one.found.has_value(); };
    while (!std::ranges::all_of(running, is_done) && net.world().step(deadline)) {
    }
    for (std::size_t i = from; i < end; ++i)
      count(net, wanted[i].first, *wanted[i].second, running[i - from], searches);
  }
  std::ranges::sort(searches.hops);
  return searches;
}

Publishing publish(DhtWorld& net, std::size_t publisher, const dht::Key& key) {
  Publishing publishing{{key, publisher}, 0, {}};
  const auto deadline = net.world().node(publisher).now() + search_time_max;
  const auto published = net.finish(
      publisher, net.service(publisher).publish(key, std::nullopt, deadline), 2 * search_time_max);
  if (published && *published) publishing.kept = (*published)->kept;
  if (publishing.kept == 0)
    publishing.faults.push_back(
        fmt::format("nobody keeps what node {} wants to publish", publisher));
  return publishing;
}

dht::Key key_of_number(std::uint64_t number) {
  base::ContentHash hash;
  for (std::size_t i = 0; i < sizeof number; ++i)
    hash.bytes[i] = static_cast<std::byte>(number >> (8 * i));
  return dht::key_of(hash);
}

std::string digest(DhtWorld& net) {
  crypto::Blake3 hash;
  const auto add = [&](std::uint64_t number) {
    std::array<std::byte, sizeof number> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i)
      bytes[i] = static_cast<std::byte>(number >> (8 * i));
    hash.update(bytes);
  };
  add(net.world().steps());
  add(net.world().network().digest());
  for (std::size_t i = 0; i < net.size(); ++i) {
    if (!net.is_on(i)) continue;
    add(i);
    add(net.service(i).store().key_count());
    for (const auto& contact : net.service(i).engine().table().contacts())
      hash.update(contact.info.id.bytes);
  }
  return base::to_hex(base::ByteSpan(hash.hash().bytes).first(8));
}

}  // namespace tesseras::scenarios

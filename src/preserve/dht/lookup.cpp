#include "preserve/dht/lookup.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "foundation/base/assert.hpp"

namespace tesseras::dht {
namespace {

std::vector<Network> networks_of(const NodeInfo& info) {
  std::vector<Network> networks;
  networks.reserve(info.endpoints.size());
  for (const Endpoint& endpoint : info.endpoints) networks.push_back(network_of(endpoint));
  std::ranges::sort(networks);
  const auto same = std::ranges::unique(networks);
  networks.erase(same.begin(), same.end());
  return networks;
}

}  // namespace

Lookup::Lookup(const NodeId& own, const Key& key, std::span<const NodeInfo> known,
               const LookupOptions& options)
    : own_(own), key_(key), options_(options), paths_(options.paths) {
  ASSERT(options.paths > 0 && options.paths <= Limits::paths_max);
  ASSERT(options.width > 0 && options.alpha > 0);
  std::vector<NodeInfo> nearest(known.begin(), known.end());
  std::ranges::sort(nearest, {}, [&](const NodeInfo& one) { return distance_of(one.id); });
  // Dealt out, so that each path begins near and no two with the same.
  for (std::size_t i = 0; i < nearest.size(); ++i) tell(i % paths_.size(), nearest[i], 1);
}

void Lookup::tell(std::size_t path, const NodeInfo& info, unsigned hop) {
  if (info.id == own_ || info.endpoints.empty()) return;
  auto& candidates = paths_[path].candidates;
  // The first word on a path stands, or a later one could undo what was heard of a node.
  candidates.try_emplace(distance_of(info.id), Candidate{info, hop});
  if (candidates.size() > Limits::shortlist_max) candidates.erase(std::prev(candidates.end()));
}

bool Lookup::has_room(const Path& path, const NodeInfo& info) const {
  return std::ranges::all_of(info.endpoints, [&](const Endpoint& endpoint) {
    const Network network = network_of(endpoint);
    const auto at = path.networks.find(network);
    return at == path.networks.end() || at->second < Limits::network_nodes_per_path ||
           is_exempt(network, options_.own_addresses);
  });
}

bool Lookup::may_ask(const Path& path, const Distance& at, const Candidate& candidate) const {
  const auto question = questions_.find(at);
  if (question == questions_.end()) return has_room(path, candidate.info);
  const Question& asked = question->second;
  return asked.state == State::failed && asked.attempts < Limits::attempts_max &&
         asked.candidate.info.endpoints != candidate.info.endpoints &&
         has_room(path, candidate.info);
}

// How many nearer ones leave room for one at `at`, where the last of the nearest `width` is `last`.
std::size_t Lookup::wanted(const Distance& at, const std::optional<Distance>& last) const {
  if (!last || !options_.radius || at > *options_.radius) return options_.width;
  const bool is_dense = *last <= scaled(*options_.radius, 1, 2);
  return is_dense ? std::max(options_.region_max, options_.width) : options_.width;
}

// The nearest that is still to be asked, if it is near enough to matter: there are not enough
// nearer ones, as far as the path knows.
const Lookup::Candidate* Lookup::next_on(const Path& path) const {
  std::size_t nearer = 0;
  std::optional<Distance> last;
  for (const auto& [at, candidate] : path.candidates) {
    if (nearer >= wanted(at, last)) return nullptr;
    if (may_ask(path, at, candidate)) return &candidate;
    const auto question = questions_.find(at);
    if (question == questions_.end()) continue;  // its network has had its share
    const State state = question->second.state;
    if (state != State::asked && state != State::answered) continue;
    if (++nearer == options_.width) last = at;
  }
  return nullptr;
}

NodeInfo Lookup::ask(base::Instant now, std::size_t path, const Candidate& candidate) {
  const auto networks = networks_of(candidate.info);
  for (const Network& network : networks) ++paths_[path].networks[network];
  ++paths_[path].asked;
  ++paths_[path].under_way;
  ++counts_.asked;
  Question& question = questions_[distance_of(candidate.info.id)];
  question.state = State::asked;
  question.path = path;
  ++question.attempts;
  question.asked_at = now;
  question.candidate = candidate;
  deadline_ = std::min(deadline_, now + options_.slow_after);
  return candidate.info;
}

std::optional<NodeInfo> Lookup::poll(base::Instant now) {
  if (is_exhausted_) return std::nullopt;
  for (std::size_t i = 0; i < paths_.size(); ++i) {
    const std::size_t path = (next_path_ + i) % paths_.size();
    if (paths_[path].under_way >= per_path()) continue;
    if (paths_[path].asked >= options_.questions_max / paths_.size()) continue;
    const Candidate* candidate = next_on(paths_[path]);
    if (candidate == nullptr) continue;
    next_path_ = path + 1;
    return ask(now, path, *candidate);
  }
  is_exhausted_ = true;
  return std::nullopt;
}

void Lookup::stop_waiting(Question& question, State state) {
  if (question.state == State::asked) --paths_[question.path].under_way;
  question.state = state;
}

void Lookup::on_answer(base::Instant /*now*/, const NodeId& from, const Endpoint& reached_at,
                       std::span<const NodeInfo> nodes) {
  const auto at = questions_.find(distance_of(from));
  if (at == questions_.end()) return;
  Question& question = at->second;
  if (question.state != State::asked && question.state != State::slow) return;
  stop_waiting(question, State::answered);
  question.reached_at = reached_at;
  ++counts_.answered;
  nodes = nodes.first(std::min(nodes.size(), Limits::nodes_per_answer));
  for (NodeInfo info : nodes) {
    std::erase_if(info.endpoints, [&](const Endpoint& endpoint) {
      return !may_tell(reached_at.address, endpoint.address);
    });
    tell(question.path, info, question.candidate.hop + 1);
  }
  on_change();
}

void Lookup::on_failure(base::Instant /*now*/, const NodeId& from) {
  const auto at = questions_.find(distance_of(from));
  if (at == questions_.end()) return;
  if (at->second.state != State::asked && at->second.state != State::slow) return;
  stop_waiting(at->second, State::failed);
  ++counts_.failed;
  on_change();
}

void Lookup::on_deadline(base::Instant now) {
  for (auto& [at, question] : questions_) {
    if (question.state == State::asked && now - question.asked_at >= options_.slow_after)
      stop_waiting(question, State::slow);
    if (question.state == State::slow && now - question.asked_at >= options_.timeout) {
      stop_waiting(question, State::failed);
      ++counts_.failed;
    }
  }
  on_change();
}

void Lookup::on_change() {
  is_exhausted_ = false;
  deadline_ = base::Instant::never();
  for (const auto& [at, question] : questions_) {
    if (question.state == State::asked)
      deadline_ = std::min(deadline_, question.asked_at + options_.slow_after);
    if (question.state == State::slow)
      deadline_ = std::min(deadline_, question.asked_at + options_.timeout);
  }
}

bool Lookup::is_done() const {
  // Asked after every message: what is cheap to see comes first.
  if (std::ranges::any_of(paths_, [](const Path& path) { return path.under_way > 0; }))
    return false;
  for (const Path& path : paths_) {
    if (is_exhausted_) break;
    if (path.asked < options_.questions_max / paths_.size() && next_on(path) != nullptr)
      return false;
  }
  if (counts_.answered >= options_.width) return true;
  return std::ranges::none_of(questions_,
                              [](const auto& one) { return one.second.state == State::slow; });
}

std::vector<Lookup::Answered> Lookup::result() const {
  std::vector<Answered> nearest;
  std::map<Network, std::size_t> networks;
  std::optional<Distance> last;
  for (const auto& [at, question] : questions_) {
    if (question.state != State::answered) continue;
    if (nearest.size() >= wanted(at, last)) break;
    const Network network = network_of(question.reached_at);
    if (!is_exempt(network, options_.own_addresses) &&
        ++networks[network] > Limits::network_nodes_per_path) {
      continue;
    }
    nearest.push_back({question.candidate.info, question.reached_at, question.candidate.hop});
    if (nearest.size() == options_.width) last = at;
  }
  return nearest;
}

unsigned Lookup::hop_of(const NodeId& id) const {
  const auto at = questions_.find(distance_of(id));
  return at == questions_.end() ? 0 : at->second.candidate.hop;
}

}  // namespace tesseras::dht

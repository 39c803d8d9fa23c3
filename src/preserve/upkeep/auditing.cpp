#include "preserve/upkeep/auditing.hpp"

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

#include "foundation/runtime/waiter.hpp"
#include "preserve/upkeep/auditor.hpp"

namespace tesseras::upkeep {
namespace {

constexpr std::size_t asking_max = 4;
constexpr std::chrono::seconds opening_time_max{10};
// How often it is looked whose turn has come, where time is as it is.
constexpr std::chrono::minutes look_every{5};
constexpr std::chrono::milliseconds look_every_min{500};

}  // namespace

Auditing::Auditing(runtime::Loop& loop, transport::Transport& transport, Watch& watch, Tempo tempo,
                   std::function<bool()> is_online, IsTakenBack is_taken_back, runtime::Log log)
    : loop_(loop),
      transport_(transport),
      watch_(watch),
      tempo_(tempo),
      is_online_(std::move(is_online)),
      is_taken_back_(std::move(is_taken_back)),
      log_(log),
      own_seed_(fresh_seed()),
      tasks_(loop) {
  tasks_.spawn(keep_asking());
}

std::uint64_t Auditing::fresh_seed() {
  std::uint64_t seed = 0;
  loop_.fill_random(std::as_writable_bytes(std::span(&seed, 1)));
  return seed;
}

Task<void> Auditing::keep_asking() {
  for (;;) {
    const auto keepers = watch_.keepers();
    const auto round = round_time_for(keepers.size());
    bool was_enough = true;
    for (const auto& key : in_turn(keepers, last_asked_)) {
      was_enough = asking_ < asking_max;
      if (!was_enough) break;
      WatchedPeer& peer = watch_.peer(key);
      if (peer.is_being_asked || !is_due(key, peer, round)) continue;
      peer.is_being_asked = true;
      ++asking_;
      last_asked_ = key;
      tasks_.spawn(ask_one(key));
    }
    if (was_enough) last_asked_.reset();
    const auto pause = std::max<base::nanoseconds>(tempo_.real(look_every), look_every_min);
    co_await runtime::sleep_until(loop_, loop_.now() + pause);
  }
}

bool Auditing::is_due(const dht::NodePublicKey& key, const WatchedPeer& peer,
                      std::chrono::seconds round) const {
  if (peer.given_at && audit_after_gift(key, *peer.given_at, own_seed_) <= now()) return true;
  return next_audit(key, peer.record.last_asked(), now(), round, own_seed_) <= now();
}

Task<void> Auditing::ask_one(dht::NodePublicKey key) {
  const auto next = watch_.next_questions(key, fresh_seed());
  std::vector<Sample> samples(next.begin(), next.end());
  if (!samples.empty()) {
    auto findings = co_await findings_of(key, samples);
    co_await leave_out_what_was_taken_back(key, samples, findings);
    if (!findings.empty()) note(key, samples, findings);
  }
  watch_.peer(key).is_being_asked = false;
  --asking_;
}

Task<void> Auditing::leave_out_what_was_taken_back(const dht::NodePublicKey& peer,
                                                   std::vector<Sample>& samples,
                                                   std::vector<Finding>& findings) const {
  if (!is_taken_back_) co_return;
  std::set<base::ContentHash> missing;
  for (std::size_t i = 0; i < findings.size(); ++i) {
    if (findings[i] == Finding::not_kept) missing.insert(samples[i].challenge.content_hash);
  }
  const auto node = watch_.node_of(peer);
  for (const auto& hash : missing) {
    const bool is_gone = co_await is_taken_back_(node, hash);
    for (std::size_t i = findings.size(); is_gone && i-- > 0;) {
      if (samples[i].challenge.content_hash != hash) continue;
      samples.erase(samples.begin() + static_cast<std::ptrdiff_t>(i));
      findings.erase(findings.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
}

// None: nobody is reached, so this node is off itself.
Task<std::vector<Finding>> Auditing::findings_of(const dht::NodePublicKey& peer,
                                                 const std::vector<Sample>& samples) {
  ++counts_.asked;
  const auto node = watch_.node_of(peer);
  const auto session = co_await transport_.open({transport::PeerId{peer.bytes}, node.endpoints},
                                                loop_.now() + opening_time_max);
  if (!session) {
    if (!is_online_()) co_return std::vector<Finding>();
    co_return std::vector<Finding>(samples.size(), Finding::offline);
  }
  const auto asked = co_await ask(*session, loop_, samples);
  counts_.wire_bytes += asked.wire_bytes;
  co_return judge(samples, asked.answer);
}

void Auditing::note(const dht::NodePublicKey& key, const std::vector<Sample>& samples,
                    const std::vector<Finding>& findings) {
  WatchedPeer& peer = watch_.peer(key);
  peer.record.on_findings(now(), samples, findings);
  const bool has_answered = std::ranges::none_of(
      findings, [](Finding one) { return one == Finding::silent || one == Finding::offline; });
  peer.given_at.reset();
  if (!has_answered) {
    watch_.was_asked(key, {}, loop_.wall_now());
    ++counts_.unanswered;
    log_.debug("a holder does not answer",
               {{"holder", watch_.node_of(key).id.hex()}, {"why", explain(findings.front())}});
    return;
  }
  std::vector<FragmentName> proved;
  for (std::size_t i = 0; i < findings.size(); ++i) {
    const auto& challenge = samples[i].challenge;
    if (findings[i] == Finding::proved) {
      ++counts_.proved;
      proved.push_back(challenge.name);
      continue;
    }
    ++(findings[i] == Finding::lied ? counts_.lied : counts_.not_kept);
    log_.warn("a holder has not proved what it says that it keeps",
              {{"holder", watch_.node_of(key).id.hex()},
               {"plan", challenge.name.plan.hex()},
               {"fragment", challenge.name.fragment},
               {"why", explain(findings[i])}});
  }
  watch_.was_asked(key, proved, loop_.wall_now());
}

}  // namespace tesseras::upkeep

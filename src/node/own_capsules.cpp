#include "node/own_capsules.hpp"

#include <algorithm>
#include <utility>

#include "foundation/runtime/together.hpp"
#include "foundation/runtime/waiter.hpp"
#include "node/calling.hpp"
#include "node/recalling.hpp"
#include "preserve/sealing/limits.hpp"

namespace tesseras::node {
namespace {

using base::Code;
using base::ContentHash;
using base::fail;
using base::Result;
using release::GiveAnswer;
using release::KeepDepositRequest;
using runtime::Task;
using std::chrono::seconds;

constexpr seconds look_every{1};
constexpr seconds first_retry{5};
constexpr seconds locating_time_max{30};
constexpr seconds ask_again_first{10};
constexpr seconds ask_again_max{3600};
// A witness that has its deposit is offered it again after so many times of `again_every`.
constexpr std::int64_t offered_again = 30;

base::WallTime opens_at(const Capsule& capsule) { return *capsule.manifest->header().open_after; }

}  // namespace

OwnCapsules::OwnCapsules(runtime::Loop& loop, const Parts& parts, seconds again_every,
                         AskIfTakenBack ask_if_taken_back, runtime::Log log)
    : loop_(loop),
      parts_(parts),
      again_every_(again_every),
      ask_if_taken_back_(std::move(ask_if_taken_back)),
      log_(log),
      tasks_(loop) {
  tasks_.spawn(keep_telling());
  tasks_.spawn(keep_publishing());
}

Result<void> OwnCapsules::keep(Capsule capsule) {
  const auto& hash = capsule.manifest->content_hash();
  if (const auto why = why_refused(parts_.refusals, hash, Code::conflict)) return fail(*why);
  if (const auto* known = find(hash)) {
    if (!capsule.key) capsule.key = known->key;
    if (capsule.witnesses.empty()) {
      capsule.witnesses = known->witnesses;
      capsule.signature = known->signature;
    }
    for (const auto& [node, witness] : known->told) capsule.told.insert_or_assign(node, witness);
  }
  if (capsule.told.size() > sealing::Limits::witnesses_max)
    return fail(Code::exhausted, "{} witnesses are more than one tessera can have",
                capsule.told.size());
  TRY(parts_.notes.set(capsule));
  turns_[hash] = {};
  return {};
}

// The key and the parts go; who may have a part is remembered until it was told.
Result<void> OwnCapsules::take_back(const ContentHash& content_hash) {
  const auto* known = find(content_hash);
  if (known == nullptr || known->is_taken_back()) return {};
  auto capsule = *known;
  capsule.key = nullptr;
  capsule.witnesses.clear();
  TRY(capsule.told.empty() ? parts_.notes.remove(content_hash) : parts_.notes.set(capsule));
  turns_[content_hash] = {};
  return {};
}

std::vector<ContentHash> OwnCapsules::all() const {
  std::vector<ContentHash> all;
  all.reserve(parts_.notes.all().size());
  for (const auto& [hash, capsule] : parts_.notes.all()) all.push_back(hash);
  return all;
}

bool OwnCapsules::is_busy_taking_back(const ContentHash& content_hash) const {
  const auto* capsule = find(content_hash);
  const auto turn = turns_.find(content_hash);
  return capsule != nullptr && capsule->is_taken_back() &&
         (turn == turns_.end() || !turn->second.was_tried);
}

const Capsule* OwnCapsules::find(const ContentHash& content_hash) const {
  const auto at = parts_.notes.all().find(content_hash);
  return at == parts_.notes.all().end() ? nullptr : &at->second;
}

// Telling witnesses.

// What it was told of is forgotten there with a disk, and told again, once more after the date for
// who was the last to lose it.
bool OwnCapsules::is_to_be_told(const Capsule& capsule, const Capsule::Witness& witness) const {
  if (capsule.is_taken_back() || !witness.has) return true;
  const auto now = loop_.wall_now().unix_seconds;
  // A clock that was years ahead has not told anybody in the future.
  if (witness.given_seconds > now) return true;
  return now >= witness.given_seconds + offered_again * again_every_.count() &&
         witness.given_seconds < opens_at(capsule).unix_seconds;
}

bool OwnCapsules::has_somebody_to_tell(const Capsule& capsule) const {
  // Refused, and the note does not say so yet: the disk did not take it.
  if (!capsule.is_taken_back() && parts_.refusals.of(capsule.manifest->content_hash()))
    return false;
  return std::ranges::any_of(capsule.told,
                             [&](const auto& one) { return is_to_be_told(capsule, one.second); });
}

// The one that has waited longest: none waits for ever behind those whose witnesses are away.
std::optional<ContentHash> OwnCapsules::next_to_tell() {
  std::optional<std::pair<base::Instant, ContentHash>> first;
  for (const auto& [hash, capsule] : parts_.notes.all()) {
    if (!has_somebody_to_tell(capsule)) continue;
    const std::pair waiting(turns_[hash].next, hash);
    if (waiting.first <= loop_.now() && (!first || waiting < *first)) first = waiting;
  }
  if (!first) return std::nullopt;
  return first->second;
}

Task<void> OwnCapsules::keep_telling() {
  for (;;) {
    co_await runtime::sleep_until(loop_, loop_.now() + look_every);
    if (const auto hash = next_to_tell()) co_await tell_all(*hash);
  }
}

Task<void> OwnCapsules::tell_all(ContentHash content_hash) {
  const auto begun = *find(content_hash);
  std::vector<Task<void>> calls;
  for (const auto& [node, witness] : begun.told)
    if (is_to_be_told(begun, witness)) calls.push_back(tell(content_hash, node));
  co_await runtime::together(loop_, std::move(calls));
  const auto* capsule = find(content_hash);
  if (capsule == nullptr || !has_somebody_to_tell(*capsule)) {
    turns_.erase(content_hash);
    co_return;
  }
  auto& turn = turns_[content_hash];
  // It may have been taken back meanwhile, which is told at once.
  turn.was_tried = capsule->is_taken_back() == begun.is_taken_back();
  if (!turn.was_tried) co_return;
  turn.pause = std::clamp(2 * turn.pause, first_retry, std::max(first_retry, again_every_));
  turn.next = loop_.now() + turn.pause;
}

Task<void> OwnCapsules::tell(ContentHash content_hash, dht::NodeId node) {
  const auto place = co_await locate(node);
  const auto* capsule = find(content_hash);
  if (capsule == nullptr || !has_somebody_to_tell(*capsule)) co_return;
  if (!place) {
    log_.info("a witness was not found", {{"witness", node.hex()}, {"why", place.error().message}});
  } else if (capsule->is_taken_back()) {
    co_await tell_of_retraction(content_hash, *place);
  } else {
    co_await give_deposit(content_hash, *place);
  }
}

Task<void> OwnCapsules::give_deposit(ContentHash content_hash, dht::NodeInfo node) {
  const auto* capsule = find(content_hash);
  const auto answer = co_await call(
      loop_, parts_.transport, node,
      KeepDepositRequest{capsule->manifest->text(), capsule->signature, capsule->witnesses});
  const bool is_kept = answer && answer->answer == GiveAnswer::kept;
  if (!is_kept) {
    log_.info("a witness has not taken its deposit yet",
              {{"witness", node.id.hex()},
               {"why", !answer                                    ? answer.error().message
                       : answer->answer == GiveAnswer::not_wanted ? "it has no part of this key"
                                                                  : "it has no room now"}});
  }
  // Who is away may have it all the same.
  if (!answer) co_return;
  capsule = find(content_hash);
  if (capsule == nullptr || capsule->is_taken_back()) co_return;
  auto told = *capsule;
  told.told.insert_or_assign(
      node.id, Capsule::Witness{is_kept, is_kept ? loop_.wall_now().unix_seconds : 0});
  note(told);
}

Task<void> OwnCapsules::tell_of_retraction(ContentHash content_hash, dht::NodeInfo node) {
  const auto retraction = parts_.refusals.retraction(content_hash);
  if (!retraction) {
    log_.warn("a witness cannot be told that a tessera was taken back",
              {{"witness", node.id.hex()}, {"why", retraction.error().message}});
    co_return;
  }
  const auto answer =
      co_await node::tell_of_retraction(loop_, parts_.transport, node, retraction->encoded());
  if (!answer || *answer == replica::RetractAnswer::later) {
    log_.info("a witness could not be told yet that a tessera was taken back",
              {{"witness", node.id.hex()},
               {"why", answer ? "it asked to be told later" : answer.error().message}});
    co_return;
  }
  const auto* capsule = find(content_hash);
  if (capsule == nullptr) co_return;
  auto left = *capsule;
  left.told.erase(node.id);
  note(left);
}

// Of one that was taken back, nothing is left to do when all were told.
void OwnCapsules::note(const Capsule& capsule) {
  const bool is_done = capsule.told.empty() && !capsule.key;
  const auto written =
      is_done ? parts_.notes.remove(capsule.manifest->content_hash()) : parts_.notes.set(capsule);
  if (!written)
    log_.warn("it could not be noted that a witness was told", {{"why", written.error().message}});
}

Task<Result<dht::NodeInfo>> OwnCapsules::locate(dht::NodeId node) {
  const auto key = dht::key_of(node);
  const auto known = parts_.dht.engine().table().closest(key, 1);
  if (!known.empty() && known.front().info.id == node) co_return dht::dialable(known.front());
  const auto found = CO_TRY(co_await parts_.dht.survey(key, loop_.now() + locating_time_max));
  for (const auto& one : found.nearest)
    if (one.id == node) co_return one;
  co_return fail(Code::not_found, "nobody knows where it is");
}

// Publishing.

bool OwnCapsules::is_due(const ContentHash& content_hash, base::WallTime now) const {
  const auto* capsule = find(content_hash);
  return capsule != nullptr && capsule->key && opens_at(*capsule) <= now &&
         !parts_.refusals.of(content_hash);
}

std::vector<ContentHash> OwnCapsules::due() const {
  auto due = all();
  std::erase_if(due, [&](const auto& hash) { return !is_due(hash, loop_.wall_now()); });
  return due;
}

Task<void> OwnCapsules::keep_publishing() {
  auto pause = ask_again_first;
  for (;;) {
    co_await runtime::sleep_until(loop_, loop_.now() + look_every);
    const auto hashes = due();
    if (hashes.empty()) continue;
    const auto agreed = co_await parts_.clocks.agreed();
    auto done = agreed ? Result<void>() : fail(agreed.error());
    for (const auto& hash : agreed ? hashes : std::vector<ContentHash>()) {
      if (co_await ask_if_taken_back_(hash)) continue;
      // The clock may have been put right while others were asked, and this takes its time.
      if (!is_due(hash, std::min(*agreed, loop_.wall_now()))) continue;
      // One that fails stops none of the others.
      if (const auto published = publish(hash); !published) done = published;
    }
    if (done) {
      pause = ask_again_first;
      continue;
    }
    log_.warn("the key of a sealed tessera seems to be due, and is not published yet",
              {{"why", done.error().message}});
    co_await runtime::sleep_until(loop_, loop_.now() + pause);
    pause = std::min(2 * pause, ask_again_max);
  }
}

// What is here is given to others from then on: the note can forget it.
Result<void> OwnCapsules::publish(const ContentHash& content_hash) {
  const auto before = *find(content_hash);
  TRY(parts_.releasing.keep(TRY(release::Release::of_key(before.manifest->text(), *before.key))));
  log_.info("its date has come: its key is published", {{"content_hash", content_hash.hex()}});
  auto after = before;
  after.key = nullptr;
  return after.told.empty() ? parts_.notes.remove(content_hash) : parts_.notes.set(after);
}

}  // namespace tesseras::node

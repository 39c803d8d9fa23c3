#include "node/own_capsules.hpp"

#include <algorithm>
#include <utility>

#include "foundation/runtime/together.hpp"
#include "foundation/runtime/waiter.hpp"
#include "node/calling.hpp"
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

base::WallTime opens_at(const Capsule& capsule) { return *capsule.manifest->header().open_after; }

bool has_told_all(const Capsule& capsule) {
  return std::ranges::all_of(capsule.told, [](const auto& one) { return one.second; });
}

}  // namespace

OwnCapsules::OwnCapsules(runtime::Loop& loop, transport::Transport& transport, dht::Service& dht,
                         CapsuleNotes& notes, Releasing& releasing, PeerClocks& clocks,
                         seconds again_every, runtime::Log log)
    : loop_(loop),
      transport_(transport),
      dht_(dht),
      notes_(notes),
      releasing_(releasing),
      clocks_(clocks),
      again_every_(again_every),
      log_(log),
      tasks_(loop) {
  tasks_.spawn(keep_telling());
  tasks_.spawn(keep_publishing());
}

Result<void> OwnCapsules::keep(Capsule capsule) {
  const auto& hash = capsule.manifest->content_hash();
  if (const auto* known = find(hash)) {
    if (!capsule.key) capsule.key = known->key;
    if (capsule.witnesses.empty()) capsule.witnesses = known->witnesses;
    for (const auto& [node, has] : known->told) capsule.told.insert_or_assign(node, has);
  }
  if (capsule.told.size() > sealing::Limits::witnesses_max)
    return fail(Code::exhausted, "{} witnesses are more than one tessera can have",
                capsule.told.size());
  TRY(notes_.set(capsule));
  turns_[hash] = {};
  return {};
}

const Capsule* OwnCapsules::find(const ContentHash& content_hash) const {
  const auto at = notes_.all().find(content_hash);
  return at == notes_.all().end() ? nullptr : &at->second;
}

// Telling witnesses.

Task<void> OwnCapsules::keep_telling() {
  for (;;) {
    co_await runtime::sleep_until(loop_, loop_.now() + look_every);
    const auto waiting = std::ranges::find_if(notes_.all(), [&](const auto& one) {
      return !has_told_all(one.second) && turns_[one.first].next <= loop_.now();
    });
    if (waiting != notes_.all().end()) co_await tell_all(ContentHash(waiting->first));
  }
}

Task<void> OwnCapsules::tell_all(ContentHash content_hash) {
  auto& turn = turns_[content_hash];
  turn.pause = std::clamp(2 * turn.pause, first_retry, std::max(first_retry, again_every_));
  turn.next = loop_.now() + turn.pause;
  std::vector<Task<void>> calls;
  for (const auto& [node, has] : notes_.all().at(content_hash).told)
    if (!has) calls.push_back(tell(content_hash, node));
  co_await runtime::together(loop_, std::move(calls));
}

Task<void> OwnCapsules::tell(ContentHash content_hash, dht::NodeId node) {
  const auto place = co_await locate(node);
  Result<release::GiveResponse> answer = fail(Code::not_found, "it was not found");
  if (place) {
    const auto* capsule = find(content_hash);
    answer = co_await call(loop_, transport_, *place,
                           KeepDepositRequest{capsule->manifest->text(), capsule->witnesses});
  }
  if (!answer || answer->answer != GiveAnswer::kept) {
    log_.info("a witness has not taken its deposit yet",
              {{"witness", node.hex()},
               {"why", !answer                                    ? answer.error().message
                       : answer->answer == GiveAnswer::not_wanted ? "it has no part of this key"
                                                                  : "it has no room now"}});
    co_return;
  }
  auto told = *find(content_hash);
  told.told.insert_or_assign(node, true);
  if (const auto written = notes_.set(told); !written)
    log_.warn("it could not be noted that a witness was told", {{"why", written.error().message}});
}

Task<Result<dht::NodeInfo>> OwnCapsules::locate(dht::NodeId node) {
  const auto key = dht::key_of(node);
  const auto known = dht_.engine().table().closest(key, 1);
  if (!known.empty() && known.front().info.id == node) co_return dht::dialable(known.front());
  const auto found = CO_TRY(co_await dht_.survey(key, loop_.now() + locating_time_max));
  for (const auto& one : found.nearest)
    if (one.id == node) co_return one;
  co_return fail(Code::not_found, "nobody knows where it is");
}

// Publishing.

std::vector<ContentHash> OwnCapsules::due() const {
  std::vector<ContentHash> due;
  for (const auto& [hash, capsule] : notes_.all()) {
    if (capsule.key && opens_at(capsule) <= loop_.wall_now()) due.push_back(hash);
  }
  return due;
}

Task<void> OwnCapsules::keep_publishing() {
  auto pause = ask_again_first;
  for (;;) {
    co_await runtime::sleep_until(loop_, loop_.now() + look_every);
    const auto hashes = due();
    if (hashes.empty()) continue;
    const auto agreed = co_await clocks_.agreed();
    auto done = agreed ? Result<void>() : fail(agreed.error());
    for (const auto& hash : agreed ? hashes : std::vector<ContentHash>()) {
      // The clock may have been put right while others were asked, and this takes its time.
      if (opens_at(*find(hash)) > std::min(*agreed, loop_.wall_now())) continue;
      // One that fails stops none of the others.
      if (const auto published = co_await publish(hash); !published) done = published;
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

// What is here is given to others from then on, whoever is reached now: the note can forget it.
Task<Result<void>> OwnCapsules::publish(ContentHash content_hash) {
  auto capsule = *find(content_hash);
  auto release = CO_TRY(release::Release::of_key(capsule.manifest->text(), *capsule.key));
  const auto given = CO_TRY(co_await releasing_.publish(std::move(release)));
  capsule = *find(content_hash);
  capsule.key = nullptr;
  CO_TRY(notes_.set(capsule));
  log_.info("its date has come: its key is published",
            {{"content_hash", content_hash.hex()}, {"kept_by", given.kept}});
  co_return Result<void>();
}

}  // namespace tesseras::node

#include "node/witnessing.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "foundation/runtime/waiter.hpp"

namespace tesseras::node {
namespace {

using base::Bytes;
using base::ByteSpan;
using base::Code;
using base::ContentHash;
using base::fail;
using base::Result;
using release::Deposit;
using release::GiveAnswer;
using release::GiveResponse;
using release::KeepDepositRequest;
using runtime::Task;
using std::chrono::seconds;

constexpr seconds look_every{1};
// Where others do not agree on the time they are asked again, ever more seldom.
constexpr seconds ask_again_first{10};
constexpr seconds ask_again_max{3600};

}  // namespace

Witnessing::Witnessing(runtime::Loop& loop, release::DepositStore& store, Releasing& releasing,
                       PeerClocks& clocks, const crypto::XWingKey& key, runtime::Log log)
    : loop_(loop),
      store_(store),
      releasing_(releasing),
      clocks_(clocks),
      key_(key),
      log_(log),
      tasks_(loop) {
  tasks_.spawn(keep_watching());
}

void Witnessing::add_to(PeerMethods& methods) {
  methods.add(KeepDepositRequest::method,
              [this](replica::Caller caller, ByteSpan body) { return on_deposit(caller, body); });
}

Task<Result<Bytes>> Witnessing::on_deposit(replica::Caller caller, ByteSpan body) {
  co_return encode(GiveResponse{CO_TRY(keep(caller, body))});
}

Result<GiveAnswer> Witnessing::keep(const replica::Caller& caller, ByteSpan body) {
  auto request = TRY(release::decode<KeepDepositRequest>(body));
  const auto deposit = Deposit::of(std::move(request.manifest), std::move(request.witnesses));
  if (!deposit) return fail(Code::invalid, "{}", deposit.error().message);
  if (store_.all().contains(deposit->content_hash())) return GiveAnswer::kept;
  if (!sealing::open_part(deposit->witnesses(), deposit->binding(), key_))
    return GiveAnswer::not_wanted;
  const auto added = store_.add(*deposit, replica::limited_network(caller.from, own_addresses_));
  if (!added) {
    log_.warn("a deposit could not be kept", {{"why", added.error().message}});
    return GiveAnswer::later;
  }
  log_.info("a witness of a sealed tessera now",
            {{"content_hash", deposit->content_hash().hex()},
             {"opens", base::to_rfc3339(deposit->open_after())}});
  return GiveAnswer::kept;
}

bool Witnessing::is_due(const ContentHash& content_hash, base::WallTime now) const {
  const auto deposit = store_.all().find(content_hash);
  if (deposit == store_.all().end() || deposit->second > now) return false;
  const auto at = next_.find(content_hash);
  return at == next_.end() || at->second <= loop_.now();
}

std::vector<ContentHash> Witnessing::due() const {
  std::vector<ContentHash> due;
  for (const auto& [hash, open_after] : store_.all())
    if (is_due(hash, loop_.wall_now())) due.push_back(hash);
  return due;
}

// A part is of no use once the key is with others.
void Witnessing::let_go_of_what_is_done() {
  std::vector<ContentHash> done;
  for (const auto& [hash, next] : next_)
    if (releasing_.has_key(hash)) done.push_back(hash);
  for (const auto& hash : done) {
    if (const auto removed = store_.remove(hash); !removed) {
      log_.warn("a deposit that was opened could not be removed",
                {{"why", removed.error().message}});
      continue;
    }
    next_.erase(hash);
  }
}

Task<void> Witnessing::keep_watching() {
  auto pause = ask_again_first;
  for (;;) {
    co_await runtime::sleep_until(loop_, loop_.now() + look_every);
    let_go_of_what_is_done();
    const auto hashes = due();
    if (hashes.empty()) continue;
    const auto agreed = co_await clocks_.agreed();
    if (!agreed) {
      log_.warn(
          "sealed tesserae seem to be due, and stay shut until it is sure; "
          "who knows the date says so: tes node open HASH",
          {{"due", hashes.size()}, {"why", agreed.error().message}});
      co_await runtime::sleep_until(loop_, loop_.now() + pause);
      pause = std::min(2 * pause, ask_again_max);
      continue;
    }
    pause = ask_again_first;
    // The clock may have been put right while others were asked, and this takes its time.
    for (const auto& hash : hashes)
      if (is_due(hash, std::min(*agreed, loop_.wall_now()))) co_await release_when_due(hash);
  }
}

// One that cannot be released stops none of the others.
Task<void> Witnessing::release_when_due(ContentHash content_hash) {
  const auto given = co_await release_part(content_hash);
  next_[content_hash] = base::Instant::never();
  if (given) co_return;
  log_.warn("a part of a key could not be released", {{"why", given.error().message}});
  const auto code = given.error().code;
  const bool is_final = code == Code::invalid || code == Code::corrupt;
  if (!is_final) next_[content_hash] = loop_.now() + ask_again_max;
}

Task<Result<Releasing::Given>> Witnessing::release_part(ContentHash content_hash) {
  const auto deposit = CO_TRY(store_.read(content_hash));
  const auto part = CO_TRY(sealing::open_part(deposit.witnesses(), deposit.binding(), key_));
  auto release = CO_TRY(release::Release::of_part(deposit, part));
  const auto given = CO_TRY(co_await releasing_.publish(std::move(release)));
  ++released_count_;
  log_.info("its date has come: a part of its key is released",
            {{"content_hash", content_hash.hex()}, {"kept_by", given.kept}});
  co_return given;
}

Task<Result<Releasing::Given>> Witnessing::open(ContentHash content_hash) {
  const auto at = store_.all().find(content_hash);
  if (at == store_.all().end())
    co_return fail(Code::not_found, "this node is no witness of {}", content_hash.hex());
  if (at->second > loop_.wall_now()) {
    co_return fail(Code::denied, "it opens on {}, and this machine's clock says {}",
                   base::to_rfc3339(at->second),
                   base::to_rfc3339({loop_.wall_now().unix_seconds, 0}));
  }
  const auto given = co_await release_part(content_hash);
  if (given) next_[content_hash] = base::Instant::never();
  co_return given;
}

}  // namespace tesseras::node

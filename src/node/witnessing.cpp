#include "node/witnessing.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "foundation/runtime/together.hpp"
#include "foundation/runtime/waiter.hpp"

namespace tesseras::node {
namespace {

using base::Bytes;
using base::ByteSpan;
using base::Code;
using base::ContentHash;
using base::fail;
using base::Result;
using base::WallTime;
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

Witnessing::Witnessing(runtime::Offload offload, const Parts& parts,
                       std::shared_ptr<const crypto::XWingKey> key,
                       AskIfTakenBack ask_if_taken_back, runtime::Log log)
    : offload_(offload),
      parts_(parts),
      key_(std::move(key)),
      ask_if_taken_back_(std::move(ask_if_taken_back)),
      log_(log),
      tasks_(offload.loop()) {
  tasks_.spawn(keep_watching());
}

bool Witnessing::has(const ContentHash& content_hash) const {
  return parts_.store.all().contains(content_hash);
}

std::vector<ContentHash> Witnessing::all() const {
  std::vector<ContentHash> all;
  all.reserve(parts_.store.all().size());
  for (const auto& [hash, open_after] : parts_.store.all()) all.push_back(hash);
  return all;
}

// Keeping deposits.

void Witnessing::add_to(PeerMethods& methods) {
  methods.add(KeepDepositRequest::method,
              [this](replica::Caller caller, ByteSpan body) { return on_deposit(caller, body); });
}

Task<Result<Bytes>> Witnessing::on_deposit(replica::Caller caller, ByteSpan body) {
  co_return encode(GiveResponse{CO_TRY(co_await keep(caller, body))});
}

Task<Result<GiveAnswer>> Witnessing::keep(replica::Caller caller, ByteSpan body) {
  auto request = CO_TRY(release::decode<KeepDepositRequest>(body));
  auto made = Deposit::of(std::move(request.manifest), std::move(request.witnesses));
  if (!made) co_return fail(Code::invalid, "{}", made.error().message);
  const auto deposit = std::make_shared<const Deposit>(*std::move(made));
  CO_TRY(deposit->check_signature(request.signature));
  const auto& hash = deposit->content_hash();
  if (parts_.refusals.of(hash)) co_return GiveAnswer::not_wanted;
  // Who has the key has no use for a part of it.
  if (has(hash) || parts_.releasing.has_key(hash)) co_return GiveAnswer::kept;
  const auto part = co_await open_part(deposit);
  // It may have been taken back meanwhile.
  if (!part || parts_.refusals.of(hash)) co_return GiveAnswer::not_wanted;
  const auto network = replica::limited_network(caller.from, own_addresses_);
  const auto added = parts_.store.add(*deposit, request.signature, network);
  if (!added) {
    log_.warn("a deposit could not be kept", {{"why", added.error().message}});
    co_return GiveAnswer::later;
  }
  log_.info("a witness of a sealed tessera now",
            {{"content_hash", hash.hex()}, {"opens", base::to_rfc3339(deposit->open_after())}});
  co_return GiveAnswer::kept;
}

// A decapsulation for each witness: some milliseconds, in which the loop has other things to do.
Task<Result<sealing::KeyPart>> Witnessing::open_part(std::shared_ptr<const Deposit> deposit) {
  co_return co_await offload_.run([deposit = std::move(deposit), key = key_] {
    return sealing::open_part(deposit->witnesses(), deposit->binding(), *key);
  });
}

Result<void> Witnessing::let_go(const ContentHash& content_hash) {
  if (!has(content_hash)) return {};
  TRY(parts_.store.remove(content_hash));
  next_.erase(content_hash);
  log_.info("a witness of a sealed tessera no longer: it was taken back, or is blocked here",
            {{"content_hash", content_hash.hex()}});
  return {};
}

// Releasing.

bool Witnessing::is_due(const ContentHash& content_hash, WallTime now) const {
  const auto deposit = parts_.store.all().find(content_hash);
  if (deposit == parts_.store.all().end() || deposit->second > now) return false;
  const auto at = next_.find(content_hash);
  return at == next_.end() || at->second <= loop().now();
}

std::vector<ContentHash> Witnessing::due() const {
  std::vector<ContentHash> due;
  for (const auto& [hash, open_after] : parts_.store.all())
    if (is_due(hash, loop().wall_now())) due.push_back(hash);
  std::ranges::stable_sort(due, {}, [&](const auto& hash) { return parts_.store.all().at(hash); });
  return due;
}

// A part is of no use once the key is with others.
void Witnessing::let_go_of_what_is_done() {
  std::vector<ContentHash> done;
  for (const auto& [hash, next] : next_)
    if (parts_.releasing.has_key(hash)) done.push_back(hash);
  for (const auto& hash : done) {
    if (const auto removed = parts_.store.remove(hash); !removed) {
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
    co_await runtime::sleep_until(loop(), loop().now() + look_every);
    let_go_of_what_is_done();
    const auto count = due().size();
    if (count == 0) continue;
    const auto agreed = co_await parts_.clocks.agreed();
    if (!agreed) {
      log_.warn(
          "sealed tesserae seem to be due, and stay shut until it is sure; "
          "who knows the date says so: tes node open HASH",
          {{"due", count}, {"why", agreed.error().message}});
      co_await runtime::sleep_until(loop(), loop().now() + pause);
      pause = std::min(2 * pause, ask_again_max);
      continue;
    }
    pause = ask_again_first;
    co_await release_all(*agreed);
  }
}

// Nobody waits until others were given theirs: Releasing gives what is here.
Task<void> Witnessing::release_all(WallTime agreed) {
  const auto hashes = due();
  for (std::size_t first = 0; first < hashes.size(); first += at_once_max) {
    const auto count = std::min(at_once_max, hashes.size() - first);
    std::set<ContentHash> taken_back;
    std::vector<Task<void>> calls;
    calls.reserve(count);
    for (std::size_t i = first; i < first + count; ++i) calls.push_back(ask(hashes[i], taken_back));
    co_await runtime::together(loop(), std::move(calls));
    for (std::size_t i = first; i < first + count; ++i) {
      // The clock may have been put right while others were asked, and this takes its time.
      const bool is_still_due = is_due(hashes[i], std::min(agreed, loop().wall_now()));
      if (is_still_due && !taken_back.contains(hashes[i])) co_await release_when_due(hashes[i]);
    }
  }
}

Task<void> Witnessing::ask(ContentHash content_hash, std::set<ContentHash>& taken_back) {
  const bool is_taken_back =
      parts_.refusals.of(content_hash) || co_await ask_if_taken_back_(content_hash);
  if (!is_taken_back) co_return;
  taken_back.insert(content_hash);
  if (!has(content_hash)) co_return;
  // It could not be let go of; it is looked at again, as what cannot be released.
  next_[content_hash] = loop().now() + ask_again_max;
}

// One that cannot be released stops none of the others.
Task<void> Witnessing::release_when_due(ContentHash content_hash) {
  const auto released = co_await release_part(content_hash);
  if (!has(content_hash)) co_return;
  next_[content_hash] = base::Instant::never();
  if (released) co_return;
  log_.warn("a part of a key could not be released", {{"why", released.error().message}});
  const auto code = released.error().code;
  const bool is_final = code == Code::invalid || code == Code::corrupt;
  if (!is_final) next_[content_hash] = loop().now() + ask_again_max;
}

Task<Result<void>> Witnessing::release_part(ContentHash content_hash) {
  auto read = CO_TRY(parts_.store.read(content_hash));
  const auto deposit = std::make_shared<const Deposit>(std::move(read));
  const auto part = CO_TRY(co_await open_part(deposit));
  if (!has(content_hash)) co_return fail(Code::not_found, "it was taken back meanwhile");
  const auto release = CO_TRY(release::Release::of_part(*deposit, part));
  CO_TRY(parts_.releasing.keep(release));
  ++released_count_;
  log_.info("its date has come: a part of its key is released",
            {{"content_hash", content_hash.hex()}});
  co_return Result<void>();
}

Task<Result<Releasing::Given>> Witnessing::open(ContentHash content_hash) {
  const auto at = parts_.store.all().find(content_hash);
  if (at == parts_.store.all().end())
    co_return fail(Code::not_found, "this node is no witness of {}", content_hash.hex());
  const auto open_after = at->second;
  const auto now = loop().wall_now();
  if (open_after > now) {
    co_return fail(Code::denied, "it opens on {}, and this machine's clock says {}",
                   base::to_rfc3339(open_after), base::to_rfc3339({now.unix_seconds, 0}));
  }
  if (parts_.refusals.of(content_hash) || co_await ask_if_taken_back_(content_hash))
    co_return fail(Code::conflict, "its author has taken it back, or it is blocked here");
  CO_TRY(co_await release_part(content_hash));
  next_[content_hash] = base::Instant::never();
  co_return co_await parts_.releasing.give(content_hash);
}

}  // namespace tesseras::node

#include "node/releasing.hpp"

#include <algorithm>
#include <optional>
#include <ranges>
#include <utility>

#include "foundation/runtime/together.hpp"
#include "foundation/runtime/waiter.hpp"
#include "node/calling.hpp"

namespace tesseras::node {
namespace {

using base::Bytes;
using base::ByteSpan;
using base::Code;
using base::ContentHash;
using base::fail;
using base::Result;
using release::GetReleaseRequest;
using release::GetReleaseResponse;
using release::GiveAnswer;
using release::GiveReleaseRequest;
using release::GiveResponse;
using release::Release;
using runtime::Task;
using std::chrono::seconds;

constexpr seconds survey_patience{45};
// It is looked for what is to be given so often; who reached nobody tries again after so long, and
// then after twice as long each time.
constexpr seconds look_every{1};
constexpr seconds retry_after{20};
constexpr std::uint32_t doublings_max = 16;
// Others' giving puts one's own off, but not for longer than so many times `again_every`.
constexpr int put_off_max = 7;

bool is_whole(const std::optional<Release>& found) { return found && found->key() != nullptr; }

}  // namespace

Releasing::Releasing(runtime::Loop& loop, transport::Transport& transport, dht::Service& dht,
                     release::ReleaseStore& store, seconds again_every, runtime::Log log)
    : loop_(loop),
      transport_(transport),
      dht_(dht),
      store_(store),
      again_every_(again_every),
      log_(log),
      tasks_(loop) {
  store_.set_on_gone([this](const ContentHash& hash) { turns_.erase(hash); });
  // After a start not all at once.
  for (const auto& [hash, network] : store_.all())
    turns_.emplace(hash, Turn{loop_.now() + some_seconds(again_every_), loop_.now()});
  tasks_.spawn(keep_giving());
}

seconds Releasing::some_seconds(seconds most) {
  std::uint32_t random = 0;
  loop_.fill_random(std::as_writable_bytes(std::span(&random, 1)));
  return seconds(random % std::max<std::int64_t>(most.count(), 1));
}

// Those who keep the same thing do not all give it at once: the first puts off the others' turns.
base::Instant Releasing::a_turn_from_now() {
  return loop_.now() + again_every_ + some_seconds(again_every_ / 2);
}

Releasing::Turn& Releasing::turn_of(const ContentHash& content_hash) {
  return turns_.try_emplace(content_hash, Turn{a_turn_from_now(), loop_.now()}).first->second;
}

// Answering.

void Releasing::add_to(PeerMethods& methods) {
  methods.add(GiveReleaseRequest::method,
              [this](replica::Caller caller, ByteSpan body) { return on_give(caller, body); });
  methods.add(
      GetReleaseRequest::method,
      [this](replica::Caller, ByteSpan body) -> Task<Result<Bytes>> { co_return on_get(body); });
}

Task<Result<Bytes>> Releasing::on_give(replica::Caller caller, ByteSpan body) {
  const auto request = CO_TRY(release::decode<GiveReleaseRequest>(body));
  const auto release = Release::decode(request.release);
  if (!release) {
    ++refused_;
    co_return fail(Code::invalid, "{}", release.error().message);
  }
  const bool had_key = has_key(release->content_hash());
  const auto added = store_.add(*release, replica::limited_network(caller.from, own_addresses_));
  if (!added) {
    ++refused_;
    log_.debug("a released key was not taken", {{"why", added.error().message}});
    if (added.error().code == Code::invalid) co_return fail(added.error());
    co_return encode(GiveResponse{GiveAnswer::later});
  }
  if (*added) ++taken_;
  auto& turn = turn_of(release->content_hash());
  if (!had_key && has_key(release->content_hash()) && release->key() == nullptr) {
    // A key that has just become whole here, of which who brought its last part does not know.
    turn.next = loop_.now();
  } else if (!*added && release->key() != nullptr) {
    // Who brought the key has told the others.
    turn.next = std::clamp(a_turn_from_now(), turn.next,
                           std::max(turn.next, turn.last + put_off_max * again_every_));
  }
  co_return encode(GiveResponse{GiveAnswer::kept});
}

Result<Bytes> Releasing::on_get(ByteSpan body) const {
  const auto request = TRY(release::decode<GetReleaseRequest>(body));
  const auto release = store_.read(request.content_hash);
  return encode(release ? GetReleaseResponse{release->encoded()} : GetReleaseResponse{});
}

// Giving.

Task<Result<Releasing::Given>> Releasing::publish(Release release) {
  CO_TRY(store_.add_own(release));
  co_return co_await give(release.content_hash());
}

Result<void> Releasing::keep(const Release& release) {
  TRY(store_.add_own(release));
  turn_of(release.content_hash()).next = loop_.now();
  give_what_is_due();
  return {};
}

// Who have waited longest: none waits for ever behind those that nobody takes.
std::vector<ContentHash> Releasing::due() const {
  std::vector<std::pair<base::Instant, ContentHash>> waiting;
  for (const auto& [hash, turn] : turns_)
    if (turn.next <= loop_.now()) waiting.emplace_back(turn.next, hash);
  const auto count = std::min(gives_max - giving_, waiting.size());
  std::ranges::partial_sort(waiting, waiting.begin() + static_cast<std::ptrdiff_t>(count));
  std::vector<ContentHash> first;
  for (const auto& [next, hash] : waiting | std::views::take(count)) first.push_back(hash);
  return first;
}

Task<void> Releasing::keep_giving() {
  for (;;) {
    co_await runtime::sleep_until(loop_, loop_.now() + look_every);
    give_what_is_due();
  }
}

void Releasing::give_what_is_due() {
  for (const auto& hash : due()) {
    ++giving_;
    tasks_.spawn(give_in_turn(hash));
  }
}

Task<void> Releasing::give_in_turn(ContentHash content_hash) {
  (void)co_await give(content_hash);
  --giving_;
}

// Who has parts alone asks first whether they are enough elsewhere.
Task<Releasing::Given> Releasing::give(ContentHash content_hash) {
  Given given;
  if (!store_.all().contains(content_hash)) co_return given;
  turn_of(content_hash).next = a_turn_from_now();
  if (!has_key(content_hash)) {
    if (const auto found = co_await find(content_hash)) add_found(*found);
  }
  const auto release = store_.read(content_hash);
  if (!release) co_return given;
  const auto bytes = release->encoded();
  auto nodes = co_await nearest(content_hash);
  if (nodes.size() > keepers_max) nodes.resize(keepers_max);
  std::vector<Task<void>> calls;
  calls.reserve(nodes.size());
  for (const auto& node : nodes) calls.push_back(give_one(node, bytes, given));
  co_await runtime::together(loop_, std::move(calls), calls_max);
  if (!store_.all().contains(content_hash)) co_return given;
  auto& turn = turn_of(content_hash);
  turn.last = loop_.now();
  turn.next = a_turn_from_now();
  if (given.kept == 0) {
    const auto pause = retry_after * (1U << std::min(turn.failed++, doublings_max));
    turn.next = loop_.now() + std::min<seconds>(pause, again_every_);
  } else {
    turn.failed = 0;
    leave_to(nodes, given, content_hash);
  }
  co_return given;
}

// Who was near once and is not any more need not keep it for ever. What it does not count for
// anybody's network is its own.
void Releasing::leave_to(const std::vector<dht::NodeInfo>& keepers, const Given& given,
                         const ContentHash& content_hash) {
  const auto at = store_.all().find(content_hash);
  if (at == store_.all().end() || !at->second || given.kept < keepers_enough) return;
  const auto place = release::place_of(content_hash);
  const auto own = dht::distance(dht_.engine().self().id, place);
  const bool is_near = std::ranges::any_of(
      keepers, [&](const auto& one) { return own < dht::distance(one.id, place); });
  if (is_near) return;
  if (const auto removed = store_.remove(content_hash); !removed)
    log_.warn("a released key could not be removed", {{"why", removed.error().message}});
}

Task<void> Releasing::give_one(dht::NodeInfo node, const Bytes& release, Given& given) {
  const auto name = node.id.hex();
  ++given.asked;
  const auto answer =
      co_await call(loop_, transport_, std::move(node), GiveReleaseRequest{release});
  if (answer && answer->answer == GiveAnswer::kept) {
    ++given.kept;
  } else {
    log_.debug("a released key was not kept",
               {{"node", name}, {"why", answer ? "no room" : answer.error().message}});
  }
}

Task<std::vector<dht::NodeInfo>> Releasing::nearest(ContentHash content_hash) {
  const auto found =
      co_await dht_.survey(release::place_of(content_hash), loop_.now() + survey_patience);
  if (!found) co_return std::vector<dht::NodeInfo>();
  co_return found->nearest;
}

// Asking.

Task<Result<Release>> Releasing::find(ContentHash content_hash) {
  std::optional<Release> found;
  if (auto here = store_.read(content_hash)) found = *std::move(here);
  if (is_whole(found)) co_return *std::move(found);
  const auto nodes = co_await nearest(content_hash);
  std::vector<Task<void>> calls;
  calls.reserve(nodes.size());
  for (const auto& node : nodes) calls.push_back(ask_one(node, content_hash, found));
  co_await runtime::together(loop_, std::move(calls), calls_max);
  if (!found) co_return fail(Code::not_found, "nobody near its place has its key");
  co_return *std::move(found);
}

Task<void> Releasing::ask_one(dht::NodeInfo node, ContentHash content_hash,
                              std::optional<Release>& found) {
  if (is_whole(found)) co_return;
  const auto answer =
      co_await call(loop_, transport_, std::move(node), GetReleaseRequest{content_hash});
  if (!answer || answer->release.empty()) co_return;
  auto release = Release::decode(answer->release);
  if (!release || release->content_hash() != content_hash) co_return;
  if (!found) {
    found = *std::move(release);
  } else {
    (void)found->merge(*release);
  }
}

// More of what is here, which goes on counting for who brought that.
void Releasing::add_found(const Release& release) {
  const auto at = store_.all().find(release.content_hash());
  if (at == store_.all().end()) return;
  if (const auto added = store_.add(release, at->second); !added)
    log_.warn("a released key could not be kept", {{"why", added.error().message}});
}

}  // namespace tesseras::node

#include "node/releasing.hpp"

#include <algorithm>
#include <optional>
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
// It is looked for what is to be given so often; who reached nobody tries again after so long.
constexpr seconds look_every{1};
constexpr seconds retry_after{20};

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
  // After a start not all at once.
  for (const auto& [hash, network] : store_.all()) {
    std::uint32_t random = 0;
    loop_.fill_random(std::as_writable_bytes(std::span(&random, 1)));
    next_.emplace(hash, loop_.now() + seconds(random % again_every_.count()));
  }
  tasks_.spawn(keep_giving());
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
  if (*added) {
    ++taken_;
    // Who brought it has told the others, but of a key that has just become whole here.
    const bool is_whole_now = !had_key && has_key(release->content_hash());
    const bool was_key = release->key() != nullptr;
    const auto soon = loop_.now() + (is_whole_now && !was_key ? seconds(0) : again_every_);
    // What was to be given sooner, still is.
    auto& next = next_.try_emplace(release->content_hash(), soon).first->second;
    next = std::min(next, soon);
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
  CO_TRY(keep(release));
  co_return co_await give(release.content_hash());
}

Result<void> Releasing::keep(const Release& release) {
  TRY(store_.add_own(release));
  next_[release.content_hash()] = loop_.now() + again_every_;
  return {};
}

Task<void> Releasing::keep_giving() {
  for (;;) {
    co_await runtime::sleep_until(loop_, loop_.now() + look_every);
    // Who has waited longest: none waits for ever behind those that nobody takes.
    const auto due =
        std::ranges::min_element(next_, {}, [](const auto& one) { return one.second; });
    if (due != next_.end() && due->second <= loop_.now())
      (void)co_await give(ContentHash(due->first));
  }
}

// Who has parts alone asks first whether they are enough elsewhere.
Task<Releasing::Given> Releasing::give(ContentHash content_hash) {
  next_[content_hash] = loop_.now() + again_every_;
  Given given;
  if (!has_key(content_hash)) {
    if (const auto found = co_await find(content_hash)) note(*found);
  }
  const auto release = store_.read(content_hash);
  if (!release) co_return given;
  const auto bytes = release->encoded();
  const auto nodes = co_await nearest(content_hash);
  for (std::size_t first = 0; first < nodes.size(); first += calls_max) {
    std::vector<Task<void>> calls;
    const auto count = std::min(calls_max, nodes.size() - first);
    for (std::size_t i = first; i < first + count; ++i)
      calls.push_back(give_one(nodes[i], bytes, given));
    co_await runtime::together(loop_, std::move(calls));
  }
  if (given.kept == 0) next_[content_hash] = loop_.now() + std::min(retry_after, again_every_);
  co_return given;
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
  const auto is_whole = [&] { return found && found->key() != nullptr; };
  if (is_whole()) co_return *std::move(found);
  const auto nodes = co_await nearest(content_hash);
  for (std::size_t first = 0; first < nodes.size() && !is_whole(); first += calls_max) {
    std::vector<Task<void>> calls;
    const auto count = std::min(calls_max, nodes.size() - first);
    for (std::size_t i = first; i < first + count; ++i)
      calls.push_back(ask_one(nodes[i], content_hash, found));
    co_await runtime::together(loop_, std::move(calls));
  }
  if (!found) co_return fail(Code::not_found, "nobody near its place has its key");
  co_return *std::move(found);
}

Task<void> Releasing::ask_one(dht::NodeInfo node, ContentHash content_hash,
                              std::optional<Release>& found) {
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

void Releasing::note(const Release& release) {
  if (const auto added = store_.add_own(release); !added)
    log_.warn("a released key could not be kept", {{"why", added.error().message}});
}

}  // namespace tesseras::node

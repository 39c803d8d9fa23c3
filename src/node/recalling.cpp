#include "node/recalling.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "foundation/runtime/together.hpp"
#include "foundation/runtime/waiter.hpp"
#include "foundation/transport/exchange.hpp"
#include "foundation/transport/frame_stream.hpp"
#include "node/calling.hpp"
#include "preserve/replica/limits.hpp"

namespace tesseras::node {
namespace {

using base::Bytes;
using base::Code;
using base::ContentHash;
using base::fail;
using base::Result;
using replica::GetRetractionRequest;
using replica::GetRetractionResponse;
using replica::RetractAnswer;
using replica::RetractRequest;
using replica::RetractResponse;
using replica::SignedRetraction;
using runtime::Task;
using std::chrono::seconds;

constexpr seconds find_patience{45};
constexpr seconds opening_time_max{10};
// A holder lets go of all that it keeps before it answers.
constexpr seconds answer_time_max{60};

Result<SignedRetraction> decoded(const Bytes& bytes, const ContentHash& content_hash) {
  auto retraction = TRY(SignedRetraction::decode(bytes));
  if (retraction.content_hash() == content_hash) return retraction;
  return fail(Code::corrupt, "it is a retraction of another tessera");
}

}  // namespace

Task<Result<RetractAnswer>> tell_of_retraction(runtime::Loop& loop, transport::Transport& transport,
                                               dht::NodeInfo node, Bytes retraction) {
  const auto session =
      CO_TRY(co_await transport.open(peer_of(node), loop.now() + opening_time_max));
  const auto body = CO_TRY(co_await transport::exchange(*session, RetractRequest::method,
                                                        encode(RetractRequest{retraction}),
                                                        loop.now() + answer_time_max));
  co_return CO_TRY(replica::decode<RetractResponse>(body)).answer;
}

Recalling::Recalling(runtime::Offload offload, transport::Transport& transport, dht::Service& dht,
                     Refusing& refusing, RecallingOptions options, runtime::Log log)
    : offload_(offload),
      transport_(transport),
      dht_(dht),
      refusing_(refusing),
      options_(options),
      log_(log),
      rate_({replica::Limits::offers_per_peer, replica::Limits::offers_per_network}),
      tasks_(offload.loop()) {}

// Answering.

void Recalling::add_to(transport::Router& router) {
  const auto is_method = [](std::string_view method) {
    constexpr std::array known = {RetractRequest::method, GetRetractionRequest::method};
    return std::ranges::contains(known, method);
  };
  router.add(is_method, [this](auto session, auto stream, auto request) {
    return serve(std::move(session), std::move(stream), std::move(request));
  });
}

Task<void> Recalling::serve(std::shared_ptr<transport::Session> session,
                            std::unique_ptr<transport::Stream> stream,
                            transport::ReceivedRequest request) {
  auto body = co_await answer(replica::caller_of(*session), *stream, request.request);
  co_await transport::answer_or_refuse(*stream, request.request.id, std::move(body),
                                       in(opening_time_max));
}

Task<Result<Bytes>> Recalling::answer(replica::Caller caller, transport::Stream& stream,
                                      const wire::Request& request) {
  CO_TRY(co_await transport::expect_end(stream, in(opening_time_max)));
  const bool is_retract = request.method == RetractRequest::method;
  if (!rate_.admit(offload_.loop().now(), replica::rate_name(caller.key), caller.from)) {
    if (is_retract) co_return encode(RetractResponse{});
    co_return fail(Code::unavailable, "enough was asked for now; ask again later");
  }
  if (!is_retract) co_return encode(CO_TRY(on_get(request.body)));
  Bytes body(request.body.begin(), request.body.end());
  co_return encode(CO_TRY(co_await on_retract(std::move(body))));
}

Task<Result<RetractResponse>> Recalling::on_retract(Bytes body) {
  const auto request = CO_TRY(replica::decode<RetractRequest>(body));
  const auto retraction = CO_TRY(
      co_await offload_.run([request] { return SignedRetraction::decode(request.retraction); }));
  const bool is_known = co_await refusing_.knows(retraction.content_hash());
  if (!is_known) co_return RetractResponse{RetractAnswer::not_kept};
  const auto taken = co_await take(retraction);
  if (taken) co_return RetractResponse{RetractAnswer::dropped};
  log_.warn("a retraction could not be followed", {{"why", taken.error().message}});
  co_return RetractResponse{RetractAnswer::later};
}

Result<GetRetractionResponse> Recalling::on_get(base::ByteSpan body) const {
  const auto request = TRY(replica::decode<GetRetractionRequest>(body));
  const auto retraction = refusing_.refusals().retraction(request.content_hash);
  return retraction ? GetRetractionResponse{retraction->encoded()} : GetRetractionResponse{};
}

// Telling.

Task<Result<void>> Recalling::take(SignedRetraction retraction) {
  const auto hash = retraction.content_hash();
  const auto done = CO_TRY(co_await refusing_.retract(retraction));
  if (!done.was_new || tellings_.size() == tellings_max) co_return done.let_go;
  Telling& telling = tellings_[hash];
  telling.retraction = std::make_shared<const Bytes>(retraction.encoded());
  for (const auto& node : done.holders) telling.holders[node.key] = {node, false};
  tasks_.spawn(keep_telling(hash));
  co_return done.let_go;
}

Recalling::Report Recalling::report(const ContentHash& content_hash) const {
  Report report;
  const auto at = tellings_.find(content_hash);
  if (at == tellings_.end()) return report;
  report.is_busy = !at->second.was_told_once;
  report.holders.reserve(at->second.holders.size());
  for (const auto& [key, told] : at->second.holders) report.holders.push_back(told);
  return report;
}

Task<void> Recalling::keep_telling(ContentHash content_hash) {
  const auto until = in(options_.telling_time);
  for (auto pause = options_.first_retry;; pause = std::min(2 * pause, options_.retry_max)) {
    co_await tell_all(content_hash);
    co_await look_for_more(content_hash);
    co_await tell_all(content_hash);
    tellings_.at(content_hash).was_told_once = true;
    if (in(pause) > until) break;
    co_await runtime::sleep_until(offload_.loop(), in(pause));
  }
  tellings_.erase(content_hash);
}

// Others that say to the network that they keep some: those that came back, or that were given some
// by holders who did not know yet.
Task<void> Recalling::look_for_more(ContentHash content_hash) {
  const auto found = co_await dht_.find(dht::key_of(content_hash), in(find_patience));
  if (!found) co_return;
  auto& holders = tellings_.at(content_hash).holders;
  for (const auto& record : found->holders) {
    if (!record.share || record.node_key == dht_.engine().self().key) continue;
    if (holders.size() == 2 * replica::Roster::holders_max) break;
    auto& told = holders[record.node_key];
    told.node = {record.node, record.node_key, record.nonce, record.endpoints, {}};
  }
}

Task<void> Recalling::tell_all(ContentHash content_hash) {
  std::vector<Task<void>> calls;
  for (const auto& [key, told] : tellings_.at(content_hash).holders)
    if (!told.has_let_go) calls.push_back(tell(content_hash, told.node));
  co_await runtime::together(offload_.loop(), std::move(calls), calls_max);
}

Task<void> Recalling::tell(ContentHash content_hash, dht::NodeInfo node) {
  const auto retraction = tellings_.at(content_hash).retraction;
  const auto answer = co_await tell_of_retraction(offload_.loop(), transport_, node, *retraction);
  if (!answer) {
    log_.debug("a holder could not be told of a retraction",
               {{"holder", node.id.hex()}, {"why", answer.error().message}});
    co_return;
  }
  if (*answer != RetractAnswer::later)
    tellings_.at(content_hash).holders.at(node.key).has_let_go = true;
}

// Asking.

void Recalling::ask(const ContentHash& content_hash, std::vector<dht::NodeInfo> holders) {
  if (asking_ == calls_max || refusing_.refusals().retracted().contains(content_hash)) return;
  std::vector<transport::Peer> peers;
  while (!holders.empty() && peers.size() < asked_max) {
    std::uint64_t random = 0;
    offload_.loop().fill_random(std::as_writable_bytes(std::span(&random, 1)));
    const auto drawn = holders.begin() + static_cast<std::ptrdiff_t>(random % holders.size());
    peers.push_back(peer_of(*drawn));
    holders.erase(drawn);
  }
  if (peers.empty()) return;
  ++asking_;
  tasks_.spawn(ask_some(content_hash, std::move(peers)));
}

Task<void> Recalling::ask_some(ContentHash content_hash, std::vector<transport::Peer> peers) {
  (void)co_await learn(content_hash, std::move(peers));
  --asking_;
}

Task<bool> Recalling::is_taken_back(dht::NodeInfo node, ContentHash content_hash) {
  if (refusing_.refusals().retracted().contains(content_hash)) co_return true;
  std::vector<transport::Peer> peers;
  peers.push_back(peer_of(node));
  co_return co_await learn(content_hash, std::move(peers));
}

Task<bool> Recalling::was_taken_back(ContentHash content_hash) {
  if (refusing_.refusals().retracted().contains(content_hash)) co_return true;
  const auto found = co_await dht_.find(dht::key_of(content_hash), in(find_patience));
  if (!found) co_return false;
  std::vector<transport::Peer> peers;
  for (const auto& record : found->holders) {
    if (peers.size() == calls_max) break;
    if (record.node_key == dht_.engine().self().key) continue;
    peers.push_back({transport::PeerId{record.node_key.bytes}, record.endpoints});
  }
  co_return co_await learn(content_hash, std::move(peers));
}

// Whether one of these has a retraction; where it is of use here, it is taken.
Task<bool> Recalling::learn(ContentHash content_hash, std::vector<transport::Peer> peers) {
  const auto found = co_await find(content_hash, std::move(peers));
  if (!found) co_return false;
  const bool is_known = co_await refusing_.knows(content_hash);
  if (!is_known) co_return true;
  if (const auto taken = co_await take(*found); !taken)
    log_.warn("a retraction could not be followed", {{"why", taken.error().message}});
  co_return true;
}

Task<std::optional<base::Error>> Recalling::why_taken_back(ContentHash content_hash,
                                                           std::vector<transport::Peer> peers) {
  const auto found = co_await find(content_hash, std::move(peers));
  if (!found) co_return std::nullopt;
  co_return taken_back(found->retraction(), Code::not_found);
}

Task<Result<SignedRetraction>> Recalling::find(ContentHash content_hash,
                                               std::vector<transport::Peer> peers) {
  std::optional<SignedRetraction> found;
  std::vector<Task<void>> calls;
  calls.reserve(peers.size());
  for (auto& peer : peers) calls.push_back(ask_one(content_hash, std::move(peer), found));
  co_await runtime::together(offload_.loop(), std::move(calls), calls_max);
  if (!found) co_return fail(Code::not_found, "none of them knows of a retraction");
  co_return *std::move(found);
}

Task<void> Recalling::ask_one(ContentHash content_hash, transport::Peer peer,
                              std::optional<SignedRetraction>& found) {
  if (found) co_return;
  auto answer = co_await answer_of(content_hash, std::move(peer));
  if (answer && !found) found = *std::move(answer);
}

Task<Result<SignedRetraction>> Recalling::answer_of(ContentHash content_hash,
                                                    transport::Peer peer) {
  const auto session = CO_TRY(co_await transport_.open(peer, in(opening_time_max)));
  const auto body = CO_TRY(co_await transport::exchange(*session, GetRetractionRequest::method,
                                                        encode(GetRetractionRequest{content_hash}),
                                                        in(opening_time_max)));
  auto response = CO_TRY(replica::decode<GetRetractionResponse>(body));
  if (response.retraction.empty()) co_return fail(Code::not_found, "it knows of none");
  co_return co_await offload_.run([bytes = std::move(response.retraction), content_hash] {
    return decoded(bytes, content_hash);
  });
}

}  // namespace tesseras::node

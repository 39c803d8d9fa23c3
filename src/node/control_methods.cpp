#include "node/control_methods.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "foundation/base/text.hpp"
#include "foundation/runtime/waiter.hpp"

namespace tesseras::node {
namespace {

using base::Bytes;
using base::Code;
using base::fail;
using base::Result;
using runtime::Task;
using std::chrono::seconds;

// A lookup ends by itself well before.
constexpr seconds patience{45};
// A node that has just started may still be on its way into the network.
constexpr seconds joining_time{15};
constexpr seconds pause{1};

seconds since(base::Instant now, base::Instant then) {
  return std::max(seconds(0), std::chrono::duration_cast<seconds>(now - then));
}

PeersAnswer::Peer peer_of(base::Instant now, const dht::Contact& contact) {
  const auto info = dht::dialable(contact);
  return {info.id, info.endpoints, info.capabilities, since(now, contact.last_seen),
          contact.failures};
}

FindAnswer::Holder holder_of(const dht::HolderRecord& record) {
  return {record.node, record.endpoints, record.share ? record.share->fragments.count() : 0};
}

}  // namespace

ControlMethods::ControlMethods(runtime::Loop& loop, dht::Service& dht, OpenVault open_vault,
                               Publications& publications, Inbox& inbox,
                               std::function<NodeInfoAnswer()> info)
    : loop_(loop),
      dht_(dht),
      open_vault_(std::move(open_vault)),
      publications_(publications),
      inbox_(inbox),
      info_(std::move(info)) {}

Task<Result<Bytes>> ControlMethods::answer(std::string method, Bytes body,
                                           runtime::ByteStream& stream) {
  if (method == NodeInfoRequest::method) {
    CO_TRY(decode<NodeInfoRequest>(body));
    co_return encode(info_());
  }
  if (method == PeersRequest::method) {
    co_return encode(CO_TRY(peers(CO_TRY(decode<PeersRequest>(body)))));
  }
  if (method == PublishRequest::method) {
    const auto request = CO_TRY(decode<PublishRequest>(body));
    co_return encode(CO_TRY(co_await publish(request)));
  }
  if (method == OfferRequest::method) {
    co_return encode(CO_TRY(offer(CO_TRY(decode<OfferRequest>(body)))));
  }
  if (method == TakeRequest::method) {
    const auto request = CO_TRY(decode<TakeRequest>(body));
    const auto taken =
        CO_TRY(co_await inbox_.take(request.content_hash, request.size_bytes, stream));
    co_return encode(TakeAnswer{taken.files});
  }
  if (method == FindRequest::method) {
    const auto request = CO_TRY(decode<FindRequest>(body));
    co_return encode(CO_TRY(co_await find(request)));
  }
  if (method == StatusRequest::method) {
    co_return encode(CO_TRY(status(CO_TRY(decode<StatusRequest>(body)))));
  }
  co_return fail(Code::unsupported, "this daemon knows no '{}'; it is older than what asks it",
                 base::to_printable(method));
}

Result<PeersAnswer> ControlMethods::peers(const PeersRequest& request) const {
  const auto contacts = dht_.engine().table().contacts();
  PeersAnswer answer;
  for (std::size_t i = request.first; i < contacts.size(); ++i) {
    if (answer.peers.size() == ControlMessageLimits::peers_per_answer) {
      answer.has_more = true;
      break;
    }
    answer.peers.push_back(peer_of(loop_.now(), contacts[i]));
  }
  return answer;
}

Task<Result<PublishAnswer>> ControlMethods::publish(PublishRequest request) {
  const auto vault = CO_TRY(open_vault_());
  const auto tessera = CO_TRY(vault->tessera(request.content_hash));
  if (!tessera.is_readable) {
    co_return fail(Code::corrupt,
                   "the daemon's copy of {} is damaged; import the tessera into its vault again",
                   request.content_hash.hex().substr(0, 16));
  }
  CO_TRY(publications_.add(request.content_hash));
  const auto key = dht::key_of(request.content_hash);
  const auto deadline = loop_.now() + patience;
  for (;;) {
    const auto published = CO_TRY(co_await dht_.publish(key, {}, deadline));
    const bool is_reachable = !dht_.engine().self().endpoints.empty();
    // A node that has just started joins within seconds; nobody should have to ask twice.
    const bool is_joining = loop_.now() < dht_.started_at() + joining_time;
    if (published.kept > 0 || !is_joining || loop_.now() + pause > deadline) {
      co_return PublishAnswer{published.asked, published.kept, is_reachable};
    }
    co_await runtime::sleep_until(loop_, loop_.now() + pause);
  }
}

Result<OfferAnswer> ControlMethods::offer(const OfferRequest& request) {
  const auto vault = TRY(open_vault_());
  const auto tessera = vault->tessera(request.content_hash);
  if (tessera && tessera->is_readable) return OfferAnswer{false};
  if (!tessera && tessera.error().code != Code::not_found) return fail(tessera.error());
  TRY(inbox_.check_room(request.size_bytes));
  return OfferAnswer{true};
}

Task<Result<FindAnswer>> ControlMethods::find(FindRequest request) {
  const auto deadline = loop_.now() + patience;
  while (!dht_.is_bootstrapped() && loop_.now() < dht_.started_at() + joining_time) {
    co_await runtime::sleep_until(loop_, loop_.now() + pause);
  }
  const auto found = CO_TRY(co_await dht_.find(dht::key_of(request.content_hash), deadline));
  FindAnswer answer{{}, found.asked, found.hops};
  for (const auto& record : found.holders) answer.holders.push_back(holder_of(record));
  co_return answer;
}

Result<StatusAnswer> ControlMethods::status(const StatusRequest& request) {
  StatusAnswer answer;
  const auto vault = TRY(open_vault_());
  const auto tessera = vault->tessera(request.content_hash);
  if (!tessera && tessera.error().code != Code::not_found) return fail(tessera.error());
  answer.is_in_vault = tessera.has_value();
  answer.is_published = publications_.all().contains(request.content_hash);
  if (const auto round = dht_.engine().last_round(dht::key_of(request.content_hash))) {
    answer.last_round = Round{round->asked, round->kept, since(loop_.now(), round->ended_at)};
  }
  return answer;
}

}  // namespace tesseras::node

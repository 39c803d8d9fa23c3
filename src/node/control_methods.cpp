#include "node/control_methods.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "foundation/base/text.hpp"
#include "foundation/runtime/waiter.hpp"
#include "node/tessera_plan.hpp"

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
  return {record.node, record.endpoints,
          record.share ? record.share->fragments : dht::FragmentSet()};
}

// What was given to others, as they have acknowledged it.
KeptByOthers given(const Spread& spread) {
  KeptByOthers others;
  others.fragments = spread.shape.fragments();
  others.needed = spread.shape.data();
  others.kept = spread.kept.count();
  others.holders = spread.holders;
  others.may_vanish = spread.may_vanish;
  others.is_busy = spread.is_busy;
  others.breaks_diversity = spread.breaks_diversity;
  others.trouble = spread.trouble;
  return others;
}

// What counts of it, as those who keep it have answered since.
void count(KeptByOthers& others, const Upkeep::Kept& kept) {
  others.fragments = kept.shape.fragments();
  others.needed = kept.shape.data();
  others.kept = kept.safety.kept.count();
  others.holders = kept.safety.holders;
  others.is_here = kept.here.any();
  others.missing = kept.safety.missing;
  others.is_in_need = kept.is_in_need;
  others.may_vanish = kept.safety.may_vanish;
}

}  // namespace

ControlMethods::ControlMethods(runtime::Loop& loop, const Parts& parts, OpenVault open_vault,
                               std::function<NodeInfoAnswer()> info, std::string node_card)
    : loop_(loop),
      dht_(parts.dht),
      publications_(parts.publications),
      inbox_(parts.inbox),
      plans_(parts.plans),
      rosters_(parts.rosters),
      spreading_(parts.spreading),
      fetching_(parts.fetching),
      ledger_(parts.ledger),
      upkeep_(parts.upkeep),
      refusals_(parts.refusals),
      releases_(parts.releases),
      open_vault_(std::move(open_vault)),
      info_(std::move(info)),
      node_card_(std::move(node_card)) {}

Task<Result<ControlAnswer>> ControlMethods::answer(std::string method, Bytes body,
                                                   runtime::ByteStream& stream) {
  if (method == CollectRequest::method) {
    co_return collect(CO_TRY(decode<CollectRequest>(body)));
  }
  co_return ControlAnswer{
      CO_TRY(co_await body_of_answer(std::move(method), std::move(body), stream))};
}

Result<Bytes> ControlMethods::node_info(base::ByteSpan body) const {
  TRY(decode<NodeInfoRequest>(body));
  return encode(info_());
}

Result<Bytes> ControlMethods::node_card(base::ByteSpan body) const {
  TRY(decode<NodeCardRequest>(body));
  return encode(NodeCardAnswer{node_card_});
}

Task<Result<Bytes>> ControlMethods::body_of_answer(std::string method, Bytes body,
                                                   runtime::ByteStream& stream) {
  if (method == NodeInfoRequest::method) co_return node_info(body);
  if (method == NodeCardRequest::method) co_return node_card(body);
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
  if (method == SpreadRequest::method) {
    co_return encode(CO_TRY(spread(CO_TRY(decode<SpreadRequest>(body)))));
  }
  if (method == HoldersRequest::method) {
    co_return encode(CO_TRY(holders(CO_TRY(decode<HoldersRequest>(body)))));
  }
  if (method == FetchRequest::method) {
    co_return encode(CO_TRY(fetch(CO_TRY(decode<FetchRequest>(body)))));
  }
  if (method == LedgerRequest::method) {
    co_return encode(ledger(CO_TRY(decode<LedgerRequest>(body))));
  }
  if (RefusalMethods::is_method(method)) {
    co_return co_await refusals_.answer(method, std::move(body));
  }
  if (ReleaseMethods::is_method(method)) {
    co_return co_await releases_.answer(method, std::move(body));
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
  if (const auto why = why_refused(refusals_.refusals(), request.content_hash, Code::conflict))
    co_return fail(*why);
  const auto vault = CO_TRY(open_vault_());
  const auto tessera = CO_TRY(vault->tessera(request.content_hash));
  if (!tessera.is_readable) {
    co_return fail(Code::corrupt,
                   "the daemon's copy of {} is damaged; import the tessera into its vault again",
                   request.content_hash.hex().substr(0, 16));
  }
  CO_TRY(check_may_be_given(tessera));
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
  for (const auto& record : found.holders) {
    if (answer.holders.size() == ControlMessageLimits::holders_per_answer) break;
    answer.holders.push_back(holder_of(record));
  }
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
  const auto spread = spreading_.spread_of(request.content_hash);
  if (!spread && spread.error().code != Code::not_found) return fail(spread.error());
  if (spread) answer.others = given(*spread);
  if (const auto kept = upkeep_.kept(request.content_hash)) {
    if (!answer.others) answer.others.emplace();
    count(*answer.others, *kept);
  }
  if (answer.others) answer.others->proved_ago = proved_ago(request.content_hash);
  const auto& refusals = refusals_.refusals();
  answer.is_blocked = refusals.blocked().contains(request.content_hash);
  if (refusals.retracted().contains(request.content_hash)) {
    const auto retraction = refusals.retraction(request.content_hash);
    answer.retracted_seconds = retraction ? retraction->retraction().retracted_at.unix_seconds : 0;
  }
  return answer;
}

// The plan by which this node knows who keeps it.
std::optional<base::PlanId> ControlMethods::plan_of(const base::ContentHash& content_hash) const {
  if (const auto kept = upkeep_.kept(content_hash)) return kept->plan;
  const auto own = plans_.plan(content_hash);
  return own ? std::optional(own->id()) : std::nullopt;
}

std::optional<seconds> ControlMethods::proved_ago(const base::ContentHash& content_hash) const {
  std::int64_t last = 0;
  if (const auto plan = plan_of(content_hash)) {
    const auto roster = rosters_.of(*plan);
    for (const auto& [key, holder] : roster.holders) last = std::max(last, holder.proved_seconds);
  }
  if (last == 0) return std::nullopt;
  return seconds(std::max<std::int64_t>(0, loop_.wall_now().unix_seconds - last));
}

Result<SpreadAnswer> ControlMethods::spread(const SpreadRequest& request) {
  const auto plan = TRY(replica::SignedPlan::decode(request.plan));
  if (const auto why = why_refused(refusals_.refusals(), plan.plan().content_hash, Code::conflict))
    return fail(*why);
  const auto vault = TRY(open_vault_());
  TRY(vault->tessera(plan.plan().content_hash));
  TRY(plans_.set(plan));
  spreading_.begin(plan.plan().content_hash);
  return SpreadAnswer{};
}

Result<HoldersAnswer> ControlMethods::holders(const HoldersRequest& request) const {
  const auto own = plans_.plan(request.content_hash);
  const auto kept = upkeep_.kept(request.content_hash);
  if (!own && !kept) return fail(own.error());
  HoldersAnswer answer;
  answer.is_ours = own.has_value();
  const auto roster = rosters_.of(own ? own->id() : kept->plan);
  for (const auto& [key, holder] : roster.holders) {
    answer.holders.push_back({holder.node.id, holder.node.endpoints, holder.fragments,
                              holder.since_seconds, holder.proved_seconds});
  }
  return answer;
}

LedgerAnswer ControlMethods::ledger(const LedgerRequest& request) const {
  const auto accounts = ledger_.accounts();
  LedgerAnswer answer;
  for (std::uint32_t number = 0; const auto& [key, account] : accounts) {
    if (number++ < request.first) continue;
    if (answer.accounts.size() == ControlMessageLimits::accounts_per_answer) {
      answer.has_more = true;
      break;
    }
    answer.accounts.push_back({key, account.kept_for_it, account.kept_for_us});
  }
  return answer;
}

Result<FetchAnswer> ControlMethods::fetch(const FetchRequest& request) {
  const auto state = TRY(fetching_.fetch(request.content_hash));
  return FetchAnswer{state.come_bytes, state.needed_bytes, state.holders, state.is_ready};
}

Result<ControlAnswer> ControlMethods::collect(const CollectRequest& request) {
  const auto size_bytes = TRY(fetching_.size_bytes(request.content_hash));
  return ControlAnswer{encode(CollectAnswer{size_bytes}),
                       [this, hash = request.content_hash](runtime::ByteStream& stream) {
                         return fetching_.collect(hash, stream);
                       }};
}

}  // namespace tesseras::node

#include "foundation/transport/dialer.hpp"

#include <algorithm>
#include <utility>

namespace tesseras::transport {

using base::Code;
using base::Error;
using base::fail;
using base::Result;
using runtime::Task;

Dialer::Dialer(runtime::Loop& loop, const Limits& limits, Begin begin)
    : loop_(loop), limits_(limits), begin_(std::move(begin)) {}

Dialer::~Dialer() {
  while (!openings_.empty())
    conclude(openings_.begin()->first, fail(Code::cancelled, "the transport was closed"));
}

Task<Result<std::shared_ptr<Session>>> Dialer::open(Peer peer, base::Instant deadline) {
  return reach(std::move(peer), false, deadline);
}

Task<Result<std::shared_ptr<Session>>> Dialer::meet(std::vector<runtime::Endpoint> endpoints,
                                                    base::Instant deadline) {
  Peer anybody{{}, std::move(endpoints)};
  loop_.fill_random(anybody.id.bytes);
  return reach(std::move(anybody), true, deadline);
}

Task<Result<std::shared_ptr<Session>>> Dialer::reach(Peer peer, bool is_meeting,
                                                     base::Instant deadline) {
  // What is no one's address; a peer's list may hold anything.
  std::erase_if(peer.endpoints, [](const runtime::Endpoint& endpoint) {
    return endpoint.port == 0 || endpoint.address.is_unspecified() ||
           endpoint.address.is_multicast();
  });
  if (peer.endpoints.empty()) {
    co_return fail(Code::invalid, "there is no address of {}",
                   is_meeting ? "anybody" : peer.id.hex());
  }
  const auto waiter = std::make_shared<SessionWaiter>(loop_);
  join(peer, is_meeting, waiter);
  // From here on the Dialer may be gone.
  auto opened = co_await waiter->wait(deadline);
  if (!opened && opened.error().code == Code::timeout) {
    co_return fail(Code::timeout, "nobody answered at {} in time", peer.endpoints.front().text());
  }
  co_return opened;
}

void Dialer::join(const Peer& peer, bool is_meeting, const std::shared_ptr<SessionWaiter>& waiter) {
  auto& opening = openings_[peer.id];
  opening.is_meeting = is_meeting;
  std::erase_if(opening.waiting, [](const auto& waiting) { return waiting.expired(); });
  // What was told to somebody who waits no longer is tried no more.
  if (opening.waiting.empty()) opening.endpoints.resize(opening.tried);
  opening.waiting.push_back(waiter);
  for (const auto& endpoint : peer.endpoints) {
    if (opening.endpoints.size() - opening.tried == limits_.endpoints_per_peer_max) break;
    if (!std::ranges::contains(opening.endpoints, endpoint)) opening.endpoints.push_back(endpoint);
  }
  // Also where all that was known before is being tried: what is new does not wait for that to
  // fail.
  if (opening.next == nullptr) try_next(peer.id);
}

// Begins the next attempt, if there is one; gives up when none is left or under way.
void Dialer::try_next(const PeerId& id) {
  const auto found = openings_.find(id);
  if (found == openings_.end()) return;
  auto& opening = found->second;
  opening.next.reset();
  const auto before = opening.under_way;
  while (opening.under_way == before && opening.tried < opening.endpoints.size()) {
    const auto begun = begin_({id, opening.is_meeting, opening.endpoints[opening.tried++]});
    if (begun) {
      ++opening.under_way;
    } else {
      opening.why_not = begun.error();
    }
  }
  if (opening.under_way == 0) return conclude(id, fail(opening.why_not));
  if (opening.tried == opening.endpoints.size()) return;
  opening.next =
      loop_.call_at(loop_.now() + limits_.next_endpoint_after, [this, id] { try_next(id); });
}

void Dialer::succeeded(const PeerId& id, const std::shared_ptr<Session>& session) {
  conclude(id, session);
}

void Dialer::failed(const PeerId& id, const Error& why) {
  const auto found = openings_.find(id);
  if (found == openings_.end()) return;
  --found->second.under_way;
  // That somebody else answers there says more than that nobody does.
  if (found->second.why_not.code != Code::denied) found->second.why_not = why;
  try_next(id);
}

void Dialer::conclude(const PeerId& id, const Result<std::shared_ptr<Session>>& result) {
  const auto found = openings_.find(id);
  if (found == openings_.end()) return;
  const auto concluded = std::move(found->second);
  openings_.erase(found);
  for (const auto& waiting : concluded.waiting) {
    if (const auto waiter = waiting.lock()) waiter->set(result);
  }
}

}  // namespace tesseras::transport

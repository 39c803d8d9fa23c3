// Reaching a peer who has several addresses: one after another, beside one another when they are
// slow (RFC 8305), and only once for all who ask.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "foundation/runtime/loop.hpp"
#include "foundation/runtime/waiter.hpp"
#include "foundation/transport/limits.hpp"
#include "foundation/transport/transport.hpp"

namespace tesseras::transport {

class Dialer {
 public:
  struct Attempt {
    PeerId id;  // of the peer; or by what name a meeting is known, whose peer has any
    bool is_meeting = false;
    runtime::Endpoint remote;
  };
  // Begins one attempt, which must end: with succeeded() or failed(), not from inside of this
  // call. Or an error, when it cannot even begin.
  using Begin = std::function<base::Result<void>(const Attempt&)>;

  // `limits` outlives it.
  Dialer(runtime::Loop& loop, const Limits& limits, Begin begin);
  // Whoever waits gets cancelled.
  ~Dialer();
  Dialer(const Dialer&) = delete;
  Dialer& operator=(const Dialer&) = delete;

  // As Transport::open, for a peer to whom there is no session. The Dialer may be gone before the
  // task ends.
  runtime::Task<base::Result<std::shared_ptr<Session>>> open(Peer peer, base::Instant deadline);
  // As Transport::meet.
  runtime::Task<base::Result<std::shared_ptr<Session>>> meet(
      std::vector<runtime::Endpoint> endpoints, base::Instant deadline);

  // There is a session to that peer, by an attempt or since it has called us; or the meeting of
  // that name has led to it.
  void succeeded(const PeerId& id, const std::shared_ptr<Session>& session);
  // An attempt to reach that peer has failed.
  void failed(const PeerId& id, const base::Error& why);

 private:
  using SessionWaiter = runtime::Waiter<std::shared_ptr<Session>>;
  struct Opening {
    bool is_meeting = false;
    std::vector<runtime::Endpoint> endpoints;
    std::size_t tried = 0;  // so many of them
    std::size_t under_way = 0;
    std::vector<std::weak_ptr<SessionWaiter>> waiting;
    base::Error why_not;
    std::unique_ptr<runtime::Timer> next;
  };

  runtime::Task<base::Result<std::shared_ptr<Session>>> reach(Peer peer, bool is_meeting,
                                                              base::Instant deadline);
  void join(const Peer& peer, bool is_meeting, const std::shared_ptr<SessionWaiter>& waiter);
  void try_next(const PeerId& id);
  void conclude(const PeerId& id, const base::Result<std::shared_ptr<Session>>& result);

  runtime::Loop& loop_;
  const Limits& limits_;
  Begin begin_;
  std::map<PeerId, Opening> openings_;
};

}  // namespace tesseras::transport

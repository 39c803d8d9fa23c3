#include "sim/transport.hpp"

#include <algorithm>
#include <utility>

#include "sim/session.hpp"

namespace tesseras::sim {

using base::Code;
using base::Error;
using base::fail;
using base::Instant;
using base::Result;
using runtime::Task;
using transport::Session;

Result<std::unique_ptr<SimTransport>> SimTransport::make(World& world, Switchboard& board,
                                                         Node& node, const PeerId& self,
                                                         std::uint16_t port,
                                                         const transport::Limits& limits) {
  std::unique_ptr<SimTransport> made(new SimTransport(world, board, node, self, limits));
  made->port_ = TRY(node.bind_datagrams({node.address(), port}, made->deaf_));
  made->local_ = made->port_->local();
  board.listening_[made->local_] = made.get();
  return made;
}

SimTransport::SimTransport(World& world, Switchboard& board, Node& node, const PeerId& self,
                           const transport::Limits& limits)
    : world_(world),
      board_(board),
      node_(node),
      self_(self),
      limits_(limits),
      dialer_(std::make_unique<transport::Dialer>(
          node, limits_, [this](const auto& attempt) { return dial(attempt); })) {}

SimTransport::~SimTransport() {
  alive_.reset();
  handler_ = nullptr;
  dialer_.reset();
  if (port_ != nullptr) board_.listening_.erase(local_);
  while (!sessions_.empty()) {
    const auto session = sessions_.begin()->second;
    // A node that has lost its power says nothing.
    if (node_.has_power()) {
      session->close();
    } else {
      session->end({Code::cancelled, "the node has lost its power"});
    }
  }
  std::exchange(buried_, {}).clear();
}

Task<Result<std::shared_ptr<Session>>> SimTransport::open(transport::Peer peer, Instant deadline) {
  if (peer.id == self_) co_return fail(Code::invalid, "a node has no session with itself");
  if (const auto found = by_peer_.find(peer.id);
      found != by_peer_.end() && (found->second->is_dialled() || peer.endpoints.empty())) {
    co_return found->second->shared_from_this();
  }
  co_return co_await dialer_->open(std::move(peer), deadline);
}

Result<void> SimTransport::dial(const transport::Dialer::Attempt& attempt) {
  if (!has_room()) return fail(Code::exhausted, "too many sessions are open; try again later");
  const auto serial = next_serial_++;
  const auto session =
      std::make_shared<SimSession>(*this, serial, attempt.id, attempt.remote, true);
  session->is_meeting_ = attempt.is_meeting;
  sessions_.emplace(serial, session);
  calling_.emplace(serial, session.get());
  session->call();
  return {};
}

void SimTransport::on_call(const std::shared_ptr<SimSession>& caller) {
  // It may have called before, and not heard the answer.
  if (const auto known = caller->called_.lock(); known != nullptr && known->owner_ == this) return;
  const auto serial = next_serial_;
  const auto session = std::make_shared<SimSession>(*this, serial, caller->owner_->self_,
                                                    caller->owner_->local_, false);
  if (caller->owner_ == this) {
    session->refuse(caller, {Code::invalid, fmt::format("{} is this node itself", local_.text())});
  } else if (!caller->is_meeting_ && caller->peer_ != self_) {
    session->refuse(caller,
                    {Code::denied, fmt::format("{} has another key than expected", local_.text())});
  } else if (!has_room()) {
    session->refuse(
        caller, {Code::unavailable, fmt::format("{} takes no more sessions now", local_.text())});
  } else {
    ++next_serial_;
    sessions_.emplace(serial, session);
    caller->called_ = session;
    session->answer(caller);
  }
}

void SimTransport::on_stranger(const std::weak_ptr<SimSession>& from) {
  const auto sender = from.lock();
  if (sender == nullptr || sender->has_ended()) return;
  // As a stateless reset, which nobody sends again when it is lost.
  const auto arrives =
      world_.network().arrival(node_.address(), sender->owner_->local_.address, 64, world_.now());
  if (!arrives) return;
  world_.call_at(*arrives, [from] {
    if (const auto session = from.lock())
      session->end({Code::unavailable, "the peer knows nothing of the session any more"});
  });
}

bool SimTransport::has_room() {
  if (sessions_.size() < limits_.sessions_max) return true;
  SimSession* oldest = nullptr;
  for (const auto& [serial, session] : sessions_) {
    if (!session->is_open() || session->has_streams()) continue;
    if (oldest == nullptr || session->last_used() < oldest->last_used()) oldest = session.get();
  }
  if (oldest == nullptr) return false;
  oldest->close();
  return true;
}

// As over QUIC.
void SimTransport::offer(SimSession& session) {
  auto& offered = by_peer_[session.peer()];
  if (offered == nullptr || session.is_caller_ || !offered->is_caller_) offered = &session;
}

void SimTransport::on_established(SimSession& session) {
  open_[session.peer()].push_back(&session);
  offer(session);
  if (!session.is_caller_) return;
  calling_.erase(session.serial());
  std::vector<std::shared_ptr<SimSession>> others;
  for (const auto& [serial, other] : calling_) {
    const bool is_the_same = other->peer() == session.peer() || other->attempt_ == session.attempt_;
    if (is_the_same) others.push_back(other->shared_from_this());
  }
  dialer_->succeeded(session.peer(), session.shared_from_this());
  dialer_->succeeded(session.attempt_, session.shared_from_this());
  for (const auto& other : others) other->close();
}

void SimTransport::on_ended(SimSession& session, bool was_attempt, const Error& why) {
  const auto id = session.peer();
  calling_.erase(session.serial());
  if (const auto open = open_.find(id); open != open_.end()) {
    std::erase(open->second, &session);
    if (open->second.empty()) open_.erase(open);
  }
  if (const auto found = by_peer_.find(id); found != by_peer_.end() && found->second == &session) {
    by_peer_.erase(found);
    if (const auto open = open_.find(id); open != open_.end()) {
      for (auto* other : open->second) offer(*other);
    }
  }
  sessions_.erase(session.serial());
  if (was_attempt && dialer_ != nullptr) dialer_->failed(session.attempt_, why);
}

void SimTransport::bury(std::unique_ptr<runtime::Tasks> tasks) {
  buried_.push_back(std::move(tasks));
  node_.post([this, alive = std::weak_ptr(alive_)] {
    // What is dropped may close sessions, and bury more.
    if (!alive.expired()) std::exchange(buried_, {}).clear();
  });
}

}  // namespace tesseras::sim

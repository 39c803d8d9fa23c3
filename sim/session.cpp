#include "sim/session.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "foundation/transport/serving.hpp"

namespace tesseras::sim {

using base::Code;
using base::Error;
using base::fail;
using base::Instant;
using base::Result;
using runtime::Task;
using std::chrono::milliseconds;
using std::chrono::seconds;
using transport::StreamState;

namespace {

// A packet's head and its frames', near enough.
constexpr std::size_t head_bytes = 40;
constexpr std::size_t handshake_bytes = 1200;
// What goes at once; a few packets, so that a slow link's queue takes it.
constexpr std::size_t piece_bytes = 16 * 1024;
constexpr std::size_t pieces_max = 16;
// What is lost comes later: first about as late as QUIC would notice, then ever later.
constexpr auto first_again_after = milliseconds(100);
constexpr auto longest_again_after = seconds(2);
constexpr auto call_again_after = seconds(1);

}  // namespace

SimSession::SimSession(SimTransport& owner, std::uint64_t serial, const PeerId& peer,
                       const Endpoint& remote, bool is_caller)
    : owner_(&owner),
      loop_(owner.node_),
      world_(owner.world_),
      serial_(serial),
      peer_(peer),
      attempt_(peer),
      remote_(remote),
      is_caller_(is_caller),
      last_used_(loop_.now()),
      heard_(loop_.now()),
      began_(loop_.now()),
      again_after_(first_again_after),
      next_stream_(is_caller ? 0 : 1),
      tasks_(std::make_unique<runtime::Tasks>(loop_)) {}

void SimSession::call() {
  const auto arrives =
      world_.network().arrival(loop_.address(), remote_.address, handshake_bytes, world_.now());
  if (arrives) {
    world_.call_at(*arrives, [board = &owner_->board_, weak = weak_from_this()] {
      const auto self = weak.lock();
      if (self == nullptr || self->state_ != State::calling) return;
      if (auto* called = board->find(self->remote_)) called->on_call(self);
    });
  }
  arm();
}

void SimSession::answer(const std::shared_ptr<SimSession>& caller) {
  other_ = caller;
  state_ = State::open;
  streams_left_ = caller->owner_->limits_.streams_per_session_max;
  const auto self = shared_from_this();
  push(handshake_bytes,
       [weak = weak_from_this(), peer = owner_->self_,
        streams = owner_->limits_.streams_per_session_max](SimSession& caller_side) {
         if (caller_side.state_ != State::calling) return;
         caller_side.other_ = weak;
         caller_side.peer_ = peer;
         caller_side.state_ = State::open;
         caller_side.streams_left_ = streams;
         caller_side.last_used_ = caller_side.loop_.now();
         caller_side.owner_->on_established(caller_side);
       });
  owner_->on_established(*this);
  arm();
}

void SimSession::refuse(const std::shared_ptr<SimSession>& caller, const Error& why) {
  const auto arrives = world_.network().arrival(loop_.address(), caller->owner_->local_.address,
                                                handshake_bytes, world_.now());
  state_ = State::ended;
  owner_ = nullptr;
  if (!arrives) return;
  world_.call_at(*arrives, [weak = std::weak_ptr(caller), why] {
    const auto session = weak.lock();
    if (session != nullptr && session->state_ == State::calling) session->end(why);
  });
}

void SimSession::close() {
  if (has_ended()) return;
  const auto self = shared_from_this();
  // Behind what was sent before, and lost with it.
  if (outbox_.empty()) {
    push(head_bytes, [](SimSession& peer_side) {
      peer_side.end(
          {Code::unavailable, fmt::format("{} has closed the session", peer_side.remote_.text())});
    });
  }
  end({Code::cancelled, "the session was closed on our side"});
}

void SimSession::end(const Error& why) {
  if (has_ended()) return;
  const auto self = shared_from_this();
  const bool was_attempt = state_ == State::calling;
  state_ = State::ended;
  end_ = why;
  timer_.reset();
  outbox_.clear();
  for (const auto& [id, flow] : streams_) flow.stream->on_session_end(why);
  streams_.clear();
  wake_openers();
  owner_->bury(std::move(tasks_));
  std::exchange(owner_, nullptr)->on_ended(*this, was_attempt, why);
}

// What is sent arrives once, whole and in order, unless the session ends before.
void SimSession::push(std::size_t size_bytes, Deliver deliver) {
  const auto packet = last_packet_.lock();
  if (packet != nullptr && size_bytes <= head_bytes && last_sent_ == world_.now() &&
      outbox_.empty()) {
    packet->more.push_back(std::move(deliver));
    return;
  }
  outbox_.push_back({size_bytes, std::move(deliver)});
  if (!is_waiting_) pump();
}

void SimSession::pump() {
  while (!outbox_.empty()) {
    auto& first = outbox_.front();
    const auto arrives =
        world_.network().arrival(loop_.address(), remote_.address, first.size_bytes, world_.now());
    if (!arrives) {
      is_waiting_ = true;
      world_.call_at(world_.now() + again_after_, [weak = weak_from_this()] {
        const auto self = weak.lock();
        if (self == nullptr || self->has_ended()) return;
        self->is_waiting_ = false;
        self->pump();
      });
      again_after_ = std::min<base::nanoseconds>(2 * again_after_, longest_again_after);
      return;
    }
    again_after_ = first_again_after;
    last_arrival_ = std::max(last_arrival_, *arrives);
    last_sent_ = world_.now();
    const auto packet = std::make_shared<Packet>(std::move(first.deliver));
    last_packet_ = packet;
    world_.call_at(last_arrival_,
                   [packet, board = &owner_->board_, to = other_, remote = remote_,
                    from = weak_from_this()] { arrive(*packet, *board, to, remote, from); });
    outbox_.pop_front();
  }
}

void SimSession::arrive(Packet& packet, Switchboard& board, const std::weak_ptr<SimSession>& to,
                        const Endpoint& remote, const std::weak_ptr<SimSession>& from) {
  const auto receiver = to.lock();
  if (receiver == nullptr || receiver->has_ended()) {
    if (auto* there = board.find(remote)) there->on_stranger(from);
    return;
  }
  receiver->heard();
  packet.first(*receiver);
  for (auto& deliver : packet.more) {
    if (!receiver->has_ended()) deliver(*receiver);
  }
}

void SimSession::heard() { heard_ = loop_.now(); }

// Open streams keep a session alive; an unused one ends with its time.
void SimSession::arm() {
  if (has_ended()) return;
  const auto& limits = owner_->limits_;
  due_ = heard_ + limits.idle_time_max;
  if (state_ == State::calling) {
    due_ = std::min(loop_.now() + call_again_after, began_ + limits.handshake_time_max);
  } else if (has_streams()) {
    due_ = std::min(due_, loop_.now() + limits.keep_alive_time);
  }
  wait();
}

// Most of what is due moves on before its time, so a timer that is early is left alone.
void SimSession::wait() {
  if (timer_ != nullptr && timer_at_ <= due_) return;
  timer_at_ = due_;
  timer_ = loop_.call_at(due_, [this] { on_time(); });
}

void SimSession::on_time() {
  const auto self = shared_from_this();
  const auto& limits = owner_->limits_;
  const auto now = loop_.now();
  timer_.reset();
  if (now < due_) return wait();
  if (state_ == State::calling) {
    if (now - began_ >= limits.handshake_time_max)
      return end({Code::timeout, fmt::format("{} has not answered in time", remote_.text())});
    return call();
  }
  if (now - heard_ >= limits.idle_time_max)
    return end({Code::unavailable, fmt::format("{} has fallen silent", remote_.text())});
  if (has_streams() && outbox_.empty()) {
    push(head_bytes, [](SimSession& peer_side) { peer_side.push(head_bytes, [](SimSession&) {}); });
  }
  arm();
}

// Streams.

SimSession::Flow* SimSession::find(std::int64_t id) {
  const auto found = streams_.find(id);
  return found == streams_.end() ? nullptr : &found->second;
}

SimSession::Flow* SimSession::find_or_open(std::int64_t id) {
  if (auto* known = find(id)) return known;
  if (is_local(id) || id <= last_foreign_) return nullptr;  // over and done with
  last_foreign_ = id;
  auto stream = std::make_shared<StreamState>(loop_, shared_from_this(), id);
  auto& flow = streams_[id];
  flow.stream = stream;
  last_used_ = loop_.now();
  arm();
  serve_soon(std::move(stream));
  return &flow;
}

Task<Result<std::unique_ptr<transport::Stream>>> SimSession::open_stream(Instant deadline) {
  const auto self = shared_from_this();
  while (true) {
    if (has_ended()) co_return fail(end_);
    if (streams_left_ > 0) break;
    const auto waiter = std::make_shared<runtime::Waiter<void>>(loop_);
    std::erase_if(awaits_stream_, [](const auto& waiting) { return waiting.expired(); });
    awaits_stream_.push_back(waiter);
    const auto woken = co_await waiter->wait(deadline);
    if (!woken && woken.error().code == Code::timeout)
      co_return fail(Code::timeout, "{} takes no more streams at once", remote_.text());
  }
  --streams_left_;
  const auto id = next_stream_;
  next_stream_ += 2;
  auto stream = std::make_shared<StreamState>(loop_, self, id);
  streams_[id].stream = stream;
  last_used_ = loop_.now();
  arm();
  co_return std::make_unique<transport::StreamHandle>(std::move(stream));
}

void SimSession::send_soon(StreamState& stream) {
  if (auto* known = find(stream.id())) flow(*known);
}

// Sends what the peer has room for.
void SimSession::flow(Flow& flow) {
  if (flow.done_sending) return;
  auto& stream = *flow.stream;
  const auto id = stream.id();
  const auto window = owner_->limits_.stream_window_bytes;
  while (stream.has_unsent() && flow.in_flight < window) {
    std::array<base::ByteSpan, pieces_max> pieces;
    const auto count = stream.unsent(pieces);
    auto room = std::min(piece_bytes, window - flow.in_flight);
    base::Bytes bytes;
    for (std::size_t i = 0; i < count && room > 0; ++i) {
      const auto piece = pieces[i].first(std::min(pieces[i].size(), room));
      bytes.insert(bytes.end(), piece.begin(), piece.end());
      room -= piece.size();
    }
    flow.in_flight += bytes.size();
    stream.on_sent(bytes.size(), false);
    const auto size_bytes = head_bytes + bytes.size();
    push(size_bytes, [id, sent = std::move(bytes)](SimSession& peer_side) {
      peer_side.on_data(id, sent, false);
    });
  }
  if (!stream.wants_end() || stream.has_unsent()) return;
  stream.on_sent(0, true);
  flow.done_sending = true;
  push(head_bytes, [id](SimSession& peer_side) { peer_side.on_data(id, {}, true); });
  close_if_done(id);
}

void SimSession::on_data(std::int64_t id, base::ByteSpan bytes, bool is_end) {
  auto* known = find_or_open(id);
  if (known == nullptr || known->done_receiving) return;
  known->stream->on_data(bytes, is_end);
  known->done_receiving = is_end;
  close_if_done(id);
}

void SimSession::give_credit(StreamState& stream, std::size_t count) {
  if (has_ended()) return;
  // Who has sent the end has had room for everything.
  if (const auto* known = find(stream.id()); known != nullptr && known->done_receiving) return;
  push(head_bytes,
       [id = stream.id(), count](SimSession& peer_side) { peer_side.on_credit(id, count); });
}

void SimSession::on_credit(std::int64_t id, std::size_t count) {
  auto* known = find(id);
  if (known == nullptr) return;
  known->in_flight -= std::min(known->in_flight, count);
  known->stream->on_acknowledged(count);
  flow(*known);
}

void SimSession::stop_writing(StreamState& stream, std::uint64_t code) {
  auto* known = find(stream.id());
  if (known == nullptr || std::exchange(known->done_sending, true)) return;
  push(head_bytes,
       [id = stream.id(), code](SimSession& peer_side) { peer_side.on_reset(id, code); });
  close_if_done(stream.id());
}

void SimSession::stop_reading(StreamState& stream, std::uint64_t code) {
  if (find(stream.id()) == nullptr) return;
  push(head_bytes,
       [id = stream.id(), code](SimSession& peer_side) { peer_side.on_stop(id, code); });
}

void SimSession::on_reset(std::int64_t id, std::uint64_t code) {
  auto* known = find_or_open(id);
  if (known == nullptr || std::exchange(known->done_receiving, true)) return;
  known->stream->on_reset(code);
  close_if_done(id);
}

// The peer reads no more, so our way ends too.
void SimSession::on_stop(std::int64_t id, std::uint64_t code) {
  auto* known = find_or_open(id);
  if (known == nullptr || known->done_sending) return;
  known->stream->on_stopped(code);
  stop_writing(*known->stream, code);
}

void SimSession::close_if_done(std::int64_t id) {
  auto* known = find(id);
  if (known == nullptr || !known->done_sending || !known->done_receiving) return;
  const auto stream = known->stream;
  streams_.erase(id);
  stream->on_closed(std::nullopt);
  last_used_ = loop_.now();
  release(*stream);
}

void SimSession::serve_soon(StreamPointer stream) {
  stream->is_served = true;
  ++serving_;
  loop_.post([weak = weak_from_this(), stream = std::move(stream)] {
    const auto self = weak.lock();
    if (self == nullptr || self->has_ended()) return;
    self->tasks_->spawn(transport::serve(self, self->owner_->handler_, stream));
  });
}

void SimSession::on_served(const StreamState& stream) {
  --serving_;
  last_used_ = loop_.now();
  if (!has_ended()) release(stream);
}

// The peer may open another one, once nothing of this one is left.
void SimSession::release(const StreamState& stream) {
  if (!stream.is_closed() || stream.is_served || is_local(stream.id())) return;
  push(head_bytes, [](SimSession& peer_side) {
    ++peer_side.streams_left_;
    peer_side.wake_openers();
  });
}

void SimSession::wake_openers() {
  for (auto& waiting : std::exchange(awaits_stream_, {})) {
    if (const auto waiter = waiting.lock()) waiter->set({});
  }
}

std::size_t SimSession::room_for(const StreamState& stream) const {
  if (has_ended()) return 0;
  const auto most = owner_->limits_.stream_unacknowledged_bytes_max;
  return most - std::min(most, stream.kept());
}

}  // namespace tesseras::sim

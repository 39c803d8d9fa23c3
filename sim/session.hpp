// One side of a session between two SimTransports.
#pragma once

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "sim/transport.hpp"

namespace tesseras::sim {

using base::Instant;

class SimSession final : public transport::Session,
                         public transport::StreamCarrier,
                         public std::enable_shared_from_this<SimSession> {
 public:
  SimSession(SimTransport& owner, std::uint64_t serial, const PeerId& peer, const Endpoint& remote,
             bool is_caller);

  // Session.
  const PeerId& peer() const override { return peer_; }
  Endpoint remote() const override { return remote_; }
  bool is_open() const override { return state_ == State::open; }
  bool is_dialled() const override { return is_caller_; }
  runtime::Task<base::Result<std::unique_ptr<transport::Stream>>> open_stream(
      Instant deadline) override;
  void close() override;

  // The handshake: the caller calls until it is answered; both are then sure of the other.
  void call();
  void answer(const std::shared_ptr<SimSession>& caller);
  void refuse(const std::shared_ptr<SimSession>& caller, const base::Error& why);
  const std::weak_ptr<SimSession>& other() const { return other_; }

  void end(const base::Error& why);
  bool has_ended() const { return state_ == State::ended; }
  std::uint64_t serial() const { return serial_; }
  bool has_streams() const { return !streams_.empty() || serving_ > 0; }
  Instant last_used() const { return last_used_; }
  std::unique_ptr<runtime::Tasks> take_tasks() { return std::move(tasks_); }

  // StreamCarrier.
  void send_soon(transport::StreamState& stream) override;
  void give_credit(transport::StreamState& stream, std::size_t count) override;
  void stop_writing(transport::StreamState& stream, std::uint64_t code) override;
  void stop_reading(transport::StreamState& stream, std::uint64_t code) override;
  std::size_t room_for(const transport::StreamState& stream) const override;
  void on_kept(std::size_t) override {}
  void on_released(std::size_t) override {}

  // Of serving.hpp: nothing answers the stream any more.
  void on_served(const transport::StreamState& stream);

 private:
  friend class SimTransport;
  enum class State { calling, open, ended };
  using Deliver = std::move_only_function<void(SimSession&)>;
  using StreamPointer = std::shared_ptr<transport::StreamState>;
  struct Message {
    std::size_t size_bytes = 0;
    Deliver deliver;
  };
  // What is under way; small things that follow at the same moment come along.
  struct Packet {
    Deliver first;
    std::vector<Deliver> more;
  };
  struct Flow {
    StreamPointer stream;
    std::size_t in_flight = 0;  // sent and not read by the peer
    bool done_sending = false;
    bool done_receiving = false;
  };

  void push(std::size_t size_bytes, Deliver deliver);
  void pump();
  static void arrive(Packet& packet, Switchboard& board, const std::weak_ptr<SimSession>& to,
                     const Endpoint& remote, const std::weak_ptr<SimSession>& from);
  void heard();
  void on_time();
  void arm();
  void wait();

  bool is_local(std::int64_t id) const { return (id % 2 == 0) == is_caller_; }
  Flow* find(std::int64_t id);
  Flow* find_or_open(std::int64_t id);
  void flow(Flow& flow);
  void close_if_done(std::int64_t id);
  void on_data(std::int64_t id, base::ByteSpan bytes, bool is_end);
  void on_credit(std::int64_t id, std::size_t count);
  void on_reset(std::int64_t id, std::uint64_t code);
  void on_stop(std::int64_t id, std::uint64_t code);
  void serve_soon(StreamPointer stream);
  void release(const transport::StreamState& stream);
  void wake_openers();

  SimTransport* owner_;  // null once it has ended
  Node& loop_;
  World& world_;
  std::uint64_t serial_;
  PeerId peer_, attempt_;  // by what name the dialer knows it
  bool is_meeting_ = false;
  Endpoint remote_;
  bool is_caller_;
  State state_ = State::calling;
  base::Error end_;
  std::weak_ptr<SimSession> other_;
  std::weak_ptr<SimSession> called_;  // who has taken our call, when we do not know it yet
  Instant last_used_, heard_, began_;

  std::list<Message> outbox_;  // the first was lost, and the others wait for it
  bool is_waiting_ = false;
  std::weak_ptr<Packet> last_packet_;
  Instant last_sent_;
  base::nanoseconds again_after_;
  Instant last_arrival_;

  std::map<std::int64_t, Flow> streams_;
  std::int64_t next_stream_;
  std::int64_t last_foreign_ = -1;
  std::size_t streams_left_ = 0;  // that the peer will take
  std::vector<std::weak_ptr<runtime::Waiter<void>>> awaits_stream_;
  std::size_t serving_ = 0;
  std::unique_ptr<runtime::Tasks> tasks_;
  Instant due_, timer_at_;
  std::unique_ptr<runtime::Timer> timer_;
};

}  // namespace tesseras::sim

// For the tests of QUIC: a loop whose sockets can be made deaf and dumb, listened to and moved.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <vector>

#include "foundation/base/assert.hpp"
#include "foundation/runtime/system_loop.hpp"
#include "foundation/transport/quic_transport.hpp"

namespace tesseras::transport {

// A node's view of a loop that it shares with others.
class FaultyLoop final : public runtime::Loop {
 public:
  explicit FaultyLoop(runtime::Loop& loop) : loop_(loop) {}

  bool is_mute = false;  // nothing goes out, nothing comes in
  // Sees each datagram that goes out, may change it, and says how often it is sent.
  std::function<int(const runtime::Endpoint& to, base::Bytes& datagram)> on_sending;

  std::size_t longest_batch = 0;  // datagrams that were sent in one piece
  // The system takes nothing.
  bool is_full = false;
  void make_room() {
    is_full = false;
    for (auto* socket : sockets_) socket->handler.on_writable();
  }

  // All its sockets get another port, as behind a NAT that has forgotten them.
  void rebind() {
    for (auto* socket : sockets_) socket->rebind();
  }

  base::Instant now() const override { return loop_.now(); }
  base::WallTime wall_now() const override { return loop_.wall_now(); }
  std::unique_ptr<runtime::Timer> call_at(base::Instant when, runtime::Callback then) override {
    return loop_.call_at(when, std::move(then));
  }
  void post(runtime::Callback then) override { loop_.post(std::move(then)); }
  base::Result<std::unique_ptr<runtime::DatagramSocket>> bind_datagrams(
      const runtime::Endpoint& local, runtime::DatagramHandler& handler) override {
    auto socket = std::make_unique<Socket>(*this, handler);
    socket->bound = TRY(loop_.bind_datagrams(local, *socket));
    socket->shown = socket->bound->local();
    return socket;
  }
  void fill_random(base::MutableByteSpan into) override { loop_.fill_random(into); }

 private:
  struct Socket final : runtime::DatagramSocket, runtime::DatagramHandler {
    Socket(FaultyLoop& of, runtime::DatagramHandler& to) : loop(of), handler(to) {
      loop.sockets_.push_back(this);
    }
    ~Socket() override { std::erase(loop.sockets_, this); }
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;

    runtime::Endpoint local() const override { return shown; }
    std::size_t send(std::span<const runtime::OutgoingDatagrams> batch) override {
      if (loop.is_mute) return batch.size();
      if (loop.is_full) return 0;
      for (const auto& one : batch) {
        const auto size = one.segment_bytes == 0 ? one.bytes.size() : one.segment_bytes;
        loop.longest_batch = std::max(loop.longest_batch, (one.bytes.size() + size - 1) / size);
      }
      if (!loop.on_sending) return bound->send(batch);
      for (const auto& one : batch) {
        for (auto rest = one.bytes; !rest.empty();) {
          const auto size = one.segment_bytes == 0 ? rest.size() : one.segment_bytes;
          const auto next = rest.first(std::min(size, rest.size()));
          rest = rest.subspan(next.size());
          base::Bytes datagram(next.begin(), next.end());
          for (int times = loop.on_sending(one.to, datagram); times > 0; --times) {
            const runtime::OutgoingDatagrams alone{one.to, datagram};
            bound->send({&alone, 1});
          }
        }
      }
      return batch.size();
    }
    void on_datagrams(std::span<const runtime::IncomingDatagrams> batch) override {
      if (!loop.is_mute) handler.on_datagrams(batch);
    }
    void on_writable() override { handler.on_writable(); }
    void rebind() {
      // The node still believes that it sends from where it was.
      bound = loop.loop_.bind_datagrams({bound->local().address, 0}, *this).value();
    }

    FaultyLoop& loop;
    runtime::DatagramHandler& handler;
    std::unique_ptr<runtime::DatagramSocket> bound;
    runtime::Endpoint shown;
  };

  runtime::Loop& loop_;
  std::vector<Socket*> sockets_;
};

inline crypto::SecretBytes<32> key_of(std::size_t node) {
  crypto::SecretBytes<32> key;
  key.mutable_span()[0] = static_cast<std::byte>(node + 1);
  return key;
}

// Three nodes on this machine's own network.
class QuicFixture {
 public:
  explicit QuicFixture(const Limits& limits = {}) : limits_(limits) {
    for (std::size_t i = 0; i < 3; ++i) add_node();
    nowhere_ = loop_->bind_datagrams({runtime::IpAddress::v4(127, 0, 0, 1), 0}, silence_).value();
  }

  FaultyLoop& loop(std::size_t node) { return *loops_[node]; }
  runtime::SystemLoop& system() { return *loop_; }
  QuicTransport& node(std::size_t number) { return *nodes_[number]; }
  runtime::Endpoint nowhere() const { return nowhere_->local(); }
  void run_for(base::nanoseconds span) {
    const auto timer = loop_->call_at(loop_->now() + span, [this] { loop_->stop(); });
    loop_->run();
  }
  // One more.
  void add_node() {
    loops_.push_back(std::make_unique<FaultyLoop>(*loop_));
    nodes_.emplace_back();
    make(nodes_.size() - 1, {{runtime::IpAddress::v4(127, 0, 0, 1), 0}});
  }
  // In place of the one that is there.
  void make(std::size_t node, std::vector<runtime::Endpoint> listen) {
    QuicOptions options;
    options.listen = std::move(listen);
    options.limits = limits_;
    nodes_[node].reset();
    nodes_[node] = QuicTransport::make(*loops_[node], key_of(node), options).value();
  }
  void vanish(std::size_t node) { loops_[node]->is_mute = true; }
  void destroy(std::size_t node) { nodes_[node].reset(); }

 private:
  struct Silence final : runtime::DatagramHandler {
    void on_datagrams(std::span<const runtime::IncomingDatagrams>) override {}
    void on_writable() override {}
  };

  Limits limits_;
  std::unique_ptr<runtime::SystemLoop> loop_ = runtime::make_system_loop();
  std::vector<std::unique_ptr<FaultyLoop>> loops_;
  std::vector<std::unique_ptr<QuicTransport>> nodes_;
  Silence silence_;
  std::unique_ptr<runtime::DatagramSocket> nowhere_;
};

}  // namespace tesseras::transport

#include "foundation/runtime/system_loop.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <unistd.h>

#include <csignal>
#include <utility>

#include "foundation/crypto/random.hpp"
#include "foundation/runtime/clock.hpp"
#include "foundation/runtime/interrupt.hpp"
#include "foundation/runtime/stream_socket.hpp"
#include "foundation/runtime/system_streams.hpp"
#include "foundation/runtime/udp_socket.hpp"

namespace tesseras::runtime {
namespace {

namespace asio = boost::asio;
using base::Instant;
using base::Result;
using boost::system::error_code;

// So many calls in a row, then sockets get their turn.
constexpr int calls_in_a_row = 256;

class SystemDatagrams final : public DatagramSocket {
 public:
  SystemDatagrams(asio::io_context& context, UdpSocket socket, DatagramHandler& handler)
      : state_(std::make_shared<State>(context, std::move(socket), handler)) {
    await_readable(state_);
  }
  ~SystemDatagrams() override {
    state_->handler = nullptr;
    state_->readiness.release();  // the descriptor is the UdpSocket's to close
  }
  SystemDatagrams(const SystemDatagrams&) = delete;
  SystemDatagrams& operator=(const SystemDatagrams&) = delete;

  Endpoint local() const override { return state_->socket.local(); }

  std::size_t send(std::span<const OutgoingDatagrams> batch) override {
    const auto sent = state_->socket.send(batch);
    if (sent < batch.size()) await_writable(state_);
    return sent;
  }

 private:
  struct State {
    State(asio::io_context& context, UdpSocket udp, DatagramHandler& receiver)
        : socket(std::move(udp)), readiness(context, socket.descriptor()), handler(&receiver) {}
    UdpSocket socket;
    asio::posix::stream_descriptor readiness;
    DatagramHandler* handler;  // null once the socket was dropped
    bool awaits_writable = false;
  };

  static void await_readable(const std::shared_ptr<State>& state) {
    state->readiness.async_wait(asio::posix::descriptor_base::wait_read,
                                [state](const error_code& error) {
                                  if (error || state->handler == nullptr) return;
                                  const auto batch = state->socket.receive();
                                  if (!batch.empty()) state->handler->on_datagrams(batch);
                                  if (state->handler != nullptr) await_readable(state);
                                });
  }

  static void await_writable(const std::shared_ptr<State>& state) {
    if (std::exchange(state->awaits_writable, true)) return;
    state->readiness.async_wait(asio::posix::descriptor_base::wait_write,
                                [state](const error_code& error) {
                                  state->awaits_writable = false;
                                  if (error || state->handler == nullptr) return;
                                  state->handler->on_writable();
                                });
  }

  std::shared_ptr<State> state_;
};

class AsioLoop final : public SystemLoop {
 public:
  Instant now() const override { return system_clock().now(); }
  base::WallTime wall_now() const override { return system_clock().wall_now(); }

  std::unique_ptr<Timer> call_at(Instant when, Callback then) override {
    auto timer = calls_.add(when, std::move(then));
    arm();
    return timer;
  }

  void post(Callback then) override {
    asio::post(context_, [then = std::move(then)]() mutable { then(); });
  }

  Result<std::unique_ptr<DatagramSocket>> bind_datagrams(const Endpoint& local,
                                                         DatagramHandler& handler) override {
    return std::make_unique<SystemDatagrams>(context_, TRY(UdpSocket::bind(local)), handler);
  }

  Result<std::unique_ptr<DatagramSocket>> bind_multicast(const Endpoint& group,
                                                         const NetworkLink& link,
                                                         DatagramHandler& handler) override {
    return std::make_unique<SystemDatagrams>(context_, TRY(UdpSocket::bind_multicast(group, link)),
                                             handler);
  }

  void fill_random(base::MutableByteSpan into) override { crypto::fill_random(into); }

  void run() override {
    const auto stays = asio::make_work_guard(context_);
    context_.restart();
    context_.run();
  }

  void stop() override { context_.stop(); }

  Result<std::unique_ptr<StreamListener>> listen_local(const std::filesystem::path& at,
                                                       std::uint32_t permissions) override {
    return make_listener(context_, *this, TRY(StreamSocket::listen_local(at, permissions)));
  }

  Result<std::unique_ptr<StreamListener>> listen(const Endpoint& local) override {
    return make_listener(context_, *this, TRY(StreamSocket::listen(local)));
  }

  Result<std::unique_ptr<ByteStream>> connect_local(const std::filesystem::path& at) override {
    return make_stream(context_, *this, TRY(StreamSocket::connect_local(at)));
  }

  Task<Result<std::unique_ptr<ByteStream>>> connect(Endpoint to, Instant deadline) override {
    return connect_stream(context_, *this, to, deadline);
  }

  void on_signals(std::function<void(Signal)> then) override {
    on_signal_ = std::move(then);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
      if (!is_signal_ignored(signal)) signals_.add(signal);
    }
    await_signal();
  }

 private:
  // The one timer of the system's that stands for all of ours.
  void arm() {
    const Instant due = calls_.next_due();
    if (due >= armed_for_) return;
    armed_for_ = due;
    timer_.expires_after(std::max(due - now(), base::nanoseconds(0)));
    timer_.async_wait([this](const error_code& error) {
      if (!error) call_due();
    });
  }

  void call_due() {
    const Instant due = now();
    for (int i = 0; i < calls_in_a_row; ++i) {
      auto call = calls_.take_due(due);
      if (!call) break;
      (*call)();
    }
    armed_for_ = Instant::never();
    arm();
  }

  void await_signal() {
    signals_.async_wait([this](const error_code& error, int number) {
      if (error) return;
      await_signal();
      on_signal_(number == SIGHUP    ? Signal::hang_up
                 : number == SIGTERM ? Signal::terminate
                                     : Signal::interrupt);
    });
  }

  asio::io_context context_{1};
  asio::steady_timer timer_{context_};
  asio::signal_set signals_{context_};
  std::function<void(Signal)> on_signal_;
  Instant armed_for_ = Instant::never();
  TimerQueue calls_;
};

}  // namespace

std::uint32_t current_user() { return ::geteuid(); }

std::unique_ptr<SystemLoop> make_system_loop() { return std::make_unique<AsioLoop>(); }

}  // namespace tesseras::runtime

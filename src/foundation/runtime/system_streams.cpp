#include "foundation/runtime/system_streams.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <array>
#include <utility>

#include "foundation/base/assert.hpp"
#include "foundation/runtime/waiter.hpp"

namespace tesseras::runtime {
namespace {

namespace asio = boost::asio;
using base::Instant;
using base::Result;
using boost::system::error_code;

enum class Until { readable, writable };

// Waits for the system to say that a descriptor is ready. What is read or written then is read by
// whoever waited, so that a task that was dropped leaves nothing behind that writes into its
// memory.
class Readiness {
 public:
  Readiness(asio::io_context& context, Loop& loop, int descriptor)
      : state_(std::make_shared<State>(context, loop, descriptor)) {}
  ~Readiness() { state_->descriptor.release(); }  // the descriptor is the socket's to close
  Readiness(const Readiness&) = delete;
  Readiness& operator=(const Readiness&) = delete;

  Task<Result<void>> wait(Until until, Instant deadline) {
    const auto state = state_;
    Turn turn(*state, until);
    if (!std::exchange(state->side(until).is_asked, true)) ask(state, until);
    co_return co_await turn.ready.wait(deadline);
  }

 private:
  struct Side {
    bool is_asked = false;  // of the system; outlives a wait that took too long
    Waiter<void>* waiter = nullptr;
  };
  struct State {
    State(asio::io_context& context, Loop& on, int number)
        : descriptor(context, number), loop(on) {}
    Side& side(Until until) { return sides[static_cast<std::size_t>(until)]; }

    asio::posix::stream_descriptor descriptor;
    Loop& loop;
    std::array<Side, 2> sides;
  };
  // One wait; whoever drops it is not called any more.
  struct Turn {
    Turn(State& of, Until until) : ready(of.loop), side(of.side(until)) {
      ASSERT(side.waiter == nullptr);
      side.waiter = &ready;
    }
    ~Turn() { side.waiter = nullptr; }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    Waiter<void> ready;
    Side& side;
  };

  static void ask(const std::shared_ptr<State>& state, Until until) {
    const auto kind = until == Until::readable ? asio::posix::descriptor_base::wait_read
                                               : asio::posix::descriptor_base::wait_write;
    state->descriptor.async_wait(kind, [state, until](const error_code& error) {
      auto& side = state->side(until);
      side.is_asked = false;
      if (!error && side.waiter != nullptr) side.waiter->set({});
    });
  }

  std::shared_ptr<State> state_;
};

class SystemStream final : public ByteStream {
 public:
  SystemStream(asio::io_context& context, Loop& loop, StreamSocket socket)
      : socket_(std::move(socket)), readiness_(context, loop, socket_.descriptor()) {}

  Task<Result<std::size_t>> read(base::MutableByteSpan into, Instant deadline) override {
    for (;;) {
      const auto got = CO_TRY(socket_.receive(into));
      if (got) co_return *got;
      CO_TRY(co_await readiness_.wait(Until::readable, deadline));
    }
  }

  Task<Result<void>> write(base::ByteSpan bytes, Instant deadline) override {
    while (!bytes.empty()) {
      const auto sent = CO_TRY(socket_.send(bytes));
      if (sent) {
        bytes = bytes.subspan(*sent);
      } else {
        CO_TRY(co_await readiness_.wait(Until::writable, deadline));
      }
    }
    co_return Result<void>();
  }

  Task<Result<void>> connected(Instant deadline) {
    CO_TRY(co_await readiness_.wait(Until::writable, deadline));
    co_return socket_.connected();
  }

  void finish() override { socket_.finish(); }
  std::optional<std::uint32_t> peer_user() const override { return socket_.peer_user(); }

 private:
  StreamSocket socket_;
  Readiness readiness_;
};

class SystemListener final : public StreamListener {
 public:
  SystemListener(asio::io_context& context, Loop& loop, StreamSocket socket)
      : context_(context),
        loop_(loop),
        socket_(std::move(socket)),
        readiness_(context, loop, socket_.descriptor()) {}

  Task<Result<std::unique_ptr<ByteStream>>> accept(Instant deadline) override {
    for (;;) {
      auto taken = CO_TRY(socket_.accept());
      if (taken) co_return make_stream(context_, loop_, *std::move(taken));
      CO_TRY(co_await readiness_.wait(Until::readable, deadline));
    }
  }

  std::uint16_t port() const override { return socket_.port(); }

 private:
  asio::io_context& context_;
  Loop& loop_;
  StreamSocket socket_;
  Readiness readiness_;
};

}  // namespace

std::unique_ptr<ByteStream> make_stream(asio::io_context& context, Loop& loop,
                                        StreamSocket socket) {
  return std::make_unique<SystemStream>(context, loop, std::move(socket));
}

std::unique_ptr<StreamListener> make_listener(asio::io_context& context, Loop& loop,
                                              StreamSocket socket) {
  return std::make_unique<SystemListener>(context, loop, std::move(socket));
}

Task<Result<std::unique_ptr<ByteStream>>> connect_stream(asio::io_context& context, Loop& loop,
                                                         Endpoint to, Instant deadline) {
  auto stream = std::make_unique<SystemStream>(context, loop, CO_TRY(StreamSocket::connect(to)));
  CO_TRY(co_await stream->connected(deadline));
  co_return std::unique_ptr<ByteStream>(std::move(stream));
}

}  // namespace tesseras::runtime

// The one thread on which all protocol state lives: time, timers, datagrams, entropy.
//
// Bodies: the operating system's (system_loop.hpp, on Boost.Asio), and the simulator's
// (sim/world.hpp), where time passes only when all that is due has been done. Everything that a
// program of ours does, it does through this, so that a run can be replayed from its seed.
// loop_suite.hpp holds all bodies to this. All calls are for the loop's own thread, but post().
#pragma once

#include <memory>
#include <span>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "foundation/base/time.hpp"
#include "foundation/runtime/endpoint.hpp"
#include "foundation/runtime/timer_queue.hpp"

namespace tesseras::runtime {

// Bytes for one address; a batch of them when they are longer than segment_bytes: then each
// datagram has that many, and the last at most.
struct OutgoingDatagrams {
  Endpoint to;
  base::ByteSpan bytes;
  std::size_t segment_bytes = 0;  // 0: one datagram
};

// As above: what came in one after another from one address.
struct IncomingDatagrams {
  Endpoint from;
  Endpoint to;  // which of our addresses it was sent to, where the system says so
  base::ByteSpan bytes;
  std::size_t segment_bytes = 0;
};

class DatagramSocket {
 public:
  virtual ~DatagramSocket() = default;
  virtual Endpoint local() const = 0;
  // How many of `batch`, from its first on, the system took: fewer when its buffers are full;
  // on_writable comes when there is room again. A datagram that cannot be delivered (no route,
  // too long) counts as taken: a network may lose any.
  virtual std::size_t send(std::span<const OutgoingDatagrams> batch) = 0;
};

// Outlives the socket that it listens to. What is given is there only during the call.
class DatagramHandler {
 public:
  virtual ~DatagramHandler() = default;
  virtual void on_datagrams(std::span<const IncomingDatagrams> batch) = 0;
  virtual void on_writable() = 0;
};

class Loop {
 public:
  virtual ~Loop() = default;

  virtual base::Instant now() const = 0;
  virtual base::WallTime wall_now() const = 0;

  // Calls `then` at `when`, or soon when that has passed; calls due at the same moment come in
  // the order in which they were asked for. Never from inside of this call.
  virtual std::unique_ptr<Timer> call_at(base::Instant when, Callback then) = 0;
  // Calls `then` soon. From any thread.
  virtual void post(Callback then) = 0;

  // Port 0: one that is free. conflict: the port is taken; denied; unsupported: this machine has
  // no such address family; invalid: the address is not one of this machine's.
  virtual base::Result<std::unique_ptr<DatagramSocket>> bind_datagrams(
      const Endpoint& local, DatagramHandler& handler) = 0;

  // Random bytes, for keys too; in a simulation from its seed.
  virtual void fill_random(base::MutableByteSpan into) = 0;
};

}  // namespace tesseras::runtime

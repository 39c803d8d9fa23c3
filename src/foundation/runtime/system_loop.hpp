// The Loop of a real machine: Boost.Asio for readiness, the system's UDP for datagrams.
#pragma once

#include <memory>

#include "foundation/runtime/loop.hpp"

namespace tesseras::runtime {

class SystemLoop : public Loop {
 public:
  // Runs what is due, on the calling thread, until stop(). May be called again afterwards.
  virtual void run() = 0;
  // From any thread; run() returns once the call under way has come back.
  virtual void stop() = 0;
};

// Sockets and timers of a loop do not outlive it, but for timers' handles.
std::unique_ptr<SystemLoop> make_system_loop();

}  // namespace tesseras::runtime

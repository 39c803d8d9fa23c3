// The Loop of a real machine: Boost.Asio for readiness, the system's UDP for datagrams.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "foundation/runtime/byte_stream.hpp"
#include "foundation/runtime/loop.hpp"
#include "foundation/runtime/network_links.hpp"

namespace tesseras::runtime {

enum class Signal { interrupt, terminate, hang_up };

class SystemLoop : public Loop {
 public:
  // Runs what is due, on the calling thread, until stop(). May be called again afterwards.
  virtual void run() = 0;
  // From any thread; run() returns once the call under way has come back.
  virtual void stop() = 0;

  // Hears what is sent to the group on one of this machine's networks, and sends to the group
  // there, from the first of its addresses and with 255 hops to go; from itself it hears, too.
  // Others on this machine may listen to the same. Port 0: one that is free. Errors as
  // bind_datagrams; invalid: there is no such network.
  virtual base::Result<std::unique_ptr<DatagramSocket>> bind_multicast(
      const Endpoint& group, const NetworkLink& link, DatagramHandler& handler) = 0;

  // A socket with a name in the file system, which must be free; `permissions` are its mode, and
  // its folder says who may come at all. Errors: conflict (the name is taken; a file that nobody
  // listens on any more may be removed), not_found (no such folder), denied, invalid (the name is
  // too long), io.
  virtual base::Result<std::unique_ptr<StreamListener>> listen_local(
      const std::filesystem::path& at, std::uint32_t permissions) = 0;
  // TCP; errors as bind_datagrams.
  virtual base::Result<std::unique_ptr<StreamListener>> listen(const Endpoint& local) = 0;
  // Errors: not_found (no such name), unavailable (nobody listens there), denied, io.
  virtual base::Result<std::unique_ptr<ByteStream>> connect_local(
      const std::filesystem::path& at) = 0;
  // TCP. Errors: unavailable, timeout, io.
  virtual Task<base::Result<std::unique_ptr<ByteStream>>> connect(Endpoint to,
                                                                  base::Instant deadline) = 0;

  // Calls `then`, on this loop's thread, for SIGINT, SIGTERM and SIGHUP from now on, but for those
  // that whoever started us has ignored, as nohup does. Once.
  virtual void on_signals(std::function<void(Signal)> then) = 0;
};

// The number of the user that this process acts as.
std::uint32_t current_user();

// Sockets and timers of a loop do not outlive it, but for timers' handles.
std::unique_ptr<SystemLoop> make_system_loop();

}  // namespace tesseras::runtime

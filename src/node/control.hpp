// How `tes` talks to a running daemon: a socket in a folder that only its user may enter, and
// frames of spec/wire.md on it (spec/control.md).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "foundation/base/bytes.hpp"
#include "foundation/runtime/byte_stream.hpp"
#include "foundation/runtime/disk.hpp"
#include "foundation/runtime/log.hpp"
#include "foundation/runtime/system_loop.hpp"
#include "foundation/runtime/tasks.hpp"
#include "node/control_seats.hpp"

namespace tesseras::node {

struct ControlLimits {
  // Who is connected and asks nothing goes after this long.
  static constexpr std::chrono::seconds idle_max{300};
  static constexpr std::chrono::seconds write_max{30};
  // Of an error: a sentence and some paths.
  static constexpr std::size_t message_bytes_max = 16 << 10;
};

// Where the daemon of a data dir listens: DATA_DIR/control/daemon.sock.
std::filesystem::path control_socket_of(const std::filesystem::path& data_dir);

// What follows a request or an answer, written to the stream.
using ControlBytes = std::function<runtime::Task<base::Result<void>>(runtime::ByteStream& stream)>;

struct ControlAnswer {
  base::Bytes body;
  // An error ends the connection: what was to follow cannot be told apart from it.
  ControlBytes bytes = nullptr;
};

// Answers a request by its method; an error is told to who asked, with its code and words. What a
// method says that follows its request is read off the stream, all of it, error or not.
using ControlHandler = std::function<runtime::Task<base::Result<ControlAnswer>>(
    std::string method, base::Bytes body, runtime::ByteStream& stream)>;

// Whom the daemon serves: the programs of its own user and of root; or of its group, too.
enum class ControlAccess { owner, group };

// The modes of the data dir, of the folder of the socket, and of the socket.
struct ControlModes {
  std::uint32_t data_dir;
  std::uint32_t folder;
  std::uint32_t socket;
};
constexpr ControlModes control_modes(ControlAccess access) {
  return access == ControlAccess::owner ? ControlModes{0700, 0700, 0600}
                                        : ControlModes{0710, 0710, 0660};
}

class ControlServer {
 public:
  // Listens; all that `access` does not name are turned away. The folder of the socket gets its
  // mode whatever the umask is. A socket that nobody listens on any more is replaced: the caller
  // holds the data dir's lock. `loop`, `disk` (the system's own) and what `log` writes to outlive
  // it; the handler's tasks end with it. Errors: denied (the folder belongs to another; or the
  // group cannot enter the data dir, or others may write into it), invalid (no folder stands
  // there), io.
  static base::Result<std::unique_ptr<ControlServer>> open(
      runtime::SystemLoop& loop, runtime::Disk& disk, const std::filesystem::path& data_dir,
      ControlAccess access, ControlHandler handler, runtime::Log log);
  ~ControlServer();

  // Nobody new is let in, and the socket is gone; who is connected is served on.
  void stop_accepting();
  // Requests that have not been answered yet.
  std::size_t under_way() const { return under_way_; }

 private:
  ControlServer(runtime::SystemLoop& loop, runtime::Disk& disk,
                std::unique_ptr<runtime::StreamListener> listener, std::filesystem::path socket,
                ControlAccess access, ControlHandler handler, runtime::Log log);
  struct Connection {
    Connection(runtime::Loop& loop, ControlSeat taken) : seat(taken), task(loop) {}
    ControlSeat seat;
    runtime::Tasks task;  // that serves it; none when it has ended
  };

  bool may_ask(const runtime::ByteStream& stream) const;
  bool make_room_for(std::uint32_t user);
  runtime::Task<void> accept_all();
  runtime::Task<void> serve(std::unique_ptr<runtime::ByteStream> stream, ControlSeat& seat);

  runtime::SystemLoop& loop_;
  runtime::Disk& disk_;
  std::unique_ptr<runtime::StreamListener> listener_;
  std::filesystem::path socket_;
  ControlAccess access_;
  ControlHandler handler_;
  runtime::Log log_;
  std::size_t under_way_ = 0;
  std::list<Connection> connections_;
  std::optional<runtime::Tasks> accepting_;  // dropped first
};

// Reads what follows an answer off the stream.
using ControlRead = std::function<runtime::Task<base::Result<void>>(base::ByteSpan body,
                                                                    runtime::ByteStream& stream)>;

// Asks the daemon that serves `data_dir`, and waits for its answer; runs `loop` meanwhile, which
// must not be running. unavailable: no daemon runs there; denied: it is another user's who does not
// let us in, or as control_trust.hpp says: then nothing was asked; timeout; cancelled by `stop`;
// what the daemon said otherwise.
base::Result<base::Bytes> ask_daemon(runtime::SystemLoop& loop,
                                     const std::filesystem::path& data_dir, std::string_view method,
                                     base::ByteSpan body, base::nanoseconds patience,
                                     const std::stop_token& stop = {},
                                     const ControlBytes& bytes = nullptr,
                                     const ControlRead& read = nullptr);

}  // namespace tesseras::node

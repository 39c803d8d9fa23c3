// The UDP sockets of a node: one each for what it listens on.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "foundation/runtime/loop.hpp"

namespace tesseras::transport {

class QuicConnection;

class DatagramUser {
 public:
  virtual ~DatagramUser() = default;
  // One datagram.
  virtual void on_datagram(const runtime::Endpoint& local, const runtime::Endpoint& from,
                           base::ByteSpan datagram) = 0;
  // No more have come for now.
  virtual void on_batch_end() = 0;
};

class QuicSockets {
 public:
  // Errors as Loop::bind_datagrams. `user` outlives it.
  static base::Result<std::unique_ptr<QuicSockets>> bind(runtime::Loop& loop,
                                                         std::span<const runtime::Endpoint> listen,
                                                         DatagramUser& user);
  ~QuicSockets();
  QuicSockets(const QuicSockets&) = delete;
  QuicSockets& operator=(const QuicSockets&) = delete;

  std::vector<runtime::Endpoint> local() const;
  // From where `remote` can be reached: the first socket of its family.
  std::optional<runtime::Endpoint> local_for(const runtime::Endpoint& remote) const;

  // True: there is room for more. False: the socket is full; what it did not take is kept, or
  // lost when something is kept already, and the sender is flushed when there is room.
  bool send(const runtime::Endpoint& local, const runtime::OutgoingDatagrams& out,
            QuicConnection* sender);
  // Whether something is kept; then the sender will be flushed.
  bool is_blocked(const runtime::Endpoint& local, QuicConnection& sender);

 private:
  class Socket;
  QuicSockets();
  Socket* find(const runtime::Endpoint& local) const;

  std::vector<std::unique_ptr<Socket>> sockets_;
};

}  // namespace tesseras::transport

// A socket for bytes in order, local or TCP, that never waits. For system_streams.cpp; Linux.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "foundation/runtime/endpoint.hpp"

namespace tesseras::runtime {

class StreamSocket {
 public:
  // A name in the file system, which must be free; its folder says who may come. Errors: conflict
  // (the name is taken), not_found (no such folder), denied, io.
  static base::Result<StreamSocket> listen_local(const std::filesystem::path& at,
                                                 std::uint32_t permissions);
  // Errors as UdpSocket::bind.
  static base::Result<StreamSocket> listen(const Endpoint& local);

  // Connecting: when it is writable, connected() says what became of it. Errors: not_found (no
  // such name), unavailable (nobody listens), denied, io.
  static base::Result<StreamSocket> connect_local(const std::filesystem::path& at);
  static base::Result<StreamSocket> connect(const Endpoint& to);
  base::Result<void> connected() const;

  StreamSocket(StreamSocket&& other) noexcept;
  StreamSocket& operator=(StreamSocket&& other) noexcept;
  ~StreamSocket();

  int descriptor() const { return descriptor_; }

  // nullopt: nothing now, wait until it is readable, or writable.
  base::Result<std::optional<StreamSocket>> accept() const;
  base::Result<std::optional<std::size_t>> receive(base::MutableByteSpan into) const;
  base::Result<std::optional<std::size_t>> send(base::ByteSpan bytes) const;
  void finish() const;

  std::optional<std::uint32_t> peer_user() const;
  std::uint16_t port() const;

 private:
  explicit StreamSocket(int descriptor) : descriptor_(descriptor) {}

  int descriptor_ = -1;
};

}  // namespace tesseras::runtime

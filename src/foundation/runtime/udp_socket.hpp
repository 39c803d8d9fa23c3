// A UDP socket that moves many datagrams in one system call. For system_loop.cpp; Linux.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "foundation/runtime/loop.hpp"
#include "foundation/runtime/network_links.hpp"

namespace tesseras::runtime {

class UdpSocket {
 public:
  // Does not fragment, and does not wait. Errors as Loop::bind_datagrams.
  static base::Result<UdpSocket> bind(const Endpoint& local);
  // As SystemLoop::bind_multicast.
  static base::Result<UdpSocket> bind_multicast(const Endpoint& group, const NetworkLink& link);
  UdpSocket(UdpSocket&& other) noexcept;
  UdpSocket& operator=(UdpSocket&& other) noexcept;
  ~UdpSocket();

  int descriptor() const { return descriptor_; }
  const Endpoint& local() const { return local_; }

  // As DatagramSocket::send.
  std::size_t send(std::span<const OutgoingDatagrams> batch);

  // What has come, at most receive_batch at once, and none when nothing has. What is given is
  // there until the next call.
  std::span<const IncomingDatagrams> receive();

 private:
  struct Buffers;
  UdpSocket(int descriptor, const Endpoint& local);
  // `link`: the interface on which an address of IPv6's lies that many have.
  static base::Result<UdpSocket> bound(UdpSocket made, unsigned link);
  static base::Result<UdpSocket> make(const Endpoint& local);

  std::size_t send_some(std::span<const OutgoingDatagrams> batch);
  void send_one_by_one(const OutgoingDatagrams& batch);

  int descriptor_ = -1;
  Endpoint local_;
  bool segments_ = true;  // the kernel and the device cut batches for us (UDP_SEGMENT)
  std::unique_ptr<Buffers> buffers_;
};

}  // namespace tesseras::runtime

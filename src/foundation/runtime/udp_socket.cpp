#include "foundation/runtime/udp_socket.hpp"

#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "foundation/runtime/socket_address.hpp"

namespace tesseras::runtime {
namespace {

using base::Result;

constexpr std::size_t send_batch = 32;
constexpr std::size_t receive_batch = 16;
constexpr std::size_t receive_bytes_max = 65536;  // a whole batch that the kernel put together
constexpr std::size_t control_bytes = 128;
// Some bursts of a fast sender must fit while the loop is busy; the system caps it.
constexpr int socket_buffer_bytes = 4 << 20;

template <class Call>
auto retried(const Call& call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

IpAddress address_of(const void* bytes, std::size_t size_bytes) {
  return IpAddress::from_bytes({static_cast<const std::byte*>(bytes), size_bytes}).value();
}

void set_option(int descriptor, int level, int name, int value) {
  // What a kernel does not have makes things slower, not wrong.
  static_cast<void>(::setsockopt(descriptor, level, name, &value, sizeof value));
}

// Datagrams are never cut on the way: the transport finds out what fits (RFC 8899).
void set_options(int descriptor, bool is_v4) {
  if (is_v4) {
    set_option(descriptor, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
    set_option(descriptor, IPPROTO_IP, IP_PKTINFO, 1);
  } else {
    set_option(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    set_option(descriptor, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE);
    set_option(descriptor, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
  }
  set_option(descriptor, IPPROTO_UDP, UDP_GRO, 1);
  set_option(descriptor, SOL_SOCKET, SO_RCVBUF, socket_buffer_bytes);
  set_option(descriptor, SOL_SOCKET, SO_SNDBUF, socket_buffer_bytes);
}

std::unexpected<base::Error> failed(int error, const Endpoint& local) {
  return base::fail(socket_error(error, "listen on", local.text()));
}

void put_segment_size(msghdr& header, std::size_t segment_bytes) {
  cmsghdr* control = CMSG_FIRSTHDR(&header);
  control->cmsg_level = IPPROTO_UDP;
  control->cmsg_type = UDP_SEGMENT;
  control->cmsg_len = CMSG_LEN(sizeof(std::uint16_t));
  const auto value = static_cast<std::uint16_t>(segment_bytes);
  std::memcpy(CMSG_DATA(control), &value, sizeof value);
}

// The address it was sent to, and the size of the datagrams that were put together.
void read_control(msghdr& header, IncomingDatagrams& into) {
  for (cmsghdr* control = CMSG_FIRSTHDR(&header); control != nullptr;
       control = CMSG_NXTHDR(&header, control)) {
    if (control->cmsg_level == IPPROTO_UDP && control->cmsg_type == UDP_GRO) {
      int size = 0;
      std::memcpy(&size, CMSG_DATA(control), sizeof size);
      into.segment_bytes = static_cast<std::size_t>(size);
    } else if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_PKTINFO) {
      in_pktinfo info{};
      std::memcpy(&info, CMSG_DATA(control), sizeof info);
      into.to.address = address_of(&info.ipi_addr, 4);
    } else if (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_PKTINFO) {
      in6_pktinfo info{};
      std::memcpy(&info, CMSG_DATA(control), sizeof info);
      into.to.address = address_of(&info.ipi6_addr, 16);
    }
  }
}

}  // namespace

struct UdpSocket::Buffers {
  struct Slot {
    std::array<std::byte, receive_bytes_max> bytes;
    alignas(cmsghdr) std::array<std::byte, control_bytes> control;
    sockaddr_storage from;
    iovec vector;
  };

  std::array<Slot, receive_batch> slots;
  std::array<mmsghdr, receive_batch> headers;
  std::vector<IncomingDatagrams> given;
};

Result<UdpSocket> UdpSocket::make(const Endpoint& local) {
  const bool is_v4 = local.address.is_v4();
  const int descriptor =
      ::socket(is_v4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return failed(errno, local);
  UdpSocket made(descriptor, local);
  set_options(descriptor, is_v4);
  return made;
}

Result<UdpSocket> UdpSocket::bound(UdpSocket made, unsigned link) {
  sockaddr_storage address{};
  socklen_t size_bytes = to_system(made.local_, made.local_.address.is_v4(), address);
  if (address.ss_family == AF_INET6)
    reinterpret_cast<sockaddr_in6*>(&address)->sin6_scope_id = link;
  if (::bind(made.descriptor_, reinterpret_cast<const sockaddr*>(&address), size_bytes) != 0)
    return failed(errno, made.local_);
  size_bytes = sizeof address;
  if (::getsockname(made.descriptor_, reinterpret_cast<sockaddr*>(&address), &size_bytes) != 0)
    return failed(errno, made.local_);
  made.local_ = from_system(address);
  return made;
}

Result<UdpSocket> UdpSocket::bind(const Endpoint& local) { return bound(TRY(make(local)), 0); }

Result<UdpSocket> UdpSocket::bind_multicast(const Endpoint& group, const NetworkLink& link) {
  const bool is_v4 = group.address.is_v4();
  UdpSocket made = TRY(make(group));
  set_option(made.descriptor_, SOL_SOCKET, SO_REUSEADDR, 1);
  // What is sent to the group by others on this machine must come to us, too; what comes in over
  // another link must not.
  constexpr int hops = 255;
  const int level = is_v4 ? IPPROTO_IP : IPPROTO_IPV6;
  set_option(made.descriptor_, level, is_v4 ? IP_MULTICAST_LOOP : IPV6_MULTICAST_LOOP, 1);
  set_option(made.descriptor_, level, is_v4 ? IP_MULTICAST_ALL : IPV6_MULTICAST_ALL, 0);
  set_option(made.descriptor_, level, is_v4 ? IP_MULTICAST_TTL : IPV6_MULTICAST_HOPS, hops);
  set_option(made.descriptor_, level, is_v4 ? IP_TTL : IPV6_UNICAST_HOPS, hops);
  UdpSocket socket = TRY(bound(std::move(made), link.index));
  int joined = 0;
  if (is_v4) {
    ip_mreqn membership{};
    std::memcpy(&membership.imr_multiaddr, group.address.bytes.data() + 12, 4);
    membership.imr_ifindex = static_cast<int>(link.index);
    // Else the system may take one of another link's.
    const auto own =
        std::ranges::find_if(link.addresses, [](const auto& one) { return one.address.is_v4(); });
    if (own != link.addresses.end())
      std::memcpy(&membership.imr_address, own->address.bytes.data() + 12, 4);
    joined =
        ::setsockopt(socket.descriptor_, level, IP_ADD_MEMBERSHIP, &membership, sizeof membership) |
        ::setsockopt(socket.descriptor_, level, IP_MULTICAST_IF, &membership, sizeof membership);
  } else {
    ipv6_mreq membership{};
    std::memcpy(&membership.ipv6mr_multiaddr, group.address.bytes.data(), 16);
    membership.ipv6mr_interface = link.index;
    joined =
        ::setsockopt(socket.descriptor_, level, IPV6_ADD_MEMBERSHIP, &membership,
                     sizeof membership) |
        ::setsockopt(socket.descriptor_, level, IPV6_MULTICAST_IF, &link.index, sizeof link.index);
  }
  if (joined != 0) return failed(errno, group);
  return socket;
}

UdpSocket::UdpSocket(int descriptor, const Endpoint& local)
    : descriptor_(descriptor), local_(local), buffers_(std::make_unique_for_overwrite<Buffers>()) {}

UdpSocket::UdpSocket(UdpSocket&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      local_(other.local_),
      segments_(other.segments_),
      buffers_(std::move(other.buffers_)) {}

UdpSocket& UdpSocket::operator=(UdpSocket&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(local_, other.local_);
  std::swap(segments_, other.segments_);
  std::swap(buffers_, other.buffers_);
  return *this;
}

UdpSocket::~UdpSocket() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::size_t UdpSocket::send(std::span<const OutgoingDatagrams> batch) {
  std::size_t sent = 0;
  while (sent < batch.size()) {
    const auto some = batch.subspan(sent, std::min(send_batch, batch.size() - sent));
    const std::size_t count = send_some(some);
    if (count == 0) break;
    sent += count;
  }
  return sent;
}

// How many of them the system took, or lost; 0 when it takes nothing now.
std::size_t UdpSocket::send_some(std::span<const OutgoingDatagrams> batch) {
  struct Slot {
    sockaddr_storage to;
    iovec vector;
    alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(std::uint16_t))> control;
  };
  std::array<Slot, send_batch> slots{};
  std::array<mmsghdr, send_batch> headers{};
  const bool is_v4 = local_.address.is_v4();
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const auto& one = batch[i];
    const bool is_cut = one.segment_bytes != 0 && one.bytes.size() > one.segment_bytes;
    if (is_cut && !segments_) {
      if (i > 0) {
        batch = batch.first(i);
        break;
      }
      send_one_by_one(one);
      return 1;
    }
    msghdr& header = headers[i].msg_hdr;
    header.msg_namelen = to_system(one.to, is_v4, slots[i].to);
    header.msg_name = &slots[i].to;
    // The system only reads it.
    slots[i].vector = {const_cast<std::byte*>(one.bytes.data()), one.bytes.size()};
    header.msg_iov = &slots[i].vector;
    header.msg_iovlen = 1;
    if (!is_cut) continue;
    header.msg_control = slots[i].control.data();
    header.msg_controllen = slots[i].control.size();
    put_segment_size(header, one.segment_bytes);
  }
  const int count = retried([&] {
    return ::sendmmsg(descriptor_, headers.data(), static_cast<unsigned>(batch.size()), 0);
  });
  if (count > 0) return static_cast<std::size_t>(count);
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS) return 0;
  const bool was_cut = headers[0].msg_hdr.msg_control != nullptr;
  // EIO: the device cannot compute checksums of parts; EINVAL: a kernel without UDP_SEGMENT.
  if (was_cut && (errno == EIO || errno == EINVAL || errno == ENOPROTOOPT)) {
    segments_ = false;
    send_one_by_one(batch.front());
  }
  return 1;  // lost, as networks lose datagrams
}

void UdpSocket::send_one_by_one(const OutgoingDatagrams& batch) {
  sockaddr_storage to{};
  const socklen_t size_bytes = to_system(batch.to, local_.address.is_v4(), to);
  for (auto rest = batch.bytes; !rest.empty();) {
    const auto one = rest.first(std::min(rest.size(), batch.segment_bytes));
    static_cast<void>(retried([&] {
      return ::sendto(descriptor_, one.data(), one.size(), 0,
                      reinterpret_cast<const sockaddr*>(&to), size_bytes);
    }));
    rest = rest.subspan(one.size());
  }
}

std::span<const IncomingDatagrams> UdpSocket::receive() {
  auto& [slots, headers, given] = *buffers_;
  given.clear();
  for (std::size_t i = 0; i < receive_batch; ++i) {
    auto& slot = slots[i];
    slot.vector = {slot.bytes.data(), slot.bytes.size()};
    msghdr& header = headers[i].msg_hdr;
    header = {};
    header.msg_name = &slot.from;
    header.msg_namelen = sizeof slot.from;
    header.msg_iov = &slot.vector;
    header.msg_iovlen = 1;
    header.msg_control = slot.control.data();
    header.msg_controllen = slot.control.size();
  }
  const int count =
      retried([&] { return ::recvmmsg(descriptor_, headers.data(), receive_batch, 0, nullptr); });
  for (int i = 0; i < count; ++i) {
    auto& slot = slots[static_cast<std::size_t>(i)];
    auto& header = headers[static_cast<std::size_t>(i)];
    IncomingDatagrams one{.from = from_system(slot.from),
                          .to = local_,
                          .bytes = base::ByteSpan(slot.bytes).first(header.msg_len)};
    read_control(header.msg_hdr, one);
    given.push_back(one);
  }
  return given;
}

}  // namespace tesseras::runtime

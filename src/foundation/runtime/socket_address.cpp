#include "foundation/runtime/socket_address.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace tesseras::runtime {
namespace {

using base::Code;

IpAddress address_of(const void* bytes, std::size_t size_bytes) {
  return IpAddress::from_bytes({static_cast<const std::byte*>(bytes), size_bytes}).value();
}

Code code_of(int number) {
  switch (number) {
    case EADDRINUSE:
    case EEXIST: return Code::conflict;
    case EACCES:
    case EPERM:
    case EROFS: return Code::denied;
    case EAFNOSUPPORT: return Code::unsupported;
    case EADDRNOTAVAIL:
    case ENODEV:
    case ENAMETOOLONG: return Code::invalid;
    case ENOENT:
    case ENOTDIR: return Code::not_found;
    case ECONNREFUSED: return Code::unavailable;
    case ETIMEDOUT: return Code::timeout;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOSPC:
    case ENOMEM: return Code::exhausted;
    default: return Code::io;
  }
}

}  // namespace

unsigned to_system(const Endpoint& endpoint, bool as_v4, sockaddr_storage& into) {
  into = {};
  if (as_v4) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(endpoint.port);
    std::memcpy(&address.sin_addr, endpoint.address.bytes.data() + 12, 4);
    std::memcpy(&into, &address, sizeof address);
    return sizeof address;
  }
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(endpoint.port);
  std::memcpy(&address.sin6_addr, endpoint.address.bytes.data(), 16);
  std::memcpy(&into, &address, sizeof address);
  return sizeof address;
}

Endpoint from_system(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    return {address_of(&v4.sin_addr, 4), ntohs(v4.sin_port)};
  }
  sockaddr_in6 v6{};
  std::memcpy(&v6, &address, sizeof v6);
  return {address_of(&v6.sin6_addr, 16), ntohs(v6.sin6_port)};
}

base::Error socket_error(int number, std::string_view action, std::string_view what) {
  return {code_of(number),
          fmt::format("cannot {} {}: {}", action, what, std::system_category().message(number))};
}

}  // namespace tesseras::runtime

// What UDP and stream sockets share: addresses and errors as the system writes them. For their
// .cpp files; POSIX.
#pragma once

#include <string>

#include "foundation/base/result.hpp"
#include "foundation/runtime/endpoint.hpp"

struct sockaddr_storage;

namespace tesseras::runtime {

// Its size in bytes. `as_v4`: for a socket of IPv4.
unsigned to_system(const Endpoint& endpoint, bool as_v4, sockaddr_storage& into);
Endpoint from_system(const sockaddr_storage& address);

// "cannot listen on 127.0.0.1:80: permission denied", with the code that fits the errno.
base::Error socket_error(int number, std::string_view action, std::string_view what);

}  // namespace tesseras::runtime

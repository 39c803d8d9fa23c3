#include "foundation/runtime/stream_socket.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "foundation/base/text.hpp"
#include "foundation/runtime/socket_address.hpp"

namespace tesseras::runtime {
namespace {

using base::Result;
using std::filesystem::path;

constexpr int waiting_max = 64;  // who has not been accepted yet
constexpr int socket_flags = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;

std::unexpected<base::Error> failed(int number, std::string_view action, std::string_view what) {
  return base::fail(socket_error(number, action, what));
}

template <class Call>
auto retried(const Call& call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

bool would_wait() { return errno == EAGAIN || errno == EWOULDBLOCK; }

// A socket's name has room for 107 bytes only; a folder that is open is named in fewer.
class LocalName {
 public:
  explicit LocalName(const path& at)
      : folder_(::open(at.parent_path().empty() ? "." : at.parent_path().c_str(),
                       O_PATH | O_DIRECTORY | O_CLOEXEC)),
        fault_(folder_ < 0 ? errno : 0) {
    address_.sun_family = AF_UNIX;
    name_ = fmt::format("/proc/self/fd/{}/{}", folder_, at.filename().native());
    if (name_.size() < sizeof address_.sun_path) {
      std::memcpy(address_.sun_path, name_.data(), name_.size());
    } else if (fault_ == 0) {
      fault_ = ENAMETOOLONG;
    }
  }
  ~LocalName() {
    if (folder_ >= 0) ::close(folder_);
  }
  LocalName(const LocalName&) = delete;
  LocalName& operator=(const LocalName&) = delete;

  // An errno; 0 when it can be used.
  int fault() const { return fault_; }
  const char* name() const { return name_.c_str(); }
  const sockaddr* address() const { return reinterpret_cast<const sockaddr*>(&address_); }

 private:
  int folder_;
  int fault_;
  std::string name_;
  sockaddr_un address_{};
};

}  // namespace

Result<StreamSocket> StreamSocket::listen_local(const path& at, std::uint32_t permissions) {
  const auto shown = base::to_printable(at.native());
  const LocalName name(at);
  if (name.fault() != 0) return failed(name.fault(), "listen on", shown);
  StreamSocket socket(::socket(AF_UNIX, socket_flags, 0));
  if (socket.descriptor_ < 0 ||
      ::bind(socket.descriptor_, name.address(), sizeof(sockaddr_un)) != 0 ||
      ::chmod(name.name(), permissions) != 0 || ::listen(socket.descriptor_, waiting_max) != 0) {
    return failed(errno, "listen on", shown);
  }
  return socket;
}

Result<StreamSocket> StreamSocket::listen(const Endpoint& local) {
  const bool is_v4 = local.address.is_v4();
  StreamSocket socket(::socket(is_v4 ? AF_INET : AF_INET6, socket_flags, 0));
  if (socket.descriptor_ < 0) return failed(errno, "listen on", local.text());
  const int yes = 1;
  // A daemon that starts again finds its port's old connections still dying.
  ::setsockopt(socket.descriptor_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (!is_v4) ::setsockopt(socket.descriptor_, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes);
  sockaddr_storage address{};
  const socklen_t size_bytes = to_system(local, is_v4, address);
  if (::bind(socket.descriptor_, reinterpret_cast<const sockaddr*>(&address), size_bytes) != 0 ||
      ::listen(socket.descriptor_, waiting_max) != 0) {
    return failed(errno, "listen on", local.text());
  }
  return socket;
}

Result<StreamSocket> StreamSocket::connect_local(const path& at) {
  const auto shown = base::to_printable(at.native());
  const LocalName name(at);
  if (name.fault() != 0) return failed(name.fault(), "connect to", shown);
  StreamSocket socket(::socket(AF_UNIX, socket_flags, 0));
  if (socket.descriptor_ < 0) return failed(errno, "connect to", shown);
  if (::connect(socket.descriptor_, name.address(), sizeof(sockaddr_un)) != 0) {
    // A local listener takes at once, or is too busy to.
    return failed(would_wait() ? ECONNREFUSED : errno, "connect to", shown);
  }
  return socket;
}

Result<StreamSocket> StreamSocket::connect(const Endpoint& to) {
  const bool is_v4 = to.address.is_v4();
  StreamSocket socket(::socket(is_v4 ? AF_INET : AF_INET6, socket_flags, 0));
  if (socket.descriptor_ < 0) return failed(errno, "connect to", to.text());
  const int yes = 1;
  ::setsockopt(socket.descriptor_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  sockaddr_storage address{};
  const socklen_t size_bytes = to_system(to, is_v4, address);
  if (::connect(socket.descriptor_, reinterpret_cast<const sockaddr*>(&address), size_bytes) != 0 &&
      errno != EINPROGRESS) {
    return failed(errno, "connect to", to.text());
  }
  return socket;
}

Result<void> StreamSocket::connected() const {
  int error = 0;
  socklen_t size_bytes = sizeof error;
  ::getsockopt(descriptor_, SOL_SOCKET, SO_ERROR, &error, &size_bytes);
  if (error != 0) return failed(error, "connect to", "the other side");
  return {};
}

StreamSocket::StreamSocket(StreamSocket&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

StreamSocket& StreamSocket::operator=(StreamSocket&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

StreamSocket::~StreamSocket() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<std::optional<StreamSocket>> StreamSocket::accept() const {
  const int taken = retried(
      [&] { return ::accept4(descriptor_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC); });
  // Whoever has gone away meanwhile is nobody's error.
  if (taken < 0 && (would_wait() || errno == ECONNABORTED)) return std::nullopt;
  if (taken < 0) return failed(errno, "accept", "a connection");
  return StreamSocket(taken);
}

Result<std::optional<std::size_t>> StreamSocket::receive(base::MutableByteSpan into) const {
  const auto got = retried([&] { return ::recv(descriptor_, into.data(), into.size(), 0); });
  if (got < 0 && would_wait()) return std::nullopt;
  if (got < 0) return failed(errno, "read from", "the other side");
  return static_cast<std::size_t>(got);
}

Result<std::optional<std::size_t>> StreamSocket::send(base::ByteSpan bytes) const {
  const auto sent =
      retried([&] { return ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL); });
  if (sent < 0 && would_wait()) return std::nullopt;
  if (sent < 0) return failed(errno, "write to", "the other side");
  return static_cast<std::size_t>(sent);
}

void StreamSocket::finish() const { ::shutdown(descriptor_, SHUT_WR); }

std::optional<std::uint32_t> StreamSocket::peer_user() const {
  ucred peer{};
  socklen_t size_bytes = sizeof peer;
  constexpr auto nobody = static_cast<uid_t>(-1);  // what a socket of the network has
  if (::getsockopt(descriptor_, SOL_SOCKET, SO_PEERCRED, &peer, &size_bytes) != 0 ||
      peer.uid == nobody) {
    return std::nullopt;
  }
  return peer.uid;
}

std::uint16_t StreamSocket::port() const {
  sockaddr_storage address{};
  socklen_t size_bytes = sizeof address;
  if (::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&address), &size_bytes) != 0 ||
      address.ss_family == AF_UNIX) {
    return 0;
  }
  return from_system(address).port;
}

}  // namespace tesseras::runtime

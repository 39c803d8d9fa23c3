#include "foundation/transport/quic_sockets.hpp"

#include <algorithm>
#include <utility>

#include "foundation/transport/quic_connection.hpp"

namespace tesseras::transport {

using base::Code;
using base::fail;
using base::Result;
using runtime::Endpoint;
using runtime::OutgoingDatagrams;

class QuicSockets::Socket final : public runtime::DatagramHandler {
 public:
  explicit Socket(DatagramUser& user) : user_(user) {}

  Result<void> bind(runtime::Loop& loop, const Endpoint& local) {
    socket_ = TRY(loop.bind_datagrams(local, *this));
    local_ = socket_->local();
    return {};
  }

  const Endpoint& local() const { return local_; }

  bool send(const OutgoingDatagrams& out, QuicConnection* sender) {
    if (!kept_.empty()) return false;
    if (socket_->send({&out, 1}) == 1) return true;
    kept_.assign(out.bytes.begin(), out.bytes.end());
    kept_to_ = out.to;
    kept_segment_bytes_ = out.segment_bytes;
    if (sender != nullptr) await(*sender);
    return false;
  }

  bool is_blocked(QuicConnection& sender) {
    if (kept_.empty()) return false;
    await(sender);
    return true;
  }

  void on_datagrams(std::span<const runtime::IncomingDatagrams> batch) override {
    for (const auto& one : batch) {
      const auto size = one.segment_bytes == 0 ? one.bytes.size() : one.segment_bytes;
      for (auto rest = one.bytes; !rest.empty();) {
        const auto datagram = rest.first(std::min(size, rest.size()));
        user_.on_datagram(local_, one.from, datagram);
        rest = rest.subspan(datagram.size());
      }
    }
    user_.on_batch_end();
  }

  void on_writable() override {
    const OutgoingDatagrams out{kept_to_, kept_, kept_segment_bytes_};
    if (!kept_.empty() && socket_->send({&out, 1}) == 0) return;
    kept_.clear();
    for (const auto& waiting : std::exchange(waiting_, {})) {
      if (const auto sender = waiting.lock()) sender->flush();
    }
  }

 private:
  void await(QuicConnection& sender) {
    const auto known = [&](const auto& waiting) { return waiting.lock().get() == &sender; };
    if (!std::ranges::any_of(waiting_, known)) waiting_.push_back(sender.weak_from_this());
  }

  DatagramUser& user_;
  Endpoint local_;
  std::unique_ptr<runtime::DatagramSocket> socket_;
  base::Bytes kept_;
  Endpoint kept_to_;
  std::size_t kept_segment_bytes_ = 0;
  std::vector<std::weak_ptr<QuicConnection>> waiting_;
};

QuicSockets::QuicSockets() = default;
QuicSockets::~QuicSockets() = default;

Result<std::unique_ptr<QuicSockets>> QuicSockets::bind(runtime::Loop& loop,
                                                       std::span<const Endpoint> listen,
                                                       DatagramUser& user) {
  if (listen.empty()) return fail(Code::invalid, "there is no address to listen on");
  std::unique_ptr<QuicSockets> bound(new QuicSockets());
  for (const auto& local : listen) {
    bound->sockets_.push_back(std::make_unique<Socket>(user));
    TRY(bound->sockets_.back()->bind(loop, local));
  }
  return bound;
}

std::vector<Endpoint> QuicSockets::local() const {
  std::vector<Endpoint> all;
  all.reserve(sockets_.size());
  for (const auto& socket : sockets_) all.push_back(socket->local());
  return all;
}

std::optional<Endpoint> QuicSockets::local_for(const Endpoint& remote) const {
  for (const auto& socket : sockets_) {
    const auto& address = socket->local().address;
    if (address.is_v4() != remote.address.is_v4()) continue;
    // What is bound to this machine alone reaches nothing else.
    if (address.is_loopback() && !remote.address.is_loopback()) continue;
    return socket->local();
  }
  return std::nullopt;
}

QuicSockets::Socket* QuicSockets::find(const Endpoint& local) const {
  const auto found =
      std::ranges::find_if(sockets_, [&](const auto& socket) { return socket->local() == local; });
  return found == sockets_.end() ? nullptr : found->get();
}

bool QuicSockets::send(const Endpoint& local, const OutgoingDatagrams& out,
                       QuicConnection* sender) {
  Socket* socket = find(local);
  return socket == nullptr || socket->send(out, sender);
}

bool QuicSockets::is_blocked(const Endpoint& local, QuicConnection& sender) {
  Socket* socket = find(local);
  return socket != nullptr && socket->is_blocked(sender);
}

}  // namespace tesseras::transport

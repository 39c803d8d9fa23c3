// Two ends of our transport, to be timed from outside: quic_bench serve, and
// quic_bench fetch ENDPOINT KEY MIB. The server sends as many bytes as it is asked for.
#include <fmt/format.h>
#include <fmt/ostream.h>

#include <charconv>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <vector>

#include "foundation/base/bytes.hpp"
#include "foundation/runtime/system_loop.hpp"
#include "foundation/runtime/tasks.hpp"
#include "foundation/transport/quic_transport.hpp"

namespace {

using namespace tesseras;
using base::Instant;
using runtime::IpAddress;
using runtime::Task;

constexpr std::size_t piece_bytes = 256 << 10;

crypto::SecretBytes<32> key_of(std::uint8_t number) {
  crypto::SecretBytes<32> key;
  key.mutable_span()[0] = std::byte{number};
  return key;
}

std::unique_ptr<transport::QuicTransport> make(runtime::Loop& loop, std::uint8_t number) {
  transport::QuicOptions options;
  options.listen = {{IpAddress::v4(127, 0, 0, 1), 0}};
  return transport::QuicTransport::make(loop, key_of(number), options).value();
}

class Source final : public transport::Handler {
 public:
  Task<void> on_stream(std::shared_ptr<transport::Session>,
                       std::unique_ptr<transport::Stream> stream) override {
    std::array<std::byte, 8> asked;
    if (!co_await stream->read(asked, Instant::never())) co_return;
    std::uint64_t left = 0;
    std::memcpy(&left, asked.data(), sizeof left);
    const std::vector<std::byte> piece(piece_bytes, std::byte{'t'});
    while (left > 0) {
      const auto now = std::min<std::uint64_t>(left, piece.size());
      if (!co_await stream->write(std::span(piece).first(now), Instant::never())) co_return;
      left -= now;
    }
    stream->finish();
  }
};

int serve() {
  const auto loop = runtime::make_system_loop();
  Source source;
  const auto node = make(*loop, 1);
  node->serve(&source);
  fmt::print("{} {}\n", node->local().front().text(), node->self().hex());
  std::fflush(stdout);
  loop->run();
  return 0;
}

Task<void> fetch(runtime::SystemLoop& loop, transport::Transport& node, transport::Peer peer,
                 std::uint64_t bytes, bool& is_whole) {
  const auto session = (co_await node.open(peer, loop.now() + std::chrono::seconds(10))).value();
  const auto stream = (co_await session->open_stream(Instant::never())).value();
  std::array<std::byte, 8> asked;
  std::memcpy(asked.data(), &bytes, sizeof bytes);
  (co_await stream->write(asked, Instant::never())).value();
  stream->finish();
  std::vector<std::byte> piece(piece_bytes);
  const auto begun = loop.now();
  std::uint64_t got = 0;
  while (true) {
    const auto count = (co_await stream->read(piece, Instant::never())).value();
    if (count == 0) break;
    got += count;
  }
  const auto took = std::chrono::duration<double>(loop.now() - begun).count();
  fmt::print("{{\"bytes\": {}, \"seconds\": {:.4f}}}\n", got, took);
  is_whole = got == bytes;
  loop.stop();
}

}  // namespace

int main(int count, char** arguments) {
  if (count == 2 && std::string_view(arguments[1]) == "serve") return serve();
  if (count != 5 || std::string_view(arguments[1]) != "fetch") {
    fmt::print(stderr, "usage: quic_bench serve | quic_bench fetch ENDPOINT KEY MIB\n");
    return 2;
  }
  const auto endpoint = runtime::Endpoint::parse(arguments[2]);
  const auto id = transport::PeerId::from_hex(arguments[3]);
  std::uint64_t mebibytes = 0;
  const std::string_view size = arguments[4];
  std::from_chars(size.data(), size.data() + size.size(), mebibytes);
  if (!endpoint || !id || mebibytes == 0) return 2;
  const auto loop = runtime::make_system_loop();
  const auto node = make(*loop, 2);
  bool is_whole = false;
  {
    runtime::Tasks tasks(*loop);
    tasks.spawn(fetch(*loop, *node, {*id, {*endpoint}}, mebibytes << 20U, is_whole));
    loop->run();
  }
  return is_whole ? 0 : 1;
}

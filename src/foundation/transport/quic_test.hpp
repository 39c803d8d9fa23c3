// What the tests of QuicTransport have in common.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "foundation/transport/quic_fixture.hpp"
#include "foundation/transport/quic_transport.hpp"
#include "foundation/transport/transport_fixture.hpp"

namespace tesseras::transport {

using runtime::Endpoint;
using runtime::IpAddress;

// A socket of nobody's, to send what no node would.
class Stranger final : public runtime::DatagramHandler {
 public:
  explicit Stranger(runtime::Loop& loop)
      : socket_(loop.bind_datagrams({IpAddress::v4(127, 0, 0, 1), 0}, *this).value()) {}
  void on_datagrams(std::span<const runtime::IncomingDatagrams> batch) override {
    for (const auto& one : batch) {
      const auto size = one.segment_bytes == 0 ? one.bytes.size() : one.segment_bytes;
      for (auto rest = one.bytes; !rest.empty();) {
        const auto datagram = rest.first(std::min(size, rest.size()));
        rest = rest.subspan(datagram.size());
        got_bytes += datagram.size();
        got.emplace_back(datagram.begin(), datagram.end());
        if (on_datagram) on_datagram(one.from, got.back());
      }
    }
  }
  void on_writable() override {}
  Endpoint local() const { return socket_->local(); }
  void send(const Endpoint& to, base::ByteSpan datagram) {
    const runtime::OutgoingDatagrams out{to, datagram};
    socket_->send({&out, 1});
  }

  std::function<void(const Endpoint& from, const base::Bytes& datagram)> on_datagram;
  std::vector<base::Bytes> got;
  std::size_t got_bytes = 0;

 private:
  std::unique_ptr<runtime::DatagramSocket> socket_;
};

class QuicTest : public TransportTest<QuicFixture> {
 protected:
  ~QuicTest() override {
    if (!fixture_) return;
    // What the tests have put there is gone by now.
    for (std::size_t i = 0; i < 3; ++i) fixture_->loop(i).on_sending = nullptr;
  }
  QuicTransport& node(std::size_t number) { return fixture_->node(number); }
  Endpoint address(std::size_t number) { return node(number).local().front(); }
  // The first datagrams of a client that calls node 1, which never get there. Each time another's.
  std::vector<base::Bytes> caught_initials(std::size_t clients) {
    std::vector<base::Bytes> caught;
    fixture_->loop(0).on_sending = [&](const Endpoint&, base::Bytes& datagram) {
      caught.push_back(datagram);
      return 0;
    };
    const auto dial = [&](Peer peer) -> Task<void> {
      EXPECT_FALSE(co_await node(0).open(peer, in(milliseconds(20))));
    };
    for (std::size_t i = 0; i < clients; ++i) {
      PeerId id = node(1).self();
      id.bytes[0] = static_cast<std::byte>(i);
      id.bytes[1] = static_cast<std::byte>(i >> 8U);
      spawn(dial({id, {address(1)}}));
    }
    run_for(milliseconds(100));
    fixture_->loop(0).on_sending = nullptr;
    return caught;
  }
  void expect_echo(std::size_t from, std::string_view text) {
    const auto session = open(from, 1);
    ASSERT_NE(session, nullptr);
    const auto body = [&]() -> Task<void> {
      EXPECT_EQ(value_of(co_await ask(*session, text, later())), text);
    };
    EXPECT_TRUE(finish(body()));
  }
};

}  // namespace tesseras::transport

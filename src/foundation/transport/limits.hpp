// Every maximum of this library, with its reason. Values, so that tests and small machines can
// have smaller ones; those that two machines must agree on stand in spec/transport.md.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace tesseras::transport {

struct Limits {
  // Sessions at once. A node talks to some hundred others; each session takes some 60 KiB and
  // what waits in its windows. When there are more, the one that has been idle longest makes room.
  std::size_t sessions_max = 512;
  // Sessions that were opened by one network (runtime::IpAddress::block): one who has many keys
  // and one address must leave room for others. This machine's own network is not counted.
  std::size_t sessions_per_block_max = 64;
  // Handshakes at once, that others began and that we did, each: each costs some 2 ms
  // of work and 60 KiB until it ends.
  std::size_t handshakes_max = 256;
  // Of those that others began, by one network, as above.
  std::size_t handshakes_per_block_max = 32;
  // So many half-open ones from others, and a newcomer must first show that it receives at the
  // address that it writes from (Retry, RFC 9000, 8.1.2): a flood from false addresses ends here.
  std::size_t handshakes_before_retry = 64;
  // A peer that has not shown who it is after this long is gone, or never was.
  std::chrono::nanoseconds handshake_time_max = std::chrono::seconds(10);
  // Streams that one peer may have under way in a session; it waits with more. Counted until what
  // answers the stream has ended, so that resetting streams early wins nothing.
  std::size_t streams_per_session_max = 64;
  // Addresses of one peer that are tried; a node info has at most as many.
  std::size_t endpoints_per_peer_max = 8;
  // An address that has not answered after this long: the next one is tried beside it
  // (RFC 8305, section 5).
  std::chrono::nanoseconds next_endpoint_after = std::chrono::milliseconds(250);

  // What a peer may send on a stream, and in a session, before it is read. They grow up to the
  // second values for readers that keep up, so that long paths are filled.
  std::size_t stream_window_bytes = 128 << 10;
  std::size_t stream_window_bytes_max = 4 << 20;
  std::size_t session_window_bytes = 256 << 10;
  std::size_t session_window_bytes_max = 8 << 20;
  // What is kept of a stream, a session, and of all sessions until the peer has acknowledged it.
  // A writer waits when one of them is full.
  std::size_t stream_unacknowledged_bytes_max = 2 << 20;
  std::size_t session_unacknowledged_bytes_max = 8 << 20;
  std::size_t unacknowledged_bytes_max = 256 << 20;
  // What a stream may always have, so that no writer waits for another for ever.
  std::size_t stream_unacknowledged_bytes_min = 16 << 10;

  // A session without a packet for this long is closed. While streams are open, either side sends
  // something in time, so that the middleboxes between do not forget the path.
  std::chrono::nanoseconds idle_time_max = std::chrono::seconds(30);
  std::chrono::nanoseconds keep_alive_time = std::chrono::seconds(10);
  // Stateless resets a second, for all: a reset costs little, but answers anybody.
  std::size_t stateless_resets_per_second_max = 100;
};

}  // namespace tesseras::transport

// What ngtcp2 calls, handed on to a QuicConnection. Only for quic_connection.cpp.
#pragma once

#include <cstddef>
#include <cstdint>

struct ngtcp2_callbacks;
struct ngtcp2_conn;
struct ngtcp2_path;
struct ngtcp2_pkt_info;

namespace tesseras::transport {

// Fills all that we have need of; each call gets the QuicConnection as its user's data. Random
// bytes are drawn from the runtime::Loop that the settings' rand_ctx points to.
void fill_callbacks(ngtcp2_callbacks& callbacks);
// An ngtcp2_write_pkt: one packet of that connection's.
std::ptrdiff_t write_quic_packet(ngtcp2_conn* native, ngtcp2_path* path, ngtcp2_pkt_info* info,
                                 std::uint8_t* into, std::size_t size, std::uint64_t now,
                                 void* user_data);

}  // namespace tesseras::transport

// Where a datagram goes: an IP address and a port. Pure: nothing here asks the system.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "foundation/base/bytes.hpp"

namespace tesseras::runtime {

// IPv6, or IPv4 as ::ffff:a.b.c.d (RFC 4291, 2.5.5.2): so each address has one form.
struct IpAddress {
  std::array<std::byte, 16> bytes{};

  auto operator<=>(const IpAddress&) const = default;

  static IpAddress v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d);
  static IpAddress v6_loopback();
  // 4 or 16 bytes, most significant first; nullopt for any other length.
  static std::optional<IpAddress> from_bytes(base::ByteSpan from);
  // "192.0.2.1", "2001:db8::1"; no zone, no brackets, no leading zeros in IPv4.
  static std::optional<IpAddress> parse(std::string_view text);
  // RFC 5952: lower case, the longest run of zeros shortened.
  std::string text() const;

  bool is_v4() const;
  bool is_unspecified() const;  // 0.0.0.0, ::
  bool is_loopback() const;     // 127/8, ::1
  bool is_link_local() const;   // 169.254/16, fe80::/10
  bool is_private() const;      // 10/8, 172.16/12, 192.168/16, fc00::/7
  bool is_multicast() const;    // 224/4, ff00::/8
  // The network that one party is likely to hold as a whole: the address with all but its
  // first 24 bits (IPv4) or 48 bits (IPv6) cleared.
  IpAddress block() const;
};

struct Endpoint {
  IpAddress address;
  std::uint16_t port = 0;

  auto operator<=>(const Endpoint&) const = default;

  // "192.0.2.1:4433", "[2001:db8::1]:4433"; the port is 0 to 65535, without leading zeros.
  static std::optional<Endpoint> parse(std::string_view text);
  std::string text() const;
};

}  // namespace tesseras::runtime

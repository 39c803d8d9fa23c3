// The networks that this machine is on, as it says now.
#pragma once

#include <string>
#include <vector>

#include "foundation/base/result.hpp"
#include "foundation/runtime/endpoint.hpp"

namespace tesseras::runtime {

// An address of this machine's, and how much of it all on the same network share.
struct LinkAddress {
  IpAddress address;
  unsigned prefix_bits = 128;  // of the 16 bytes: 96 more than people write for IPv4

  bool operator==(const LinkAddress&) const = default;
  bool is_on_link(const IpAddress& other) const;
};

struct NetworkLink {
  unsigned index = 0;  // the system's number of the interface
  std::string name;    // and its name
  bool is_loopback = false;
  std::vector<LinkAddress> addresses;  // in their order; both families

  bool operator==(const NetworkLink&) const = default;
};

// Those that are up and have an address, but for those on which nobody hears all others (point to
// point); the loopback among them. Errors: io, exhausted.
base::Result<std::vector<NetworkLink>> network_links();

}  // namespace tesseras::runtime

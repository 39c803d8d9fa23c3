// Finding others on the same network without anybody's help: multicast DNS (RFC 6762) and service
// discovery (RFC 6763), as Avahi and its like speak them.
//
// On every network of the machine, which are looked for again now and then, it says what we are
// (a few times at first, when asked, and once more at the end, that we are gone), and asks who else
// is there, less and less often. It hears only what is sent to the group, which no router passes
// on, from an address of the network itself.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "foundation/dns/message.hpp"
#include "foundation/dns/neighbours.hpp"
#include "foundation/runtime/log.hpp"
#include "foundation/runtime/network_links.hpp"
#include "foundation/runtime/system_loop.hpp"

namespace tesseras::dns {

// All but the loopback. Errors as runtime::network_links().
base::Result<std::vector<runtime::NetworkLink>> networks_with_others();

struct MdnsOptions {
  std::string service;   // "_tesseras._udp"
  std::string instance;  // 1 to 63 bytes that nobody else on the network uses; a host's name, too
  Texts texts;           // "v=1", each of 255 bytes at most
  // Where we are to be reached: 0.0.0.0 or :: for all addresses of the family. A network on which
  // that is nowhere is left alone.
  std::vector<runtime::Endpoint> listening;
  // For tests: another port, 0 for a free one, and other networks.
  std::uint16_t port = 5353;
  std::function<base::Result<std::vector<runtime::NetworkLink>>()> networks = networks_with_others;
};

class Mdns {
 public:
  // Called on the loop's thread; a neighbour may be told of again, and on each network that it is
  // on. Does not drop this.
  using Found = std::function<void(const Neighbour&)>;

  // Goes on until it is dropped; the loop outlives it. A network where the port is not to be had
  // is done without, with one warning to the log, and tried again.
  Mdns(runtime::SystemLoop& loop, MdnsOptions options, Found found, runtime::Log log);
  ~Mdns();
  Mdns(const Mdns&) = delete;
  Mdns& operator=(const Mdns&) = delete;

  // The port of the first network's; 0 while there is none.
  std::uint16_t port() const;

 private:
  class Channel;
  struct Network {
    runtime::NetworkLink link;
    std::vector<std::unique_ptr<Channel>> channels;  // one a family
  };

  void look_for_networks();
  void open(Network& network);

  runtime::SystemLoop& loop_;
  MdnsOptions options_;
  Found found_;
  runtime::Log log_;
  bool has_warned_ = false;
  std::map<unsigned, Network> networks_;  // by the system's number
  std::unique_ptr<runtime::Timer> timer_;
};

}  // namespace tesseras::dns

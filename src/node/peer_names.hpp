// Peers as people and name servers write them: HOST:PORT, where HOST is a name, an IPv4 address, or
// an IPv6 address in brackets (spec/bootstrap.md). Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/result.hpp"
#include "foundation/runtime/endpoint.hpp"

namespace tesseras::node {

struct PeerNameLimits {
  // Of a list on the command line, as of one in config.toml.
  static constexpr std::size_t list_max = 256;
  // A file that a person keeps by hand.
  static constexpr std::size_t file_bytes_max = 64 << 10;
  static constexpr std::size_t file_peers_max = 256;
  // Lines of it that are named when they are wrong; who has more reads the first ones first.
  static constexpr std::size_t bad_lines_shown_max = 10;
};

// HOST:PORT taken apart.
struct PeerName {
  std::string host;  // a name, or an address without brackets
  std::uint16_t port = 0;
  std::optional<runtime::Endpoint> literal;  // where the host is an address

  bool operator==(const PeerName&) const = default;
};
// nullopt: is_host_and_port() (config.hpp) says no.
std::optional<PeerName> parse_peer_name(std::string_view text);

// "a.example:4433, [2001:db8::1]:4433", as --bootstrap takes it; nothing but spaces is an empty
// list. invalid, naming what is no peer; or that there are more than list_max.
base::Result<std::vector<std::string>> parse_peer_list(std::string_view text);

// peers.txt: a peer a line, what stands behind # for people.
struct PeersFile {
  struct BadLine {
    std::size_t number = 0;  // from 1
    std::string text;        // as it can be shown, shortened
  };
  std::vector<PeerName> peers;     // the first file_peers_max
  std::vector<BadLine> bad_lines;  // the first bad_lines_shown_max
};
// At most file_bytes_max.
PeersFile parse_peers_file(std::string_view text);

// The peers in one TXT record of a bootstrap domain: "v=tesseras1 peer=HOST:PORT peer=...". What is
// not understood is passed over, and a record that begins otherwise is not for us: none.
std::vector<PeerName> parse_peer_text(std::string_view text);

}  // namespace tesseras::node

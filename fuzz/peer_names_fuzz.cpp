// Peers as name servers and people write them, in each of the three ways: what is taken can be
// written again, and there is never more of it than the limits allow.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "foundation/base/assert.hpp"
#include "node/config.hpp"
#include "node/peer_names.hpp"

namespace tesseras {

void check(const node::PeerName& peer) {
  ASSERT(peer.port != 0 && !peer.host.empty());
  const auto text =
      peer.literal ? peer.literal->text() : peer.host + ":" + std::to_string(peer.port);
  ASSERT(node::parse_peer_name(text) == peer);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto& peer : node::parse_peer_text(text)) check(peer);
  if (size <= node::PeerNameLimits::file_bytes_max) {
    const auto file = node::parse_peers_file(text);
    ASSERT(file.peers.size() <= node::PeerNameLimits::file_peers_max);
    ASSERT(file.bad_lines.size() <= node::PeerNameLimits::bad_lines_shown_max);
    for (const auto& peer : file.peers) check(peer);
  }
  const auto list = node::parse_peer_list(text);
  if (!list) {
    ASSERT(list.error().code == base::Code::invalid && !list.error().message.empty());
    return 0;
  }
  ASSERT(list->size() <= node::PeerNameLimits::list_max);
  for (const auto& peer : *list) ASSERT(node::is_host_and_port(peer));
  return 0;
}

}  // namespace tesseras

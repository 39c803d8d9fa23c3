#include "node/peer_names.hpp"

#include <charconv>
#include <utility>

#include "foundation/base/text.hpp"
#include "node/config.hpp"

namespace tesseras::node {
namespace {

using base::Code;
using base::fail;

constexpr std::string_view blanks = " \t\r";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

// Takes what stands before the first `separator` off `rest`; all of it when there is none.
std::string_view next_part(std::string_view& rest, char separator) {
  const auto end = rest.find(separator);
  const auto part = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  return part;
}

std::string shown(std::string_view text) {
  constexpr std::size_t shown_bytes_max = 80;
  const bool is_cut = text.size() > shown_bytes_max;
  return base::to_printable(text.substr(0, shown_bytes_max)) + (is_cut ? "…" : "");
}

}  // namespace

std::optional<PeerName> parse_peer_name(std::string_view text) {
  if (!is_host_and_port(text)) return std::nullopt;
  if (const auto literal = runtime::Endpoint::parse(text))
    return PeerName{literal->address.text(), literal->port, *literal};
  const auto colon = text.rfind(':');
  PeerName name{std::string(text.substr(0, colon)), 0, std::nullopt};
  const auto port = text.substr(colon + 1);
  std::from_chars(port.data(), port.data() + port.size(), name.port);
  return name;
}

base::Result<std::vector<std::string>> parse_peer_list(std::string_view text) {
  std::vector<std::string> peers;
  if (trimmed(text).empty()) return peers;
  for (bool is_last = false; !is_last;) {
    is_last = !text.contains(',');
    const auto peer = trimmed(next_part(text, ','));
    if (!is_host_and_port(peer))
      return fail(Code::invalid, "'{}' is no peer; write HOST:PORT, e.g. 192.0.2.7:4433",
                  shown(peer));
    if (peers.size() == PeerNameLimits::list_max)
      return fail(Code::invalid, "more than {} peers; name some of them", PeerNameLimits::list_max);
    peers.emplace_back(peer);
  }
  return peers;
}

PeersFile parse_peers_file(std::string_view text) {
  PeersFile file;
  for (std::size_t number = 1; !text.empty(); ++number) {
    auto line = next_part(text, '\n');
    const auto peer = trimmed(next_part(line, '#'));
    if (peer.empty()) continue;
    if (auto name = parse_peer_name(peer)) {
      if (file.peers.size() < PeerNameLimits::file_peers_max)
        file.peers.push_back(*std::move(name));
    } else if (file.bad_lines.size() < PeerNameLimits::bad_lines_shown_max) {
      file.bad_lines.push_back({number, shown(peer)});
    }
  }
  return file;
}

std::vector<PeerName> parse_peer_text(std::string_view text) {
  constexpr std::string_view version = "v=tesseras1", peer = "peer=";
  std::vector<PeerName> peers;
  if (next_part(text, ' ') != version) return peers;
  while (!text.empty()) {
    const auto word = next_part(text, ' ');
    if (!word.starts_with(peer)) continue;
    if (auto name = parse_peer_name(word.substr(peer.size()))) peers.push_back(*std::move(name));
  }
  return peers;
}

}  // namespace tesseras::node

#include "node/neighbours.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace tesseras::node {
namespace {

constexpr const char* version_text = "v=1";

std::string id_text(const dht::NodeId& id) { return "id=" + id.hex(); }

}  // namespace

dns::MdnsOptions neighbour_options(const dht::NodeId& own,
                                   std::vector<runtime::Endpoint> listening) {
  dns::MdnsOptions options;
  options.service = "_tesseras._udp";
  options.instance = own.hex();  // nobody else has it
  options.texts = {version_text, id_text(own)};
  options.listening = std::move(listening);
  return options;
}

std::vector<runtime::Endpoint> meeting_points(const dns::Neighbour& neighbour,
                                              const dht::NodeId& own) {
  if (!std::ranges::contains(neighbour.texts, version_text)) return {};
  if (std::ranges::contains(neighbour.texts, id_text(own))) return {};
  return neighbour.endpoints;
}

}  // namespace tesseras::node

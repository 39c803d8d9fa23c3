// How nodes on one network know one another for what they are (spec/bootstrap.md, section 4).
#pragma once

#include <vector>

#include "foundation/dns/mdns.hpp"
#include "preserve/dht/node_id.hpp"

namespace tesseras::node {

// What a node says of itself; `listening` is where its transport does.
dns::MdnsOptions neighbour_options(const dht::NodeId& own,
                                   std::vector<runtime::Endpoint> listening);

// Where to meet a neighbour: nowhere when it speaks another version, or is ourselves, heard on
// another of our networks. A hint as any other: it has yet to prove itself.
std::vector<runtime::Endpoint> meeting_points(const dns::Neighbour& neighbour,
                                              const dht::NodeId& own);

}  // namespace tesseras::node

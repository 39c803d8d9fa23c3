// What time it is, as far as several agree (spec/key-publication.md, section 5). Pure.
#pragma once

#include <map>

#include "foundation/base/result.hpp"
#include "foundation/base/time.hpp"
#include "preserve/dht/address_policy.hpp"

namespace tesseras::release {

// What peers' clocks show, one for each network, all at the moment at which ours shows `own`.
using Clocks = std::map<dht::Network, base::WallTime>;

// Our own clock's time, where the median of the others' is within Limits::clocks_differ_max of it.
//   unavailable  they are fewer than Limits::clocks_min: ask again, or let a person say it
//   conflict     ours is wrong, or most of theirs are; the message says by how much they differ
base::Result<base::WallTime> agreed_time(base::WallTime own, const Clocks& peers);

}  // namespace tesseras::release

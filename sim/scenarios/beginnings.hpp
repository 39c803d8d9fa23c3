// What scenarios have in common: how a network begins, and what is said at the end.
#pragma once

#include <vector>

#include "sim/scenarios/checkers.hpp"
#include "sim/scenarios/scenario.hpp"

namespace tesseras::scenarios {

// All nodes on, one after another, and then some time to find one another.
void begin(DhtWorld& net, const Options& options, base::nanoseconds settle);
// The first so many only.
void begin(DhtWorld& net, std::size_t count, const Options& options, base::nanoseconds settle);
// What holds of every network; the digest.
void end(DhtWorld& net, Report& report);

// Honest nodes that are on, at most so many, drawn by the world's dice; never `except`.
std::vector<std::size_t> some_honest(DhtWorld& net, std::size_t most, std::size_t except);
// As many honest nodes as there are pointers to publish; the keys of numbers from `first` on.
std::vector<Pointer> publish_some(DhtWorld& net, std::size_t count, std::uint64_t first,
                                  Report& report);
// Each pointer, from so many other honest nodes.
Searches search_some(DhtWorld& net, const std::vector<Pointer>& pointers, std::size_t searchers);
// A fault when fewer than that share found what was there.
void want_success(const Searches& searches, double wanted, Report& report);
// The figures of searches, their names beginning so.
void add(Report& report, const Searches& searches, std::string_view prefix = "");

}  // namespace tesseras::scenarios

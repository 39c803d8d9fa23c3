// What must hold of all nodes of a world, whatever has happened in it. Each says what is wrong, in
// words for a person; nothing when all is well.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "sim/scenarios/dht_world.hpp"

namespace tesseras::scenarios {

using Faults = std::vector<std::string>;

// Every honest node that is on has found the network, and somebody else knows it.
Faults everybody_is_known(DhtWorld& net);

// What honest nodes have in their tables are ids of the keys beside them, with the smallest proof,
// where the nodes with these keys are. `may_be_gone`: and they need not be on.
Faults tables_are_true(DhtWorld& net, bool may_be_gone);

// Nobody's tables, stores and sessions have more in them than their limits allow.
Faults all_is_bounded(DhtWorld& net);

// A pointer that must be there: who published it.
struct Pointer {
  dht::Key key;
  std::size_t publisher = 0;
};

// How searches went.
struct Searches {
  std::size_t made = 0;
  std::size_t found = 0;       // the publisher among the holders
  std::size_t requests = 0;    // in all
  std::vector<unsigned> hops;  // of each, sorted
  Faults faults;               // a line for each that did not find

  // Those too.
  void add(const Searches& more);
  double success() const;
  double requests_per_search() const;
  // Of so many in a hundred; 0 when there was none.
  unsigned hops_at(std::size_t percent) const;
};

// Each of `searchers` looks for each pointer, some at once.
Searches search(DhtWorld& net, const std::vector<std::size_t>& searchers,
                const std::vector<Pointer>& pointers);

// `publisher` publishes under the key of a number; a fault when nobody keeps it.
struct Publishing {
  Pointer pointer;
  std::size_t kept = 0;
  Faults faults;
};
Publishing publish(DhtWorld& net, std::size_t publisher, const dht::Key& key);

// The key of the tessera of a number: no such tessera exists.
dht::Key key_of_number(std::uint64_t number);

// Of everything that was sent, and of what all nodes know by now.
std::string digest(DhtWorld& net);

}  // namespace tesseras::scenarios

// Nodes that go without a word and come back with their disks, while other things happen.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "sim/scenarios/checkers.hpp"
#include "sim/scenarios/dht_world.hpp"

namespace tesseras::scenarios {

// How long nodes are on and off, on average; each time anew, whatever came before.
struct ChurnRate {
  base::nanoseconds on = std::chrono::hours(1);
  base::nanoseconds off = std::chrono::minutes(20);
};

// The first node, by which all begin, stays on.
class Churn {
 public:
  // Who has published one of these, does so again whenever it comes back: as a daemon does with
  // what its vault has.
  Churn(DhtWorld& net, std::vector<Pointer> pointers, const ChurnRate& rate = {});

  // As many off as at any time when it has gone on for long. All must be on.
  void begin();
  // Runs the world for so long, in which nodes crash and come back.
  void run(base::nanoseconds span);
  // All on.
  void end();

  std::size_t crashes() const { return crashes_; }

 private:
  bool happens(base::nanoseconds within, base::nanoseconds mean);
  void crash(std::size_t number);
  void restart(std::size_t number);
  void publish_soon(const Pointer& pointer);

  DhtWorld& net_;
  std::vector<Pointer> pointers_;
  ChurnRate rate_;
  std::size_t crashes_ = 0;
  std::map<std::size_t, std::unique_ptr<runtime::Tasks>> publishing_;
};

}  // namespace tesseras::scenarios

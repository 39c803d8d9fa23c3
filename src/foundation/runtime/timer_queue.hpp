// Calls to come, in the order of their time, and of their asking where the time is the same. Pure:
// who has a clock, a real or a simulated one, takes out what is due. For one thread.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "foundation/base/time.hpp"

namespace tesseras::runtime {

using Callback = std::move_only_function<void()>;

// A call to come. Dropping it takes the call back; it may outlive the queue.
class Timer {
 public:
  virtual ~Timer() = default;
};

class TimerQueue {
 public:
  TimerQueue() : calls_(std::make_shared<Calls>()) {}

  std::unique_ptr<Timer> add(base::Instant when, Callback then);
  // The same for a call that nobody takes back.
  void add_for_good(base::Instant when, Callback then);
  // The same for a call that is due at once; `now` is never before that of an earlier one.
  void add_soon(base::Instant now, Callback then);

  // The earliest moment at which there is a call; never when there is none.
  base::Instant next_due() const;
  // Takes out the first of the calls that are due at `now`.
  std::optional<Callback> take_due(base::Instant now);

 private:
  using Key = std::pair<base::Instant, std::uint64_t>;
  using Calls = std::map<Key, Callback>;
  class Taken;

  Key insert(base::Instant when, Callback then);
  bool is_soon_first() const;

  std::shared_ptr<Calls> calls_;
  std::deque<std::pair<Key, Callback>> soon_;  // in order by themselves
  std::uint64_t asked_ = 0;
};

}  // namespace tesseras::runtime

// For tests: a loop without sockets, whose time passes when the test says so.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <utility>

#include "foundation/runtime/loop.hpp"
#include "foundation/runtime/prng.hpp"

namespace tesseras::runtime {

class ManualLoop final : public Loop {
 public:
  base::Instant now() const override { return now_; }
  base::WallTime wall_now() const override {
    return {1'770'000'000 + now_.nanoseconds_since_start / 1'000'000'000, 0};
  }
  std::unique_ptr<Timer> call_at(base::Instant when, Callback then) override {
    return calls_.add(when, std::move(then));
  }
  void post(Callback then) override { posted_.push_back(std::move(then)); }
  base::Result<std::unique_ptr<DatagramSocket>> bind_datagrams(const Endpoint&,
                                                               DatagramHandler&) override {
    return base::fail(base::Code::unsupported, "this loop has no sockets");
  }
  void fill_random(base::MutableByteSpan into) override {
    for (std::byte& byte : into) byte = static_cast<std::byte>(prng_.below(256));
  }

  // All that is due until then, in its order.
  void run_for(base::nanoseconds span) {
    const base::Instant end = now_ + span;
    for (;;) {
      if (!posted_.empty()) {
        auto call = std::move(posted_.front());
        posted_.pop_front();
        call();
        continue;
      }
      if (calls_.next_due() > end) break;
      now_ = std::max(now_, calls_.next_due());
      if (auto call = calls_.take_due(now_)) (*call)();
    }
    now_ = end;
  }

 private:
  base::Instant now_{1'000'000'000};
  TimerQueue calls_;
  std::deque<Callback> posted_;
  Prng prng_{7};
};

}  // namespace tesseras::runtime

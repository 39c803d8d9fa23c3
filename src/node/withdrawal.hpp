// What was removed from the vault is told of no longer. There may be as many publications as
// Publications::count_max, and the loop has other things to do: they are looked at a portion at a
// time. Pure but for what it is given; for one thread.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>

#include "foundation/base/result.hpp"
#include "foundation/base/strong_id.hpp"
#include "node/publications.hpp"

namespace tesseras::node {

class Withdrawal {
 public:
  // In one portion: a vault is opened, and looked into so often, in a few milliseconds.
  static constexpr std::size_t portion_max = 32;

  // Whether something is certainly gone; what cannot be read is not.
  using IsGone = std::function<bool(const base::ContentHash&)>;
  // The vault as it is now, for one portion: its index may be made anew at any time.
  using Look = std::function<base::Result<IsGone>()>;
  using Withdraw = std::function<void(const base::ContentHash&)>;

  // All that is given outlives it. `withdraw` is called for each that was gone, once that is
  // durable.
  Withdrawal(Publications& publications, Look look, Withdraw withdraw);

  // The next portion. True: it was the last one, and the next begins from the front. What is
  // published between two portions is looked at in this round or the next. Errors of `look` and of
  // Publications::remove(); then nothing was withdrawn, and the same portion comes again.
  base::Result<bool> look_on();

 private:
  Publications& publications_;
  Look look_;
  Withdraw withdraw_;
  std::optional<base::ContentHash> looked_up_to_;
};

}  // namespace tesseras::node

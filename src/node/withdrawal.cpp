#include "node/withdrawal.hpp"

#include <utility>
#include <vector>

namespace tesseras::node {

Withdrawal::Withdrawal(Publications& publications, Look look, Withdraw withdraw)
    : publications_(publications), look_(std::move(look)), withdraw_(std::move(withdraw)) {}

base::Result<bool> Withdrawal::look_on() {
  const auto& all = publications_.all();
  auto at = looked_up_to_ ? all.upper_bound(*looked_up_to_) : all.begin();
  auto up_to = looked_up_to_;
  std::vector<base::ContentHash> gone;
  if (at != all.end()) {
    const auto is_gone = TRY(look_());
    for (std::size_t i = 0; i < portion_max && at != all.end(); ++i, ++at) {
      if (is_gone(*at)) gone.push_back(*at);
      up_to = *at;
    }
  }
  const bool is_last = at == all.end();
  TRY(publications_.remove(gone));
  looked_up_to_ = is_last ? std::nullopt : up_to;
  for (const auto& hash : gone) withdraw_(hash);
  return is_last;
}

}  // namespace tesseras::node

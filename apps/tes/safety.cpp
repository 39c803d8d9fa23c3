#include "apps/tes/safety.hpp"

#include <fmt/format.h>

#include "foundation/base/text.hpp"

namespace tesseras::tes {
namespace {

using node::KeptByOthers;

std::string what_is_kept(const KeptByOthers& others) {
  const auto nodes = base::counted(others.holders, "node", "nodes");
  if (others.needed == 1)
    return fmt::format("{} {} a copy", nodes, others.holders == 1 ? "keeps" : "keep");
  return fmt::format("{} of {} fragments are with {}", others.kept, others.fragments, nodes);
}

}  // namespace

std::string sentence_of(const KeptByOthers& others) {
  if (others.holders == 0) return "No other node keeps any of it.";
  if (!others.may_vanish) {
    return fmt::format("{}, and {} fragments are needed to make it again.", what_is_kept(others),
                       others.needed);
  }
  std::string sentence = what_is_kept(others);
  if (*others.may_vanish == 0) {
    sentence += "; none of these may vanish.";
  } else {
    sentence += fmt::format("; any {} of these may vanish.", *others.may_vanish);
  }
  return sentence;
}

std::string ago(std::chrono::seconds span) {
  constexpr std::uint64_t minute = 60, hour = 60 * minute, day = 24 * hour;
  const auto count = static_cast<std::uint64_t>(span.count());
  if (count < 2 * minute) return base::counted(count, "second", "seconds") + " ago";
  if (count < 2 * hour) return base::counted(count / minute, "minute", "minutes") + " ago";
  if (count < 2 * day) return base::counted(count / hour, "hour", "hours") + " ago";
  return base::counted(count / day, "day", "days") + " ago";
}

}  // namespace tesseras::tes

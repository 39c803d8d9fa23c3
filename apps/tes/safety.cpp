#include "apps/tes/safety.hpp"

#include <fmt/format.h>

#include "foundation/base/text.hpp"

namespace tesseras::tes {
namespace {

using node::KeptByOthers;

std::string what_is_kept(const KeptByOthers& others) {
  const auto nodes = base::counted(others.holders, "node", "nodes");
  const auto here = others.is_here ? ", this one among them" : "";
  if (others.needed == 1) {
    return others.is_here && others.holders > 1
               ? fmt::format("{} keep a copy{}", nodes, here)
               : fmt::format("{} {} a copy", others.is_here ? "Only this node" : nodes,
                             others.holders == 1 ? "keeps" : "keep");
  }
  return fmt::format("{} of {} fragments are with {}{}", others.kept, others.fragments, nodes,
                     here);
}

}  // namespace

std::string sentence_of(const KeptByOthers& others) {
  std::string sentence = what_is_kept(others);
  if (others.holders == 0) {
    sentence = "No other node that answers keeps any of it";
  } else if (!others.may_vanish) {
    sentence += fmt::format(", and {} fragments are needed to make it again", others.needed);
  } else if (*others.may_vanish == 0) {
    sentence += "; none of these may vanish";
  } else {
    sentence += fmt::format("; any {} of these may vanish", *others.may_vanish);
  }
  if (others.proved_ago)
    sentence += fmt::format("; the last proof came {}", ago(*others.proved_ago));
  if (others.missing > 0) {
    const auto* const verb = others.missing == 1 ? "does" : "do";
    sentence += fmt::format("; {} more {} not answer, or {} not prove that they have it",
                            others.missing, verb, verb);
  }
  if (others.is_in_need) sentence += "; what is missing is being made again";
  return sentence + ".";
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

// How safe a plan's tessera is with those who keep it, as far as a node can tell that asks them for
// proofs. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "preserve/erasure/shape.hpp"
#include "preserve/upkeep/assessment.hpp"

namespace tesseras::upkeep {

struct Safety {
  Fragments kept;           // by holders that are there, or expected back
  std::size_t holders = 0;  // so many; this node is one of them where it keeps some
  // Others that said that they keep some: they do not answer, or do not prove it.
  std::size_t missing = 0;
  // How many holders may vanish, whichever they are; nullopt: they do not suffice as it is.
  std::optional<std::size_t> may_vanish;

  bool operator==(const Safety&) const = default;
};

Safety safety_of(const erasure::Shape& shape, const Fragments& kept_here,
                 std::span<const Holder> holders);

}  // namespace tesseras::upkeep

// The plan of a pack that its author has: all of it is read once, and cut to know the hash of each
// fragment.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "preserve/erasure/coding.hpp"
#include "preserve/identity/identity.hpp"
#include "preserve/replica/plan.hpp"

namespace tesseras::replica {

// Called with the bytes that have been read so far; false: it is to end.
using OnBytes = std::function<bool(std::uint64_t)>;

// Blocks for as long as reading takes. The pack is not held against `manifest`: a plan of a damaged
// one would bind the damage, so the caller has verified the tessera.
// denied: the MANIFEST is another author's. invalid: `pack_bytes` is none, or SignedPlan::make()
// says so. cancelled: on_bytes. Errors of `read`.
Result<SignedPlan> make_plan(std::string_view manifest, std::uint64_t pack_bytes,
                             const erasure::ReadPack& read, const identity::Identity& author,
                             const OnBytes& on_bytes = {});

}  // namespace tesseras::replica

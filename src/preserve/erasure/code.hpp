// The erasure code: a systematic Cauchy code over GF(2⁸), "An XOR-Based Erasure-Resilient Coding
// Scheme" (Blömer et al., 1995), with x⁸+x⁴+x³+x²+1 (0x11d). Row i of the matrix belongs to
// fragment i: below `data` it is that of the unit matrix, else its column j is 1/(i⊕j). Every
// square part of a Cauchy matrix can be inverted, so any `data` of the fragments give all of them
// (spec/plan.md, section 3). The arithmetic is ISA-L's.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"

namespace tesseras::erasure {

using base::Result;

// At byte p, each fragment is made of byte p of `sources` others, by the coefficients that this
// holds. Nothing in it is a file's, so that one serves for files of any size, strip by strip. Any
// thread, also several at once.
class Transform {
 public:
  // Makes the fragments from `data` on out of those below it. data ≥ 1, parity ≥ 1, sum ≤ 255.
  static Transform encoding(unsigned data, unsigned parity);

  // Makes the fragments `wanted` out of the fragments `have`: `data` different ones, below 255.
  // What is in both is copied.
  // invalid: another number of them, one twice, or one that cannot be
  static Result<Transform> rebuilding(unsigned data, std::span<const unsigned> have,
                                      std::span<const unsigned> wanted);

  std::size_t sources() const { return sources_; }
  std::size_t targets() const { return targets_; }

  // Strips of equal length of all the sources, in their order, to strips of that length of all the
  // targets, in theirs. None of them overlaps another.
  void apply(std::span<const base::ByteSpan> sources,
             std::span<const base::MutableByteSpan> targets) const;

 private:
  Transform(unsigned sources, unsigned targets, std::span<const unsigned char> matrix);

  unsigned sources_;
  unsigned targets_;
  std::vector<unsigned char> tables_;  // ISA-L's, 32 bytes a coefficient
};

}  // namespace tesseras::erasure

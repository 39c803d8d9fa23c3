// What a peer is asked to prove, and what its answer shows (spec/audit.md, sections 2 and 3). Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "foundation/crypto/blake3.hpp"
#include "preserve/upkeep/audit_messages.hpp"

namespace tesseras::upkeep {

// A fragment that a peer says it keeps, as the plan has it, which we have.
struct SharedFragment {
  FragmentName name;
  base::ContentHash content_hash;
  crypto::Blake3Hash hash;
  std::uint64_t size_bytes = 0;

  std::uint64_t chunks() const { return crypto::blake3_chunk_count(size_bytes); }
};

// A challenge, and what a proof must lead to.
struct Sample {
  Challenge challenge;
  crypto::Blake3Hash hash;
  std::uint64_t size_bytes = 0;

  bool operator==(const Sample&) const = default;
};

// `count` different chunks of all that is shared, each set of so many as likely as any other; all,
// when there are fewer. In the order of `shared`, which names no fragment twice. Chunks in `except`
// are left out. `seed` comes from Loop::fill_random, anew for each draw: a peer that can foresee
// chunks need keep no others.
std::vector<Sample> draw(std::span<const SharedFragment> shared, std::size_t count,
                         std::uint64_t seed, std::span<const Sample> except = {});
// Any one chunk of it. `seed` as above.
Sample draw_of(const SharedFragment& fragment, std::uint64_t seed);

// What is found out about a fragment.
enum class Finding : std::uint8_t {
  proved,
  not_kept,  // the peer says so
  lied,      // its proof leads elsewhere
  silent,    // it was reached, and gave no answer that counts
  offline,   // it was not reached, while others were
};
// A part of a sentence about the peer.
std::string_view explain(Finding finding);

// A finding for each of `samples`, which is what was asked: by the answer, or all silent when there
// is an error in its place, or an answer to something else.
std::vector<Finding> judge(std::span<const Sample> samples, const Result<ProveResponse>& answer);

}  // namespace tesseras::upkeep

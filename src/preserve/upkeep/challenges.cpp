#include "preserve/upkeep/challenges.hpp"

#include <algorithm>
#include <set>

#include "foundation/base/assert.hpp"
#include "foundation/crypto/blake3_tree.hpp"
#include "foundation/runtime/prng.hpp"

namespace tesseras::upkeep {
namespace {

// `count` different numbers below `end`, in their order (Bentley, Floyd: "A sample of brilliance",
// 1987): as many draws as numbers, also when nearly all are wanted.
std::set<std::uint64_t> different_numbers(std::uint64_t end, std::uint64_t count,
                                          runtime::Prng& prng) {
  std::set<std::uint64_t> numbers;
  for (std::uint64_t last = end - count; last < end; ++last) {
    const auto number = prng.below(last + 1);
    numbers.insert(numbers.contains(number) ? last : number);
  }
  return numbers;
}

Sample sample_of(const SharedFragment& fragment, std::uint64_t chunk) {
  return {{fragment.content_hash, fragment.name, chunk}, fragment.hash, fragment.size_bytes};
}

Finding finding_of(const Sample& sample, const std::optional<ChunkProof>& proof) {
  if (!proof) return Finding::not_kept;
  const auto leads_there = crypto::verify_path(sample.hash, sample.size_bytes,
                                               sample.challenge.chunk, proof->chunk, proof->path);
  return leads_there ? Finding::proved : Finding::lied;
}

}  // namespace

std::vector<Sample> draw(std::span<const SharedFragment> shared, std::size_t count,
                         std::uint64_t seed, std::span<const Sample> except) {
  std::uint64_t total = 0;
  for (const auto& one : shared) total += one.chunks();
  // Those that are left out may be among what is drawn, so as many more are.
  const auto wanted = std::min<std::uint64_t>(count + except.size(), total);
  runtime::Prng prng(seed);
  std::vector<Sample> drawn;
  auto fragment = shared.begin();
  std::uint64_t before = 0;  // chunks of those that were passed
  for (const auto number : different_numbers(total, wanted, prng)) {
    for (; number - before >= fragment->chunks(); ++fragment) before += fragment->chunks();
    const auto sample = sample_of(*fragment, number - before);
    if (!std::ranges::contains(except, sample)) drawn.push_back(sample);
  }
  // Any of them, or the last fragment would be asked for less than the others.
  while (drawn.size() > count)
    drawn.erase(drawn.begin() + static_cast<std::ptrdiff_t>(prng.below(drawn.size())));
  return drawn;
}

Sample draw_of(const SharedFragment& fragment, std::uint64_t seed) {
  return sample_of(fragment, runtime::Prng(seed).below(fragment.chunks()));
}

std::string_view explain(Finding finding) {
  switch (finding) {
    case Finding::proved: return "proved that it keeps it";
    case Finding::not_kept: return "says that it does not keep it";
    case Finding::lied: return "gave something else for it";
    case Finding::silent: return "did not answer";
    case Finding::offline: return "was not reached";
  }
  ASSERT(false);
  return {};
}

std::vector<Finding> judge(std::span<const Sample> samples, const Result<ProveResponse>& answer) {
  std::vector<Finding> findings(samples.size(), Finding::silent);
  if (!answer || answer->proofs.size() != samples.size()) return findings;
  for (std::size_t i = 0; i < samples.size(); ++i)
    findings[i] = finding_of(samples[i], answer->proofs[i]);
  return findings;
}

}  // namespace tesseras::upkeep

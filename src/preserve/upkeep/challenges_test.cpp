#include "preserve/upkeep/challenges.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "foundation/runtime/prng.hpp"
#include "preserve/replica/replica_fixture.hpp"

namespace tesseras::upkeep {
namespace {

using base::Code;
using replica::bytes_of;

SharedFragment fragment_of(unsigned number, std::uint64_t chunks) {
  SharedFragment fragment;
  fragment.name.fragment = number;
  fragment.size_bytes = chunks * crypto::blake3_chunk_size_bytes - number % 2;
  return fragment;
}

TEST(Draw, TakesAllThereIsWhenThatIsLittle) {
  const std::vector shared = {fragment_of(0, 3), fragment_of(1, 1)};
  const auto drawn = draw(shared, 16, 5);
  ASSERT_EQ(drawn.size(), 4U);
  EXPECT_EQ(drawn[2].challenge.chunk, 2U);
  EXPECT_EQ(drawn[3].challenge.name.fragment, 1U);
  EXPECT_EQ(drawn[3].size_bytes, shared[1].size_bytes);
  EXPECT_TRUE(draw({}, 16, 5).empty());
}

TEST(Draw, IsTheSameForTheSameSeed) {
  const std::vector shared = {fragment_of(0, 1000), fragment_of(1, 20'000)};
  EXPECT_EQ(draw(shared, 16, 5), draw(shared, 16, 5));
  EXPECT_NE(draw(shared, 16, 5), draw(shared, 16, 6));
}

// Fragments of 1, 2, 3 … 20 chunks: each chunk as often as any other, in whatever fragment.
TEST(Draw, TakesEachChunkAsOften) {
  std::vector<SharedFragment> shared;
  for (unsigned i = 1; i <= 20; ++i) shared.push_back(fragment_of(i, i));
  std::map<std::pair<unsigned, std::uint64_t>, int> times;
  constexpr int draws = 21'000;  // of 16 from 210 chunks: 1,600 times each
  for (std::uint64_t seed = 0; seed < draws; ++seed) {
    std::set<Challenge> different;
    for (const auto& one : draw(shared, 16, seed * 77)) {
      ++times[{one.challenge.name.fragment, one.challenge.chunk}];
      different.insert(one.challenge);
    }
    ASSERT_EQ(different.size(), 16U);
  }
  EXPECT_EQ(times.size(), 210U);
  for (const auto& [chunk, count] : times) {
    EXPECT_NEAR(count, 1600, 200) << chunk.first << "/" << chunk.second;  // five deviations
  }
}

TEST(Draw, LeavesOutWhatIsAskedForAnyway) {
  const std::vector shared = {fragment_of(0, 20)};
  const auto first = draw(shared, 8, 1);
  const auto rest = draw(shared, 16, 2, first);
  EXPECT_EQ(rest.size(), 12U);
  for (const auto& one : first) EXPECT_FALSE(std::ranges::contains(rest, one));
  // And none of the others is drawn more often for it.
  std::map<std::uint64_t, int> times;
  for (std::uint64_t seed = 0; seed < 6000; ++seed)
    for (const auto& one : draw(shared, 4, seed, first)) ++times[one.challenge.chunk];
  EXPECT_EQ(times.size(), 12U);
  for (const auto& [chunk, count] : times) EXPECT_NEAR(count, 2000, 200) << chunk;
}

TEST(Draw, OfOneFragmentTakesAnyChunk) {
  const auto fragment = fragment_of(3, 5);
  std::set<std::uint64_t> chunks;
  for (std::uint64_t seed = 0; seed < 200; ++seed)
    chunks.insert(draw_of(fragment, seed).challenge.chunk);
  EXPECT_EQ(chunks, (std::set<std::uint64_t>{0, 1, 2, 3, 4}));
}

// The claim of spec/audit.md, section 2, with the function that draws: a peer that lost one chunk
// in a hundred, evenly or in one place, of much or of little, answers 60 requests in thirty days.
TEST(Draw, FindsALossOfOneInAHundred) {
  struct Case {
    std::vector<SharedFragment> shared;
    std::uint64_t every;  // chunk is lost; 0: those at the end of the first fragment
    std::uint64_t lost;
  };
  std::vector<SharedFragment> many;
  for (unsigned i = 0; i < 100; ++i) many.push_back(fragment_of(2 * i, 256));
  const std::vector<Case> cases = {{{fragment_of(0, 1000)}, 100, 10},
                                   {{fragment_of(0, 21'000)}, 0, 210},
                                   {many, 100, 256},
                                   {many, 0, 256}};
  constexpr int months = 2500;
  std::uint64_t seed = 1;
  int not_found = 0;
  for (const auto& [shared, every, lost] : cases) {
    const auto is_lost = [&](const Challenge& one) {
      const auto first = shared.front().name.fragment;
      const auto at = (one.name.fragment - first) / 2 * 256 + one.chunk;
      return every != 0 ? at % every == 0
                        : one.name.fragment == first && one.chunk >= shared.front().chunks() - lost;
    };
    for (int month = 0; month < months; ++month) {
      bool found = false;
      for (int request = 0; request < 60 && !found; ++request)
        found = std::ranges::any_of(draw(shared, 16, ++seed), is_lost, &Sample::challenge);
      not_found += found ? 0 : 1;
    }
  }
  // 0.99^960 of 10,000 is 0.65; more than 5 would come once in 30,000 times.
  EXPECT_LE(not_found, 5);
}

class Judge : public testing::Test {
 protected:
  // Of 8 chunks, of one, and of a last chunk that is short.
  Judge() {
    for (const std::uint64_t size : {8192U, 700U, 3000U}) {
      bytes_.push_back(bytes_of(size, size));
      SharedFragment fragment = fragment_of(0, 1);
      fragment.name.fragment = static_cast<unsigned>(bytes_.size());
      fragment.hash = crypto::blake3(bytes_.back());
      fragment.size_bytes = size;
      for (std::uint64_t chunk = 0; chunk < fragment.chunks(); ++chunk) {
        samples_.push_back({{{}, fragment.name, chunk}, fragment.hash, size});
        answer_.proofs.emplace_back(proof_of(bytes_.back(), chunk));
      }
    }
  }
  static ChunkProof proof_of(base::ByteSpan bytes, std::uint64_t chunk) {
    const auto part = bytes.subspan(chunk * 1024, crypto::blake3_chunk_size(bytes.size(), chunk));
    return {{part.begin(), part.end()}, crypto::tree_path(bytes, chunk).value()};
  }
  std::vector<Finding> findings(Finding all) const { return {samples_.size(), all}; }

  std::vector<base::Bytes> bytes_;
  std::vector<Sample> samples_;
  ProveResponse answer_;
};

TEST_F(Judge, TakesWhatIsProved) {
  ASSERT_EQ(samples_.size(), 12U);
  EXPECT_EQ(judge(samples_, answer_), findings(Finding::proved));
}

TEST_F(Judge, FindsEveryWayToLie) {
  const auto first_finding = [&] { return judge(samples_, answer_).front(); };
  auto& proof = *answer_.proofs.front();
  const ChunkProof good = proof;
  proof.chunk[7] ^= std::byte{1};
  EXPECT_EQ(first_finding(), Finding::lied);
  proof = good;
  proof.path[2].bytes[31] ^= std::byte{128};
  EXPECT_EQ(first_finding(), Finding::lied);
  proof = good;
  proof.path.pop_back();
  EXPECT_EQ(first_finding(), Finding::lied);
  proof = good;
  proof.chunk.pop_back();
  EXPECT_EQ(first_finding(), Finding::lied);
  proof = proof_of(bytes_.front(), 1);  // another chunk of the same fragment
  EXPECT_EQ(first_finding(), Finding::lied);
  proof = proof_of(bytes_.back(), 0);  // the same chunk of another
  EXPECT_EQ(first_finding(), Finding::lied);
  proof = good;
  EXPECT_EQ(first_finding(), Finding::proved);
}

TEST_F(Judge, SaysOfWhichIsWhat) {
  answer_.proofs[3] = std::nullopt;
  answer_.proofs[8]->chunk[0] ^= std::byte{1};
  auto expected = findings(Finding::proved);
  expected[3] = Finding::not_kept;
  expected[8] = Finding::lied;
  EXPECT_EQ(judge(samples_, answer_), expected);
}

TEST_F(Judge, TakesNoAnswerForSilence) {
  const auto silent = findings(Finding::silent);
  EXPECT_EQ(judge(samples_, base::fail(Code::timeout, "nothing came")), silent);
  EXPECT_EQ(judge(samples_, base::fail(Code::unavailable, "not now")), silent);
  answer_.proofs.pop_back();
  EXPECT_EQ(judge(samples_, answer_), silent);
}

}  // namespace
}  // namespace tesseras::upkeep

// A plan of a real pack, and the fragments that are given from it.
#include "preserve/replica/pack_fragments.hpp"

#include <gtest/gtest.h>

#include "preserve/replica/pack_fixture.hpp"
#include "preserve/replica/planning.hpp"

namespace tesseras::replica {
namespace {

using base::Bytes;
using base::Code;

constexpr std::uint64_t mebibyte = 1 << 20;

OpenPack opens(const Bytes& pack) {
  return [&pack]() -> Result<erasure::ReadPack> {
    return [&pack](std::uint64_t offset, base::MutableByteSpan into) -> Result<void> {
      std::ranges::copy(base::ByteSpan(pack).subspan(offset, into.size()), into.begin());
      return {};
    };
  };
}

Result<SignedPlan> plan_of(const Bytes& pack, const OnBytes& on_bytes = {}) {
  static const auto author = author_from(3);
  const auto read = opens(pack)().value();
  return make_plan(manifest_of(author), pack.size(), read, author, on_bytes);
}

Result<Bytes> read_of(const PackFragments& fragments, unsigned number, std::uint64_t offset) {
  const auto next = TRY(fragments.open(number, offset));
  Bytes all, piece(10'000);
  for (;;) {
    const auto count = TRY(next(piece));
    if (count == 0) return all;
    all.insert(all.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(count));
  }
}

class PackFragmentsTest : public testing::TestWithParam<std::uint64_t> {
 protected:
  runtime::MemoryDisk disk_;
};

TEST_P(PackFragmentsTest, AreThoseOfThePlan) {
  const Bytes pack = bytes_of(1, GetParam());
  const auto plan = plan_of(pack).value();
  const auto expected = fragments_of(pack);
  const auto made = PackFragments::make(disk_, "/spool", plan.plan(), opens(pack));
  ASSERT_TRUE(made) << made.error().message;
  for (unsigned i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(crypto::blake3(expected[i]), plan.plan().hash_of(i));
    for (const std::uint64_t offset :
         {std::uint64_t{0}, std::uint64_t{12'345}, plan.plan().shape.fragment_bytes()}) {
      const auto read = read_of(**made, i, offset);
      ASSERT_TRUE(read) << read.error().message;
      EXPECT_TRUE(std::ranges::equal(*read, base::ByteSpan(expected[i]).subspan(offset)))
          << i << " from " << offset;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Tiers, PackFragmentsTest,
                         testing::Values(100'000, 4 * mebibyte, 5 * mebibyte + 1));

TEST_F(PackFragmentsTest, LeaveNothingBehind) {
  const Bytes pack = bytes_of(1, 5 * mebibyte);
  const auto plan = plan_of(pack).value();
  {
    const auto made = PackFragments::make(disk_, "/spool", plan.plan(), opens(pack));
    ASSERT_TRUE(made);
    EXPECT_EQ(disk_.list("/spool")->size(), 8U) << "the parity alone";
  }
  EXPECT_FALSE(disk_.status("/spool"));
}

TEST_F(PackFragmentsTest, APackThatHasChangedIsNotGiven) {
  Bytes pack = bytes_of(1, 5 * mebibyte);
  const auto plan = plan_of(pack).value();
  pack[3 * mebibyte] ^= std::byte{1};
  const auto made = PackFragments::make(disk_, "/spool", plan.plan(), opens(pack));
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Code::corrupt);
  EXPECT_FALSE(disk_.status("/spool"));
}

TEST_F(PackFragmentsTest, AFullDiskIsAnError) {
  const Bytes pack = bytes_of(1, 5 * mebibyte);
  const auto plan = plan_of(pack).value();
  disk_.set_capacity_bytes(mebibyte);
  const auto made = PackFragments::make(disk_, "/spool", plan.plan(), opens(pack));
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Code::exhausted);
}

TEST(Planning, TellsHowFarItIsAndStops) {
  const Bytes pack = bytes_of(1, 5 * mebibyte);
  std::uint64_t last = 0;
  ASSERT_TRUE(plan_of(pack, [&](std::uint64_t bytes) {
    EXPECT_GE(bytes, last);
    last = bytes;
    return true;
  }));
  EXPECT_EQ(last, pack.size());
  const auto stopped = plan_of(pack, [](std::uint64_t bytes) { return bytes < mebibyte; });
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, Code::cancelled);
}

TEST(Planning, IsTheAuthorsAlone) {
  const Bytes pack = bytes_of(1, 1000);
  const auto made =
      make_plan(manifest_of(author_from(4)), pack.size(), opens(pack)().value(), author_from(3));
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Code::denied);
  EXPECT_EQ(make_plan("", 0, opens(pack)().value(), author_from(3)).error().code, Code::invalid);
}

}  // namespace
}  // namespace tesseras::replica

#include "preserve/replica/assembly.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "foundation/runtime/disk_memory.hpp"
#include "foundation/runtime/free_name.hpp"
#include "foundation/runtime/whole_file.hpp"
#include "preserve/replica/pack_fixture.hpp"

namespace tesseras::replica {
namespace {

using base::Bytes;
using base::Code;

class AssemblyTest : public ::testing::Test {
 protected:
  void lay(const std::vector<Bytes>& fragments, const Fragments& have) {
    ASSERT_TRUE(disk_.remove_tree("/parts"));
    ASSERT_TRUE(disk_.make_folders("/parts", 0700));
    for (unsigned i = 0; i < fragments.size(); ++i)
      if (have.test(i)) {
        ASSERT_TRUE(runtime::replace_whole(disk_, fragment_file("/parts", i), 0600, fragments[i]));
      }
  }
  Result<Bytes> assembled(const erasure::Shape& shape, const Fragments& have) {
    return read_pack(TRY(assemble(disk_, "/parts", shape, have)), shape.pack_bytes());
  }
  std::size_t files() { return disk_.list("/parts").value().size(); }

  runtime::MemoryDisk disk_;
};

TEST_F(AssemblyTest, MakesThePackOfAnyThatAreEnough) {
  std::mt19937 random(3);
  // One that ends with its last piece, and one that ends well before.
  for (const std::size_t size : {5'000'000UL, 16UL * 300'000}) {
    const auto pack = bytes_of(1, size);
    const auto fragments = fragments_of(pack);
    const erasure::Shape shape(erasure::Tier::medium, size);
    for (int round = 0; round < 6; ++round) {
      std::vector<unsigned> order(shape.fragments());
      std::iota(order.begin(), order.end(), 0U);
      if (round > 0) std::ranges::shuffle(order, random);
      Fragments have;
      for (unsigned i = 0; i < shape.data() + (round % 2 == 0 ? 0U : 3U); ++i) have.set(order[i]);
      lay(fragments, have);
      EXPECT_EQ(assembled(shape, have), pack);
      // Then the pieces are there, as they were cut, and nothing else.
      ASSERT_TRUE(take_over_rebuilt(disk_, "/parts"));
      EXPECT_EQ(files(), shape.data());
      Fragments pieces;
      for (unsigned i = 0; i < shape.data(); ++i) {
        pieces.set(i);
        EXPECT_EQ(runtime::read_whole(disk_, fragment_file("/parts", i), size), fragments[i]);
      }
      EXPECT_EQ(assembled(shape, pieces), pack);
    }
  }
}

TEST_F(AssemblyTest, TakesACopyAsItIs) {
  const auto pack = bytes_of(1, 70'000);
  const erasure::Shape shape(erasure::Tier::copies, pack.size());
  lay(fragments_of(pack), Fragments().set(4));
  EXPECT_EQ(assembled(shape, Fragments().set(4)), pack);
}

TEST_F(AssemblyTest, SaysWhenThereAreTooFew) {
  const auto pack = bytes_of(1, 5'000'000);
  const erasure::Shape shape(erasure::Tier::medium, pack.size());
  Fragments have;
  for (unsigned i = 0; i < 15; ++i) have.set(i);
  lay(fragments_of(pack), have);
  EXPECT_EQ(assembled(shape, have).error().code, Code::invalid);
  EXPECT_EQ(files(), 15U);
  // One that it was told of is not there.
  EXPECT_EQ(assembled(shape, Fragments(have).set(20)).error().code, Code::not_found);
}

TEST_F(AssemblyTest, SaysWhenTheDiskIsFull) {
  const auto pack = bytes_of(1, 5'000'000);
  const erasure::Shape shape(erasure::Tier::medium, pack.size());
  Fragments have;
  for (unsigned i = 5; i < 21; ++i) have.set(i);
  lay(fragments_of(pack), have);
  disk_.set_capacity_bytes(disk_.used_bytes() + 1'000'000);
  EXPECT_EQ(assembled(shape, have).error().code, Code::exhausted);
  EXPECT_EQ(files(), have.count()) << "what was there stays, and nothing else";
  disk_.set_capacity_bytes({});
  EXPECT_EQ(assembled(shape, have), pack);
}

// A fragment that stalled was replaced by another one, and comes to its end after all, a wrong one.
TEST_F(AssemblyTest, WhatIsMadeIsNotRemovedByWhoStillBringsIt) {
  const auto pack = bytes_of(1, 5'000'000);
  const erasure::Shape shape(erasure::Tier::medium, pack.size());
  Fragments have;
  for (unsigned i = 3; i < 19; ++i) have.set(i);
  lay(fragments_of(pack), have);
  const auto open_pack = assemble(disk_, "/parts", shape, have).value();
  ASSERT_TRUE(runtime::remove_if_there(disk_, fragment_file("/parts", 0)));
  EXPECT_EQ(read_pack(open_pack, pack.size()), pack);
  // And who fetches it again has all of its pieces.
  ASSERT_TRUE(take_over_rebuilt(disk_, "/parts"));
  Fragments pieces;
  for (unsigned i = 0; i < 16; ++i) pieces.set(i);
  EXPECT_EQ(assembled(shape, pieces), pack);
}

}  // namespace
}  // namespace tesseras::replica

// Disks that run full, fail or may not be written: a clear error, and the store as it was.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "preserve/replica/limits.hpp"
#include "preserve/replica/replica_fixture.hpp"

namespace tesseras::replica {
namespace {

using base::ByteSpan;
using base::Code;
using testing::IsEmpty;

class FragmentFault : public testing::Test {
 protected:
  FragmentFault() {
    EXPECT_TRUE(keep(store(), earlier_, 2, charge_of(2)));
    before_ = store().references();
  }
  FragmentStore& store() { return *holder_.store; }
  runtime::MemoryDisk& disk() { return holder_.disk; }

  void expect_as_it_was() {
    EXPECT_EQ(store().references(), before_);
    EXPECT_EQ(store().size_bytes(), 50'000U);
    EXPECT_TRUE(is_whole(store(), earlier_, 2));
    EXPECT_TRUE(store().kept(sample_.plan.id()).none());
    EXPECT_FALSE(holder_.has_file(holder_.layout.object(sample_.hash(0))));
    EXPECT_FALSE(holder_.has_file(tree_of(holder_.layout.object(sample_.hash(0)))));
    EXPECT_FALSE(holder_.has_file(holder_.layout.plan(sample_.plan.id())));
  }
  // A restart finds what the open store says.
  void expect_the_same_after_a_restart() {
    const auto references = store().references();
    holder_.lose_power(0);
    EXPECT_EQ(store().references(), references);
  }

  MemoryHolder holder_;
  const Sample earlier_ = small_sample(1, 50'000);
  const Sample sample_ = small_sample(2, 60'000);
  std::vector<Reference> before_;
};

TEST_F(FragmentFault, AnyOperationThatFailsWhileKeepingLeavesTheStoreAsItWas) {
  for (const Code code : {Code::io, Code::exhausted}) {
    std::uint64_t n = 1;
    for (;; ++n) {
      ASSERT_LT(n, 100U);
      SCOPED_TRACE(n);
      disk().fail_operation(n, code);
      const std::uint64_t operations = disk().operations();
      const auto kept = keep(store(), sample_, 4);
      const bool was_reached = disk().operations() >= operations + n;
      disk().fail_operation(1'000'000, code);
      if (!kept) {
        EXPECT_EQ(kept.error().code, code);
        expect_as_it_was();
        // Every second time it is kept then, so that both new folders and old ones are tried.
        if (n % 2 == 0) continue;
        ASSERT_TRUE(keep(store(), sample_, 4));
      }
      EXPECT_TRUE(is_whole(store(), sample_, 4));
      ASSERT_TRUE(store().drop(sample_.name(4)));
      expect_as_it_was();
      expect_the_same_after_a_restart();
      if (!was_reached) break;
    }
    EXPECT_GT(n, 8U);
  }
}

// By the writer that failed, or by another one; in neither case is anything sent again.
TEST_F(FragmentFault, WhatWasReceivedMayBeKeptLater) {
  std::uint64_t n = 1;
  bool was_given_again = false;
  for (;; ++n) {
    ASSERT_LT(n, 100U);
    SCOPED_TRACE(n);
    {
      auto writer = store().receive(sample_.plan, 4, key_of(1));
      ASSERT_TRUE(writer);
      ASSERT_TRUE(writer->append(sample_.fragment(4)));
      disk().fail_operation(n, Code::exhausted);
      if (store().keep(*writer, charge_of(1))) break;
      expect_as_it_was();
      if (store().keep(*writer, charge_of(1))) was_given_again = true;
    }
    {
      auto other = store().receive(sample_.plan, 4, key_of(1));
      ASSERT_TRUE(other);
      EXPECT_EQ(other->offset(), 60'000U);
      ASSERT_TRUE(store().keep(*other, charge_of(1)));
    }
    EXPECT_TRUE(is_whole(store(), sample_, 4));
    ASSERT_TRUE(store().drop(sample_.name(4)));
  }
  EXPECT_GT(n, 8U);
  EXPECT_TRUE(was_given_again);
}

TEST_F(FragmentFault, AnyOperationThatFailsWhileDroppingDropsOrDoesNot) {
  for (std::uint64_t n = 1; n < 8; ++n) {
    SCOPED_TRACE(n);
    ASSERT_TRUE(keep(store(), sample_, 4));
    const auto before = store().references();
    disk().fail_operation(n, Code::io);
    const auto dropped = store().drop(sample_.name(4));
    disk().fail_operation(1'000'000, Code::io);
    if (!dropped) {
      EXPECT_EQ(dropped.error().code, Code::io);
      EXPECT_EQ(store().references(), before);
      EXPECT_TRUE(is_whole(store(), sample_, 4));
      expect_the_same_after_a_restart();
      ASSERT_TRUE(store().drop(sample_.name(4)));
    }
    EXPECT_EQ(store().references(), before_);
    // What could not be removed goes at the next start.
    expect_the_same_after_a_restart();
    expect_as_it_was();
  }
}

TEST_F(FragmentFault, AFullDiskIsSaidAndNothingIsLost) {
  const std::uint64_t used = disk().used_bytes();
  std::uint64_t room = 0;
  // Incoming bytes stay, so that each attempt goes on; they are cleared to see each amount of room.
  for (;; room += 500) {
    ASSERT_LT(room, 100'000U);
    disk().set_capacity_bytes(used + room);
    const auto kept = keep(store(), sample_, 4);
    if (kept) break;
    EXPECT_EQ(kept.error().code, Code::exhausted);
    EXPECT_THAT(kept.error().message, testing::HasSubstr("no space"));
    expect_as_it_was();
    ASSERT_TRUE(store().clear_incoming({4'000'000'000, 0}));
    EXPECT_LE(disk().used_bytes(), used + 64 * 5);
  }
  EXPECT_GE(room, 60'000U + 64 * 5);
  EXPECT_TRUE(is_whole(store(), sample_, 4));
  expect_the_same_after_a_restart();
}

TEST_F(FragmentFault, NoInodesAreSaidAndNothingIsLost) {
  std::uint64_t more = 0;
  for (;; ++more) {
    ASSERT_LT(more, 100U);
    disk().set_inodes_max(disk().used_inodes() + more);
    const auto kept = keep(store(), sample_, 4);
    if (kept) break;
    EXPECT_EQ(kept.error().code, Code::exhausted);
    expect_as_it_was();
  }
  EXPECT_TRUE(is_whole(store(), sample_, 4));
}

// Any failing disk while bytes come: what came stays, and another writer goes on.
TEST_F(FragmentFault, ABreakByTheDiskIsABreakLikeOthers) {
  const Sample large = small_sample(3, 700'000);
  for (std::uint64_t n = 1; n <= 12; ++n) {
    SCOPED_TRACE(n);
    {
      auto writer = store().receive(large.plan, 0, key_of(1));
      ASSERT_TRUE(writer);
      disk().fail_operation(n, Code::exhausted);
      Result<void> done;
      while (done && writer->offset() < 700'000)
        done = writer->append(
            ByteSpan(large.fragment(0))
                .subspan(static_cast<std::size_t>(writer->offset()),
                         std::min<std::size_t>(100'000, 700'000 - writer->offset())));
      disk().fail_operation(1'000'000, Code::io);
      if (!done) {
        EXPECT_EQ(done.error().code, Code::exhausted);
        EXPECT_FALSE(writer->append(large.fragment(0))) << "of no use any more";
        EXPECT_FALSE(store().keep(*writer, charge_of(1)));
      }
    }
    ASSERT_TRUE(keep(store(), large, 0));
    EXPECT_TRUE(is_whole(store(), large, 0));
    ASSERT_TRUE(store().drop(large.name(0)));
  }
}

// Else a full disk could not be made any emptier.
TEST_F(FragmentFault, ADropMakesItsOwnRoom) {
  ASSERT_TRUE(keep(store(), sample_, 4));
  disk().set_capacity_bytes(disk().used_bytes() + 20);  // less than the note takes
  ASSERT_TRUE(store().drop(sample_.name(4)));
  expect_as_it_was();
  expect_the_same_after_a_restart();
  // Not where another fragment has the bytes, which must stay.
  disk().set_capacity_bytes({});
  ASSERT_TRUE(keep(store(), sample_, 4));
  ASSERT_TRUE(keep(store(), sample_, 5));
  disk().set_capacity_bytes(disk().used_bytes() + 20);
  EXPECT_EQ(store().drop(sample_.name(4)).error().code, Code::exhausted);
  EXPECT_TRUE(is_whole(store(), sample_, 4));
  EXPECT_TRUE(is_whole(store(), sample_, 5));
}

// It is whole, or in quarantine, or dropped; what was said to be dropped is.
TEST_F(FragmentFault, APowerCutWhileAFullDiskDrops) {
  for (std::uint64_t n = 1; n < 14; ++n) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      SCOPED_TRACE(fmt::format("cut at {}, seed {}", n, seed));
      MemoryHolder holder;
      ASSERT_TRUE(keep(*holder.store, earlier_, 2, charge_of(2)));
      ASSERT_TRUE(keep(*holder.store, sample_, 4));
      holder.disk.set_capacity_bytes(holder.disk.used_bytes() + 20);
      holder.disk.lose_power_at(n);
      const bool is_dropped = holder.store->drop(sample_.name(4)).has_value();
      holder.lose_power(seed);
      ASSERT_TRUE(holder.store);
      EXPECT_TRUE(is_whole(*holder.store, earlier_, 2));
      const bool is_there = holder.store->references().size() == 2;
      EXPECT_FALSE(is_there && is_dropped);
      if (holder.store->kept(sample_.plan.id()).test(4)) {
        EXPECT_TRUE(is_whole(*holder.store, sample_, 4));
      }
      if (is_there) {
        EXPECT_TRUE(holder.store->drop(sample_.name(4)));
      }
      EXPECT_EQ(holder.store->references(), before_);
      holder.disk.set_capacity_bytes({});
      ASSERT_TRUE(keep(*holder.store, sample_, 4));
      EXPECT_TRUE(is_whole(*holder.store, sample_, 4));
    }
  }
}

TEST_F(FragmentFault, AReadOnlyDiskIsReadAndNotWritten) {
  disk().set_read_only(true);
  holder_.open();
  expect_as_it_was();
  EXPECT_EQ(keep(store(), sample_, 4).error().code, Code::denied);
  EXPECT_EQ(store().drop(earlier_.name(2)).error().code, Code::denied);
  expect_as_it_was();
  disk().set_read_only(false);
  ASSERT_TRUE(keep(store(), sample_, 4));
  EXPECT_TRUE(is_whole(store(), sample_, 4));
  EXPECT_THAT(holder_.names(holder_.layout.incoming()), IsEmpty());
}

TEST_F(FragmentFault, AReadOnlyDiskWithoutAStoreIsRefused) {
  runtime::MemoryDisk disk;
  disk.set_read_only(true);
  EXPECT_EQ(FragmentStore::open(disk, "/data/holdings").error().code, Code::denied);
}

TEST_F(FragmentFault, SaysWhatTheDiskTakes) {
  disk().set_capacity_bytes(disk().used_bytes() + 12'345);
  EXPECT_EQ(store().free_bytes().value(), 12'345U);
}

// A sector that is gone for good is damage like any other.
TEST_F(FragmentFault, WhatADiskNeverGivesIsDamaged) {
  const auto place = holder_.layout.object(earlier_.hash(2));
  const auto check = [&] { return store().check(earlier_.name(2)).error().code; };
  disk().fail_reads(place);
  for (unsigned i = 1; i < Limits::refused_checks_max; ++i) EXPECT_EQ(check(), Code::io);
  disk().fail_reads(place, false);
  EXPECT_TRUE(store().check(earlier_.name(2))) << "it had only been busy";
  disk().fail_reads(place);
  for (unsigned i = 1; i < Limits::refused_checks_max; ++i) EXPECT_EQ(check(), Code::io);
  // Where nothing can be written either, it is not this object that is damaged.
  disk().set_read_only(true);
  EXPECT_EQ(check(), Code::io);
  disk().set_read_only(false);
  EXPECT_EQ(check(), Code::corrupt);
  EXPECT_EQ(check(), Code::not_found);
  EXPECT_TRUE(store().references()[0].is_quarantined);
  ASSERT_TRUE(keep(store(), earlier_, 2));
  expect_as_it_was();
}

}  // namespace
}  // namespace tesseras::replica

// The medium changes bits, loses files and does not give others.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <optional>

#include "preserve/replica/replica_fixture.hpp"

namespace tesseras::replica {
namespace {

using base::Bytes;
using base::Code;
using testing::ElementsAre;
using testing::IsEmpty;

class FragmentDamage : public testing::Test {
 protected:
  FragmentDamage() {
    EXPECT_TRUE(keep(store(), sample_, 3, charge_of(3)));
    EXPECT_TRUE(keep(store(), other_, 5, charge_of(5)));
  }
  FragmentStore& store() { return *holder_.store; }
  runtime::MemoryDisk& disk() { return holder_.disk; }
  // Reads in small pieces until the end or an error; what was given.
  Bytes read_until_error(std::size_t piece_bytes, Code expected) {
    auto reader = store().read(sample_.name(3), 0);
    EXPECT_TRUE(reader);
    Bytes all, piece(piece_bytes, std::byte{0xee});
    for (;;) {
      const auto size = reader->read(piece);
      if (!size) {
        EXPECT_EQ(size.error().code, expected);
        // Nor is anything left of them in the caller's memory.
        if (expected == Code::corrupt) {
          EXPECT_EQ(piece, Bytes(piece_bytes));
        }
        EXPECT_EQ(reader->read(piece).error().code, expected) << "and again";
        return all;
      }
      if (*size == 0) {
        ADD_FAILURE() << "there was no error";
        return all;
      }
      all.insert(all.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(*size));
    }
  }
  // The fragment is in quarantine; all else is well, also after a restart; received again it is
  // whole.
  void expect_quarantined_and_healed() {
    for (int i = 0; i < 2; ++i) {
      EXPECT_TRUE(store().kept(sample_.plan.id()).none());
      EXPECT_EQ(store().read(sample_.name(3), 0).error().code, Code::not_found);
      EXPECT_EQ(store().prove(sample_.name(3), 0).error().code, Code::not_found);
      EXPECT_EQ(store().check(sample_.name(3)).error().code, Code::not_found);
      EXPECT_EQ(store().size_bytes(), 5000U);
      EXPECT_TRUE(store().plan(sample_.plan.id()));
      const auto references = store().references();
      ASSERT_EQ(references.size(), 2U);
      for (const auto& one : references) EXPECT_EQ(one.is_quarantined, one.name == sample_.name(3));
      EXPECT_TRUE(is_whole(store(), other_, 5));
      EXPECT_FALSE(holder_.has_file(object_));
      EXPECT_FALSE(holder_.has_file(tree_of(object_)));
      holder_.lose_power(0);
    }
    ASSERT_TRUE(keep(store(), sample_, 3, charge_of(9)));
    for (int i = 0; i < 2; ++i) {
      EXPECT_TRUE(is_whole(store(), sample_, 3));
      const auto references = store().references();
      for (const auto& one : references) {
        EXPECT_FALSE(one.is_quarantined);
        EXPECT_NE(one.charge, charge_of(9)) << "it stays with who was charged";
      }
      EXPECT_THAT(holder_.names(holder_.layout.quarantine()), IsEmpty());
      holder_.lose_power(0);
    }
  }

  MemoryHolder holder_;
  const Sample sample_ = small_sample(1, 40'000);
  const Sample other_ = small_sample(2, 5000);
  const runtime::path object_ = holder_.layout.object(sample_.hash(3));
  const runtime::path tree_ = tree_of(object_);
};

TEST_F(FragmentDamage, OfAnObjectIsFoundBeforeItsLastBytesAreGiven) {
  disk().flip_bit(object_, 100, 2);
  const Bytes given = read_until_error(1000, Code::corrupt);
  EXPECT_EQ(given.size(), 39'000U);
  EXPECT_THAT(holder_.names(holder_.layout.quarantine()), ElementsAre(sample_.hash(3).hex()));
  expect_quarantined_and_healed();
}

TEST_F(FragmentDamage, BeforeWhereReadingBeganIsFoundToo) {
  disk().flip_bit(object_, 100, 2);
  auto reader = store().read(sample_.name(3), 39'500);
  ASSERT_TRUE(reader);
  Bytes rest(500);
  EXPECT_EQ(reader->read(rest).error().code, Code::corrupt);
  expect_quarantined_and_healed();
}

TEST_F(FragmentDamage, ReadAtOnceNothingIsGiven) {
  disk().flip_bit(object_, 39'999, 2);
  EXPECT_EQ(read_until_error(50'000, Code::corrupt).size(), 0U);
  expect_quarantined_and_healed();
}

TEST_F(FragmentDamage, OfAChunkIsFoundByItsProof) {
  disk().flip_bit(object_, 5 * 1024, 2);
  EXPECT_TRUE(store().prove(sample_.name(3), 16)) << "other groups are what they were";
  EXPECT_EQ(store().prove(sample_.name(3), 5).error().code, Code::corrupt);
  expect_quarantined_and_healed();
}

TEST_F(FragmentDamage, IsFoundByChecking) {
  disk().flip_bit(object_, 39'999, 7);
  EXPECT_EQ(store().check(sample_.name(3)).error().code, Code::corrupt);
  expect_quarantined_and_healed();
}

TEST_F(FragmentDamage, ATooShortObjectIsNone) {
  ASSERT_TRUE((*disk().open_append(object_))->truncate(39'000));
  EXPECT_EQ(store().read(sample_.name(3), 0).error().code, Code::corrupt);
  expect_quarantined_and_healed();
}

TEST_F(FragmentDamage, AnObjectThatBecomesShorterWhileItIsRead) {
  auto reader = store().read(sample_.name(3), 0);
  ASSERT_TRUE(reader);
  ASSERT_TRUE((*disk().open_append(object_))->truncate(39'000));
  Bytes all(40'000);
  EXPECT_EQ(reader->read(all).error().code, Code::corrupt);
  expect_quarantined_and_healed();
}

TEST_F(FragmentDamage, AMissingObjectIsNoticedWhenItIsAskedFor) {
  ASSERT_TRUE(disk().remove(object_));
  EXPECT_EQ(store().prove(sample_.name(3), 1).error().code, Code::corrupt);
  expect_quarantined_and_healed();
}

TEST_F(FragmentDamage, AMissingObjectIsNoticedAtTheStart) {
  ASSERT_TRUE(disk().remove(object_));
  ASSERT_TRUE(disk().sync(std::array{object_.parent_path()}));
  holder_.open();
  expect_quarantined_and_healed();
}

TEST_F(FragmentDamage, WhatIsInQuarantineCanBeDropped) {
  disk().flip_bit(object_, 100, 2);
  EXPECT_FALSE(store().check(sample_.name(3)));
  ASSERT_TRUE(store().drop(sample_.name(3)));
  EXPECT_THAT(holder_.names(holder_.layout.quarantine()), IsEmpty());
  EXPECT_EQ(store().size_bytes(), 5000U);
  holder_.lose_power(0);
  EXPECT_EQ(store().references().size(), 1U);
  EXPECT_THAT(holder_.names(holder_.layout.quarantine()), IsEmpty());
}

// Two plans lead to it: both lose it, and one that receives it again heals both.
TEST_F(FragmentDamage, IsThatOfAllPlansWithTheFragment) {
  const Sample twin = sample_of("twin", 40'000, sample_.fragments);
  ASSERT_TRUE(keep(store(), twin, 0));
  disk().flip_bit(object_, 100, 2);
  EXPECT_FALSE(store().check(twin.name(0)));
  EXPECT_TRUE(store().kept(sample_.plan.id()).none());
  EXPECT_TRUE(store().kept(twin.plan.id()).none());
  ASSERT_TRUE(keep(store(), twin, 0));
  EXPECT_TRUE(is_whole(store(), sample_, 3));
  EXPECT_TRUE(is_whole(store(), twin, 0));
}

// Who reads the damaged file on must not put the new one into quarantine.
TEST_F(FragmentDamage, FoundInAnEarlierFileIsNotThatOfTheNewOne) {
  disk().flip_bit(object_, 100, 2);
  auto late = store().read(sample_.name(3), 0);
  ASSERT_TRUE(late);
  EXPECT_FALSE(store().check(sample_.name(3)));
  ASSERT_TRUE(keep(store(), sample_, 3));
  Bytes all(40'000);
  EXPECT_EQ(late->read(all).error().code, Code::corrupt);
  EXPECT_TRUE(is_whole(store(), sample_, 3));
}

TEST_F(FragmentDamage, IsNotWhatTheDiskDoesNotGiveNow) {
  disk().fail_reads(object_);
  EXPECT_EQ(read_until_error(1000, Code::io).size(), 0U);
  EXPECT_EQ(store().prove(sample_.name(3), 1).error().code, Code::io);
  EXPECT_EQ(store().check(sample_.name(3)).error().code, Code::io);
  EXPECT_TRUE(store().kept(sample_.plan.id()).test(3));
  disk().fail_reads(object_, false);
  EXPECT_TRUE(is_whole(store(), sample_, 3));
}

// In quarantine, but nothing of that could be written down.
TEST_F(FragmentDamage, OnADiskThatCannotBeWrittenIsNotGivenEither) {
  disk().flip_bit(object_, 100, 2);
  disk().set_read_only(true);
  EXPECT_EQ(store().check(sample_.name(3)).error().code, Code::corrupt);
  EXPECT_TRUE(store().kept(sample_.plan.id()).none());
  EXPECT_EQ(store().read(sample_.name(3), 0).error().code, Code::not_found);
  disk().set_read_only(false);
  ASSERT_TRUE(keep(store(), sample_, 3));
  EXPECT_TRUE(is_whole(store(), sample_, 3));
  holder_.lose_power(0);
  EXPECT_TRUE(is_whole(store(), sample_, 3));
}

class TreeDamage : public FragmentDamage {
 protected:
  Bytes tree() {
    Bytes bytes(1'000'000);
    const auto file = disk().open_read(tree_);
    EXPECT_TRUE(file);
    if (file) bytes.resize((*file)->read_at(0, bytes).value());
    return bytes;
  }
  const Bytes good_ = tree();
};

// Three groups of chunks, so that a proof of some reads some of the tree and not all.
TEST_F(TreeDamage, IsMendedByAProof) {
  ASSERT_EQ(good_.size(), 2U * 64);
  for (std::uint64_t at = 7; at < good_.size(); at += 64) {
    disk().flip_bit(tree_, at, 3);
    for (std::uint64_t chunk = 0; chunk < 40; ++chunk) {
      const auto proof = store().prove(sample_.name(3), chunk);
      ASSERT_TRUE(proof) << proof.error().message;
      EXPECT_EQ(proof->path, crypto::tree_path(sample_.fragments[0], chunk).value());
    }
    ASSERT_EQ(tree(), good_) << at;
  }
  EXPECT_THAT(holder_.names(object_.parent_path()).size(), 2U) << "nothing else was left there";
}

TEST_F(TreeDamage, IsMendedByACheck) {
  disk().flip_bit(tree_, 100, 3);
  ASSERT_TRUE(store().check(sample_.name(3)));
  EXPECT_EQ(tree(), good_);
}

TEST_F(TreeDamage, ByItsAbsenceOrLengthIsMended) {
  ASSERT_TRUE(disk().remove(tree_));
  EXPECT_TRUE(store().prove(sample_.name(3), 39));
  EXPECT_EQ(tree(), good_);
  ASSERT_TRUE((*disk().open_append(tree_))->truncate(100));
  EXPECT_TRUE(store().prove(sample_.name(3), 39));
  EXPECT_EQ(tree(), good_);
  ASSERT_TRUE((*disk().open_append(tree_))->append(Bytes(1)));
  EXPECT_TRUE(store().check(sample_.name(3)));
  EXPECT_EQ(tree(), good_);
  disk().fail_reads(tree_);
  EXPECT_TRUE(store().prove(sample_.name(3), 39));
  EXPECT_EQ(tree(), good_);
}

TEST_F(TreeDamage, IsNoHindranceWhereItCannotBeMended) {
  disk().flip_bit(tree_, good_.size() - 1, 3);
  disk().set_capacity_bytes(disk().used_bytes());
  EXPECT_TRUE(store().prove(sample_.name(3), 0));
  EXPECT_THAT(holder_.names(object_.parent_path()).size(), 2U) << "what was begun is gone again";
  EXPECT_TRUE(store().check(sample_.name(3)));
  disk().set_capacity_bytes(std::nullopt);
  for (std::uint64_t n = 1; n < 5; ++n) {
    disk().fail_operation(n, Code::io);
    EXPECT_TRUE(store().prove(sample_.name(3), 0));
    EXPECT_TRUE(store().kept(sample_.plan.id()).test(3));
  }
  disk().set_read_only(true);
  EXPECT_TRUE(store().prove(sample_.name(3), 0));
  EXPECT_TRUE(store().check(sample_.name(3)));
  disk().set_read_only(false);
  EXPECT_TRUE(store().check(sample_.name(3)));
  EXPECT_EQ(tree(), good_);
  EXPECT_THAT(holder_.names(object_.parent_path()).size(), 2U);
}

TEST_F(FragmentDamage, OfAPlanIsMendedWithTheNextFragmentOfIt) {
  const auto plan = holder_.layout.plan(sample_.plan.id());
  disk().flip_bit(plan, 2000, 1);
  EXPECT_EQ(store().plan(sample_.plan.id()).error().code, Code::corrupt);
  EXPECT_EQ(read_all(store(), sample_.name(3)).value(), sample_.fragments[0]);
  holder_.open();
  EXPECT_EQ(store().plan(sample_.plan.id()).error().code, Code::corrupt);
  EXPECT_TRUE(store().kept(sample_.plan.id()).test(3));
  // The same fragment, of which nothing need be sent.
  ASSERT_TRUE(keep(store(), sample_, 3));
  EXPECT_TRUE(is_whole(store(), sample_, 3));
  ASSERT_TRUE(disk().remove(plan));
  EXPECT_EQ(store().plan(sample_.plan.id()).error().code, Code::corrupt);
  ASSERT_TRUE(keep(store(), sample_, 4));
  holder_.lose_power(0);
  EXPECT_TRUE(is_whole(store(), sample_, 3));
  EXPECT_TRUE(is_whole(store(), sample_, 4));
  for (const auto& one : store().references())
    if (one.name == sample_.name(3)) {
      EXPECT_EQ(one.charge, charge_of(3));
    }
}

TEST_F(FragmentDamage, APlanInTheNameOfAnotherIsNone) {
  ASSERT_TRUE(
      disk().rename(holder_.layout.plan(other_.plan.id()), holder_.layout.plan(sample_.plan.id())));
  EXPECT_EQ(store().plan(sample_.plan.id()).error().code, Code::corrupt);
  EXPECT_EQ(store().plan(other_.plan.id()).error().code, Code::corrupt);
}

class LogDamage : public FragmentDamage {
 protected:
  static constexpr std::uint64_t header_bytes = 16, kept_bytes = 183;
  const runtime::path log_ = holder_.layout.log();
  const runtime::path damaged_ = "/data/holdings/references.log.damaged";
};

TEST_F(LogDamage, InItsMiddleCostsChargesAndNoFragment) {
  const Sample third = medium_sample(3);
  ASSERT_TRUE(keep(store(), third, 20, charge_of(7)));
  // The first event is gone; its plan says that its object is one of seven copies.
  disk().flip_bit(log_, header_bytes + 100, 1);
  holder_.open();
  EXPECT_TRUE(is_whole(store(), sample_, 0));
  EXPECT_TRUE(is_whole(store(), other_, 5));
  EXPECT_TRUE(is_whole(store(), third, 20));
  const auto references = store().references();
  EXPECT_EQ(references.size(), 3U);
  for (const auto& one : references) {
    EXPECT_EQ(one.charge, std::nullopt);
    EXPECT_FALSE(one.is_quarantined);
  }
  EXPECT_TRUE(holder_.has_file(damaged_));
  // And it is a log again.
  ASSERT_TRUE(store().drop(other_.name(5)));
  holder_.lose_power(0);
  EXPECT_EQ(store().references().size(), 2U);
}

TEST_F(LogDamage, OfAllOfItIsMendedFromPlansAndObjects) {
  const Sample third = medium_sample(3);
  for (const unsigned i : {1U, 2U, 20U}) ASSERT_TRUE(keep(store(), third, i));
  disk().flip_bit(holder_.layout.object(third.hash(2)), 5, 1);
  EXPECT_FALSE(store().check(third.name(2)));
  const std::uint64_t size = store().size_bytes();
  ASSERT_TRUE(disk().remove(log_));
  holder_.open();
  EXPECT_EQ(store().kept(third.plan.id()), Fragments().set(1).set(20));
  EXPECT_EQ(store().kept(sample_.plan.id()), Fragments().set(0)) << "one copy, not seven";
  EXPECT_EQ(store().references().size(), 5U) << "and what is in quarantine";
  EXPECT_EQ(store().size_bytes(), size);
  EXPECT_TRUE(is_whole(store(), third, 20));
  EXPECT_FALSE(holder_.has_file(damaged_)) << "there was none";
}

TEST_F(LogDamage, InItsHeaderIsOfAllCharges) {
  disk().flip_bit(log_, 7, 1);
  holder_.open();
  EXPECT_TRUE(is_whole(store(), sample_, 3));
  EXPECT_TRUE(is_whole(store(), other_, 5));
  for (const auto& one : store().references()) EXPECT_EQ(one.charge, std::nullopt);
}

// It looks as a power cut does, and yet the fragment was acknowledged.
TEST_F(LogDamage, InItsLastEventCostsNoFragmentAndNoOtherCharge) {
  disk().flip_bit(log_, header_bytes + kept_bytes + 50, 1);
  holder_.open();
  EXPECT_TRUE(is_whole(store(), sample_, 3));
  EXPECT_TRUE(is_whole(store(), other_, 0));
  for (const auto& one : store().references())
    EXPECT_EQ(one.charge, one.name == sample_.name(3) ? std::optional(charge_of(3)) : std::nullopt);
  EXPECT_FALSE(holder_.has_file(damaged_));
}

TEST_F(LogDamage, ThatHidesADropBringsNothingBack) {
  ASSERT_TRUE(store().drop(sample_.name(3)));
  disk().flip_bit(log_, header_bytes + 2 * kept_bytes + 30, 1);
  holder_.open();
  EXPECT_TRUE(store().kept(sample_.plan.id()).none());
  EXPECT_EQ(store().references().size(), 1U);
  EXPECT_TRUE(is_whole(store(), other_, 5));
}

// A power cut has brought the file back where it lay before, and the log no longer says that
// another plan has it.
TEST_F(LogDamage, LetsNothingOutOfQuarantine) {
  const Sample twin = sample_of("twin", 40'000, sample_.fragments);
  ASSERT_TRUE(keep(store(), twin, 0));
  disk().flip_bit(object_, 100, 2);
  EXPECT_FALSE(store().check(twin.name(0)));
  ASSERT_TRUE(disk().rename(holder_.layout.quarantined(sample_.hash(3)), object_));
  disk().flip_bit(log_, header_bytes + 2 * kept_bytes + 100, 1);
  holder_.open();
  EXPECT_EQ(store().references().size(), 3U);
  EXPECT_TRUE(store().kept(sample_.plan.id()).none());
  EXPECT_TRUE(store().kept(twin.plan.id()).none());
  EXPECT_FALSE(holder_.has_file(object_));
  ASSERT_TRUE(keep(store(), twin, 0));
  EXPECT_TRUE(is_whole(store(), twin, 0));
  EXPECT_TRUE(is_whole(store(), sample_, 3));
}

TEST_F(LogDamage, WithADamagedPlanKeepsWhatWholeEventsSay) {
  disk().flip_bit(holder_.layout.plan(other_.plan.id()), 2000, 1);
  disk().flip_bit(log_, header_bytes + 100, 1);
  holder_.open();
  EXPECT_TRUE(is_whole(store(), sample_, 0));
  EXPECT_EQ(read_all(store(), other_.name(5)).value(), other_.fragments[0]);
}

TEST_F(LogDamage, WhileAPlanIsNotGivenDecidesNothing) {
  disk().flip_bit(log_, header_bytes + 100, 1);
  disk().fail_reads(holder_.layout.plan(sample_.plan.id()));
  holder_.store.reset();
  EXPECT_EQ(FragmentStore::open(disk(), "/data/holdings").error().code, Code::io);
  disk().fail_reads(holder_.layout.plan(sample_.plan.id()), false);
  holder_.open();
  EXPECT_TRUE(is_whole(store(), sample_, 0));
}

TEST_F(LogDamage, OnADiskThatCannotBeWrittenIsMendedInMemory) {
  disk().flip_bit(log_, header_bytes + 100, 1);
  disk().set_read_only(true);
  holder_.open();
  EXPECT_TRUE(is_whole(store(), sample_, 0));
  EXPECT_EQ(store().drop(sample_.name(0)).error().code, Code::denied);
  disk().set_read_only(false);
  ASSERT_TRUE(store().drop(sample_.name(0)));
  holder_.lose_power(0);
  EXPECT_TRUE(store().kept(sample_.plan.id()).none());
  EXPECT_TRUE(is_whole(store(), other_, 5));
}

TEST_F(LogDamage, OfALaterReleaseIsNotTouched) {
  Bytes header = base::to_bytes("TESSREF\x02");
  const auto hash = crypto::blake3(header);
  header.insert(header.end(), hash.bytes.begin(), hash.bytes.begin() + 8);
  holder_.store.reset();
  ASSERT_TRUE(disk().remove(log_));
  ASSERT_TRUE((*disk().create(log_, 0600))->append(header));
  EXPECT_EQ(FragmentStore::open(disk(), "/data/holdings").error().code, Code::unsupported);
  EXPECT_TRUE(holder_.has_file(object_));
}

}  // namespace
}  // namespace tesseras::replica

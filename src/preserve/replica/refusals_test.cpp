#include "preserve/replica/refusals.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "preserve/replica/limits.hpp"
#include "preserve/replica/replica_fixture.hpp"

namespace tesseras::replica {
namespace {

using base::Code;
using base::ContentHash;
using base::WallTime;

SignedRetraction retraction_of(std::string_view name) {
  static const auto author = author_from(7);
  return SignedRetraction::make(manifest_of(author, 2000, name), WallTime{1'780'000'000, 0}, author)
      .value();
}

class RefusalsTest : public ::testing::Test {
 protected:
  RefusalsTest() {
    EXPECT_TRUE(disk_.make_folders("/data", 0700));
    EXPECT_TRUE(disk_.sync_tree("/"));
  }
  Refusals open() { return Refusals::open(disk_, folder_).value(); }
  runtime::path file_of(std::string_view kind, const ContentHash& hash) const {
    return folder_ / kind / hash.hex();
  }
  void damage(const runtime::path& file) {
    ASSERT_TRUE(disk_.remove(file));
    const auto made = disk_.create(file, 0600);
    ASSERT_TRUE(made);
    ASSERT_TRUE((*made)->append(base::as_bytes("nothing that could be read")));
  }

  runtime::MemoryDisk disk_;
  runtime::path folder_ = "/data/refused";
  const SignedRetraction one_ = retraction_of("one");
  const ContentHash other_ = retraction_of("other").content_hash();
  const WallTime now_{1'790'000'000, 7};
};

TEST_F(RefusalsTest, StandOverPowerCuts) {
  {
    auto refusals = open();
    EXPECT_EQ(refusals.of(one_.content_hash()), std::nullopt);
    EXPECT_EQ(refusals.retract(one_, now_), true);
    EXPECT_EQ(refusals.retract(one_, now_), false);
    ASSERT_TRUE(refusals.block(other_, now_));
    EXPECT_EQ(refusals.block(other_, now_).error().code, Code::conflict);
  }
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    disk_.lose_power(seed);
    const auto refusals = open();
    EXPECT_EQ(refusals.of(one_.content_hash()), Refusal::retracted);
    EXPECT_EQ(refusals.of(other_), Refusal::blocked);
    EXPECT_TRUE(refusals.retraction(one_.content_hash()).value().encoded() == one_.encoded());
    EXPECT_EQ(refusals.retraction(other_).error().code, Code::not_found);
    EXPECT_EQ(refusals.blocked().at(other_), (WallTime{now_.unix_seconds, 0}));
  }
}

TEST_F(RefusalsTest, ABlockCanBeTakenBackAndARetractionCannot) {
  auto refusals = open();
  ASSERT_TRUE(refusals.retract(one_, now_));
  ASSERT_TRUE(refusals.block(one_.content_hash(), now_));
  ASSERT_TRUE(refusals.block(other_, now_));
  EXPECT_TRUE(refusals.unblock(other_));
  EXPECT_EQ(refusals.unblock(other_).error().code, Code::not_found);
  EXPECT_TRUE(refusals.unblock(one_.content_hash()));
  EXPECT_EQ(refusals.of(other_), std::nullopt);
  EXPECT_EQ(refusals.of(one_.content_hash()), Refusal::retracted);
  disk_.lose_power(1);
  EXPECT_TRUE(open().blocked().empty());
}

TEST_F(RefusalsTest, WhatIsDamagedIsRefusedAllTheSame) {
  {
    auto refusals = open();
    ASSERT_TRUE(refusals.retract(one_, now_));
    ASSERT_TRUE(refusals.block(other_, now_));
  }
  damage(file_of("retracted", one_.content_hash()));
  damage(file_of("blocked", other_));
  const auto refusals = open();
  EXPECT_EQ(refusals.of(one_.content_hash()), Refusal::retracted);
  EXPECT_EQ(refusals.retraction(one_.content_hash()).error().code, Code::corrupt);
  EXPECT_EQ(refusals.of(other_), Refusal::blocked);
  EXPECT_EQ(refusals.blocked().at(other_), WallTime{});
}

// Another tessera's retraction under its name shows nothing.
TEST_F(RefusalsTest, NoneIsTakenForAnother) {
  {
    auto refusals = open();
    ASSERT_TRUE(refusals.retract(one_, now_));
  }
  ASSERT_TRUE(
      disk_.rename(file_of("retracted", one_.content_hash()), file_of("retracted", other_)));
  EXPECT_EQ(open().retraction(other_).error().code, Code::corrupt);
}

TEST_F(RefusalsTest, TheOldestMakesPlace) {
  {
    auto refusals = open();
    disk_.set_now({now_.unix_seconds - 1, 0});
    ASSERT_TRUE(refusals.retract(one_, now_));
  }
  disk_.set_now(now_);
  for (std::size_t i = 1; i < Limits::retractions_max; ++i) {
    const auto name = base::to_hex(crypto::blake3(base::as_bytes(std::to_string(i))).bytes);
    ASSERT_TRUE(disk_.create(folder_ / "retracted" / name, 0600));
  }
  auto full = open();
  ASSERT_EQ(full.retracted().size(), Limits::retractions_max);
  EXPECT_EQ(full.retract(retraction_of("last"), now_), true);
  EXPECT_EQ(full.retracted().size(), Limits::retractions_max);
  EXPECT_EQ(full.of(retraction_of("last").content_hash()), Refusal::retracted);
  EXPECT_EQ(full.of(one_.content_hash()), std::nullopt);
}

TEST_F(RefusalsTest, WhatCannotBeWrittenIsNotRefused) {
  auto refusals = open();
  disk_.set_capacity_bytes(disk_.used_bytes());
  EXPECT_FALSE(refusals.retract(one_, now_));
  EXPECT_FALSE(refusals.block(other_, now_));
  EXPECT_EQ(refusals.of(one_.content_hash()), std::nullopt);
  EXPECT_EQ(refusals.of(other_), std::nullopt);
}

}  // namespace
}  // namespace tesseras::replica

#include "node/refusing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "preserve/replica/replica_fixture.hpp"

namespace tesseras::node {
namespace {

using base::Code;
using ::testing::HasSubstr;

class WhyRefused : public ::testing::Test {
 protected:
  WhyRefused() {
    EXPECT_TRUE(refusals_.retract(retraction_, now_));
    EXPECT_TRUE(refusals_.block(blocked_, now_));
  }

  const base::WallTime now_ = *base::from_rfc3339_seconds("2026-07-01T23:59:59Z");
  const identity::Identity author_ = replica::author_from(7);
  const replica::SignedRetraction retraction_ =
      replica::SignedRetraction::make(replica::manifest_of(author_), now_, author_).value();
  const base::ContentHash blocked_ = replica::small_sample(1).plan.plan().content_hash;
  runtime::MemoryDisk disk_;
  replica::Refusals refusals_ = replica::Refusals::open(disk_, "/refused").value();
};

TEST_F(WhyRefused, NamesTheDayAndWhatToDo) {
  const auto& hash = retraction_.content_hash();
  const auto fetched = why_refused(refusals_, hash, Code::not_found);
  ASSERT_TRUE(fetched);
  EXPECT_EQ(fetched->code, Code::not_found);
  EXPECT_THAT(fetched->message, HasSubstr("took it back on 2026-07-01"));
  EXPECT_THAT(fetched->message, HasSubstr(hash.hex().substr(0, 16)));
  const auto published = why_refused(refusals_, hash, Code::conflict);
  ASSERT_TRUE(published);
  EXPECT_EQ(published->code, Code::conflict);
  EXPECT_THAT(published->message, HasSubstr("make a new tessera"));
}

// An operator who refuses to keep it may still want to read it.
TEST_F(WhyRefused, WhatIsBlockedIsNotPublishedAndMayBeFetched) {
  EXPECT_FALSE(why_refused(refusals_, blocked_, Code::not_found));
  const auto published = why_refused(refusals_, blocked_, Code::conflict);
  ASSERT_TRUE(published);
  EXPECT_THAT(published->message, HasSubstr("tes node unblock " + blocked_.hex()));
}

TEST_F(WhyRefused, WhoseFileIsDamagedIsRefusedAllTheSame) {
  const runtime::path file = "/refused/retracted/" + retraction_.content_hash().hex();
  ASSERT_TRUE(disk_.remove(file));
  ASSERT_TRUE(disk_.create(file, 0600));
  const auto why = why_refused(refusals_, retraction_.content_hash(), Code::not_found);
  ASSERT_TRUE(why);
  EXPECT_THAT(why->message, HasSubstr("took it back"));
}

TEST_F(WhyRefused, NothingElseIs) {
  const auto other = replica::small_sample(2).plan.plan().content_hash;
  EXPECT_FALSE(why_refused(refusals_, other, Code::not_found));
  EXPECT_FALSE(why_refused(refusals_, other, Code::conflict));
}

}  // namespace
}  // namespace tesseras::node

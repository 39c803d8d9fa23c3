#include "preserve/replica/leftovers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "preserve/replica/limits.hpp"
#include "preserve/replica/replica_fixture.hpp"

namespace tesseras::replica {
namespace {

using base::ByteSpan;

class LeftoversTest : public testing::Test {
 protected:
  FragmentStore& store() { return *holder_.store; }
  runtime::MemoryDisk& disk() { return holder_.disk; }

  MemoryHolder holder_;
};

TEST_F(LeftoversTest, ClearsWhatNobodyGoesOnWith) {
  const Sample old = small_sample(1), recent = small_sample(2), open = small_sample(3);
  const auto begin = [&](const Sample& sample) {
    auto writer = store().receive(sample.plan, 0);
    EXPECT_TRUE(writer && writer->append(ByteSpan(sample.fragments[0]).first(4000)));
    return writer;
  };
  disk().set_now({1000, 0});
  (void)begin(old);
  const auto writer = begin(open);
  disk().set_now({2000, 0});
  (void)begin(recent);
  EXPECT_EQ(store().clear_incoming({1000, 0}).value(), 0U);
  EXPECT_EQ(store().clear_incoming({2000, 0}).value(), 4000U);
  EXPECT_FALSE(holder_.has_file(holder_.layout.incoming(old.name(0))));
  EXPECT_TRUE(holder_.has_file(holder_.layout.incoming(open.name(0)))) << "it is at work";
  EXPECT_TRUE(holder_.has_file(holder_.layout.incoming(recent.name(0))));
}

TEST_F(LeftoversTest, KeepsSoManyLeftovers) {
  const Sample first = small_sample(0), last = small_sample(999);
  const auto leave = [&](const Sample& sample, std::int64_t when) {
    disk().set_now({when, 0});
    auto writer = store().receive(sample.plan, 0);
    ASSERT_TRUE(writer) << writer.error().message;
    ASSERT_TRUE(writer->append(base::ByteSpan(sample.fragment(0)).first(100)));
  };
  leave(first, 1000);
  EXPECT_EQ(store().leftover_bytes().value(), 100U);
  for (std::uint64_t i = 1; i < Limits::leftovers_max; ++i)
    leave(small_sample(i, 200), 1000 + static_cast<std::int64_t>(i));
  EXPECT_EQ(store().leftover_bytes().value(), Limits::leftovers_max * 100);
  EXPECT_TRUE(holder_.has_file(holder_.layout.incoming(first.name(0))));
  leave(last, 5000);
  EXPECT_EQ(store().receive(last.plan, 0).value().offset(), 100U);
  EXPECT_FALSE(holder_.has_file(holder_.layout.incoming(first.name(0))));
  EXPECT_EQ(store().leftover_bytes().value(), Limits::leftovers_max * 100);
}

}  // namespace
}  // namespace tesseras::replica

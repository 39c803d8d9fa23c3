#include "preserve/replica/arrivals.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "foundation/runtime/disk_wrapper_fixture.hpp"
#include "preserve/replica/limits.hpp"
#include "preserve/replica/replica_fixture.hpp"

namespace tesseras::replica {
namespace {

using base::ByteSpan;

class ArrivalsTest : public testing::Test {
 protected:
  FragmentStore& store() { return *holder_.store; }
  runtime::MemoryDisk& disk() { return holder_.disk; }

  MemoryHolder holder_;
};

TEST_F(ArrivalsTest, ClearsWhatNobodyGoesOnWith) {
  const Sample old = small_sample(1), recent = small_sample(2), open = small_sample(3);
  const auto begin = [&](const Sample& sample) {
    auto writer = store().receive(sample.plan, 0, key_of(1));
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
  EXPECT_FALSE(holder_.has_file(holder_.incoming(old, 0)));
  EXPECT_TRUE(holder_.has_file(holder_.incoming(open, 0))) << "it is at work";
  EXPECT_TRUE(holder_.has_file(holder_.incoming(recent, 0)));
}

TEST_F(ArrivalsTest, KeepsSoManyLeftovers) {
  const Sample first = small_sample(0), last = small_sample(999);
  const auto leave = [&](const Sample& sample, std::int64_t when) {
    disk().set_now({when, 0});
    auto writer = store().receive(sample.plan, 0, key_of(1));
    ASSERT_TRUE(writer) << writer.error().message;
    ASSERT_TRUE(writer->append(base::ByteSpan(sample.fragment(0)).first(100)));
  };
  leave(first, 1000);
  EXPECT_EQ(store().leftover_bytes(), 100U);
  for (std::uint64_t i = 1; i < Limits::leftovers_max; ++i)
    leave(small_sample(i, 200), 1000 + static_cast<std::int64_t>(i));
  EXPECT_EQ(store().leftover_bytes(), Limits::leftovers_max * 100);
  EXPECT_TRUE(holder_.has_file(holder_.incoming(first, 0)));
  leave(last, 5000);
  EXPECT_EQ(store().receive(last.plan, 0, key_of(1)).value().offset(), 100U);
  EXPECT_FALSE(holder_.has_file(holder_.incoming(first, 0)));
  EXPECT_EQ(store().leftover_bytes(), Limits::leftovers_max * 100);
}

TEST_F(ArrivalsTest, KeepsSoManyBytesOfLeftovers) {
  const Sample sample = small_sample(1, 4'000'000);
  for (unsigned char peer = 1; peer < 140; ++peer) {
    auto writer = store().receive(sample.plan, 0, key_of(peer));
    ASSERT_TRUE(writer) << writer.error().message;
    ASSERT_TRUE(writer->append(ByteSpan(sample.fragment(0)).first(3'999'999)));
  }
  EXPECT_GT(store().leftover_bytes(), Limits::leftover_bytes_max - 4'000'000);
  EXPECT_LE(store().leftover_bytes(), Limits::leftover_bytes_max + 4'000'000);
  EXPECT_FALSE(holder_.has_file(holder_.incoming(sample, 0, 1)));
  EXPECT_TRUE(holder_.has_file(holder_.incoming(sample, 0, 139)));
}

// What one sends is neither in another's way nor put together with what another sends.
TEST_F(ArrivalsTest, EachSenderHasItsOwn) {
  const Sample sample = small_sample(1);
  const ByteSpan right = sample.fragment(0);
  const base::Bytes wrong(3000, std::byte{1});
  ASSERT_TRUE(store().receive(sample.plan, 0, key_of(2))->append(wrong));
  auto one = store().receive(sample.plan, 0, key_of(1));
  auto other = store().receive(sample.plan, 0, key_of(3));
  ASSERT_TRUE(one && other);
  EXPECT_EQ(store().receive(sample.plan, 0, key_of(1)).error().code, base::Code::conflict);
  EXPECT_EQ(one->offset(), 0U);
  ASSERT_TRUE(one->append(right.first(2000)));
  ASSERT_TRUE(other->append(right));
  EXPECT_EQ(store().prospect(sample.plan, 0, key_of(2))->left_bytes, 3000U);
  EXPECT_EQ(store().prospect(sample.plan, 0, key_of(4))->left_bytes, 0U);
  ASSERT_TRUE(store().keep(*other, charge_of(3)).value());
  EXPECT_FALSE(holder_.has_file(holder_.incoming(sample, 0, 2))) << "it is kept now";
  ASSERT_TRUE(one->append(right.subspan(2000)));
  EXPECT_FALSE(store().keep(*one, charge_of(1)).value()) << "it was kept before";
  EXPECT_THAT(holder_.names(holder_.layout.incoming()), testing::IsEmpty());
  EXPECT_EQ(store().leftover_bytes(), 0U);
  EXPECT_EQ(store().references()[0].charge, charge_of(3));
  EXPECT_TRUE(is_whole(store(), sample, 0));
}

TEST_F(ArrivalsTest, KnowsWhatWasLeftBeforeARestart) {
  const Sample sample = small_sample(1);
  ASSERT_TRUE(
      store().receive(sample.plan, 0, key_of(2))->append(ByteSpan(sample.fragment(0)).first(3000)));
  holder_.open();
  EXPECT_EQ(store().leftover_bytes(), 3000U);
  const auto prospect = store().prospect(sample.plan, 0, key_of(2)).value();
  EXPECT_EQ(prospect.left_bytes, 3000U);
  EXPECT_FALSE(prospect.is_kept || prospect.is_here);
}

// Whatever else lies there is somebody's.
TEST_F(ArrivalsTest, LeavesFilesOfOtherNamesAlone) {
  const std::string plan = small_sample(1).plan.id().hex();
  const std::string mark = mark_of(key_of(1)).hex();
  const std::vector<std::string> others = {plan + "-0",
                                           plan + "-0-" + mark + "0",
                                           plan + "--" + mark,
                                           plan + "-00-" + mark,
                                           plan + "-256-" + mark,
                                           plan + "-0-" + mark.substr(1),
                                           plan + "_0-" + mark,
                                           plan + "-0_" + mark,
                                           "G" + plan.substr(1) + "-0-" + mark,
                                           plan + "-0-G" + mark.substr(1)};
  const auto put = [&](const std::string& name) {
    ASSERT_TRUE(
        disk().create(holder_.layout.incoming() / name, 0600).value()->append(base::Bytes(10)));
  };
  for (const auto& name : others) {
    EXPECT_FALSE(incoming_name(name)) << name;
    put(name);
  }
  put(plan + "-255-" + mark);
  holder_.open();
  EXPECT_EQ(store().leftover_bytes(), 10U);
  EXPECT_EQ(store().clear_incoming({4'000'000'000, 0}).value(), 10U);
  EXPECT_THAT(holder_.names(holder_.layout.incoming()), testing::UnorderedElementsAreArray(others));
}

// A piece that could not be written may have left a part.
TEST_F(ArrivalsTest, CountsWhatAFailingDiskHasLeft) {
  const Sample sample = small_sample(1);
  {
    auto writer = store().receive(sample.plan, 0, key_of(2));
    disk().fail_operation(2, base::Code::io);  // behind the file's creation
    EXPECT_FALSE(writer->append(sample.fragment(0)));
  }
  const auto size_bytes = disk().status(holder_.incoming(sample, 0, 2))->size_bytes;
  EXPECT_GT(size_bytes, 0U);
  EXPECT_EQ(store().leftover_bytes(), size_bytes);
}

// Runs something while folders are brought to the medium.
class BusyDisk final : public runtime::DiskWrapper {
 public:
  using DiskWrapper::DiskWrapper;
  std::function<void()> while_syncing;

  Result<void> sync(std::span<const runtime::path> all) override {
    const bool are_folders = status(all.front())->kind == runtime::FileKind::folder;
    if (are_folders && while_syncing) std::exchange(while_syncing, nullptr)();
    return DiskWrapper::sync(all);
  }
};

// The loop's thread drops writers, and must not wait there for a worker's disk.
TEST_F(ArrivalsTest, DroppingAWriterWaitsForNoDisk) {
  runtime::MemoryDisk memory;
  BusyDisk busy(memory);
  const auto store = FragmentStore::open(busy, "/data/holdings").value();
  const Sample sample = small_sample(1), other = small_sample(2);
  std::optional<FragmentWriter> dropped;
  dropped.emplace(store->receive(other.plan, 0, key_of(1)).value());
  ASSERT_TRUE(dropped->append(ByteSpan(other.fragment(0)).first(100)));
  // This is the thread that keeps: were the writer to wait for the store, it would be for ever.
  busy.while_syncing = [&] {
    dropped.reset();
    EXPECT_EQ(store->leftover_bytes(), 100U);
  };
  ASSERT_TRUE(keep(*store, sample, 0));
  EXPECT_FALSE(dropped);
}

}  // namespace
}  // namespace tesseras::replica

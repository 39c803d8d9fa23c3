#include "preserve/replica/distribution.hpp"

#include <gtest/gtest.h>

#include <array>
#include <map>

#include "foundation/transport/quic_fixture.hpp"
#include "preserve/replica/holder_fixture.hpp"

namespace tesseras::replica {
namespace {

using base::Bytes;
using base::Code;

// Node 0 gives; nodes 1 to 7 take.
class DistributionTest : public transport::TransportTest<transport::QuicFixture> {
 protected:
  static constexpr std::size_t takers = 7;

  ~DistributionTest() override {
    for (auto& holder : holders_)
      if (holder) holder->workers.reset();
    workers_.reset();
    fixture_.reset();
  }

  void set_up(std::uint64_t pack_bytes) {
    begin();
    for (std::size_t i = 3; i <= takers; ++i) fixture_->add_node();
    pack_ = bytes_of(1, pack_bytes);
    fragments_ = fragments_of(pack_);
    options_.plan = std::make_shared<const SignedPlan>(signed_plan_of(pack_));
    for (unsigned i = 0; i < fragments_.size(); ++i) options_.wanted.set(i);
    options_.open = [this](unsigned fragment, std::uint64_t offset) -> Result<ReadNext> {
      return [this, fragment, offset](base::MutableByteSpan into) mutable -> Result<std::size_t> {
        if (fragment == rotten_) return base::fail(Code::io, "the disk is gone");
        const auto from = base::ByteSpan(fragments_.at(fragment)).subspan(offset);
        const auto count = std::min(from.size(), into.size());
        std::ranges::copy(from.first(count), into.begin());
        offset += count;
        return count;
      };
    };
    options_.on_kept = [this](const dht::NodeInfo& node, unsigned fragment) {
      acknowledged_[node.id].set(fragment);
    };
    for (std::size_t i = 1; i <= takers; ++i) {
      Recipient one;
      one.node.key.bytes = node(i).self().bytes;
      one.node.id = dht::node_id_of(one.node.key, 0);
      one.node.endpoints = node(i).local();
      one.candidate.id = one.node.id;
      one.candidate.networks = {dht::network_of(node(i).local().front())};
      one.candidate.free_bytes = std::uint64_t{1} << 40U;
      options_.recipients.push_back(one);
    }
  }
  void take(std::size_t number,
            AdmissionOptions admission = {.max_bytes = std::uint64_t{1} << 40U}) {
    holders_[number] =
        std::make_unique<HolderNode>(loop(number), node(number), disks_[number], admission);
  }
  void all_take() {
    for (std::size_t i = 1; i <= takers; ++i) take(i);
  }
  Result<Distributed> run() {
    Result<Distributed> done;
    const auto body = [&]() -> Task<void> {
      done = co_await distribute(node(0), runtime::Offload(loop(0), workers_.get()),
                                 runtime::Log(runtime::no_log(), "test"), options_);
    };
    EXPECT_TRUE(finish(body()));
    return done;
  }
  Fragments kept_by(std::size_t number) {
    return holders_[number]->store->kept(options_.plan->id());
  }

  std::unique_ptr<runtime::Workers> workers_ = std::make_unique<runtime::Workers>(1);
  std::array<runtime::MemoryDisk, takers + 1> disks_;
  std::array<std::unique_ptr<HolderNode>, takers + 1> holders_;
  Bytes pack_;
  std::vector<Bytes> fragments_;
  DistributionOptions options_;
  std::map<dht::NodeId, Fragments> acknowledged_;
  unsigned rotten_ = 1000;
};

TEST_F(DistributionTest, EveryFragmentHasAHolderAndCountsAreEven) {
  set_up(5'000'000);
  all_take();
  const auto done = run();
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->kept, options_.wanted);
  EXPECT_TRUE(done->homeless.empty());
  Fragments all;
  for (std::size_t i = 1; i <= takers; ++i) {
    const auto kept = kept_by(i);
    EXPECT_GE(kept.count(), 3U);
    EXPECT_LE(kept.count(), 4U);
    EXPECT_EQ(kept, acknowledged_.at(options_.recipients[i - 1].node.id));
    EXPECT_TRUE((all & kept).none()) << "nothing twice";
    all |= kept;
  }
  EXPECT_EQ(all, options_.wanted);
}

TEST_F(DistributionTest, AWholeCopyIsGivenToEachOnce) {
  set_up(100'000);
  all_take();
  ASSERT_EQ(run().value().kept.count(), 7U);
  for (std::size_t i = 1; i <= takers; ++i) EXPECT_EQ(kept_by(i).count(), 1U);
}

TEST_F(DistributionTest, WhoRefusesOrIsGoneIsReplaced) {
  set_up(5'000'000);
  all_take();
  holders_[2]->workers.reset();
  take(2, {.max_bytes = 1});
  node(3).serve(nullptr);
  const auto done = run();
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->kept, options_.wanted);
  EXPECT_TRUE(kept_by(2).none());
  EXPECT_FALSE(acknowledged_.contains(options_.recipients[2].node.id));
}

TEST_F(DistributionTest, GoesOnWithWhatIsMissing) {
  set_up(5'000'000);
  all_take();
  holders_[1]->take(*options_.plan, 0, fragments_[0]);
  options_.recipients[0].candidate.kept.set(0);
  options_.wanted.reset(0);
  const auto done = run();
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->kept.count(), 23U);
  EXPECT_LE(kept_by(1).count(), 4U);
}

TEST_F(DistributionTest, SaysWhatNobodyTakes) {
  set_up(5'000'000);
  const auto fragment_bytes = options_.plan->plan().shape.fragment_bytes();
  take(1, {.max_bytes = fragment_bytes * 2 + 1, .min_free_bytes = 0, .newcomers_percent = 100});
  for (std::size_t i = 2; i <= takers; ++i) node(i).serve(nullptr);
  const auto done = run();
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->kept.count(), 2U);
  EXPECT_EQ(done->homeless.size(), 22U);
}

TEST_F(DistributionTest, OurOwnDiskIsNobodyElsesFault) {
  set_up(5'000'000);
  all_take();
  rotten_ = 5;
  const auto done = run();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::io);
}

}  // namespace
}  // namespace tesseras::replica

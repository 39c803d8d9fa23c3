// What is refused is not taken, and what was kept of it goes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "preserve/replica/distribution.hpp"
#include "preserve/replica/transfer_fixture.hpp"

namespace tesseras::replica {
namespace {

using base::ByteSpan;
using base::Code;
using testing::IsEmpty;
using testing::SizeIs;

class RefusingTest : public TransferTest {
 protected:
  void refuse(Refusal refusal) { holder_->refused[plan_.plan().content_hash] = refusal; }
};

TEST_F(RefusingTest, NoByteIsTakenOfWhatIsRefused) {
  begin_with();
  refuse(Refusal::retracted);
  EXPECT_EQ(give(gift(0)), Answer::taken_back);
  EXPECT_EQ(offer(2, 1, true).answer, Answer::taken_back);
  refuse(Refusal::blocked);
  EXPECT_EQ(give(gift(0)), Answer::not_wanted);
  EXPECT_EQ(holder_->receiver->counts().bytes_received, 0U);
  EXPECT_EQ(holder_->ledger->account(key(0)), Account{});
  holder_->refused.clear();
  EXPECT_EQ(give(gift(0)), Answer::kept);
}

TEST_F(RefusingTest, APromiseThatIsOlderIsNotKept) {
  begin_with();
  ASSERT_EQ(offer(0, 0).answer, Answer::wanted);
  refuse(Refusal::retracted);
  EXPECT_EQ(send(0, 0, 0, fragments_[0]), Answer::taken_back);
  EXPECT_TRUE(holder_->store->references().empty());
}

// Whoever was told that it was taken back hears who said so, and offers it there no more.
TEST_F(RefusingTest, WhoGivesItAwayIsTold) {
  begin_with();
  refuse(Refusal::retracted);
  DistributionOptions options;
  options.plan = std::make_shared<const SignedPlan>(plan_);
  options.wanted.set(0).set(1);
  Recipient peer;
  peer.node.key = key(1);
  peer.node.endpoints = node(1).local();
  peer.candidate.id = peer.node.id;
  peer.candidate.free_bytes = std::uint64_t{1} << 40U;
  options.recipients = {peer};
  options.open = [this](unsigned fragment, std::uint64_t offset) {
    return reads(fragments_.at(fragment))(offset);
  };
  std::vector<dht::NodePublicKey> said;
  options.on_taken_back = [&](const dht::NodeInfo& who) { said.push_back(who.key); };
  Result<Distributed> done;
  const auto body = [&]() -> Task<void> {
    done =
        co_await distribute(node(0), beside(0), runtime::Log(runtime::no_log(), "test"), options);
  };
  EXPECT_TRUE(finish(body()));
  ASSERT_TRUE(done);
  EXPECT_TRUE(done->kept.none());
  EXPECT_THAT(said, testing::ElementsAre(key(1)));
}

class DropAllTest : public ::testing::Test {
 protected:
  FragmentStore& store() { return *holder_.store; }
  std::vector<Reference> drop_all(const Sample& sample) {
    std::vector<Reference> dropped;
    const auto done = store().drop_all(sample.plan.plan().content_hash, dropped);
    EXPECT_TRUE(done) << done.error().message;
    return dropped;
  }

  MemoryHolder holder_;
  const Sample going_ = medium_sample(1);
  const Sample staying_ = medium_sample(2);
};

TEST_F(DropAllTest, TakesAllOfOneTesseraAndNothingOfAnother) {
  for (const unsigned i : {0U, 3U, 23U}) ASSERT_TRUE(keep(store(), going_, i, charge_of(3)));
  ASSERT_TRUE(keep(store(), staying_, 3));
  const auto dropped = drop_all(going_);
  ASSERT_THAT(dropped, SizeIs(3));
  for (const auto& one : dropped) {
    EXPECT_EQ(one.charge, charge_of(3));
    EXPECT_EQ(one.size_bytes, going_.fragment(0).size());
  }
  EXPECT_THAT(drop_all(going_), IsEmpty());
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    holder_.lose_power(seed);
    EXPECT_TRUE(store().kept(going_.plan.id()).none());
    EXPECT_EQ(store().plan(going_.plan.id()).error().code, Code::not_found);
    EXPECT_FALSE(holder_.has_file(holder_.layout.plan(going_.plan.id())));
    for (const unsigned i : {0U, 3U, 23U})
      EXPECT_FALSE(holder_.has_file(holder_.layout.object(going_.hash(i))));
    EXPECT_TRUE(is_whole(store(), staying_, 3));
  }
}

TEST_F(DropAllTest, TakesWhatHasComeOfOthersOfItsFragments) {
  ASSERT_TRUE(keep(store(), going_, 0));
  {
    auto writer = store().receive(going_.plan, 1, key_of(1));
    ASSERT_TRUE(writer);
    ASSERT_TRUE(writer->append(ByteSpan(going_.fragment(1)).first(5000)));
  }
  ASSERT_TRUE(holder_.has_file(holder_.incoming(going_, 1)));
  EXPECT_THAT(drop_all(going_), SizeIs(1));
  EXPECT_FALSE(holder_.has_file(holder_.incoming(going_, 1)));
  EXPECT_EQ(store().leftover_bytes(), 0U);
}

// What was dropped before the disk failed is told, so that the ledger stays right.
TEST_F(DropAllTest, SaysWhatHasGoneWhereTheRestDoesNot) {
  for (const unsigned i : {0U, 1U, 2U}) ASSERT_TRUE(keep(store(), going_, i));
  std::vector<Reference> dropped;
  for (std::uint64_t n = 1; dropped.empty() && n < 50; ++n) {
    holder_.disk.fail_operation(n, Code::io);
    (void)store().drop_all(going_.plan.plan().content_hash, dropped);
  }
  EXPECT_EQ(store().references().size() + dropped.size(), 3U);
  const auto rest = drop_all(going_);
  EXPECT_EQ(rest.size() + dropped.size(), 3U);
}

}  // namespace
}  // namespace tesseras::replica

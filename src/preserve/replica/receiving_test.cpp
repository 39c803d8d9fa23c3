// What strangers may do to a node that takes fragments, and what they may not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "foundation/runtime/disk_wrapper_fixture.hpp"
#include "preserve/replica/limits.hpp"
#include "preserve/replica/transfer_fixture.hpp"

namespace tesseras::replica {
namespace {

using base::Bytes;
using base::ByteSpan;
using base::Code;

class ReceivingTest : public TransferTest {
 protected:
  using TransferTest::TransferTest;
  std::uint64_t size() const { return plan_.plan().shape.fragment_bytes(); }
};

// Seven copies of 5,000 bytes.
class ReceivingSmallTest : public ReceivingTest {
 protected:
  ReceivingSmallTest() : ReceivingTest(5'000) {}
};

TEST_F(ReceivingSmallTest, SmallFragmentsCountForMore) {
  constexpr auto unit = Limits::charged_bytes_min;
  begin_with({.max_bytes = 30 * unit, .min_free_bytes = 0});  // three for newcomers
  EXPECT_EQ(give(gift(0)), Answer::kept);
  EXPECT_EQ(offer(0, 1, true).answer, Answer::kept) << "the same bytes are here";
  EXPECT_EQ(holder_->ledger->account(key(0)), (Account{unit, 0}));
  EXPECT_EQ(holder_->ledger->repaired_bytes(), unit);
  EXPECT_EQ(holder_->store->charged(), (Tally{2 * unit, 2}));
  EXPECT_EQ(give(gift(2)), Answer::kept);
  EXPECT_EQ(give(gift(3)), Answer::kept);
  EXPECT_EQ(offer(0, 4).answer, Answer::over_limit);
  EXPECT_EQ(offer(2, 5, true).answer, Answer::kept) << "repairs have a share of their own";
  // For one that keeps a small one for us, it counts as much.
  holder_->ledger->add_owed(key(0), 1);
  EXPECT_EQ(holder_->ledger->account(key(0)).deficit(), 2 * unit);
}

// Strangers who call all that they offer repairs fill the share of these, and no more; neither
// takes from the other.
TEST_F(ReceivingTest, RepairsHaveAShareOfTheirOwn) {
  begin_with(
      {.max_bytes = 10 * size(), .min_free_bytes = 0});  // one for newcomers, five for repairs
  EXPECT_EQ(offer(0, 0).answer, Answer::wanted);
  EXPECT_EQ(offer(2, 1).answer, Answer::over_limit);
  for (unsigned i = 1; i < 6; ++i) EXPECT_EQ(offer(2, i, true).answer, Answer::wanted) << i;
  EXPECT_EQ(offer(0, 6, true).answer, Answer::no_room);
  EXPECT_EQ(offer(0, 6).answer, Answer::over_limit);
  holder_->ledger->add_owed(key(0), size());
  EXPECT_EQ(offer(0, 6, true).answer, Answer::no_room);
  EXPECT_EQ(offer(0, 6).answer, Answer::wanted);
}

TEST_F(ReceivingTest, RepairsWhatIsLostOnly) {
  begin_with();
  holder_->believes_repairs = false;
  EXPECT_EQ(offer(0, 0, true).answer, Answer::later);
  EXPECT_EQ(offer(0, 0).answer, Answer::wanted);
  holder_->believes_repairs = true;
  EXPECT_EQ(offer(0, 1, true).answer, Answer::wanted);
}

// By who asks, and by where from, since keys cost nothing; before a signature is looked at.
TEST_F(ReceivingTest, LooksIntoSoManyOffersAtOnce) {
  begin_with();
  const auto offer_as = [&](unsigned char number, Bytes plan) {
    Result<OfferResponse> response;
    const auto body = [&]() -> Task<void> {
      const Caller caller{key_of(number), {runtime::IpAddress::v4(192, 0, 2, number), 4433}};
      response = co_await holder_->receiver->offer(caller, {0, std::move(plan), false});
    };
    EXPECT_TRUE(finish(body()));
    return response;
  };
  const auto count_refused = [&](unsigned char number) {
    std::size_t refused = 0;
    while (!offer_as(number, {}) && refused < 10'000) ++refused;
    return refused;
  };
  const auto begin = loop(1).now();
  std::size_t looked_into = count_refused(1);
  // Some more have become possible meanwhile.
  EXPECT_GE(looked_into, Limits::offers_per_peer.burst);
  EXPECT_LE(looked_into, Limits::offers_per_peer.burst +
                             (loop(1).now() - begin) / Limits::offers_per_peer.every + 1);
  for (unsigned char number = 2; number < 40; ++number) looked_into += count_refused(number);
  EXPECT_GE(looked_into, Limits::offers_per_network.burst);
  EXPECT_LE(looked_into, Limits::offers_per_network.burst +
                             (loop(1).now() - begin) / Limits::offers_per_network.every + 1);
}

// Promised, and then the disk fails: the peer learns that others are to be asked.
TEST_F(ReceivingTest, HasNoRoomWhereItsDiskFails) {
  begin_with({.max_bytes = std::uint64_t{1} << 40U, .min_free_bytes = 0});
  ASSERT_EQ(offer(0, 0).answer, Answer::wanted);
  disk_.set_capacity_bytes(size() / 2);
  EXPECT_EQ(send(0, 0, 0, fragments_[0]), Answer::no_room);
  EXPECT_EQ(offer(0, 1).answer, Answer::no_room) << "there is less than it takes";
  disk_.set_capacity_bytes(std::nullopt);
  ASSERT_EQ(offer(0, 1).answer, Answer::wanted);
  disk_.set_read_only(true);
  EXPECT_EQ(send(0, 1, 0, fragments_[1]), Answer::no_room);
  EXPECT_TRUE(holder_->store->kept(plan_.id()).none());
  EXPECT_EQ(holder_->ledger->account(key(0)), Account()) << "what was promised is free again";
  disk_.set_read_only(false);
  EXPECT_EQ(give(gift(0)), Answer::kept);
  EXPECT_EQ(give(gift(1)), Answer::kept);
}

// Stops where folders are brought to the medium, until it is let go on.
class HeldDisk final : public runtime::DiskWrapper {
 public:
  using DiskWrapper::DiskWrapper;
  std::atomic<bool> is_holding = false;
  std::atomic<bool> is_held = false;
  std::promise<void> go_on;

  Result<void> sync(std::span<const runtime::path> all) override {
    const bool are_folders = status(all.front())->kind == runtime::FileKind::folder;
    if (are_folders && is_holding.exchange(false)) {
      is_held = true;
      go_on.get_future().wait();
    }
    return DiskWrapper::sync(all);
  }
};

// What is under way then comes to its end, and is charged.
TEST_F(ReceivingTest, MayGoWhileItKeeps) {
  HeldDisk held(disk_);
  begin_with({.max_bytes = std::uint64_t{1} << 40U, .min_free_bytes = 0}, &held);
  ASSERT_EQ(offer(0, 1).answer, Answer::wanted);
  ASSERT_EQ(offer(0, 3).answer, Answer::wanted);
  held.is_holding = true;
  const auto session = open(0, 1);
  Result<Bytes> answer;
  const auto body = [&]() -> Task<void> {
    const auto stream = transport::value_of(co_await session->open_stream(later()));
    const SendRequest request{3, 0, plan_.id()};
    (void)co_await transport::write_request(*stream, SendRequest::method, encode(request), later());
    (void)co_await stream->write(fragments_[3], later());
    stream->finish();
    answer = co_await transport::read_answer(*stream, later());
  };
  spawn(body());
  ASSERT_TRUE(run_until([&] { return held.is_held.load(); }));
  std::weak_ptr<Receiver> receiver = holder_->receiver;
  holder_->server.reset();
  holder_->receiver.reset();
  session->close();
  EXPECT_TRUE(run_until([&] { return receiver.expired(); }));
  EXPECT_FALSE(answer);
  held.go_on.set_value();
  holder_->workers.reset();
  EXPECT_TRUE(holder_->store->kept(plan_.id()) == Fragments().set(3));
  EXPECT_EQ(holder_->ledger->account(key(0)), (Account{size(), 0}));
  EXPECT_EQ(holder_->store->leftover_bytes(), 0U);
  end();
}

}  // namespace
}  // namespace tesseras::replica

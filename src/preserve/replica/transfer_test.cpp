// Both sides of a transfer, over QUIC between nodes of one process.
#include "preserve/replica/transfer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "preserve/replica/transfer_fixture.hpp"

namespace tesseras::replica {
namespace {

using base::Bytes;
using base::ByteSpan;
using base::Code;

TEST_F(TransferTest, GivesFragmentsAndGetsThemBack) {
  begin_with();
  for (const unsigned fragment : {0U, 7U, 23U}) {
    EXPECT_EQ(give(gift(fragment)), Answer::kept);
    EXPECT_EQ(get(fragment), fragments_[fragment]);
  }
  EXPECT_EQ(get(7, 100'000), Bytes(fragments_[7].begin() + 100'000, fragments_[7].end()));
  EXPECT_EQ(holder_->kept, (std::vector<unsigned>{0, 7, 23}));
  const auto size = plan_.plan().shape.fragment_bytes();
  const auto giver = dht::NodePublicKey{node(0).self().bytes};
  EXPECT_EQ(holder_->ledger->account(giver), (Account{3 * size, 0}));
  // Once more changes nothing.
  EXPECT_EQ(give(gift(7)), Answer::kept);
  EXPECT_EQ(give(gift(7), 2), Answer::kept);
  EXPECT_EQ(holder_->kept.size(), 3U);
  EXPECT_EQ(holder_->ledger->account(giver), (Account{3 * size, 0}));
}

TEST_F(TransferTest, GoesOnWhereItWasBrokenOff) {
  begin_with();
  send_and_break_off(0, 3, ByteSpan(fragments_[3]).first(200'000));
  EXPECT_TRUE(holder_->store->kept(plan_.id()).none());
  EXPECT_EQ(give(gift(3)), Answer::kept);
  EXPECT_EQ(get(3), fragments_[3]);
  EXPECT_EQ(holder_->receiver->counts().bytes_received, fragments_[3].size());
}

TEST_F(TransferTest, SaysWhenWhatIsToBeGivenCannotBeRead) {
  begin_with();
  auto broken = gift(3);
  broken.open = reads(fragments_[3], 200'000);
  const auto failed = give(broken);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Code::io);
  EXPECT_EQ(give(gift(3)), Answer::kept);
}

TEST_F(TransferTest, KeepsOnlyWhatThePlanSays) {
  begin_with();
  auto other = gift(3);
  other.open = reads(fragments_[4]);
  const auto refused = give(other);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::invalid);
  const ByteSpan right = fragments_[3];
  ASSERT_EQ(offer(0, 3).answer, Answer::wanted);
  EXPECT_FALSE(send(0, 3, 0, right.first(right.size() - 1)));
  Bytes longer(right.begin(), right.end());
  longer.push_back(std::byte{0});
  ASSERT_EQ(offer(0, 3).answer, Answer::wanted);
  EXPECT_FALSE(send(0, 3, 0, longer));
  EXPECT_TRUE(holder_->store->kept(plan_.id()).none());
  EXPECT_TRUE(holder_->kept.empty());
  EXPECT_TRUE(holder_->ledger->accounts().empty());
  EXPECT_EQ(give(gift(3)), Answer::kept);
}

TEST_F(TransferTest, TakesOnlyWhatWasOffered) {
  begin_with();
  EXPECT_EQ(send(0, 3, 0, fragments_[3]), Answer::later);
  ASSERT_EQ(offer(0, 3).answer, Answer::wanted);
  EXPECT_EQ(send(2, 3, 0, fragments_[3]), Answer::later);
  EXPECT_EQ(send(0, 4, 0, fragments_[4]), Answer::later);
  EXPECT_EQ(send(0, 3, 1, ByteSpan(fragments_[3]).subspan(1)), Answer::later);
  EXPECT_EQ(send(0, 3, 0, fragments_[3]), Answer::kept);
  // A promise serves once.
  EXPECT_EQ(send(0, 3, 0, fragments_[3]), Answer::later);
  EXPECT_TRUE(holder_->store->kept(plan_.id()) == Fragments().set(3));
}

TEST_F(TransferTest, MaySendAgainWhatHadCome) {
  begin_with();
  send_and_break_off(0, 3, ByteSpan(fragments_[3]).first(200'000));
  EXPECT_EQ(offer(0, 3), (OfferResponse{Answer::wanted, 200'000}));
  EXPECT_EQ(send(0, 3, 90'000, ByteSpan(fragments_[3]).subspan(90'000)), Answer::kept);
  EXPECT_EQ(get(3), fragments_[3]);
}

// Neither by a promise nor by bytes that have come.
TEST_F(TransferTest, NobodyIsInAnothersWay) {
  begin_with();
  send_and_break_off(2, 3, Bytes(200'000));  // not the fragment's
  ASSERT_EQ(offer(2, 3), (OfferResponse{Answer::wanted, 200'000}));
  EXPECT_EQ(offer(0, 3), (OfferResponse{Answer::wanted, 0}));
  EXPECT_EQ(send(0, 3, 0, fragments_[3]), Answer::kept) << "at the first attempt";
  // Who comes second need not send it to its end.
  EXPECT_EQ(send(2, 3, 200'000, ByteSpan(fragments_[3]).subspan(200'000)), Answer::kept);
  EXPECT_EQ(get(3), fragments_[3]);
  const auto size = plan_.plan().shape.fragment_bytes();
  EXPECT_EQ(holder_->ledger->account(dht::NodePublicKey{node(0).self().bytes}), (Account{size, 0}));
  EXPECT_EQ(holder_->ledger->account(dht::NodePublicKey{node(2).self().bytes}), Account());
}

TEST_F(TransferTest, GoesOnWhereAllHasComeAndWasNotKept) {
  begin_with();
  send_and_break_off(0, 3, fragments_[3]);
  EXPECT_EQ(offer(0, 3), (OfferResponse{Answer::wanted, fragments_[3].size() - 1}));
  EXPECT_EQ(send(0, 3, fragments_[3].size() - 1, ByteSpan(fragments_[3]).last(1)), Answer::kept);
  EXPECT_EQ(get(3), fragments_[3]);
}

TEST_F(TransferTest, CountsWhatItHasPromised) {
  const auto size = plan_.plan().shape.fragment_bytes();
  begin_with({.max_bytes = 20 * size, .min_free_bytes = 0});  // a tenth for newcomers
  EXPECT_EQ(offer(0, 0).answer, Answer::wanted);
  EXPECT_EQ(offer(0, 1).answer, Answer::wanted);
  EXPECT_EQ(offer(0, 1).answer, Answer::wanted);  // the same
  EXPECT_EQ(offer(0, 2).answer, Answer::over_limit);
  EXPECT_EQ(offer(2, 2).answer, Answer::over_limit);
  EXPECT_EQ(holder_->receiver->counts().offers_refused, 2U);
  holder_->ledger->add_owed(dht::NodePublicKey{node(0).self().bytes}, 100 * size);
  EXPECT_EQ(offer(0, 2).answer, Answer::wanted);
}

TEST_F(TransferTest, ChargesWhoBroughtItFirst) {
  begin_with();
  ASSERT_EQ(offer(2, 3).answer, Answer::wanted);
  // Node 2 has a place for it, and meanwhile it comes by another way.
  ASSERT_EQ(give(gift(4)), Answer::kept);
  const auto hash = plan_.plan().hash_of(4).hex();
  disk_.flip_bit("/fragments/objects/" + hash.substr(0, 2) + "/" + hash, 1000, 3);
  EXPECT_FALSE(get(4));
  EXPECT_EQ(give(gift(4), 2), Answer::kept);
  const auto size = plan_.plan().shape.fragment_bytes();
  EXPECT_EQ(holder_->ledger->account(dht::NodePublicKey{node(0).self().bytes}), (Account{size, 0}));
  // What it mended is not charged to it; what it was promised, still.
  EXPECT_EQ(holder_->ledger->account(dht::NodePublicKey{node(2).self().bytes}), (Account{size, 0}));
  EXPECT_EQ(holder_->kept, (std::vector<unsigned>{4}));
}

TEST_F(TransferTest, CountsWhatWasBrokenOff) {
  const auto size = plan_.plan().shape.fragment_bytes();
  begin_with({.max_bytes = 20 * size, .min_free_bytes = 0});  // two for newcomers
  send_and_break_off(0, 3, ByteSpan(fragments_[3]).first(200'000));
  EXPECT_EQ(give(gift(0)), Answer::kept);
  EXPECT_EQ(offer(0, 1).answer, Answer::over_limit);
}

TEST_F(TransferTest, RefusesWhatHasNoRoom) {
  begin_with({.max_bytes = plan_.plan().shape.fragment_bytes() - 1, .min_free_bytes = 0});
  EXPECT_EQ(give(gift(0)), Answer::no_room);
  EXPECT_TRUE(holder_->ledger->accounts().empty());
}

TEST_F(TransferTest, SurvivesAFullDisk) {
  begin_with();
  ASSERT_EQ(give(gift(0)), Answer::kept);
  disk_.set_capacity_bytes(disk_.used_bytes() + 100'000);
  auto large = gift(1);
  begin_with({.max_bytes = std::uint64_t{1} << 40U, .min_free_bytes = 0});
  EXPECT_EQ(give(large), Answer::no_room);
  disk_.set_capacity_bytes({});
  EXPECT_EQ(give(gift(1)), Answer::kept);
  EXPECT_EQ(get(0), fragments_[0]);
  EXPECT_EQ(get(1), fragments_[1]);
}

TEST_F(TransferTest, TellsNothingToWhoDoesNotKnowTheTessera) {
  begin_with();
  ASSERT_EQ(give(gift(5)), Answer::kept);
  const auto found = plan_at(plan_.plan().content_hash);
  EXPECT_TRUE(found.fragments == Fragments().set(5));
  EXPECT_EQ(found.plan, plan_.encoded());
  EXPECT_EQ(plan_at({}), GetPlanResponse{});
  const auto stranger = get(5, 0, base::ContentHash{});
  ASSERT_FALSE(stranger);
  EXPECT_EQ(stranger.error().code, Code::not_found);
  const auto missing = get(6);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::not_found);
}

TEST_F(TransferTest, DoesNotGiveWhatHasRotted) {
  begin_with();
  ASSERT_EQ(give(gift(5)), Answer::kept);
  const auto hash = plan_.plan().hash_of(5).hex();
  disk_.flip_bit("/fragments/objects/" + hash.substr(0, 2) + "/" + hash, 1000, 3);
  EXPECT_FALSE(get(5));
  EXPECT_EQ(holder_->giver->counts().rotten, 1U);
  EXPECT_TRUE(holder_->store->kept(plan_.id()).none());
  EXPECT_EQ(plan_at(plan_.plan().content_hash), GetPlanResponse{});
  // It is mended by whoever brings it again.
  EXPECT_EQ(give(gift(5)), Answer::kept);
  EXPECT_EQ(get(5), fragments_[5]);
}

TEST_F(TransferTest, RefusesPlansThatAreNone) {
  begin_with();
  const auto session = open(0, 1);
  auto bytes = plan_.encoded();
  bytes.back() ^= std::byte{1};
  Gift forged = gift(0);
  forged.plan = std::make_shared<const Bytes>(bytes);
  const auto refused = give(forged);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::invalid);
  Gift beyond = gift(0);
  beyond.fragment = 24;
  EXPECT_FALSE(give(beyond));
}

}  // namespace
}  // namespace tesseras::replica

// What the packs of own tesserae give, over QUIC between nodes of one process.
#include "preserve/replica/own_tesserae.hpp"

#include <gtest/gtest.h>

#include "preserve/replica/limits.hpp"
#include "preserve/replica/transfer_fixture.hpp"

namespace tesseras::replica {
namespace {

using base::Bytes;
using base::Code;

// Node 1 has a tessera whole, and may keep fragments of it beside; nodes 0 and 2 ask it.
class OwnTesseraeTest : public TransferTest {
 protected:
  explicit OwnTesseraeTest(std::size_t pack_bytes = 5'000'000) : TransferTest(pack_bytes) {}

  void begin_as_owner() {
    begin_with();
    OwnTesserae own{
        .has = [this](const auto& hash) { return has_ && hash == plan_.plan().content_hash; },
        .plan = [this](const auto&) -> Result<SignedPlan> { return SignedPlan(plan_); },
        .open_pack = [this](const auto&) -> Result<erasure::ReadPack> {
          ++opened_;
          return [this](std::uint64_t offset, base::MutableByteSpan into) -> Result<void> {
            if (offset + into.size() > pack_.size())
              return base::fail(Code::corrupt, "the pack became shorter");
            std::ranges::copy(base::ByteSpan(pack_).subspan(offset, into.size()), into.begin());
            return {};
          };
        }};
    holder_->give_own(loop(1), std::move(own));
  }

  bool has_ = true;
  unsigned opened_ = 0;
};

class OwnCopiesTest : public OwnTesseraeTest {
 protected:
  OwnCopiesTest() : OwnTesseraeTest(50'000) {}
};

TEST_F(OwnTesseraeTest, GivesThePiecesOfThePack) {
  begin_as_owner();
  const auto said = plan_at(plan_.plan().content_hash);
  EXPECT_EQ(said.plan, plan_.encoded());
  EXPECT_EQ(said.fragments, Fragments(0xffff));
  // The last one ends behind the pack.
  for (const unsigned fragment : {0U, 7U, 15U}) EXPECT_EQ(get(fragment), fragments_[fragment]);
  EXPECT_EQ(get(7, 100'000), Bytes(fragments_[7].begin() + 100'000, fragments_[7].end()));
  EXPECT_EQ(get(7, fragments_[7].size()), Bytes());
  EXPECT_EQ(holder_->giver->counts().fragments_given, 5U);
}

TEST_F(OwnTesseraeTest, MakesNoFragmentThatIsNotInThePack) {
  begin_as_owner();
  const auto failed = get(16);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Code::not_found);
  EXPECT_EQ(opened_, 0U);
}

TEST_F(OwnTesseraeTest, GivesWhatItKeepsBeside) {
  begin_as_owner();
  holder_->take(plan_, 20, fragments_[20]);
  EXPECT_EQ(plan_at(plan_.plan().content_hash).fragments, Fragments(0x10ffff));
  EXPECT_EQ(get(20), fragments_[20]);
  EXPECT_EQ(opened_, 0U);
}

TEST_F(OwnTesseraeTest, GivesNothingOfWhatIsNotGivenToOthersAnyMore) {
  begin_as_owner();
  has_ = false;
  EXPECT_EQ(plan_at(plan_.plan().content_hash), GetPlanResponse());
  const auto failed = get(0);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Code::not_found);
  EXPECT_EQ(opened_, 0U);
}

TEST_F(OwnTesseraeTest, NobodyGetsItWhoDoesNotKnowTheContentHash) {
  begin_as_owner();
  const base::ContentHash other{crypto::blake3(base::as_bytes("other")).bytes};
  EXPECT_EQ(plan_at(other), GetPlanResponse());
  EXPECT_FALSE(get(0, 0, other));
  EXPECT_EQ(opened_, 0U);
}

TEST_F(OwnTesseraeTest, DoesNotGiveTheEndOfWhatHasRotted) {
  begin_as_owner();
  pack_[2 * fragments_[0].size() + 7] ^= std::byte{1};
  EXPECT_FALSE(get(2));
  EXPECT_FALSE(get(2, fragments_[0].size() - 1)) << "the damage is before what is given";
  EXPECT_EQ(holder_->giver->counts().rotten, 2U);
  EXPECT_EQ(get(3), fragments_[3]);
}

TEST_F(OwnTesseraeTest, DoesNotGiveAPackThatBecameShorter) {
  begin_as_owner();
  pack_.resize(pack_.size() - 1);
  EXPECT_FALSE(get(15));
  EXPECT_EQ(get(0), fragments_[0]);
}

TEST_F(OwnTesseraeTest, OpensAFewPacksAtATime) {
  begin_as_owner();
  const Caller caller{key(2), {runtime::IpAddress::v4(198, 51, 100, 7), 4433}};
  const auto open = [&] {
    std::optional<Result<Giver::Gift>> gift;
    const auto body = [&]() -> Task<void> {
      const GetFragmentRequest request{plan_.plan().content_hash, 0, 0, plan_.id()};
      gift.emplace(co_await holder_->giver->open(caller, request));
    };
    EXPECT_TRUE(finish(body()));
    return *std::move(gift);
  };
  {
    std::vector<Result<Giver::Gift>> gifts;
    for (std::size_t i = 0; i < Limits::giving_own_per_peer_max; ++i) gifts.push_back(open());
    for (const auto& gift : gifts) ASSERT_TRUE(gift && gift->opened);
    const auto refused = open();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::unavailable);
    EXPECT_EQ(opened_, Limits::giving_own_per_peer_max);
  }
  EXPECT_TRUE(open());
}

TEST_F(OwnCopiesTest, GivesThePackAsEachCopy) {
  begin_as_owner();
  EXPECT_EQ(plan_at(plan_.plan().content_hash).fragments, Fragments(0x7f));
  EXPECT_EQ(get(0), pack_);
  EXPECT_EQ(get(6, 49'999), Bytes(pack_.begin() + 49'999, pack_.end()));
}

}  // namespace
}  // namespace tesseras::replica

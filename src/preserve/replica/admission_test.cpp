#include "preserve/replica/admission.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "preserve/replica/limits.hpp"

namespace tesseras::replica {
namespace {

// Small round numbers.
const AdmissionOptions options{.max_bytes = 10'000,
                               .min_free_bytes = 500,
                               .per_peer_limit_bytes = 3'000,
                               .deficit_allowance_bytes = 400,
                               .newcomers_percent = 10,
                               .repairs_percent = 50};

// Of a peer that keeps much for us, where there is much room.
Offer good() {
  Offer offer;
  offer.size_bytes = 100;
  offer.free_bytes = 1'000'000;
  offer.account = {0, 5'000};
  return offer;
}

TEST(AdmissionTest, TakesWhatFits) { EXPECT_EQ(admit(good(), options), Admission::granted); }

TEST(AdmissionTest, LeavesTheDiskItsRoom) {
  Offer offer = good();
  offer.free_bytes = 600;
  EXPECT_EQ(admit(offer, options), Admission::granted);
  for (const std::uint64_t free : {599U, 100U, 99U, 0U}) {
    offer.free_bytes = free;
    EXPECT_EQ(admit(offer, options), Admission::disk_is_full) << free;
  }
}

TEST(AdmissionTest, KeepsToWhatItsOperatorGives) {
  Offer offer = good();
  offer.kept_bytes = 9'900;
  EXPECT_EQ(admit(offer, options), Admission::granted);
  offer.kept_bytes = 9'901;
  EXPECT_EQ(admit(offer, options), Admission::share_is_full);
  // Its operator has since given less.
  offer.kept_bytes = 20'000;
  EXPECT_EQ(admit(offer, options), Admission::share_is_full);
  offer.is_exempt = true;
  EXPECT_EQ(admit(offer, options), Admission::share_is_full);
}

TEST(AdmissionTest, KeepsSoMuchForOnePeer) {
  Offer offer = good();
  offer.account = {2'900, 50'000};
  EXPECT_EQ(admit(offer, options), Admission::granted);
  offer.account.kept_for_it = 2'901;
  EXPECT_EQ(admit(offer, options), Admission::peer_has_enough);
  offer.is_exempt = true;
  EXPECT_EQ(admit(offer, options), Admission::granted);
}

TEST(AdmissionTest, AsksForSomethingInReturn) {
  Offer offer = good();
  offer.account = {1'300, 1'000};
  EXPECT_EQ(admit(offer, options), Admission::granted);
  offer.account.kept_for_it = 1'301;
  EXPECT_EQ(admit(offer, options), Admission::peer_owes_too_much);
  offer.is_exempt = true;
  EXPECT_EQ(admit(offer, options), Admission::granted);
}

TEST(AdmissionTest, GivesStrangersASmallPartTogether) {
  Offer offer = good();
  offer.account = {};
  offer.newcomers_bytes = 900;
  EXPECT_EQ(admit(offer, options), Admission::granted);
  offer.newcomers_bytes = 901;
  EXPECT_EQ(admit(offer, options), Admission::too_many_newcomers);
  // Who has made many keys gets no more for them.
  offer.newcomers_bytes = 400;
  offer.block_bytes = 300;
  EXPECT_EQ(admit(offer, options), Admission::granted);
  offer.block_bytes = 301;
  EXPECT_EQ(admit(offer, options), Admission::too_many_newcomers);
  // What others did is nothing to who keeps something for us.
  offer.account = {0, 1};
  EXPECT_EQ(admit(offer, options), Admission::granted);
}

TEST(AdmissionTest, ChargesRepairsToNobody) {
  Offer offer = good();
  offer.is_repair = true;
  offer.account = {1'000'000, 0};
  offer.account.kept_for_us = 1;
  offer.newcomers_bytes = offer.block_bytes = 1'000;
  offer.repaired_bytes = 4'900;
  EXPECT_EQ(admit(offer, options), Admission::granted);
  offer.repaired_bytes = 4'901;
  EXPECT_EQ(admit(offer, options), Admission::share_is_full);
}

// Where all authors are gone, nobody has a history, and what is lost is made again nevertheless.
// But anybody can say that something was lost elsewhere.
TEST(AdmissionTest, TakesRepairsOfStrangersByWhereTheyCome) {
  Offer offer = good();
  offer.is_repair = true;
  offer.account = {};
  offer.newcomers_bytes = offer.newcomers_fragments = 1'000'000;
  offer.repaired_bytes = 4'900;
  EXPECT_EQ(admit(offer, options), Admission::granted);
  offer.repaired_bytes = 4'901;
  EXPECT_EQ(admit(offer, options), Admission::share_is_full);
  offer.repaired_bytes = 0;
  offer.block_bytes = 300;
  EXPECT_EQ(admit(offer, options), Admission::granted);
  offer.block_bytes = 301;
  EXPECT_EQ(admit(offer, options), Admission::too_many_newcomers);
  offer.is_exempt = true;
  EXPECT_EQ(admit(offer, options), Admission::granted);
}

TEST(AdmissionTest, KeepsSoManyFragments) {
  Offer offer = good();
  offer.fragments = Limits::references_max - 1;
  EXPECT_EQ(admit(offer, options), Admission::granted);
  offer.fragments = Limits::references_max;
  EXPECT_EQ(admit(offer, options), Admission::too_many_fragments);
  offer.is_exempt = offer.is_repair = true;
  EXPECT_EQ(admit(offer, options), Admission::too_many_fragments);
  // And of strangers a small part.
  offer = good();
  offer.account = {};
  offer.newcomers_fragments = Limits::references_max / 10 - 1;
  EXPECT_EQ(admit(offer, options), Admission::granted);
  offer.newcomers_fragments = Limits::references_max / 10;
  EXPECT_EQ(admit(offer, options), Admission::too_many_fragments);
}

TEST(AdmissionTest, IsNotFooledByLargeNumbers) {
  Offer offer = good();
  offer.size_bytes = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(admit(offer, options), Admission::disk_is_full);
  offer.free_bytes = offer.size_bytes;
  EXPECT_EQ(admit(offer, options), Admission::disk_is_full);
  offer.free_bytes = offer.kept_bytes = std::numeric_limits<std::uint64_t>::max();
  offer.size_bytes = 100;
  EXPECT_EQ(admit(offer, options), Admission::share_is_full);
}

TEST(AdmissionTest, SaysWhy) {
  for (const auto one : {Admission::granted, Admission::disk_is_full, Admission::share_is_full,
                         Admission::peer_has_enough, Admission::peer_owes_too_much,
                         Admission::too_many_newcomers, Admission::too_many_fragments})
    EXPECT_FALSE(explain(one).empty());
}

}  // namespace
}  // namespace tesseras::replica

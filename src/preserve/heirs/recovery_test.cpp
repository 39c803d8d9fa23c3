#include "preserve/heirs/recovery.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "preserve/heirs/share_fixture.hpp"
#include "preserve/identity/seed_file.hpp"

namespace tesseras::heirs {
namespace {

using base::Code;
using testing::AllOf;
using testing::HasSubstr;

struct From {
  const std::vector<Share>& shares;
  unsigned index;
};

// Files called a, b, c and so on.
std::vector<Given> given(std::initializer_list<From> from) {
  std::vector<Given> all;
  all.reserve(from.size());
  for (const auto& [shares, index] : from) {
    const std::string name(1, static_cast<char>('a' + all.size()));
    all.push_back({.name = name, .share = copy_of(shares[index - 1])});
  }
  return all;
}

base::Error refusal(std::span<const Given> shares) {
  const auto recovered = recover(shares);
  return recovered ? base::Error{Code::internal, "not refused"} : recovered.error();
}

// What somebody can do with their own share: everything but the others'.
void make_false(Share& share) {
  share.part.data.mutable_span()[5] ^= std::byte{1};
  share.set.hashes[share.part.index - 1U] = crypto::blake3(share.part.data.span());
}

TEST(HeirRecovery, AnyOfTheThresholdGiveTheIdentity) {
  const auto shares = shares_of(7, 3, 5);
  for (unsigned bits = 0; bits < 32; ++bits) {
    std::vector<Given> some;
    for (unsigned i = 0; i < 5; ++i) {
      if (((bits >> i) & 1U) != 0) some.push_back({"x", copy_of(shares[i])});
    }
    const auto recovered = recover(some);
    ASSERT_EQ(recovered.has_value(), some.size() >= 3) << bits;
    if (!recovered) continue;
    EXPECT_TRUE(recovered->seed == seed_of(7)) << bits;
    EXPECT_EQ(recovered->indices.size(), some.size());
    EXPECT_EQ(recovered->identity.fingerprint(), shares[0].set.owner);
  }
}

TEST(HeirRecovery, TooFewAreCounted) {
  const auto shares = shares_of(7, 3, 5);
  EXPECT_EQ(refusal({}).message, "no share is given");
  EXPECT_EQ(refusal(given({{shares, 2}})).message,
            "3 shares of 5 are needed, and 1 is here; bring 2 more");
  const auto error = refusal(given({{shares, 2}, {shares, 4}, {shares, 2}}));
  EXPECT_EQ(error.message,
            "3 shares of 5 are needed, and 2 are here, one of them twice; bring 1 more");
  EXPECT_EQ(error.code, Code::invalid);
}

TEST(HeirRecovery, TwoFormsOfOneShareAreOne) {
  const auto shares = shares_of(7, 2, 3);
  const auto recovered = recover(given({{shares, 2}, {shares, 2}, {shares, 1}}));
  ASSERT_TRUE(recovered) << recovered.error().message;
  EXPECT_EQ(recovered->indices, (std::vector<unsigned>{1, 2}));
}

TEST(HeirRecovery, AnotherSessionIsNamed) {
  const auto shares = shares_of(7, 2, 3);
  const auto later = shares_of(7, 2, 3);
  const auto error = refusal(given({{shares, 1}, {later, 2}, {shares, 3}}));
  EXPECT_EQ(error.code, Code::invalid);
  EXPECT_THAT(error.message, AllOf(HasSubstr("share 2 (b) does not belong to the others"),
                                   HasSubstr("session " + later[0].set.session.hex())));
}

TEST(HeirRecovery, AnotherOwnerIsNamed) {
  const auto shares = shares_of(7, 2, 3);
  const auto others = shares_of(8, 2, 3);
  const auto error = refusal(given({{others, 1}, {shares, 2}, {shares, 3}}));
  EXPECT_THAT(error.message, AllOf(HasSubstr("share 1 (a) does not belong to the others"),
                                   HasSubstr("another owner, " + others[0].set.owner.hex())));
}

TEST(HeirRecovery, AnotherThresholdIsNamed) {
  const auto shares = shares_of(7, 2, 3);
  std::vector<Given> some = given({{shares, 1}, {shares, 2}, {shares, 3}});
  some[2].share.set.threshold = 3;
  EXPECT_THAT(refusal(some).message,
              AllOf(HasSubstr("share 3 (c)"), HasSubstr("3 of 3 are needed, and not 2 of 3")));
}

TEST(HeirRecovery, OfTwoThatDifferNeitherIsBlamed) {
  const auto shares = shares_of(7, 2, 3);
  const auto later = shares_of(7, 2, 3);
  EXPECT_THAT(refusal(given({{shares, 1}, {later, 2}})).message,
              AllOf(HasSubstr("do not belong together"), HasSubstr("bring one more")));
}

TEST(HeirRecovery, WhoChangedTheirOwnShareIsNamed) {
  const auto shares = shares_of(7, 2, 3);
  std::vector<Given> some = given({{shares, 1}, {shares, 2}, {shares, 3}});
  make_false(some[1].share);
  EXPECT_TRUE(decode(encode(some[1].share).span())) << "it is whole by itself";
  EXPECT_THAT(refusal(some).message, AllOf(HasSubstr("share 2 (b)"), HasSubstr("so it is false")));
}

TEST(HeirRecovery, SharesThatGiveSomebodyElseAreRefused) {
  const auto shares = shares_of(7, 2, 3);
  std::vector<Given> some = given({{shares, 1}, {shares, 2}});
  for (Given& one : some) one.share.set.owner = shares_of(8, 1, 1)[0].set.owner;
  const auto error = refusal(some);
  EXPECT_EQ(error.code, Code::corrupt);
  EXPECT_THAT(error.message, HasSubstr("and give " + shares[0].set.owner.hex()));
}

TEST(HeirRecovery, EverySetIsASessionOfItsOwn) {
  const auto first = shares_of(7, 2, 3);
  const auto second = shares_of(7, 2, 3);
  EXPECT_NE(first[0].set.session, second[0].set.session);
  EXPECT_EQ(first[0].set.created, "2026-02-15");
  for (const Share& share : first) {
    EXPECT_TRUE(share.set == first[0].set);
    EXPECT_EQ(share.part.data.size(), identity::heir_blob_size_bytes);
  }
}

TEST(HeirRecovery, ASetThatCannotBeIsNotMade) {
  EXPECT_EQ(make_shares(seed_of(1), 4, 3, {}).error().code, Code::invalid);
  EXPECT_EQ(make_shares(seed_of(1), 0, 3, {}).error().code, Code::invalid);
}

}  // namespace
}  // namespace tesseras::heirs

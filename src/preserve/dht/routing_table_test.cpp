#include "preserve/dht/routing_table.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

#include "preserve/dht/dht_fixture.hpp"

namespace tesseras::dht {
namespace {

using base::Instant;
using Admission = RoutingTable::Admission;

constexpr std::size_t far_bucket = 151;

Instant at(std::int64_t seconds) { return Instant{} + std::chrono::seconds(seconds); }

class Table : public testing::Test {
 protected:
  NodeId id(std::size_t bucket) { return id_in_bucket(own_, bucket, prng_); }
  NodeInfo node(std::size_t bucket) {
    return fake_node(id(bucket), distinct_endpoint(next_endpoint_++));
  }
  RoutingTable::Outcome see(const NodeInfo& info, std::int64_t when = 0) {
    return table_.seen(at(when), info, info.endpoints[0], true);
  }
  RoutingTable::Outcome see_at(std::size_t bucket, std::string_view where) {
    const NodeInfo info = fake_node(id(bucket), endpoint(where));
    return see(info);
  }
  // The bucket full, oldest first.
  std::vector<NodeInfo> fill(std::size_t bucket, std::size_t count) {
    std::vector<NodeInfo> all;
    for (std::size_t i = 0; i < count; ++i) {
      all.push_back(node(bucket));
      EXPECT_EQ(see(all.back(), static_cast<std::int64_t>(i)).admission, Admission::added);
    }
    return all;
  }

  runtime::Prng prng_{1};
  NodeId own_ = random_id<NodeId>(prng_);
  RoutingTable table_{own_, {.bucket_size = 4, .ping_failure_threshold = 3}};
  std::uint32_t next_endpoint_ = 0;
};

TEST_F(Table, TakesWhoAnswered) {
  const NodeInfo info = node(far_bucket);
  EXPECT_EQ(see(info, 5).admission, Admission::added);
  ASSERT_NE(table_.find(info.id), nullptr);
  EXPECT_EQ(table_.find(info.id)->info, info);
  EXPECT_EQ(table_.find(info.id)->last_seen, at(5));
  EXPECT_EQ(see(info, 6).admission, Admission::refreshed);
  EXPECT_EQ(table_.size(), 1U);
  EXPECT_EQ(table_.find(info.id)->last_seen, at(6));
}

TEST_F(Table, TakesNeitherItselfNorClients) {
  EXPECT_EQ(see(fake_node(own_, distinct_endpoint(1))).admission, Admission::ourselves);
  NodeInfo info = node(far_bucket);
  EXPECT_EQ(table_.seen(at(0), info, info.endpoints[0], false).admission, Admission::unreachable);
  const Endpoint where = info.endpoints[0];
  info.endpoints.clear();
  EXPECT_EQ(table_.seen(at(0), info, where, true).admission, Admission::unreachable);
  EXPECT_EQ(table_.size(), 0U);
}

TEST_F(Table, TakesWhatANodeSaysNowForWhatItSaidBefore) {
  NodeInfo info = node(far_bucket);
  see(info);
  info.capabilities = Capabilities(1);
  info.endpoints = {distinct_endpoint(999)};
  EXPECT_EQ(see(info).admission, Admission::refreshed);
  EXPECT_EQ(table_.find(info.id)->info.capabilities.bits, 1U);
  EXPECT_EQ(table_.find(info.id)->reached_at, distinct_endpoint(999));
}

TEST_F(Table, AsksTheOldestBeforeItReplaces) {
  const auto full = fill(far_bucket, 4);
  const NodeInfo newcomer = node(far_bucket);
  const auto outcome = see(newcomer, 10);
  EXPECT_EQ(outcome.admission, Admission::waiting);
  ASSERT_TRUE(outcome.to_ping);
  EXPECT_EQ(outcome.to_ping->info.id, full[0].id);
  EXPECT_EQ(table_.find(newcomer.id), nullptr);
  // One question at a time.
  EXPECT_FALSE(see(node(far_bucket), 11).to_ping);
  // It answers: it stays, and the next in line is asked for the next newcomer.
  EXPECT_EQ(see(full[0], 12).admission, Admission::refreshed);
  const auto next = see(node(far_bucket), 13);
  ASSERT_TRUE(next.to_ping);
  EXPECT_EQ(next.to_ping->info.id, full[1].id);
}

TEST_F(Table, LetsGoAfterFailuresInARow) {
  const auto full = fill(far_bucket, 4);
  const NodeInfo first = node(far_bucket);
  const NodeInfo last = node(far_bucket);
  see(first, 10);
  see(last, 11);
  const auto again = table_.failed(full[0].id);
  ASSERT_TRUE(again);  // others wait: ask once more
  EXPECT_EQ(again->info.id, full[0].id);
  EXPECT_TRUE(table_.failed(full[0].id));
  EXPECT_NE(table_.find(full[0].id), nullptr);
  EXPECT_FALSE(table_.failed(full[0].id));
  EXPECT_EQ(table_.find(full[0].id), nullptr);
  EXPECT_NE(table_.find(last.id), nullptr);  // who came last is the likeliest to be there
  EXPECT_EQ(table_.find(first.id), nullptr);
  EXPECT_EQ(table_.size(), 4U);
}

TEST_F(Table, ForgetsFailuresWhenAnsweredAndAsksNobodyWithoutNeed) {
  const NodeInfo info = node(far_bucket);
  see(info);
  EXPECT_FALSE(table_.failed(info.id));
  EXPECT_FALSE(table_.failed(info.id));
  see(info);
  EXPECT_EQ(table_.find(info.id)->failures, 0U);
  EXPECT_FALSE(table_.failed(info.id));
  EXPECT_FALSE(table_.failed(info.id));
  EXPECT_NE(table_.find(info.id), nullptr);
  EXPECT_FALSE(table_.failed(info.id));
  EXPECT_EQ(table_.size(), 0U);
  EXPECT_FALSE(table_.failed(info.id));  // unknown by now
  EXPECT_TRUE(table_.contacts().empty());
}

TEST_F(Table, TellsOfWhomNothingWasHeard) {
  const NodeInfo quiet = node(far_bucket), other = node(far_bucket - 1);
  see(quiet, 0);
  see(other, 50);
  const auto unheard = [&](std::int64_t when) {
    return table_.unheard_of(at(when), std::chrono::seconds(100), std::chrono::seconds(30));
  };
  EXPECT_TRUE(unheard(99).empty());
  ASSERT_EQ(unheard(100).size(), 1U);
  EXPECT_EQ(unheard(100)[0].info.id, quiet.id);
  table_.failed(quiet.id);
  EXPECT_TRUE(unheard(129).empty());
  EXPECT_EQ(unheard(130).size(), 1U);
  EXPECT_EQ(unheard(150).size(), 2U);
  see(quiet, 130);
  EXPECT_EQ(unheard(150).size(), 1U);
}

TEST_F(Table, DoesNotLetWhoFailsWait) {
  const auto full = fill(far_bucket, 4);
  const NodeInfo newcomer = node(far_bucket);
  see(newcomer);
  EXPECT_FALSE(table_.failed(newcomer.id));
  for (int i = 0; i < 3; ++i) table_.failed(full[0].id);
  EXPECT_EQ(table_.find(newcomer.id), nullptr);
  EXPECT_EQ(table_.size(), 3U);
}

TEST_F(Table, KeepsWhoWaitsBounded) {
  fill(far_bucket, 4);
  std::vector<NodeInfo> crowd;
  for (std::size_t i = 0; i < 100; ++i) {
    crowd.push_back(node(far_bucket));
    see(crowd.back());
  }
  for (int gone = 0; gone < 100 && table_.size() == 4; ++gone) {
    const NodeId oldest = table_.contacts().front().info.id;
    for (int i = 0; i < 3; ++i) table_.failed(oldest);
  }
  // As many as waited came in, the last first; then the bucket shrank.
  for (const Contact& one : table_.contacts()) {
    const auto found = std::ranges::find(crowd, one.info.id, &NodeInfo::id);
    EXPECT_GE(found - crowd.begin(), 100 - static_cast<std::ptrdiff_t>(Limits::waiting_per_bucket));
  }
}

TEST_F(Table, HasNoUseForMoreThanCanWait) {
  const auto full = fill(far_bucket, 4);
  EXPECT_FALSE(table_.has_use_for(own_));
  for (std::size_t i = 0; i < Limits::waiting_per_bucket; ++i) {
    EXPECT_TRUE(table_.has_use_for(id(far_bucket))) << i;
    see(node(far_bucket));
  }
  EXPECT_FALSE(table_.has_use_for(id(far_bucket)));
  EXPECT_TRUE(table_.has_use_for(id(far_bucket - 1)));
  for (int i = 0; i < 3; ++i) table_.failed(full[0].id);
  EXPECT_TRUE(table_.has_use_for(id(far_bucket)));  // one has come in
}

TEST_F(Table, TakesTwoOfANetworkInABucket) {
  EXPECT_EQ(see_at(far_bucket, "203.0.113.1:1").admission, Admission::added);
  EXPECT_EQ(see_at(far_bucket, "203.0.113.2:1").admission, Admission::added);
  EXPECT_EQ(see_at(far_bucket, "203.0.113.3:1").admission, Admission::crowded);
  EXPECT_EQ(see_at(far_bucket, "203.0.114.3:1").admission, Admission::added);
  EXPECT_EQ(see_at(far_bucket - 1, "203.0.113.3:1").admission, Admission::added);
  EXPECT_EQ(see_at(far_bucket, "[2001:db8:7:1::1]:1").admission, Admission::added);
}

TEST_F(Table, TakesTenOfANetworkInAll) {
  for (std::size_t i = 0; i < Limits::network_contacts_per_table; ++i)
    EXPECT_EQ(see_at(far_bucket - i, "203.0.113.1:1").admission, Admission::added);
  EXPECT_EQ(see_at(100, "203.0.113.9:1").admission, Admission::crowded);
  EXPECT_EQ(table_.size(), Limits::network_contacts_per_table);
  // One goes, one comes.
  const NodeId gone = table_.contacts().front().info.id;
  for (int i = 0; i < 3; ++i) table_.failed(gone);
  EXPECT_EQ(see_at(100, "203.0.113.9:1").admission, Admission::added);
  EXPECT_EQ(see_at(99, "203.0.113.9:1").admission, Admission::crowded);
}

TEST_F(Table, DoesNotLetACrowdMoveIn) {
  see_at(far_bucket, "203.0.113.1:1");
  see_at(far_bucket, "203.0.113.2:1");
  NodeInfo mover = node(far_bucket);
  see(mover);
  mover.endpoints = {endpoint("203.0.113.3:1")};
  EXPECT_EQ(see(mover).admission, Admission::crowded);
  EXPECT_EQ(table_.find(mover.id), nullptr) << "it is no longer where it was, either";
  EXPECT_EQ(table_.size(), 2U);
}

TEST_F(Table, WhoMovesIntoACrowdMakesRoom) {
  see_at(far_bucket, "203.0.113.1:1");
  see_at(far_bucket, "203.0.113.2:1");
  auto all = fill(far_bucket, 2);
  const NodeInfo next = node(far_bucket);
  const auto outcome = see(next);
  EXPECT_EQ(outcome.admission, Admission::waiting);
  all[0].endpoints = {endpoint("203.0.113.3:1")};
  EXPECT_EQ(see(all[0]).admission, Admission::crowded);
  EXPECT_NE(table_.find(next.id), nullptr);
  EXPECT_EQ(table_.find(all[0].id), nullptr);

  // One that is alone in its bucket.
  NodeInfo alone = node(100);
  see(alone);
  alone.endpoints = {endpoint("203.0.113.4:1")};
  for (std::size_t bucket = 120; bucket < 128; ++bucket)
    see_at(bucket, "203.0.113." + std::to_string(bucket) + ":1");
  EXPECT_EQ(see(alone).admission, Admission::crowded);
  EXPECT_EQ(see_at(100, "198.18.0.1:1").admission, Admission::added);
}

TEST_F(Table, DoesNotLetACrowdWaitForAllPlaces) {
  fill(far_bucket, 4);
  std::vector<NodeInfo> honest;
  for (int i = 0; i < 3; ++i) {
    honest.push_back(node(far_bucket));
    see(honest.back());
  }
  for (int i = 1; i < 100; ++i) see_at(far_bucket, "203.0.113.1:1");
  for (int gone = 0; gone < 4; ++gone) {
    const NodeId oldest = table_.contacts().front().info.id;
    for (int i = 0; i < 3; ++i) table_.failed(oldest);
  }
  const auto contacts = table_.contacts();
  EXPECT_GE(std::ranges::count_if(contacts,
                                  [&](const Contact& one) {
                                    return std::ranges::contains(honest, one.info.id,
                                                                 &NodeInfo::id);
                                  }),
            2);
}

TEST_F(Table, CountsEachPortOfLoopbackByItself) {
  RoutingTable table(own_);
  for (std::uint16_t port = 1; port <= 20; ++port) {
    const NodeInfo info = fake_node(id(far_bucket), {IpAddress::v4(127, 0, 0, 1), port});
    EXPECT_EQ(table.seen(at(0), info, info.endpoints[0], true).admission, Admission::added);
  }
}

TEST_F(Table, ExemptsOurOwnHomeOnly) {
  RoutingTable table(own_);
  table.set_own_addresses({IpAddress::v4(192, 168, 1, 5)});
  const auto count = [&](std::uint8_t third) {
    int added = 0;
    for (std::uint8_t i = 1; i <= 9; ++i) {
      const NodeInfo info = fake_node(id(far_bucket), {IpAddress::v4(192, 168, third, i), 1});
      if (table.seen(at(0), info, info.endpoints[0], true).admission == Admission::added) ++added;
    }
    return added;
  };
  EXPECT_EQ(count(1), 9);
  EXPECT_EQ(count(2), 2);
}

TEST_F(Table, FindsTheNearest) {
  RoutingTable table(own_);
  std::vector<NodeId> ids;
  for (int i = 0; i < 400; ++i) {
    const NodeInfo info = node(120 + prng_.below(32));
    if (table.seen(at(0), info, info.endpoints[0], true).admission == Admission::added)
      ids.push_back(info.id);
  }
  ASSERT_GT(ids.size(), 100U);
  for (int i = 0; i < 20; ++i) {
    const Key key = random_id<Key>(prng_);
    std::ranges::sort(ids, {}, [&](const NodeId& one) { return distance(one, key); });
    const auto nearest = table.closest(key, 20);
    ASSERT_EQ(nearest.size(), 20U);
    for (std::size_t n = 0; n < 20; ++n) EXPECT_EQ(nearest[n].info.id, ids[n]);
  }
  EXPECT_EQ(table.closest(random_id<Key>(prng_), 1000).size(), ids.size());
}

TEST_F(Table, NamesBucketsThatNobodyLookedInto) {
  EXPECT_TRUE(table_.stale_buckets(at(100)).empty());
  see(node(148));
  EXPECT_EQ(table_.stale_buckets(at(100)), (std::vector<std::size_t>{151, 150, 149, 148}));
  const Key key = table_.key_in_bucket(150, random_id<Key>(prng_));
  EXPECT_EQ(bucket_index(distance(own_, key)), 150U);
  table_.looked_up(at(50), key);
  EXPECT_EQ(table_.stale_buckets(at(50)), (std::vector<std::size_t>{151, 149, 148}));
  EXPECT_EQ(table_.stale_buckets(at(51)).size(), 4U);
}

TEST_F(Table, MakesKeysOfEveryBucket) {
  std::set<Key> keys;
  for (std::size_t bucket = 0; bucket < 152; ++bucket) {
    for (int i = 0; i < 8; ++i) {
      const Key key = table_.key_in_bucket(bucket, random_id<Key>(prng_));
      EXPECT_EQ(bucket_index(distance(own_, key)), bucket);
      keys.insert(key);
    }
  }
  EXPECT_GT(keys.size(), 1000U);
}

TEST_F(Table, KnowsHowFarTheNearestReach) {
  RoutingTable table(own_);
  EXPECT_FALSE(table.expected_radius(20));
  std::vector<NodeId> network;
  for (std::uint32_t i = 0; i < 2000; ++i) {
    const NodeInfo info = fake_node(random_id<NodeId>(prng_), distinct_endpoint(i));
    network.push_back(info.id);
    table.seen(at(0), info, info.endpoints[0], true);
  }
  const Distance radius = table.expected_radius(20).value();
  // Around random keys about that many are within it.
  std::size_t within = 0;
  for (int i = 0; i < 100; ++i) {
    const Key key = random_id<Key>(prng_);
    within += static_cast<std::size_t>(std::ranges::count_if(
        network, [&](const NodeId& one) { return distance(one, key) <= radius; }));
  }
  EXPECT_GT(within, 100U * 10);
  EXPECT_LT(within, 100U * 40);
}

}  // namespace
}  // namespace tesseras::dht

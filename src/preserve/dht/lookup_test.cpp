#include "preserve/dht/lookup.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "preserve/dht/dht_fixture.hpp"

namespace tesseras::dht {
namespace {

using base::Instant;
using std::chrono::milliseconds;
using std::chrono::seconds;

Instant at(milliseconds since_start) { return Instant{} + since_start; }

class Paths : public testing::Test {
 protected:
  // A node so far from the key: 1 is nearest.
  NodeInfo node(std::uint8_t far, std::optional<Endpoint> where = {}) {
    NodeId id{key_.bytes};
    id.bytes[0] = std::byte{0};
    id.bytes[1] ^= std::byte{far};
    return fake_node(id, where.value_or(distinct_endpoint(far)));
  }
  Lookup lookup(const std::vector<NodeInfo>& known, std::size_t paths = 1) {
    options_.paths = paths;
    return {own_, key_, known, options_};
  }
  static std::vector<NodeId> poll_all(Lookup& lookup, Instant now = {}) {
    std::vector<NodeId> asked;
    while (const auto next = lookup.poll(now)) asked.push_back(next->id);
    return asked;
  }
  void answer(Lookup& lookup, const NodeInfo& from, const std::vector<NodeInfo>& nodes,
              Instant now = {}) {
    lookup.on_answer(now, from.id, from.endpoints[0], nodes);
  }
  static std::vector<NodeId> ids(const Lookup& lookup) {
    std::vector<NodeId> all;
    for (const auto& one : lookup.result()) all.push_back(one.info.id);
    return all;
  }

  runtime::Prng prng_{3};
  NodeId own_ = random_id<NodeId>(prng_);
  Key key_ = random_id<Key>(prng_);
  LookupOptions options_{.width = 3};
};

TEST_F(Paths, WithNobodyToAskAreDone) {
  Lookup none = lookup({});
  EXPECT_FALSE(none.poll({}));
  EXPECT_TRUE(none.is_done());
  EXPECT_TRUE(none.result().empty());
  EXPECT_EQ(none.deadline(), Instant::never());
}

TEST_F(Paths, AskTheNearestFirstAndFewAtOnce) {
  Lookup one = lookup({node(9), node(5), node(7), node(6)});
  EXPECT_EQ(poll_all(one), (std::vector{node(5).id, node(6).id, node(7).id}));
  answer(one, node(5), {node(2), node(1)});
  EXPECT_EQ(poll_all(one), (std::vector{node(1).id}));
  answer(one, node(1), {node(5)});
  EXPECT_EQ(poll_all(one), (std::vector{node(2).id}));
  answer(one, node(2), {});
  // The three nearest have answered; nobody farther is asked.
  EXPECT_TRUE(poll_all(one).empty());
  EXPECT_FALSE(one.is_done());  // 6 and 7 were asked
  one.on_failure({}, node(6).id);
  answer(one, node(7), {});
  EXPECT_TRUE(one.is_done());
  EXPECT_EQ(ids(one), (std::vector{node(1).id, node(2).id, node(5).id}));
  EXPECT_EQ(one.result()[0].hop, 2U);
  EXPECT_EQ(one.result()[2].hop, 1U);
  EXPECT_EQ(one.counts().asked, 5U);
  EXPECT_EQ(one.counts().failed, 1U);
}

TEST_F(Paths, GoFartherForThoseThatFail) {
  Lookup one = lookup({node(1), node(2), node(3), node(4)});
  poll_all(one);
  one.on_failure({}, node(1).id);
  EXPECT_EQ(poll_all(one), (std::vector{node(4).id}));
  for (std::uint8_t far = 2; far <= 4; ++far) answer(one, node(far), {});
  EXPECT_TRUE(one.is_done());
  EXPECT_EQ(ids(one).size(), 3U);
}

TEST_F(Paths, AreDisjoint) {
  Lookup two = lookup({node(10), node(11), node(12), node(13)}, 2);
  EXPECT_EQ(poll_all(two).size(), 4U);  // two on each
  // Both paths are told of the same; one of them asks.
  answer(two, node(10), {node(1)});
  answer(two, node(11), {node(1)});
  EXPECT_EQ(poll_all(two), (std::vector{node(1).id}));
}

TEST_F(Paths, BelieveTheirOwnWordForWhereANodeIs) {
  options_.width = 1;
  Lookup two = lookup({node(10), node(11)}, 2);
  poll_all(two);
  const NodeInfo wrong = node(1, endpoint("203.0.113.9:1"));
  answer(two, node(10), {wrong});
  EXPECT_EQ(two.poll({})->endpoints, wrong.endpoints);
  answer(two, node(11), {node(1)});
  EXPECT_TRUE(poll_all(two).empty());
  two.on_failure({}, node(1).id);
  const auto again = two.poll({});
  ASSERT_TRUE(again);
  EXPECT_EQ(again->endpoints, node(1).endpoints);
  answer(two, node(1), {});
  EXPECT_TRUE(two.is_done());
  EXPECT_EQ(ids(two), (std::vector{node(1).id}));
}

TEST_F(Paths, DoNotWaitForTheSlow) {
  Lookup one = lookup({node(1), node(2), node(3), node(4), node(5)});
  EXPECT_EQ(poll_all(one).size(), 3U);
  EXPECT_EQ(one.deadline(), at(options_.slow_after));
  answer(one, node(2), {});
  answer(one, node(3), {});
  one.on_deadline(at(options_.slow_after));
  EXPECT_EQ(poll_all(one, at(options_.slow_after)), (std::vector{node(4).id}));
  answer(one, node(4), {});
  EXPECT_TRUE(one.is_done());
  // Had it answered late, it would count.
  answer(one, node(1), {});
  EXPECT_EQ(ids(one), (std::vector{node(1).id, node(2).id, node(3).id}));
}

TEST_F(Paths, WaitForTheSlowWhenThereIsNobodyElse) {
  Lookup one = lookup({node(1)});
  poll_all(one);
  one.on_deadline(one.deadline());
  EXPECT_FALSE(one.is_done());
  EXPECT_EQ(one.deadline(), at(options_.timeout));
  one.on_deadline(one.deadline());
  EXPECT_TRUE(one.is_done());
  EXPECT_TRUE(one.result().empty());
  answer(one, node(1), {node(2)});  // too late
  EXPECT_TRUE(one.result().empty());
  EXPECT_FALSE(one.poll({}));
}

TEST_F(Paths, HearNobodyWhoWasNotAsked) {
  Lookup one = lookup({node(1)});
  answer(one, node(1), {node(2)});
  answer(one, node(5), {node(2)});
  one.on_failure({}, node(1).id);
  EXPECT_EQ(poll_all(one), (std::vector{node(1).id}));
  answer(one, node(1), {node(2)});
  answer(one, node(1), {node(3)});  // twice
  EXPECT_EQ(poll_all(one), (std::vector{node(2).id}));
}

TEST_F(Paths, LeaveOutWhatNobodyMayTell) {
  Lookup one = lookup({node(9)});
  poll_all(one);
  NodeInfo half = node(2, endpoint("127.0.0.1:22"));
  half.endpoints.push_back(distinct_endpoint(77));
  NodeInfo ourselves = node(3);
  ourselves.id = own_;
  answer(one, node(9), {node(1, endpoint("10.0.0.1:22")), half, ourselves});
  const auto next = one.poll({});
  ASSERT_TRUE(next);
  EXPECT_EQ(next->endpoints, (std::vector{distinct_endpoint(77)}));
  EXPECT_FALSE(one.poll({}));
}

TEST_F(Paths, AskTwoOfANetwork) {
  std::vector<NodeInfo> crowd;
  for (std::uint8_t far = 1; far <= 20; ++far)
    crowd.push_back(node(far, Endpoint{IpAddress::v4(203, 0, 113, far), 1}));
  crowd.push_back(node(30));
  options_.alpha = 30;
  Lookup one = lookup(crowd);
  EXPECT_EQ(poll_all(one), (std::vector{node(1).id, node(2).id, node(30).id}));
  // An address of another network beside it does not help.
  NodeInfo two_faced = node(25, endpoint("198.51.100.1:1"));
  two_faced.endpoints.push_back(endpoint("203.0.113.77:1"));
  answer(one, node(30), {two_faced});
  EXPECT_TRUE(poll_all(one).empty());
  options_.own_addresses = {IpAddress::v4(10, 0, 0, 1)};
  for (NodeInfo& info : crowd) info.endpoints[0].address = IpAddress::v4(10, 0, 0, 9);
  options_.width = 50;
  Lookup home = lookup(crowd);
  EXPECT_EQ(poll_all(home).size(), crowd.size());
}

TEST_F(Paths, ReturnTwoOfANetwork) {
  // They said they were elsewhere, and answered from one network.
  Lookup one = lookup({node(1), node(2), node(3), node(4)});
  poll_all(one);
  for (std::uint8_t far = 1; far <= 3; ++far)
    one.on_answer({}, node(far).id, Endpoint{IpAddress::v4(203, 0, 113, far), 1}, {});
  EXPECT_EQ(ids(one), (std::vector{node(1).id, node(2).id}));
}

TEST_F(Paths, CoverTheRegion) {
  options_.alpha = 100;
  std::vector<NodeInfo> all;
  for (std::uint8_t far = 1; far <= 60; ++far) all.push_back(node(far));
  options_.radius = distance(node(40).id, key_);
  options_.region_max = 30;
  Lookup capped = lookup(all);
  EXPECT_EQ(poll_all(capped).size(), 30U);
  options_.region_max = 50;
  Lookup one = lookup(all);
  EXPECT_EQ(poll_all(one).size(), 40U);
  for (const NodeInfo& info : all) answer(one, info, {});
  EXPECT_TRUE(one.is_done());
  EXPECT_EQ(one.result().size(), 40U);
  // Not dense: half of the radius has fewer than are wanted anyway.
  options_.radius = distance(node(5).id, key_);
  Lookup few = lookup(all);
  EXPECT_EQ(poll_all(few).size(), options_.width);
}

TEST_F(Paths, EndHoweverManyNodesSomebodyMakesUp) {
  options_.questions_max = 40;
  options_.paths = 2;
  Lookup two(own_, key_, std::vector{node(200), node(201)}, options_);
  std::uint32_t n = 0;
  Instant now;
  while (const auto next = two.poll(now)) {
    std::vector<NodeInfo> nearer;
    for (int i = 0; i < 20; ++i) {
      NodeId id = next->id;
      // Each a little nearer than who tells of it.
      for (std::size_t byte = 1; byte < 20; ++byte) {
        const auto wanted = key_.bytes[byte];
        if (id.bytes[byte] == wanted) continue;
        id.bytes[byte] = wanted;
        break;
      }
      id.bytes[19] = static_cast<std::byte>(i);
      nearer.push_back(fake_node(id, distinct_endpoint(++n)));
    }
    two.on_answer(now, next->id, next->endpoints[0], nearer);
  }
  EXPECT_TRUE(two.is_done());
  EXPECT_LE(two.counts().asked, 40U);
}

}  // namespace
}  // namespace tesseras::dht

#include "preserve/dht/pointer_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>

#include "foundation/runtime/disk_memory.hpp"
#include "preserve/dht/dht_fixture.hpp"

namespace tesseras::dht {
namespace {

using base::Bytes;
using base::Code;
using base::Instant;
using base::WallTime;
using runtime::MemoryDisk;
using std::chrono::hours;
using std::chrono::seconds;
using testing::HasSubstr;

const runtime::path folder = "/data/pointers";
constexpr std::int64_t year_2026 = 1'770'000'000;

Instant at(seconds since_start) { return Instant{} + since_start; }

class Store : public testing::Test {
 protected:
  void SetUp() override { reopen(); }
  // A restart at `now`, with a clock that may stand wrong.
  void reopen(seconds now = seconds(0), std::int64_t wall = year_2026) {
    store_.reset();
    auto opened = PointerStore::open(disk_, folder, own_, {}, options_, at(now),
                                     WallTime{wall + now.count(), 0});
    ASSERT_TRUE(opened) << opened.error().message;
    store_.emplace(*std::move(opened));
  }
  Key key(std::uint64_t n) {
    base::ContentHash hash;
    for (std::size_t i = 0; i < 8; ++i) hash.bytes[i] = static_cast<std::byte>(n >> (8 * i));
    return key_of(hash);
  }
  base::Result<seconds> put(std::uint64_t holder, const Key& of, seconds now = seconds(0),
                            std::uint64_t issue = 1, hours ttl = hours(24),
                            std::optional<Endpoint> from = {}) {
    const Endpoint where = from.value_or(distinct_endpoint(static_cast<std::uint32_t>(holder)));
    HolderRecord record = node(holder, of);
    record.endpoints = {where};
    record.issue = issue;
    record.ttl = ttl;
    return store_->put(at(now), record, signed_record(holder, record), where);
  }
  // Nonces are found once.
  HolderRecord node(std::uint64_t holder, const Key& of) {
    auto known = nodes_.find(holder);
    if (known == nodes_.end())
      known = nodes_.emplace(holder, holder_record(holder, of, distinct_endpoint(1))).first;
    HolderRecord record = known->second;
    record.key = of;
    return record;
  }
  // Renews a key until segments must be gone through; the last issue. It is signed only once: the
  // store leaves that to its caller.
  std::uint64_t renew_until_tidied(std::uint64_t holder, const Key& of) {
    HolderRecord record = node(holder, of);
    record.endpoints = {distinct_endpoint(static_cast<std::uint32_t>(holder))};
    record.issue = std::uint64_t{1} << 40U;
    Bytes bytes = signed_record(holder, record);
    const auto number = base::as_bytes(std::string_view("issue\xcf", 6));
    const auto issue = std::ranges::search(bytes, number).end();
    const std::uint64_t enough = Limits::journal_slack_bytes + 3ULL * Limits::segment_bytes;
    for (std::uint64_t written = 0; written < enough; written += 300) {
      ++record.issue;
      for (std::size_t i = 0; i < 8; ++i)
        *(issue + static_cast<std::ptrdiff_t>(i)) =
            static_cast<std::byte>(record.issue >> (8 * (7 - i)));
      EXPECT_TRUE(store_->put(at(seconds(1)), record, bytes,
                              distinct_endpoint(static_cast<std::uint32_t>(holder))));
    }
    return record.issue;
  }
  std::vector<std::uint64_t> issues(const Key& of, seconds now = seconds(0)) {
    std::vector<std::uint64_t> all;
    for (const auto& found : store_->get(at(now), of))
      all.push_back(open_holder_record(found.record).value().issue);
    return all;
  }

  MemoryDisk disk_;
  NodeId own_;
  PointerStoreOptions options_{.keys_max = 64, .ttl_max = hours(24), .own_addresses = {}};
  std::optional<PointerStore> store_;
  std::map<std::uint64_t, HolderRecord> nodes_;
};

TEST_F(Store, KeepsWhatWasPut) {
  EXPECT_TRUE(store_->get(at(seconds(0)), key(1)).empty());
  EXPECT_EQ(put(1, key(1)).value(), hours(24));
  EXPECT_EQ(put(2, key(1), seconds(10), 7).value(), hours(24));
  EXPECT_EQ(issues(key(1), seconds(20)), (std::vector<std::uint64_t>{1, 7}));
  const auto found = store_->get(at(seconds(20)), key(1));
  EXPECT_EQ(found[0].age, seconds(20));
  EXPECT_EQ(found[1].age, seconds(10));
  EXPECT_TRUE(store_->get(at(seconds(0)), key(2)).empty());
}

TEST_F(Store, RenewsByIssueCounter) {
  ASSERT_TRUE(put(1, key(1), seconds(0), 5));
  EXPECT_EQ(put(1, key(1), seconds(1), 4).error().code, Code::conflict);
  // The very same again: no error, and no more time.
  EXPECT_EQ(put(1, key(1), hours(1), 5).value(), hours(23));
  EXPECT_EQ(put(1, key(1), hours(2), 6).value(), hours(24));
  EXPECT_EQ(issues(key(1), hours(25)), (std::vector<std::uint64_t>{6}));
  EXPECT_TRUE(issues(key(1), hours(26)).empty());
}

TEST_F(Store, CutsLongWishes) {
  EXPECT_EQ(put(1, key(1), seconds(0), 1, hours(100)).value(), hours(24));
  EXPECT_EQ(put(2, key(1), seconds(0), 1, hours(3)).value(), hours(3));
  EXPECT_EQ(issues(key(1), hours(4)).size(), 1U);
  EXPECT_EQ(issues(key(1), hours(24)).size(), 0U);
}

TEST_F(Store, LetsGoOfWhatExpired) {
  ASSERT_TRUE(put(1, key(1)));
  ASSERT_TRUE(put(1, key(2), hours(1)));
  ASSERT_TRUE(store_->sweep(at(hours(24))));
  EXPECT_EQ(store_->key_count(), 1U);
  ASSERT_TRUE(store_->sweep(at(hours(25))));
  EXPECT_EQ(store_->key_count(), 0U);
  // A counter starts anew with who is forgotten.
  EXPECT_TRUE(put(1, key(1), hours(25), 1));
}

TEST_F(Store, DoesNotBringBackWhatANewerRecordReplaced) {
  ASSERT_TRUE(put(1, key(1), seconds(0), 1, hours(24)));
  ASSERT_TRUE(put(1, key(1), seconds(1), 2, hours(1)));
  EXPECT_TRUE(issues(key(1), hours(2)).empty());
  reopen(hours(3));
  EXPECT_TRUE(issues(key(1), hours(3)).empty());
}

TEST_F(Store, EvictsTheFarthest) {
  std::vector<Key> keys;
  for (std::uint64_t n = 0; n < 300; ++n) {
    const auto kept = put(n, key(n));
    if (!kept) {
      EXPECT_EQ(kept.error().code, Code::exhausted);
    }
    keys.push_back(key(n));
  }
  EXPECT_EQ(store_->key_count(), options_.keys_max);
  std::ranges::sort(keys, {}, [&](const Key& one) { return distance(own_, one); });
  for (std::size_t i = 0; i < keys.size(); ++i)
    EXPECT_EQ(!store_->get(at(seconds(0)), keys[i]).empty(), i < options_.keys_max) << i;
  // And at the next start it is the same.
  reopen();
  for (std::size_t i = 0; i < keys.size(); ++i)
    EXPECT_EQ(!store_->get(at(seconds(0)), keys[i]).empty(), i < options_.keys_max) << i;
}

TEST_F(Store, GivesANetworkItsShareOfKeys) {
  std::size_t kept = 0;
  for (std::uint64_t n = 0; n < 30; ++n)
    if (put(1, key(n), seconds(0), 1, hours(24), endpoint("203.0.113.7:4433"))) ++kept;
  EXPECT_EQ(kept, options_.keys_max / Limits::network_share_of_keys);
  EXPECT_TRUE(put(2, key(100)));
  // Under keys that others have brought it finds a place.
  EXPECT_TRUE(put(3, key(100), seconds(0), 1, hours(24), endpoint("203.0.113.8:4433")));
  for (std::uint64_t n = 200; n < 210; ++n)
    EXPECT_TRUE(put(4, key(n), seconds(0), 1, hours(24), endpoint("127.0.0.1:4433")));
}

TEST_F(Store, BoundsTheEntriesOfAKey) {
  for (std::uint64_t n = 0; n < 40; ++n) (void)put(n, key(1));
  EXPECT_EQ(issues(key(1)).size(), Limits::whole_entries_per_key);
}

TEST_F(Store, IsTheSameAfterARestart) {
  for (std::uint64_t issue = 1; issue <= 12; ++issue) {
    for (std::uint64_t n = 0; n < 8; ++n) ASSERT_TRUE(put(n, key(n % 3), seconds(issue), issue));
  }
  std::map<Key, std::vector<PointerStore::Found>> before;
  for (std::uint64_t n = 0; n < 3; ++n) before[key(n)] = store_->get(at(seconds(100)), key(n));
  reopen(seconds(100));
  EXPECT_EQ(store_->key_count(), 3U);
  for (std::uint64_t n = 0; n < 3; ++n) {
    EXPECT_FALSE(before[key(n)].empty());
    EXPECT_EQ(store_->get(at(seconds(100)), key(n)), before[key(n)]);
  }
  EXPECT_EQ(put(0, key(0), seconds(101), 12).value(), hours(24) - seconds(89));
  EXPECT_EQ(put(0, key(0), seconds(101), 11).error().code, Code::conflict);
  EXPECT_TRUE(put(0, key(0), seconds(101), 13));
}

TEST_F(Store, ForgetsWhatExpiredWhileWeWereAway) {
  ASSERT_TRUE(put(1, key(1)));
  reopen(hours(30));
  EXPECT_EQ(store_->key_count(), 0U);
  EXPECT_TRUE(issues(key(1), hours(30)).empty());
}

TEST_F(Store, KeepsNothingForLongWhenTheClockStoodAhead) {
  reopen(seconds(0), year_2026 + 1'000'000'000);
  ASSERT_TRUE(put(1, key(1)));
  reopen(seconds(0), year_2026);
  EXPECT_EQ(issues(key(1), seconds(1)).size(), 1U);
  EXPECT_EQ(issues(key(1), hours(24)).size(), 0U);
  EXPECT_TRUE(put(1, key(1), hours(25), 2));
  ASSERT_TRUE(store_->sweep(at(hours(48))));
  EXPECT_EQ(store_->key_count(), 1U);
  ASSERT_TRUE(store_->sweep(at(hours(49))));
  EXPECT_EQ(store_->key_count(), 0U);
}

TEST_F(Store, ReadsFromDiskWhatItsCacheDoesNotHave) {
  options_.keys_max = 2000;
  reopen();
  for (std::uint64_t n = 0; n < 600; ++n) ASSERT_TRUE(put(n % 50, key(n), seconds(0), n + 1));
  for (std::uint64_t n = 0; n < 600; ++n)
    EXPECT_EQ(issues(key(n)), (std::vector<std::uint64_t>{n + 1}));
}

TEST_F(Store, GoesThroughOldSegmentsWithoutLosingAnything) {
  // One key that stays, and another that is renewed until segments must be gone through.
  ASSERT_TRUE(put(1, key(1)));
  ASSERT_TRUE(put(2, key(1)));
  const std::uint64_t last_issue = renew_until_tidied(3, key(2));
  const auto last = [&](seconds now) {
    const auto found = store_->get(at(now), key(2));
    return found.size() == 1 ? decode_holder_record(found[0].record)->issue : 0;
  };
  EXPECT_LT(store_->disk_bytes(), Limits::journal_slack_bytes + 2 * Limits::segment_bytes);
  EXPECT_FALSE(disk_.status(folder / "0000000001.journal"));
  EXPECT_EQ(issues(key(1), seconds(2)).size(), 2U);
  EXPECT_EQ(last(seconds(2)), last_issue);
  reopen(seconds(3));
  EXPECT_EQ(issues(key(1), seconds(3)).size(), 2U);
  EXPECT_EQ(last(seconds(3)), last_issue);
  // Segments in which everything has expired go without being gone through.
  EXPECT_GT(store_->disk_bytes(), 2ULL * Limits::segment_bytes);
  ASSERT_TRUE(store_->sweep(at(hours(25))));
  EXPECT_EQ(store_->key_count(), 0U);
  EXPECT_LT(store_->disk_bytes(), 1ULL * Limits::segment_bytes + 1000);
}

TEST_F(Store, GivesWhatIsWholeOfADamagedDisk) {
  for (std::uint64_t n = 0; n < 10; ++n) ASSERT_TRUE(put(n, key(1)));
  disk_.flip_bit(folder / "0000000001.journal", 2000, 1);
  reopen();
  const auto found = issues(key(1));
  EXPECT_GT(found.size(), 2U);
  EXPECT_LT(found.size(), 10U);
  EXPECT_GT(store_->damage_count(), 0U);
  for (std::uint64_t n = 0; n < 10; ++n) EXPECT_TRUE(put(n, key(1), seconds(0), 2));
  EXPECT_EQ(issues(key(1)).size(), 10U);
}

TEST_F(Store, TakesNothingForGoneThatTheDiskDoesNotGiveNow) {
  for (std::uint64_t n = 0; n < 5; ++n) ASSERT_TRUE(put(n, key(1)));
  for (std::uint64_t n = 0; n < 5; ++n) ASSERT_TRUE(put(n, key(2)));
  reopen();
  disk_.fail_reads(folder / "0000000001.journal");
  EXPECT_EQ(put(9, key(1)).error().code, Code::io);
  EXPECT_EQ(put(0, key(2), seconds(0), 2).error().code, Code::io);
  EXPECT_TRUE(issues(key(1)).empty());
  disk_.fail_reads(folder / "0000000001.journal", false);
  EXPECT_EQ(issues(key(1)).size(), 5U);
  EXPECT_TRUE(put(9, key(1)));
  reopen();
  EXPECT_EQ(issues(key(1)).size(), 6U);
  EXPECT_EQ(issues(key(2)).size(), 5U);
}

TEST_F(Store, DropsNoSegmentThatTheDiskDoesNotGiveNow) {
  const runtime::path first = folder / "0000000001.journal";
  ASSERT_TRUE(put(1, key(1)));
  ASSERT_TRUE(put(2, key(1)));
  disk_.fail_reads(first);
  renew_until_tidied(3, key(2));
  EXPECT_EQ(store_->sweep(at(seconds(2))).error().code, Code::io);
  EXPECT_TRUE(disk_.status(first));
  disk_.fail_reads(first, false);
  ASSERT_TRUE(store_->sweep(at(seconds(2))));
  EXPECT_FALSE(disk_.status(first));
  reopen(seconds(3));
  EXPECT_EQ(issues(key(1), seconds(3)).size(), 2U);
}

TEST_F(Store, RefusesWhatTheDiskDoesNotTake) {
  ASSERT_TRUE(put(1, key(1)));
  disk_.fail_operation(1, Code::exhausted);
  EXPECT_EQ(put(2, key(1)).error().code, Code::exhausted);
  EXPECT_EQ(issues(key(1)).size(), 1U);
  EXPECT_TRUE(put(2, key(1)));
  reopen();
  EXPECT_EQ(issues(key(1)).size(), 2U);
}

TEST_F(Store, HasWhatWasSyncedWhenThePowerGoes) {
  for (std::uint64_t cut = 1; cut < 60; ++cut) {
    SCOPED_TRACE(cut);
    disk_.lose_power(1);
    ASSERT_TRUE(disk_.remove_tree(folder));
    reopen();
    std::map<std::uint64_t, std::uint64_t> synced;
    disk_.lose_power_at(cut);
    std::map<std::uint64_t, std::uint64_t> written;
    for (std::uint64_t n = 0; n < 60; ++n) {
      const std::uint64_t holder = n % 4;
      if (!put(holder, key(n % 2), seconds(0), n + 1)) break;
      written[10 * (n % 2) + holder] = n + 1;
      if (n % 5 == 4 && store_->sync()) synced = written;
    }
    disk_.lose_power(cut);
    reopen();
    for (const auto& [which, issue] : synced) {
      const auto found = issues(key(which / 10));
      EXPECT_TRUE(std::ranges::any_of(found, [&](auto one) { return one >= issue; })) << which;
    }
  }
}

}  // namespace
}  // namespace tesseras::dht

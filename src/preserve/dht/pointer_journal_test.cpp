#include "preserve/dht/pointer_journal.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "foundation/runtime/disk_memory.hpp"
#include "preserve/dht/limits.hpp"

namespace tesseras::dht {
namespace {

using base::Bytes;
using base::Code;
using runtime::MemoryDisk;
using Place = PointerJournal::Place;

const runtime::path folder = "/data/pointers";
const runtime::path first_segment = folder / "0000000001.journal";

struct Seen {
  std::vector<std::pair<Place, Bytes>> frames;
};

base::Result<PointerJournal> open(MemoryDisk& disk, Seen* seen = nullptr) {
  return PointerJournal::open(disk, folder, [seen](Place place, base::ByteSpan payload) {
    if (seen) seen->frames.emplace_back(place, Bytes(payload.begin(), payload.end()));
    return std::int64_t{7};
  });
}

Bytes payload(std::size_t n, std::size_t size = 100) {
  Bytes bytes(size, static_cast<std::byte>(n));
  bytes[0] = static_cast<std::byte>(n >> 8U);
  return bytes;
}

TEST(Journal, GivesBackWhatItTook) {
  MemoryDisk disk;
  std::vector<Place> places;
  {
    auto journal = open(disk).value();
    for (std::size_t n = 0; n < 50; ++n)
      places.push_back(journal.append(payload(n, 1 + 400 * n), 5).value());
    for (std::size_t n = 0; n < 50; ++n)
      EXPECT_EQ(journal.read(places[n]).value(), payload(n, 1 + 400 * n));
  }
  Seen seen;
  auto journal = open(disk, &seen).value();
  ASSERT_EQ(seen.frames.size(), 50U);
  for (std::size_t n = 0; n < 50; ++n) {
    EXPECT_EQ(seen.frames[n].first, places[n]);
    EXPECT_EQ(seen.frames[n].second, payload(n, 1 + 400 * n));
    EXPECT_EQ(journal.read(places[n]).value(), payload(n, 1 + 400 * n));
  }
  EXPECT_EQ(journal.damage_count(), 0U);
  EXPECT_EQ(journal.segment_count(), 1U);
  // And goes on in the same segment.
  EXPECT_EQ(journal.append(payload(1), 5)->segment, 1U);
}

TEST(Journal, BeginsSegmentsAndDropsTheOldest) {
  MemoryDisk disk;
  std::vector<Place> places;
  auto journal = open(disk).value();
  const std::size_t size = Limits::journal_payload_bytes_max;
  for (std::size_t n = 0; n < 500; ++n)
    places.push_back(journal.append(payload(n, size), static_cast<std::int64_t>(n)).value());
  EXPECT_GE(journal.segment_count(), 3U);
  for (const Place& place : places) EXPECT_EQ(journal.read(place)->size(), size);
  const std::uint64_t before = journal.size_bytes();
  EXPECT_GT(journal.oldest_kept_until(), 100);
  ASSERT_TRUE(journal.drop_oldest());
  EXPECT_LT(journal.size_bytes(), before - Limits::segment_bytes / 2);
  EXPECT_EQ(journal.read(places[0]).error().code, Code::not_found);
  EXPECT_TRUE(journal.read(places.back()));
  EXPECT_FALSE(disk.status(first_segment));
  Seen seen;
  EXPECT_EQ(open(disk, &seen)->oldest_segment(), 2U);
  EXPECT_EQ(seen.frames.front().first.segment, 2U);
}

TEST(Journal, TakesWhatStandsBeforeDamage) {
  MemoryDisk disk;
  std::vector<Place> places;
  {
    auto journal = open(disk).value();
    for (std::size_t n = 0; n < 10; ++n) places.push_back(journal.append(payload(n), 5).value());
    EXPECT_TRUE(journal.sync());
  }
  disk.flip_bit(first_segment, places[6].offset + 40, 3);
  Seen seen;
  auto journal = open(disk, &seen).value();
  EXPECT_EQ(seen.frames.size(), 6U);
  EXPECT_EQ(journal.damage_count(), 1U);
  EXPECT_EQ(journal.read(places[6]).error().code, Code::corrupt);
  // New frames come behind, in a segment that the next start reads.
  const Place added = journal.append(payload(99), 5).value();
  EXPECT_EQ(added.segment, 2U);
  Seen again;
  ASSERT_TRUE(open(disk, &again));
  EXPECT_EQ(again.frames.size(), 7U);
  EXPECT_EQ(again.frames.back().second, payload(99));
}

TEST(Journal, SaysNothingOfAPlaceThatIsNone) {
  MemoryDisk disk;
  auto journal = open(disk).value();
  const Place place = journal.append(payload(1), 5).value();
  EXPECT_EQ(journal.read({1, 0}).error().code, Code::corrupt);
  EXPECT_EQ(journal.read({1, place.offset + 1}).error().code, Code::corrupt);
  EXPECT_EQ(journal.read({1, 4'000'000}).error().code, Code::corrupt);
  EXPECT_EQ(journal.read({2, place.offset}).error().code, Code::not_found);
}

TEST(Journal, LeavesOtherFilesAlone) {
  MemoryDisk disk;
  ASSERT_TRUE(disk.make_folders(folder, 0700));
  for (const char* name : {"notes", "1.journal", "0000000000.journal", "4294967295.journal"})
    ASSERT_TRUE((*disk.create(folder / name, 0600))->append(payload(1)));
  Seen seen;
  auto journal = open(disk, &seen).value();
  EXPECT_TRUE(seen.frames.empty());
  EXPECT_EQ(journal.oldest_segment(), 1U);
  EXPECT_TRUE(disk.status(folder / "notes"));
}

TEST(Journal, OfALaterReleaseIsNotTouched) {
  MemoryDisk disk;
  ASSERT_TRUE(disk.make_folders(folder, 0700));
  ASSERT_TRUE((*disk.create(first_segment, 0600))->append(base::to_bytes("TESSPTR\x02...")));
  EXPECT_EQ(open(disk).error().code, Code::unsupported);
}

TEST(Journal, GoesOnAfterADiskThatFailed) {
  for (std::uint64_t failing = 1; failing <= 4; ++failing) {
    MemoryDisk disk;
    auto journal = open(disk).value();
    ASSERT_TRUE(journal.append(payload(1), 5));
    disk.fail_operation(1, Code::exhausted);
    const auto refused = journal.append(payload(2), 5);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::exhausted);
    ASSERT_TRUE(journal.append(payload(3), 5));
    Seen seen;
    ASSERT_TRUE(open(disk, &seen));
    ASSERT_EQ(seen.frames.size(), 2U);
    EXPECT_EQ(seen.frames[1].second, payload(3));
  }
}

TEST(Journal, HasWhatWasSyncedAfterAPowerCut) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE(seed);
    MemoryDisk disk;
    {
      auto journal = open(disk).value();
      for (std::size_t n = 0; n < 20; ++n) ASSERT_TRUE(journal.append(payload(n), 5));
      ASSERT_TRUE(journal.sync());
      for (std::size_t n = 20; n < 40; ++n) ASSERT_TRUE(journal.append(payload(n), 5));
    }
    disk.lose_power(seed);
    Seen seen;
    auto journal = open(disk, &seen);
    ASSERT_TRUE(journal) << journal.error().message;
    ASSERT_GE(seen.frames.size(), 20U);
    for (std::size_t n = 0; n < seen.frames.size(); ++n)
      EXPECT_EQ(seen.frames[n].second, payload(n));
    ASSERT_TRUE(journal->append(payload(77), 5));
    Seen again;
    ASSERT_TRUE(open(disk, &again));
    EXPECT_EQ(again.frames.size(), seen.frames.size() + 1);
  }
}

TEST(Journal, StartsAfterAPowerCutAtAnyMoment) {
  for (std::uint64_t cut = 1; cut < 40; ++cut) {
    for (std::uint64_t seed = 0; seed < 6; ++seed) {
      SCOPED_TRACE(fmt::format("cut {}, seed {}", cut, seed));
      MemoryDisk disk;
      std::size_t synced = 0;
      disk.lose_power_at(cut);
      if (auto journal = open(disk)) {
        for (std::size_t n = 0; n < 30; ++n) {
          if (!journal->append(payload(n), 5)) break;
          if (n % 3 == 2 && journal->sync()) synced = n + 1;
        }
      }
      disk.lose_power(seed);
      Seen seen;
      auto journal = open(disk, &seen);
      ASSERT_TRUE(journal) << journal.error().message;
      EXPECT_GE(seen.frames.size(), synced);
      for (std::size_t n = 0; n < seen.frames.size(); ++n)
        EXPECT_EQ(seen.frames[n].second, payload(n));
      EXPECT_TRUE(journal->append(payload(1), 5));
    }
  }
}

}  // namespace
}  // namespace tesseras::dht

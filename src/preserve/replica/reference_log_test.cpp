#include "preserve/replica/reference_log.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "foundation/crypto/blake3.hpp"
#include "foundation/runtime/disk_memory.hpp"
#include "preserve/replica/limits.hpp"

namespace tesseras::replica {
namespace {

using base::Bytes;
using base::Code;
using base::Result;
using runtime::MemoryDisk;
using Condition = ReferenceLog::Condition;
using Events = std::vector<ReferenceEvent>;

const runtime::path file = "/references.log";
const runtime::path damaged_file = "/references.log.damaged";
constexpr std::uint64_t header_bytes = 16;

crypto::Blake3Hash hash_of(unsigned n) {
  crypto::Blake3Hash hash;
  hash.bytes.fill(static_cast<std::byte>(n + 1));
  return hash;
}

ReferenceEvent kept(unsigned n) {
  KeptEvent event{{base::PlanId{hash_of(n).bytes}, n}, {}, hash_of(n + 1), 1000 + n, std::nullopt};
  event.content_hash.bytes.fill(std::byte{0x77});
  if (n % 3 == 0) return event;
  Charge charge;
  charge.peer.bytes.fill(static_cast<std::byte>(n));
  charge.address = runtime::IpAddress::v4(192, 0, 2, static_cast<std::uint8_t>(n));
  charge.is_repair = n % 3 == 1;
  charge.since_seconds = n % 2 == 0 ? 1'770'000'000 : -5;
  event.charge = charge;
  return event;
}
ReferenceEvent dropped(unsigned n) { return DroppedEvent{{base::PlanId{hash_of(n).bytes}, n}}; }
ReferenceEvent quarantined(unsigned n) { return QuarantinedEvent{hash_of(n)}; }

ReferenceLog::Source from(const Events& events) {
  return [at = std::size_t{0}, events]() mutable -> std::optional<ReferenceEvent> {
    if (at == events.size()) return std::nullopt;
    return events[at++];
  };
}

Result<ReferenceLog> open(MemoryDisk& disk, Events* seen = nullptr) {
  return ReferenceLog::open(disk, file, [seen](const ReferenceEvent& event) {
    if (seen) seen->push_back(event);
  });
}

// A log of these, on the medium.
void write(MemoryDisk& disk, const Events& events) {
  auto log = open(disk);
  ASSERT_TRUE(log);
  ASSERT_TRUE(log->rewrite(from({})));
  for (const auto& event : events) ASSERT_TRUE(log->append(event));
}

Events some_events() {
  return {kept(0), kept(1), kept(2), dropped(1), quarantined(3), kept(5), dropped(0)};
}

TEST(ReferenceEvent, IsReadAsWritten) {
  for (unsigned n = 0; n < 250; ++n) {
    for (const auto& event : {kept(n), dropped(n), quarantined(n)}) {
      const auto read = decode_reference_event(encode(event));
      ASSERT_TRUE(read) << read.error().message;
      EXPECT_EQ(*read, event);
    }
  }
  EXPECT_EQ(encode(kept(1)).size(), reference_event_bytes_max);
  EXPECT_EQ(encode(dropped(1)).size(), 34U);
  EXPECT_EQ(encode(quarantined(1)).size(), 33U);
}

TEST(ReferenceEvent, HasOneForm) {
  for (const auto& event : {kept(0), kept(1), dropped(1), quarantined(1)}) {
    const Bytes good = encode(event);
    Bytes longer = good;
    longer.push_back({});
    EXPECT_FALSE(decode_reference_event(longer));
    for (std::size_t size = 0; size < good.size(); ++size)
      EXPECT_FALSE(decode_reference_event(base::ByteSpan(good).first(size)));
    for (const unsigned kind : {0U, 4U, 255U}) {
      Bytes other = good;
      other[0] = static_cast<std::byte>(kind);
      EXPECT_EQ(decode_reference_event(other).error().code, Code::corrupt);
    }
  }
  // A charge that is not known, and yet something.
  Bytes unknown = encode(kept(0));
  unknown.back() = std::byte{1};
  EXPECT_EQ(decode_reference_event(unknown).error().code, Code::corrupt);
  Bytes third = encode(kept(1));
  third[1 + 33 + 32 + 32 + 8] = std::byte{3};
  EXPECT_EQ(decode_reference_event(third).error().code, Code::corrupt);
}

TEST(ReferenceLog, GivesBackWhatItTook) {
  MemoryDisk disk;
  write(disk, some_events());
  Events seen;
  auto log = open(disk, &seen);
  ASSERT_TRUE(log);
  EXPECT_EQ(seen, some_events());
  EXPECT_EQ(log->condition(), Condition::whole);
  EXPECT_FALSE(log->must_be_rewritten());
  ASSERT_TRUE(log->append(kept(9)));
  seen.clear();
  ASSERT_TRUE(open(disk, &seen));
  EXPECT_EQ(seen.size(), some_events().size() + 1);
  EXPECT_EQ(seen.back(), kept(9));
}

// More than is read at a time.
TEST(ReferenceLog, MayBeLong) {
  MemoryDisk disk;
  Events events;
  for (unsigned n = 0; n < 5000; ++n)
    events.push_back(n % 4 == 3 ? dropped(n % 200) : kept(n % 200));
  auto log = open(disk);
  ASSERT_TRUE(log);
  ASSERT_TRUE(log->rewrite(from(events)));
  EXPECT_GT(disk.status(file)->size_bytes, 2 * Limits::piece_bytes);
  Events seen;
  log = open(disk, &seen);
  ASSERT_TRUE(log);
  EXPECT_EQ(log->condition(), Condition::whole);
  EXPECT_TRUE(seen == events);
}

TEST(ReferenceLog, IsDamagedWhereThereIsNone) {
  MemoryDisk disk;
  const auto log = open(disk);
  ASSERT_TRUE(log);
  EXPECT_EQ(log->condition(), Condition::damaged);
  EXPECT_TRUE(log->must_be_rewritten());
}

TEST(ReferenceLog, TornAnywhereInItsLastEventHasTheOthers) {
  for (const auto& last : {kept(9), dropped(9), quarantined(9)}) {
    MemoryDisk whole;
    write(whole, some_events());
    const auto before = whole.status(file)->size_bytes;
    const auto added = encode(last).size() + wire::CheckedFrames::head_bytes;
    for (std::uint64_t left = 1; left < added; ++left) {
      MemoryDisk disk;
      Events events = some_events();
      events.push_back(last);
      write(disk, events);
      ASSERT_TRUE((*disk.open_append(file))->truncate(before + left));
      Events seen;
      const auto log = open(disk, &seen);
      ASSERT_TRUE(log);
      EXPECT_EQ(log->condition(), Condition::torn) << left;
      EXPECT_TRUE(log->must_be_rewritten());
      EXPECT_EQ(seen, some_events());
    }
  }
}

TEST(ReferenceLog, NoBitOfItMayBeAnother) {
  MemoryDisk whole;
  write(whole, some_events());
  const auto size = whole.status(file)->size_bytes;
  const auto last = size - wire::CheckedFrames::head_bytes - encode(some_events().back()).size();
  for (std::uint64_t at = 0; at < size; ++at) {
    MemoryDisk disk;
    write(disk, some_events());
    disk.flip_bit(file, at, static_cast<unsigned>(at % 8));
    Events seen;
    const auto log = open(disk, &seen);
    ASSERT_TRUE(log) << at << ": " << log.error().message;
    // In the last event it looks as a power cut does.
    EXPECT_EQ(log->condition(), at < last ? Condition::damaged : Condition::torn) << at;
    // One event at most is gone, and the others are what they were.
    EXPECT_EQ(seen.size(), some_events().size() - (at < header_bytes ? 0 : 1)) << at;
    for (const auto& event : seen) {
      const Events all = some_events();
      EXPECT_NE(std::ranges::find(all, event), all.end());
    }
  }
}

TEST(ReferenceLog, WithMuchBehindTheLastEventIsDamaged) {
  MemoryDisk disk;
  write(disk, some_events());
  ASSERT_TRUE((*disk.open_append(file))->append(Bytes(183)));
  EXPECT_EQ(open(disk)->condition(), Condition::torn);
  ASSERT_TRUE((*disk.open_append(file))->append(Bytes(1)));
  EXPECT_EQ(open(disk)->condition(), Condition::damaged);
}

TEST(ReferenceLog, OfALaterReleaseIsNotTouched) {
  MemoryDisk disk;
  Bytes header = base::to_bytes("TESSREF\x02");
  const auto hash = crypto::blake3(header);
  header.insert(header.end(), hash.bytes.begin(), hash.bytes.begin() + 8);
  ASSERT_TRUE((*disk.create(file, 0600))->append(header));
  EXPECT_EQ(open(disk).error().code, Code::unsupported);
}

TEST(ReferenceLog, IsNotTakenForDamagedWhenItIsNotGivenNow) {
  MemoryDisk disk;
  write(disk, some_events());
  disk.fail_reads(file);
  EXPECT_EQ(open(disk).error().code, Code::io);
}

TEST(ReferenceLog, WrittenAgainKeepsADamagedOneBeside) {
  MemoryDisk disk;
  write(disk, some_events());
  disk.flip_bit(file, header_bytes + 30, 1);
  const auto size = disk.status(file)->size_bytes;
  auto log = open(disk);
  ASSERT_TRUE(log);
  ASSERT_TRUE(log->rewrite(from({kept(2), quarantined(7)})));
  EXPECT_FALSE(log->must_be_rewritten());
  ASSERT_TRUE(log->append(dropped(2)));
  EXPECT_EQ(disk.status(damaged_file)->size_bytes, size);
  Events seen;
  EXPECT_EQ(open(disk, &seen)->condition(), Condition::whole);
  EXPECT_EQ(seen, (Events{kept(2), quarantined(7), dropped(2)}));
  // One that is whole is not kept.
  ASSERT_TRUE(log->rewrite(from({})));
  EXPECT_EQ(disk.status(damaged_file)->size_bytes, size);
}

TEST(ReferenceLog, IsMostlyVoidSometimes) {
  MemoryDisk disk;
  auto log = open(disk);
  ASSERT_TRUE(log);
  Events events(Limits::void_frames_max + 200, dropped(1));
  ASSERT_TRUE(log->rewrite(from(events)));
  EXPECT_FALSE(log->is_mostly_void(100));
  EXPECT_TRUE(log->is_mostly_void(99));
  // What failed is not tried again each time.
  disk.fail_operation(2, Code::exhausted);
  EXPECT_FALSE(log->rewrite(from({kept(1)})));
  EXPECT_FALSE(log->must_be_rewritten());
  EXPECT_FALSE(log->is_mostly_void(0));
  ASSERT_TRUE(log->append(kept(1)));
  ASSERT_TRUE(log->rewrite(from({kept(1)})));
  EXPECT_FALSE(log->is_mostly_void(0));
}

// An event whose append failed is not there, or the log says that nobody knows.
TEST(ReferenceLog, SaysWhatItKnowsAfterADiskThatFailed) {
  for (std::uint64_t n = 1; n <= 2; ++n) {
    MemoryDisk disk;
    write(disk, some_events());
    auto log = open(disk);
    ASSERT_TRUE(log);
    disk.fail_operation(n, Code::io);
    EXPECT_EQ(log->append(kept(9)).error().code, Code::io);
    EXPECT_FALSE(log->must_be_rewritten());
    ASSERT_TRUE(log->append(kept(10)));
    disk.lose_power(0);
    Events seen;
    EXPECT_EQ(open(disk, &seen)->condition(), Condition::whole);
    ASSERT_EQ(seen.size(), some_events().size() + 1);
    EXPECT_EQ(seen.back(), kept(10));
  }
  MemoryDisk disk;
  write(disk, some_events());
  auto log = open(disk);
  ASSERT_TRUE(log);
  disk.set_read_only(true);
  EXPECT_EQ(log->append(kept(9)).error().code, Code::denied);
  EXPECT_FALSE(log->must_be_rewritten());
  disk.set_read_only(false);
  ASSERT_TRUE(log->append(kept(9)));
  // Neither the event nor the cutting off of it succeeds.
  disk.set_read_only(true);
  EXPECT_FALSE(log->append(kept(10)));
  EXPECT_TRUE(log->must_be_rewritten());
  disk.set_read_only(false);
  ASSERT_TRUE(log->rewrite(from({kept(1)})));
  ASSERT_TRUE(log->append(kept(11)));
  Events seen;
  ASSERT_TRUE(open(disk, &seen));
  EXPECT_EQ(seen, (Events{kept(1), kept(11)}));
}

// Whatever the moment: one of the two logs, whole.
TEST(ReferenceLog, IsOneOrTheOtherAfterAPowerCut) {
  for (std::uint64_t cut = 1; cut < 10; ++cut) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      SCOPED_TRACE(fmt::format("cut {}, seed {}", cut, seed));
      MemoryDisk disk;
      write(disk, some_events());
      auto log = open(disk);
      ASSERT_TRUE(log);
      disk.lose_power_at(cut);
      bool is_new = log->rewrite(from({kept(1), kept(2)})).has_value();
      const bool is_longer = is_new && log->append(kept(3));
      disk.lose_power(seed);
      Events seen;
      const auto found = open(disk, &seen);
      ASSERT_TRUE(found);
      ASSERT_NE(found->condition(), Condition::damaged);
      const bool has_third = seen.size() == 3 && seen.back() == kept(3);
      if (has_third) seen.pop_back();
      EXPECT_TRUE(seen == (Events{kept(1), kept(2)}) || (!is_new && seen == some_events()));
      EXPECT_TRUE(has_third || !is_longer);
    }
  }
}

}  // namespace
}  // namespace tesseras::replica

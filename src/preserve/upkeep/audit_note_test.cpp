#include "preserve/upkeep/audit_note.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

#include "foundation/runtime/disk_memory.hpp"
#include "foundation/runtime/whole_file.hpp"
#include "preserve/upkeep/audit_notes.hpp"
#include "preserve/upkeep/limits.hpp"

namespace tesseras::upkeep {
namespace {

using base::Bytes;
using base::Code;
using base::WallTime;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;

constexpr WallTime now{1'770'000'000, 0};

FragmentName name(unsigned number) {
  FragmentName name;
  name.plan.bytes[0] = static_cast<std::byte>(number >> 8U);
  name.plan.bytes[1] = static_cast<std::byte>(number & 0xffU);
  name.fragment = number % 24;
  return name;
}

dht::NodePublicKey peer(unsigned char number) {
  dht::NodePublicKey key;
  key.bytes.fill(static_cast<std::byte>(number));
  return key;
}

AuditNote sample() {
  AuditNote note{peer(7), {}};
  note.known.fragments[name(1)] = {WallTime{now.unix_seconds - 5, 0}, {}, 0};
  note.known.fragments[name(2)] = {{}, now, 17};
  note.known.fragments[name(3)] = {};
  note.known.asked = {{{base::ContentHash{}, name(1), 12}, {}, 1 << 20U},
                      {{base::ContentHash{}, name(2), 17}, {}, 1 << 20U}};
  note.known.directed = 1;
  note.known.last_attempt = now;
  note.known.absent_for = seconds(40'000);
  note.known.failed_at = now;
  note.known.lied_at = WallTime{now.unix_seconds - 80'000, 0};
  note.known.doubted_since = WallTime{now.unix_seconds - 90'000, 0};
  note.known.clean_requests = 3;
  note.known.clean_since = WallTime{now.unix_seconds - 70'000, 0};
  return note;
}

TEST(AuditNote, IsReadAsItWasWritten) {
  for (const AuditNote& note : {sample(), AuditNote{peer(1), {}}}) {
    const auto read = decode_audit_note(encode(note));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, note);
  }
}

TEST(AuditNote, EveryFlippedBitIsFound) {
  const auto bytes = encode(sample());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    auto other = bytes;
    other[i] ^= std::byte{0x10};
    ASSERT_FALSE(decode_audit_note(other)) << i;
    ASSERT_FALSE(decode_audit_note(base::ByteSpan(bytes).first(i))) << i;
  }
}

// What fails is never left out.
TEST(AuditNote, HasNoMoreThanItMay) {
  AuditNote note{peer(1), {}};
  constexpr unsigned more = 10;
  for (unsigned i = 0; i < Limits::audited_fragments_max + more; ++i) {
    FragmentName one;
    one.plan.bytes[0] = static_cast<std::byte>(i >> 16U);
    one.plan.bytes[1] = static_cast<std::byte>((i >> 8U) & 0xffU);
    one.plan.bytes[2] = static_cast<std::byte>(i & 0xffU);
    auto& fragment = note.known.fragments[one];
    if (i < more)
      fragment.failing_since = now;
    else
      fragment.last_proved = WallTime{now.unix_seconds + i, 0};
  }
  const auto bytes = encode(note);
  EXPECT_LE(bytes.size(), Limits::audit_note_bytes_max);
  const auto read = decode_audit_note(bytes).value().known.fragments;
  ASSERT_EQ(read.size(), Limits::audited_fragments_max);
  auto at = note.known.fragments.begin();
  for (unsigned i = 0; i < 2 * more; ++i, ++at) EXPECT_EQ(read.contains(at->first), i < more) << i;
}

class AuditNotesTest : public ::testing::Test {
 protected:
  AuditNotes open(WallTime at = now, const Tempo& tempo = of_every(days(1))) {
    return AuditNotes::open(disk_, "/data/audits", tempo, at, log_).value();
  }
  static Tempo of_every(seconds interval) { return {interval, base::Instant{}}; }

  runtime::MemoryDisk disk_;
  runtime::Log log_{runtime::no_log(), "test"};
};

TEST_F(AuditNotesTest, AreThereAfterARestart) {
  ASSERT_TRUE(open().set(peer(7), AuditRecord(sample().known, now)));
  disk_.lose_power(1);
  auto notes = open();
  auto found = notes.take();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.at(peer(7)).known(), sample().known);
  EXPECT_TRUE(found.at(peer(7)).is_distrusted());
  EXPECT_EQ(found.at(peer(7)).presence(name(9)), Presence::lost);
  EXPECT_FALSE(found.at(peer(7)).last_asked()->has_answered);
  EXPECT_TRUE(notes.take().empty());
}

TEST_F(AuditNotesTest, ADamagedOneGoesAndTheOthersStay) {
  ASSERT_TRUE(open().set(peer(7), AuditRecord(sample().known, now)));
  ASSERT_TRUE(open().set(peer(8), AuditRecord(sample().known, now)));
  const auto file = runtime::path("/data/audits") / peer(7).hex();
  disk_.flip_bit(file, 100, 3);
  const auto found = open().take();
  EXPECT_EQ(found.size(), 1U);
  EXPECT_TRUE(found.contains(peer(8)));
  EXPECT_FALSE(disk_.status(file));
}

TEST_F(AuditNotesTest, WhatHasNoPeersNameIsLeftAlone) {
  ASSERT_TRUE(open().set(peer(7), AuditRecord(sample().known, now)));
  ASSERT_TRUE(disk_.make_folders("/data/audits/lost+found", 0700));
  const runtime::path stray = "/data/audits/README";
  ASSERT_TRUE(runtime::replace_whole(disk_, stray, 0600, Bytes(Limits::audit_note_bytes_max + 1)));
  EXPECT_EQ(open().take().size(), 1U);
  EXPECT_TRUE(disk_.status(stray));
}

// As when a clock was set back, or the configuration looks less often than before.
TEST_F(AuditNotesTest, WhatIsInTheFutureIsNow) {
  ASSERT_TRUE(open().set(peer(7), AuditRecord(sample().known, now)));
  const WallTime before{now.unix_seconds - 1'000'000, 0};
  const auto found = open(before).take();
  const auto& known = found.at(peer(7)).known();
  EXPECT_EQ(known.last_attempt, before);
  EXPECT_EQ(known.lied_at, before);
  EXPECT_EQ(known.clean_since, before);
  EXPECT_EQ(known.fragments.at(name(1)).last_proved, before);
  EXPECT_EQ(known.fragments.at(name(2)).failing_since, before);
  EXPECT_FALSE(known.fragments.at(name(3)).last_proved);
}

// Whoever looks twice as often from now on, or half as often, is not twice as old.
TEST_F(AuditNotesTest, TimesAreRealWhateverTheInterval) {
  const auto daily = of_every(days(1));
  for (const seconds interval : {seconds(20), seconds(hours(12)), seconds(days(2))}) {
    const auto other = of_every(interval);
    AuditRecord::Known known;
    known.last_attempt = other.stretched(WallTime{now.unix_seconds - 3600, 0});
    known.lied_at = other.stretched(WallTime{now.unix_seconds - 1'000'000, 0});
    ASSERT_TRUE(open(now, other).set(peer(7), AuditRecord(known, other.stretched(now))));
    const auto found = open(now, daily).take();
    ASSERT_TRUE(found.contains(peer(7))) << interval.count();
    const auto& read = found.at(peer(7)).known();
    EXPECT_LE(std::abs(read.last_attempt->unix_seconds - (now.unix_seconds - 3600)), 2);
    EXPECT_LE(std::abs(read.lied_at->unix_seconds - (now.unix_seconds - 1'000'000)), 2);
  }
}

// Which of two times that lie ahead came first cannot be told any more.
TEST_F(AuditNotesTest, WhatWasInDoubtStaysInDoubtWhenTheClockWasSetBack) {
  AuditRecord::Known known;
  known.fragments[name(1)].last_proved = WallTime{now.unix_seconds - 100, 0};
  known.fragments[name(2)].last_proved = now;
  known.doubted_since = WallTime{now.unix_seconds - 50, 0};
  known.last_attempt = now;
  const AuditRecord record(known, WallTime{now.unix_seconds - 1'000'000, 0});
  EXPECT_EQ(record.presence(name(1)), Presence::lost);
  EXPECT_EQ(record.presence(name(2)), Presence::live);
}

TEST_F(AuditNotesTest, WhoWasNotAskedForLongIsForgotten) {
  ASSERT_TRUE(open().set(peer(7), AuditRecord(sample().known, now)));
  const auto later = [](seconds by) { return WallTime{now.unix_seconds + by.count(), 0}; };
  EXPECT_EQ(open(later(days(90))).take().size(), 1U);
  EXPECT_EQ(open(later(days(91))).take().size(), 0U);
  EXPECT_EQ(open().take().size(), 0U);
}

}  // namespace
}  // namespace tesseras::upkeep

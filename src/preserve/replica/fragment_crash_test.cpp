// The power goes at every operation of every kind of write. Whatever the disk then holds, what was
// acknowledged is there and whole, and nothing that is half written can be read.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <set>
#include <vector>

#include "foundation/runtime/whole_file.hpp"
#include "preserve/replica/limits.hpp"
#include "preserve/replica/reference_log.hpp"
#include "preserve/replica/replica_fixture.hpp"

namespace tesseras::replica {
namespace {

using base::ByteSpan;
using base::Code;

// Several groups of chunks, so that there are trees; the second and third have a fragment in
// common.
const Sample& earlier() {
  static const Sample sample = small_sample(1, 30'000);
  return sample;
}
const Sample& first() {
  static const Sample sample = small_sample(2, 50'000);
  return sample;
}
const Sample& second() {
  static const Sample sample = sample_of("second", 50'000, {bytes_of(2, 50'000)});
  return sample;
}
const Sample& later() {
  static const Sample sample = small_sample(9, 40'000);
  return sample;
}

// What is there before, in most of these.
void keep_two(MemoryHolder& holder) {
  ASSERT_TRUE(keep(*holder.store, earlier(), 0));
  ASSERT_TRUE(keep(*holder.store, first(), 2));
}

// Whole or absent; true when it is there.
bool is_there(MemoryHolder& holder, const Sample& sample, unsigned fragment) {
  if (!holder.store->kept(sample.plan.id()).test(fragment)) {
    EXPECT_EQ(holder.store->read(sample.name(fragment), 0).error().code, Code::not_found);
    return false;
  }
  EXPECT_TRUE(is_whole(*holder.store, sample, fragment));
  return true;
}

// Each object on the disk is led to and whole, and nothing else is there.
void expect_no_rubbish(MemoryHolder& holder) {
  std::uint64_t found_bytes = 0;
  for (const auto& shard : holder.names(holder.layout.objects())) {
    for (const auto& name : holder.names(holder.layout.objects() / shard)) {
      const auto at = holder.layout.objects() / shard / name;
      const auto hash = crypto::Blake3Hash::from_hex(name);
      if (!hash) {
        EXPECT_TRUE(name.ends_with(".tree")) << name;
        EXPECT_TRUE(holder.has_file(at.parent_path() / at.stem())) << name;
        continue;
      }
      const auto size_bytes = holder.disk.status(at).value().size_bytes;
      base::Bytes bytes(size_bytes);
      ASSERT_TRUE(holder.disk.open_read(at).value()->read_at(0, bytes));
      EXPECT_EQ(crypto::blake3(bytes), *hash);
      found_bytes += size_bytes;
    }
  }
  EXPECT_EQ(found_bytes, holder.store->size_bytes());
  EXPECT_FALSE(holder.has_file(runtime::new_name_of(holder.layout.log())));
  std::size_t plans = 0;
  for (const auto& shard : holder.names(holder.layout.plans()))
    plans += holder.names(holder.layout.plans() / shard).size();
  std::set<base::PlanId> expected;
  for (const auto& reference : holder.store->references()) expected.insert(reference.name.plan);
  EXPECT_EQ(plans, expected.size());
}

struct Scenario {
  std::function<void(MemoryHolder&)> before;
  std::function<Result<void>(MemoryHolder&)> operation;
  // What must hold afterwards; `succeeded`: the operation had returned success.
  std::function<void(MemoryHolder&, bool succeeded)> after;
};

// Runs the operation with the power going at its n-th change; false when it got through before.
bool crash_at(const Scenario& scenario, std::uint64_t n, std::uint64_t seed) {
  MemoryHolder holder;
  scenario.before(holder);
  holder.disk.lose_power_at(n);
  const bool succeeded = scenario.operation(holder).has_value();
  const bool was_cut = !holder.disk.status("/data");
  SCOPED_TRACE(fmt::format("cut at {}, seed {}", n, seed));
  holder.lose_power(seed);
  if (!holder.store) return false;
  expect_no_rubbish(holder);
  scenario.after(holder, succeeded);
  // It works on, and the next start finds the same.
  const auto kept = keep(*holder.store, later(), 6);
  EXPECT_TRUE(kept) << kept.error().message;
  const auto before = holder.store->references();
  holder.lose_power(0);
  EXPECT_TRUE(is_whole(*holder.store, later(), 6));
  EXPECT_EQ(holder.store->references(), before);
  expect_no_rubbish(holder);
  scenario.after(holder, succeeded);
  return was_cut;
}

// All that was not synced lost, all of it kept, and each write and name on its own.
void crash_everywhere(const Scenario& scenario, std::uint64_t operations_min) {
  std::uint64_t n = 1;
  for (bool was_cut = true; was_cut; ++n) {
    was_cut = false;
    for (const std::uint64_t seed : {std::uint64_t{0}, std::uint64_t{1}, 8 * n, 8 * n + 1,
                                     8 * n + 2, 8 * n + 3, 8 * n + 4, 8 * n + 5})
      was_cut = crash_at(scenario, n, seed) || was_cut;
    if (testing::Test::HasFailure()) return;
  }
  EXPECT_GE(n, operations_min) << "the operation has more steps than that";
}

void expect_none_in_quarantine(MemoryHolder& holder) {
  for (const auto& reference : holder.store->references()) EXPECT_FALSE(reference.is_quarantined);
}

TEST(FragmentCrash, WhileKeepingTheFirst) {
  crash_everywhere(
      {[](MemoryHolder&) {}, [](MemoryHolder& holder) { return keep(*holder.store, first(), 3); },
       [](MemoryHolder& holder, bool succeeded) {
         const bool there = is_there(holder, first(), 3);
         EXPECT_TRUE(there || !succeeded) << "success was reported, so it must be there";
         expect_none_in_quarantine(holder);
       }},
      12);
}

TEST(FragmentCrash, WhileKeepingAnotherOfTheSamePlan) {
  crash_everywhere({keep_two, [](MemoryHolder& holder) { return keep(*holder.store, first(), 3); },
                    [](MemoryHolder& holder, bool succeeded) {
                      EXPECT_TRUE(is_there(holder, earlier(), 0));
                      EXPECT_TRUE(is_there(holder, first(), 2));
                      const bool there = is_there(holder, first(), 3);
                      EXPECT_TRUE(there || !succeeded);
                      for (const auto& reference : holder.store->references())
                        EXPECT_TRUE(reference.charge || !succeeded);
                      expect_none_in_quarantine(holder);
                    }},
                   2);
}

TEST(FragmentCrash, WhileKeepingWhatAnotherPlanHas) {
  crash_everywhere({[](MemoryHolder& holder) { ASSERT_TRUE(keep(*holder.store, first(), 2)); },
                    [](MemoryHolder& holder) { return keep(*holder.store, second(), 3); },
                    [](MemoryHolder& holder, bool succeeded) {
                      EXPECT_TRUE(is_there(holder, first(), 2));
                      const bool there = is_there(holder, second(), 3);
                      EXPECT_TRUE(there || !succeeded);
                      expect_none_in_quarantine(holder);
                    }},
                   6);
}

// Each shared folder is used a second time by a keep that follows one that failed.
TEST(FragmentCrash, WhileKeepingAfterADiskThatFailed) {
  for (std::uint64_t failing = 1; failing < 20; ++failing) {
    MemoryHolder holder;
    holder.disk.fail_operation(failing, Code::io);
    (void)keep(*holder.store, first(), 3);
    holder.disk.fail_operation(1'000'000, Code::io);
    ASSERT_TRUE(keep(*holder.store, first(), 3)) << failing;
    holder.lose_power(0);
    EXPECT_TRUE(is_there(holder, first(), 3)) << failing;
    expect_no_rubbish(holder);
  }
}

TEST(FragmentCrash, WhileDropping) {
  crash_everywhere(
      {keep_two, [](MemoryHolder& holder) { return holder.store->drop(first().name(2)); },
       [](MemoryHolder& holder, bool succeeded) {
         EXPECT_TRUE(is_there(holder, earlier(), 0));
         const bool there = is_there(holder, first(), 2);
         EXPECT_FALSE(there && succeeded) << "what was dropped stays dropped";
         expect_none_in_quarantine(holder);
       }},
      5);
}

TEST(FragmentCrash, WhileDroppingWhatAnotherPlanHas) {
  crash_everywhere({[](MemoryHolder& holder) {
                      ASSERT_TRUE(keep(*holder.store, first(), 2));
                      ASSERT_TRUE(keep(*holder.store, second(), 3));
                    },
                    [](MemoryHolder& holder) { return holder.store->drop(first().name(2)); },
                    [](MemoryHolder& holder, bool succeeded) {
                      EXPECT_TRUE(is_there(holder, second(), 3));
                      const bool there = is_there(holder, first(), 2);
                      EXPECT_FALSE(there && succeeded);
                    }},
                   3);
}

// What is in quarantine is a damaged file, which may be found as damaged a second time.
TEST(FragmentCrash, WhileGoingIntoQuarantine) {
  for (std::uint64_t n = 1; n < 8; ++n) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      SCOPED_TRACE(fmt::format("cut at {}, seed {}", n, seed));
      MemoryHolder holder;
      keep_two(holder);
      holder.disk.flip_bit(holder.layout.object(first().hash(2)), 40'000, 1);
      holder.disk.lose_power_at(n);
      EXPECT_FALSE(holder.store->check(first().name(2)));
      holder.lose_power(seed);
      ASSERT_TRUE(holder.store);
      EXPECT_TRUE(is_there(holder, earlier(), 0));
      EXPECT_FALSE(read_all(*holder.store, first().name(2)));
      EXPECT_FALSE(holder.store->kept(first().plan.id()).test(2));
      EXPECT_EQ(holder.store->references().size(), 2U) << "its reference stays";
      ASSERT_TRUE(keep(*holder.store, first(), 2));
      holder.lose_power(0);
      EXPECT_TRUE(is_there(holder, first(), 2));
      expect_none_in_quarantine(holder);
      expect_no_rubbish(holder);
      EXPECT_TRUE(holder.names(holder.layout.quarantine()).empty());
    }
  }
}

TEST(FragmentCrash, WhileComingOutOfQuarantine) {
  crash_everywhere(
      {[](MemoryHolder& holder) {
         ASSERT_TRUE(keep(*holder.store, earlier(), 0));
         ASSERT_TRUE(keep(*holder.store, first(), 2, charge_of(5)));
         holder.disk.flip_bit(holder.layout.object(first().hash(2)), 40'000, 1);
         EXPECT_EQ(holder.store->check(first().name(2)).error().code, Code::corrupt);
       },
       [](MemoryHolder& holder) { return keep(*holder.store, first(), 2, charge_of(7)); },
       [](MemoryHolder& holder, bool succeeded) {
         EXPECT_TRUE(is_there(holder, earlier(), 0));
         const bool there = is_there(holder, first(), 2);
         EXPECT_TRUE(there || !succeeded);
         const auto references = holder.store->references();
         const auto name = first().name(2);
         EXPECT_TRUE(std::ranges::any_of(references, [&](const Reference& one) {
           return one.name == name && one.charge == charge_of(5) && one.is_quarantined == !there;
         })) << "the charge stays, whole or not";
       }},
      6);
}

TEST(FragmentCrash, WhileReceiving) {
  crash_everywhere(
      {[](MemoryHolder& holder) { ASSERT_TRUE(keep(*holder.store, earlier(), 0)); },
       [](MemoryHolder& holder) -> Result<void> {
         auto writer = TRY(holder.store->receive(first().plan, 2, key_of(1)));
         for (std::size_t at = 0; at < 40'000; at += 8000)
           TRY(writer.append(ByteSpan(first().fragment(2)).subspan(at, 8000)));
         return {};
       },
       [](MemoryHolder& holder, bool) {
         EXPECT_TRUE(is_there(holder, earlier(), 0));
         EXPECT_FALSE(is_there(holder, first(), 2));
         // What is left of it may be damaged; then all of it is to be sent again.
         auto writer = holder.store->receive(first().plan, 2, key_of(1));
         ASSERT_TRUE(writer) << writer.error().message;
         EXPECT_LE(writer->offset(), 40'000U);
         ASSERT_TRUE(writer->append(
             ByteSpan(first().fragment(2)).subspan(static_cast<std::size_t>(writer->offset()))));
         auto kept = holder.store->keep(*writer, charge_of(1));
         if (!kept) {
           EXPECT_EQ(kept.error().code, Code::unavailable);
           EXPECT_EQ(writer->offset(), 0U);
           ASSERT_TRUE(writer->append(first().fragment(2)));
           kept = holder.store->keep(*writer, charge_of(1));
         }
         EXPECT_TRUE(kept);
         EXPECT_TRUE(is_there(holder, first(), 2));
         EXPECT_TRUE(holder.store->drop(first().name(2)));
       }},
      6);
}

// Leaves the log with what `holder` keeps and much that is void.
void fill_log(MemoryHolder& holder) {
  std::vector<ReferenceEvent> events;
  holder.store.reset();
  auto log = ReferenceLog::open(holder.disk, holder.layout.log(), [&](const ReferenceEvent& one) {
               events.push_back(one);
             }).value();
  const FragmentName nobody{later().plan.id(), 1};
  events.insert(events.end(), Limits::void_frames_max + 10, DroppedEvent{nobody});
  auto at = events.begin();
  ASSERT_TRUE(log.rewrite([&]() -> std::optional<ReferenceEvent> {
    if (at == events.end()) return std::nullopt;
    return *at++;
  }));
  holder.open();
}

TEST(FragmentCrash, WhileTheLogIsWrittenAgain) {
  crash_everywhere({[](MemoryHolder& holder) {
                      keep_two(holder);
                      fill_log(holder);
                    },
                    [](MemoryHolder& holder) -> Result<void> {
                      const auto before = holder.disk.status(holder.layout.log())->size_bytes;
                      TRY(holder.store->drop(earlier().name(0)));
                      EXPECT_TRUE(!holder.disk.status(holder.layout.log()) ||
                                  holder.disk.status(holder.layout.log())->size_bytes < before / 2);
                      return {};
                    },
                    [](MemoryHolder& holder, bool succeeded) {
                      EXPECT_TRUE(is_there(holder, first(), 2));
                      const bool there = is_there(holder, earlier(), 0);
                      EXPECT_FALSE(there && succeeded);
                      for (const auto& reference : holder.store->references())
                        EXPECT_TRUE(reference.charge) << "no charge is lost";
                    }},
                   9);
}

TEST(FragmentCrash, WhileStartingWithADamagedLog) {
  crash_everywhere({[](MemoryHolder& holder) {
                      keep_two(holder);
                      ASSERT_TRUE(keep(*holder.store, second(), 3));
                      holder.disk.flip_bit(holder.layout.log(), 50, 1);
                      holder.store.reset();
                    },
                    [](MemoryHolder& holder) -> Result<void> {
                      holder.store = TRY(FragmentStore::open(holder.disk, holder.layout.folder()));
                      return {};
                    },
                    [](MemoryHolder& holder, bool) {
                      EXPECT_TRUE(is_there(holder, earlier(), 0));
                      EXPECT_TRUE(is_there(holder, first(), 2));
                      EXPECT_TRUE(is_there(holder, second(), 3));
                    }},
                   5);
}

TEST(FragmentCrash, WhileStartingForTheFirstTime) {
  for (std::uint64_t n = 1; n < 20; ++n) {
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      SCOPED_TRACE(fmt::format("cut at {}, seed {}", n, seed));
      runtime::MemoryDisk disk;
      const runtime::path folder = "/data/below/holdings";
      disk.lose_power_at(n);
      {
        const auto opened = FragmentStore::open(disk, folder);
        if (opened) (void)keep(**opened, first(), 2);
      }
      disk.lose_power(seed);
      auto opened = FragmentStore::open(disk, folder);
      ASSERT_TRUE(opened) << opened.error().message;
      ASSERT_TRUE(keep(**opened, first(), 3));
      opened = base::fail(Code::internal, "over");
      disk.lose_power(0);
      opened = FragmentStore::open(disk, folder);
      ASSERT_TRUE(opened);
      EXPECT_TRUE(is_whole(**opened, first(), 3));
    }
  }
}

// One that fails is tried again, without a restart in between.
TEST(FragmentCrash, AfterAFirstStartThatFailed) {
  for (std::uint64_t n = 1; n < 20; ++n) {
    SCOPED_TRACE(n);
    runtime::MemoryDisk disk;
    const runtime::path folder = "/data/holdings";
    ASSERT_TRUE(disk.make_folders("/data", 0700));
    ASSERT_TRUE(disk.sync(std::array{runtime::path("/")}));
    disk.fail_operation(n, Code::io);
    (void)FragmentStore::open(disk, folder);
    disk.fail_operation(1'000'000, Code::io);
    auto opened = FragmentStore::open(disk, folder);
    ASSERT_TRUE(opened) << opened.error().message;
    ASSERT_TRUE(keep(**opened, first(), 3));
    opened = base::fail(Code::internal, "over");
    disk.lose_power(0);
    opened = FragmentStore::open(disk, folder);
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_TRUE(is_whole(**opened, first(), 3));
  }
}

// What lies in a plan's place may never have reached the medium.
TEST(FragmentCrash, APlanThatWasNotAcknowledgedIsWrittenAgain) {
  MemoryHolder holder;
  const auto place = holder.layout.plan(first().plan.id());
  ASSERT_TRUE(holder.disk.make_folders(place.parent_path(), 0700));
  ASSERT_TRUE((*holder.disk.create(place, 0600))->append(first().plan.encoded()));
  ASSERT_TRUE(keep(*holder.store, first(), 3));
  holder.lose_power(0);
  EXPECT_TRUE(is_there(holder, first(), 3));
}

// Nobody knows then whether a start would find the event, and the writer has nothing any more.
TEST(FragmentCrash, AWriterThatStaysGoesOnOrSaysThatItCannot) {
  bool was_of_no_use = false;
  for (std::uint64_t n = 1; n < 20; ++n) {
    SCOPED_TRACE(n);
    MemoryHolder holder;
    {
      auto writer = holder.store->receive(first().plan, 3, key_of(1));
      ASSERT_TRUE(writer);
      ASSERT_TRUE(writer->append(first().fragment(3)));
      holder.disk.lose_power_at(n);
      const bool succeeded = holder.store->keep(*writer, charge_of(1)).has_value();
      holder.disk.lose_power(1);
      const auto again = holder.store->keep(*writer, charge_of(1));
      if (!again) {
        EXPECT_EQ(again.error().code, Code::io);
        EXPECT_FALSE(succeeded);
        was_of_no_use = true;
      }
    }
    auto kept = keep(*holder.store, first(), 3);
    if (!kept) kept = keep(*holder.store, first(), 3);
    EXPECT_TRUE(kept) << kept.error().message;
    holder.lose_power(0);
    EXPECT_TRUE(is_there(holder, first(), 3));
    expect_no_rubbish(holder);
  }
  EXPECT_TRUE(was_of_no_use);
}

// The disk goes away and comes again under a store that stays open.
TEST(FragmentCrash, AStoreThatStaysGoesOn) {
  for (std::uint64_t n = 1; n < 20; ++n) {
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
      SCOPED_TRACE(fmt::format("cut at {}, seed {}", n, seed));
      MemoryHolder holder;
      ASSERT_TRUE(keep(*holder.store, earlier(), 0));
      holder.disk.lose_power_at(n);
      const bool succeeded = keep(*holder.store, first(), 2).has_value();
      holder.disk.lose_power(seed);
      EXPECT_EQ(holder.store->kept(first().plan.id()).test(2), succeeded);
      // What came before the cut may be damaged, and is gone then; and the log that was open has to
      // be written again.
      auto kept = keep(*holder.store, first(), 2);
      for (int i = 0; i < 2 && !kept; ++i) kept = keep(*holder.store, first(), 2);
      EXPECT_TRUE(kept) << kept.error().message;
      EXPECT_TRUE(is_there(holder, first(), 2));
      ASSERT_TRUE(holder.store->drop(earlier().name(0)));
      holder.lose_power(0);
      EXPECT_TRUE(is_there(holder, first(), 2));
      EXPECT_FALSE(is_there(holder, earlier(), 0));
      expect_no_rubbish(holder);
    }
  }
}

}  // namespace
}  // namespace tesseras::replica

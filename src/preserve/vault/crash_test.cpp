// The power goes at every operation of every kind of write. Whatever the disk then holds, each
// tessera is whole or absent, and what was kept before is there.
#include <functional>

#include "preserve/vault/vault_fixture.hpp"

namespace tesseras::vault {
namespace {

// Large and small blobs, shared ones among them.
const Sample& earlier() {
  static const Sample sample = make_sample("earlier", {"e1", content_of("shared", 70'000)}, 1);
  return sample;
}
const Sample& first() {
  static const Sample sample =
      make_sample("first", {"f1", content_of("shared", 70'000), content_of("f2", 90'000)}, 2);
  return sample;
}
const Sample& second() {
  static const Sample sample = make_sample("second", {"s1", content_of("s2", 80'000)}, 3);
  return sample;
}

// Whole or absent; true when it is there.
bool is_there(MemoryVault& memory, const Sample& sample) {
  const auto info = memory.vault->tessera(sample.content_hash());
  if (!info) {
    EXPECT_EQ(info.error().code, base::Code::not_found);
    return false;
  }
  EXPECT_TRUE(is_whole(*memory.vault, sample)) << info->title;
  return true;
}

struct Scenario {
  std::function<void(MemoryVault&)> before;
  std::function<Result<void>(MemoryVault&)> operation;
  // What must hold afterwards; `succeeded`: the operation had returned success.
  std::function<void(MemoryVault&, bool succeeded)> after;
};

enum class Afterwards { rebuild, next_writer };

// Runs the operation with the power going at its n-th change; false when it got through before.
bool crash_at(const Scenario& scenario, std::uint64_t n, std::uint64_t seed, Afterwards how) {
  MemoryVault memory;
  scenario.before(memory);
  memory.disk.lose_power_at(n);
  const bool succeeded = scenario.operation(memory).has_value();
  const bool was_cut = !memory.disk.status("/data");
  memory.vault.reset();
  memory.disk.lose_power(seed);
  SCOPED_TRACE(fmt::format("cut at {}, seed {}, {}", n, seed,
                           how == Afterwards::rebuild ? "rebuild" : "next writer"));
  if (how == Afterwards::rebuild) {
    const RebuildReport report = memory.rebuild();
    for (const Problem& problem : report.problems)
      EXPECT_TRUE(problem.tesserae.empty()) << problem.what;
  } else {
    memory.open();
  }
  scenario.after(memory, succeeded);
  // The next writer finds a vault that works, and everything sound.
  static const Sample later = make_sample("later", {"l1", content_of("l2", 70'000)}, 9);
  const auto kept = keep(*memory.vault, later);
  EXPECT_TRUE(kept) << kept.error().message;
  EXPECT_TRUE(is_whole(*memory.vault, later));
  scenario.after(memory, succeeded);
  for (const Problem& problem : memory.check().problems) ADD_FAILURE() << problem.what;
  // And what the index says is what a rebuild finds.
  const std::string tesserae = fmt::format("{}", fmt::join(titles(*memory.vault), ","));
  memory.rebuild();
  EXPECT_EQ(fmt::format("{}", fmt::join(titles(*memory.vault), ",")), tesserae);
  scenario.after(memory, succeeded);
  return was_cut;
}

void crash_everywhere(const Scenario& scenario) {
  std::uint64_t n = 1;
  for (bool was_cut = true; was_cut; ++n) {
    was_cut = false;
    const auto run = [&](std::uint64_t seed, Afterwards how) {
      was_cut = crash_at(scenario, n, seed, how) || was_cut;
    };
    // All that was not synced lost, all of it kept, and each write and name on its own.
    for (const Afterwards how : {Afterwards::rebuild, Afterwards::next_writer}) {
      run(0, how);
      run(1, how);
    }
    run(2 * n, Afterwards::rebuild);
    run(2 * n + 1, Afterwards::next_writer);
    if (testing::Test::HasFailure()) return;
  }
  EXPECT_GE(n, 5U) << "the operation has more steps than that";
}

TEST(Crash, WhileKeeping) {
  crash_everywhere({[](MemoryVault& memory) { ASSERT_TRUE(keep(*memory.vault, earlier())); },
                    [](MemoryVault& memory) { return keep(*memory.vault, first()); },
                    [](MemoryVault& memory, bool succeeded) {
                      EXPECT_TRUE(is_there(memory, earlier()));
                      const bool there = is_there(memory, first());
                      EXPECT_TRUE(there || !succeeded)
                          << "success was reported, so it must be there";
                    }});
}

TEST(Crash, WhileKeepingTheFirstOfAVault) {
  crash_everywhere({[](MemoryVault&) {},
                    [](MemoryVault& memory) { return keep(*memory.vault, first()); },
                    [](MemoryVault& memory, bool succeeded) {
                      const bool there = is_there(memory, first());
                      EXPECT_TRUE(there || !succeeded);
                    }});
}

TEST(Crash, WhileKeepingSeveralAtOnce) {
  crash_everywhere({[](MemoryVault& memory) { ASSERT_TRUE(keep(*memory.vault, earlier())); },
                    [](MemoryVault& memory) -> Result<void> {
                      const auto transaction = TRY(memory.vault->begin());
                      TRY(put_files(*transaction, first()));
                      TRY(put_files(*transaction, second()));
                      const KeptTessera kept[] = {first().kept(), second().kept()};
                      return transaction->commit(kept, at_second(test_second));
                    },
                    [](MemoryVault& memory, bool succeeded) {
                      EXPECT_TRUE(is_there(memory, earlier()));
                      const bool there = is_there(memory, first());
                      EXPECT_EQ(is_there(memory, second()), there) << "both or none";
                      EXPECT_TRUE(there || !succeeded);
                    }});
}

// The files of the other vault are shared, and it must not be touched whatever happens to ours.
TEST(Crash, WhileTakingFromAnotherVault) {
  struct Other {
    std::unique_ptr<IndexHome> indexes = memory_index_home();
    std::unique_ptr<Vault> vault;

    void open(runtime::Disk& disk) { vault = Vault::open(disk, "/other", *indexes).value(); }
  };
  std::unique_ptr<Other> other;
  crash_everywhere({[&](MemoryVault& memory) {
                      ASSERT_TRUE(keep(*memory.vault, earlier()));
                      other = std::make_unique<Other>();
                      ASSERT_TRUE(Vault::create(memory.disk, "/other", *other->indexes));
                      other->open(memory.disk);
                      ASSERT_TRUE(keep(*other->vault, first()));
                    },
                    [&](MemoryVault& memory) -> Result<void> {
                      const auto transaction = TRY(memory.vault->begin());
                      for (const std::string& content : first().files)
                        TRY(transaction->take(*other->vault, id_of(content),
                                              [](std::size_t) -> Result<void> { return {}; }));
                      const KeptTessera kept[] = {first().kept()};
                      return transaction->commit(kept, at_second(test_second));
                    },
                    [&](MemoryVault& memory, bool succeeded) {
                      EXPECT_TRUE(is_there(memory, earlier()));
                      const bool there = is_there(memory, first());
                      EXPECT_TRUE(there || !succeeded);
                      other->open(memory.disk);
                      EXPECT_TRUE(is_whole(*other->vault, first()));
                    }});
}

TEST(Crash, WhileRemoving) {
  crash_everywhere({[](MemoryVault& memory) {
                      ASSERT_TRUE(keep(*memory.vault, earlier()));
                      ASSERT_TRUE(keep(*memory.vault, first()));
                    },
                    [](MemoryVault& memory) {
                      return memory.vault->remove(first().content_hash(), at_second(test_second));
                    },
                    [](MemoryVault& memory, bool succeeded) {
                      EXPECT_TRUE(is_there(memory, earlier()));
                      const bool there = is_there(memory, first());
                      EXPECT_FALSE(there && succeeded) << "what was removed stays removed";
                    }});
}

TEST(Crash, WhileSweepingAndRewritingPacks) {
  crash_everywhere(
      {[](MemoryVault& memory) {
         ASSERT_TRUE(keep(*memory.vault, second()));
         ASSERT_TRUE(keep(*memory.vault, earlier()));
         ASSERT_TRUE(memory.vault->remove(second().content_hash(), at_second(test_second)));
         // More than half of the pack is dead now: its small blobs outweigh what stays.
         static const Sample gone =
             make_sample("gone", {content_of("g1", 60'000), content_of("g2", 60'000)}, 4);
         ASSERT_TRUE(keep(*memory.vault, gone));
         ASSERT_TRUE(memory.vault->remove(gone.content_hash(), at_second(test_second)));
       },
       [](MemoryVault& memory) -> Result<void> {
         const SweepReport report = TRY(memory.vault->sweep(at_second(test_second)));
         EXPECT_EQ(report.packs_rewritten, 1U);
         return {};
       },
       [](MemoryVault& memory, bool) {
         EXPECT_TRUE(is_there(memory, earlier()));
         EXPECT_FALSE(is_there(memory, second())) << "a rewritten pack brings nothing back";
       }});
}

TEST(Crash, WhileKeepingAgainWhatWasRemoved) {
  crash_everywhere(
      {[](MemoryVault& memory) {
         ASSERT_TRUE(keep(*memory.vault, first()));
         ASSERT_TRUE(keep(*memory.vault, earlier()));
         ASSERT_TRUE(memory.vault->remove(first().content_hash(), at_second(test_second)));
       },
       [](MemoryVault& memory) { return keep(*memory.vault, first(), test_second + 1); },
       [](MemoryVault& memory, bool succeeded) {
         EXPECT_TRUE(is_there(memory, earlier()));
         const bool there = is_there(memory, first());
         EXPECT_TRUE(there || !succeeded);
       }});
}

}  // namespace
}  // namespace tesseras::vault

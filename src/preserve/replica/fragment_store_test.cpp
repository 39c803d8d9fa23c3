#include "preserve/replica/fragment_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "foundation/base/folder_fixture.hpp"
#include "foundation/runtime/whole_file.hpp"
#include "preserve/replica/limits.hpp"
#include "preserve/replica/replica_fixture.hpp"

namespace tesseras::replica {
namespace {

using base::Bytes;
using base::ByteSpan;
using base::Code;
using testing::ElementsAre;
using testing::IsEmpty;

class FragmentStoreTest : public testing::Test {
 protected:
  FragmentStore& store() { return *holder_.store; }
  runtime::MemoryDisk& disk() { return holder_.disk; }

  MemoryHolder holder_;
};

TEST_F(FragmentStoreTest, GivesBackWhatItKeeps) {
  // A chunk and less, a chunk, two of them, and so on to several groups and pieces.
  std::vector<Sample> samples;
  std::uint64_t number = 0;
  for (const std::uint64_t size : {1UL, 1023UL, 1024UL, 1025UL, 16'384UL, 70'000UL, 700'001UL})
    samples.push_back(small_sample(++number, size));
  std::uint64_t total = 0;
  for (const Sample& sample : samples) {
    ASSERT_TRUE(keep(store(), sample, 3));
    total += sample.fragments[0].size();
  }
  for (int i = 0; i < 2; ++i) {
    for (const Sample& sample : samples) {
      EXPECT_TRUE(is_whole(store(), sample, 3)) << sample.fragments[0].size();
      EXPECT_EQ(store().kept(sample.plan.id()), Fragments().set(3));
      EXPECT_THAT(store().plans_of(sample.plan.plan().content_hash), ElementsAre(sample.plan.id()));
    }
    EXPECT_EQ(store().size_bytes(), total);
    EXPECT_THAT(holder_.names(holder_.layout.incoming()), IsEmpty());
    holder_.lose_power(0);
  }
  // A tree where there is more than a group, and nowhere else.
  EXPECT_FALSE(holder_.has_file(tree_of(holder_.layout.object(samples[4].hash(0)))));
  EXPECT_EQ(disk().status(tree_of(holder_.layout.object(samples[5].hash(0))))->size_bytes, 4U * 64);
}

TEST_F(FragmentStoreTest, KeepsFragmentsOfOtherTiers) {
  const Sample sample = medium_sample(1);
  for (const unsigned fragment : {0U, 7U, 23U})
    ASSERT_TRUE(keep(store(), sample, fragment, charge_of(static_cast<unsigned char>(fragment))));
  for (const unsigned fragment : {0U, 7U, 23U}) EXPECT_TRUE(is_whole(store(), sample, fragment));
  EXPECT_EQ(store().kept(sample.plan.id()), Fragments().set(0).set(7).set(23));
  const std::uint64_t size = sample.fragments[0].size();
  EXPECT_THAT(store().references(),
              ElementsAre(Reference{sample.name(0), size, charge_of(0), false},
                          Reference{sample.name(7), size, charge_of(7), false},
                          Reference{sample.name(23), size, charge_of(23), false}));
  const auto before = store().references();
  holder_.lose_power(0);
  EXPECT_EQ(store().references(), before);
}

TEST_F(FragmentStoreTest, HasNothingThatItWasNotGiven) {
  const Sample sample = small_sample(1), other = small_sample(2);
  ASSERT_TRUE(keep(store(), sample, 3));
  for (const auto& name : {sample.name(2), other.name(3)}) {
    EXPECT_EQ(store().read(name, 0).error().code, Code::not_found);
    EXPECT_EQ(store().prove(name, 0).error().code, Code::not_found);
    EXPECT_EQ(store().check(name).error().code, Code::not_found);
    EXPECT_EQ(store().drop(name).error().code, Code::not_found);
  }
  EXPECT_EQ(store().plan(other.plan.id()).error().code, Code::not_found);
  EXPECT_TRUE(store().kept(other.plan.id()).none());
  EXPECT_THAT(store().plans_of(other.plan.plan().content_hash), IsEmpty());
  EXPECT_EQ(store().read(sample.name(3), 5000).error().code, Code::invalid);
  EXPECT_EQ(store().prove(sample.name(3), 5).error().code, Code::invalid);
  EXPECT_EQ(store().receive(sample.plan, 7, key_of(1)).error().code, Code::invalid);
}

TEST_F(FragmentStoreTest, ReadsFromAnyByteOn) {
  const Sample sample = small_sample(1, 600'000);
  ASSERT_TRUE(keep(store(), sample, 0));
  const Bytes& all = sample.fragments[0];
  for (const std::size_t offset : {0UL, 1UL, 1024UL, 300'000UL, 599'999UL}) {
    const auto rest = ByteSpan(all).subspan(offset);
    for (const std::size_t piece : {777UL, 262'144UL, 1'000'000UL})
      EXPECT_EQ(read_all(store(), sample.name(0), offset, piece).value(),
                Bytes(rest.begin(), rest.end()));
  }
}

TEST_F(FragmentStoreTest, ProvesEveryChunk) {
  for (const std::uint64_t size : {1000UL, 1025UL, 7 * 1024UL, 16'385UL, 240'001UL}) {
    const Sample sample = small_sample(size, size);
    ASSERT_TRUE(keep(store(), sample, 1));
    for (std::uint64_t i = 0; i < crypto::blake3_chunk_count(size); ++i) {
      const auto proof = store().prove(sample.name(1), i);
      ASSERT_TRUE(proof) << proof.error().message;
      EXPECT_EQ(proof->path, crypto::tree_path(sample.fragments[0], i).value());
      EXPECT_TRUE(crypto::verify_path(sample.hash(1), size, i, proof->chunk, proof->path));
    }
  }
}

TEST_F(FragmentStoreTest, GoesOnWhereItWasBroken) {
  const Sample sample = small_sample(1, 400'000);
  const ByteSpan all = sample.fragments[0];
  std::size_t sent = 0;
  for (const std::size_t size : {1UL, 1023UL, 5000UL, 262'144UL, 99'999UL}) {
    auto writer = store().receive(sample.plan, 2, key_of(1));
    ASSERT_TRUE(writer);
    EXPECT_EQ(writer->offset(), sent);
    EXPECT_EQ(writer->size_bytes(), 400'000U);
    EXPECT_EQ(writer->name(), sample.name(2));
    ASSERT_TRUE(writer->append(all.subspan(sent, size)));
    sent += size;
    EXPECT_EQ(writer->offset(), sent);
    // A restart in between.
    if (size == 5000) {
      writer = base::fail(Code::internal, "over");
      holder_.open();
    }
  }
  EXPECT_TRUE(store().kept(sample.plan.id()).none());
  EXPECT_TRUE(store().references().empty());
  ASSERT_TRUE(keep(store(), sample, 2));
  EXPECT_TRUE(is_whole(store(), sample, 2));
}

TEST_F(FragmentStoreTest, SaysWhenBytesAreMissing) {
  const Sample sample = small_sample(1);
  auto writer = store().receive(sample.plan, 0, key_of(1));
  ASSERT_TRUE(writer);
  EXPECT_EQ(store().keep(*writer, charge_of(1)).error().code, Code::invalid);
  ASSERT_TRUE(writer->append(ByteSpan(sample.fragments[0]).first(4999)));
  EXPECT_EQ(store().keep(*writer, charge_of(1)).error().code, Code::invalid);
  ASSERT_TRUE(writer->append(ByteSpan(sample.fragments[0]).last(1)));
  EXPECT_TRUE(store().keep(*writer, charge_of(1)));
  // It is kept, and stays so.
  EXPECT_EQ(writer->offset(), 5000U);
  EXPECT_TRUE(store().keep(*writer, charge_of(2)));
  EXPECT_EQ(store().references()[0].charge, charge_of(1));
}

TEST_F(FragmentStoreTest, RefusesMoreThanTheFragmentHas) {
  const Sample sample = small_sample(1);
  auto writer = store().receive(sample.plan, 0, key_of(1));
  ASSERT_TRUE(writer);
  Bytes more = sample.fragments[0];
  more.push_back({});
  EXPECT_EQ(writer->append(more).error().code, Code::exhausted);
  EXPECT_EQ(writer->offset(), 0U);
  ASSERT_TRUE(writer->append(sample.fragments[0]));
  EXPECT_EQ(writer->append(Bytes(1)).error().code, Code::exhausted);
  ASSERT_TRUE(store().keep(*writer, charge_of(1)));
  EXPECT_EQ(writer->append(Bytes(1)).error().code, Code::exhausted);
  EXPECT_TRUE(is_whole(store(), sample, 0));
}

TEST_F(FragmentStoreTest, RefusesOtherBytes) {
  const Sample sample = small_sample(1);
  Bytes wrong = sample.fragments[0];
  wrong.back() ^= std::byte{1};
  auto writer = store().receive(sample.plan, 0, key_of(1));
  ASSERT_TRUE(writer);
  ASSERT_TRUE(writer->append(wrong));
  EXPECT_EQ(store().keep(*writer, charge_of(1)).error().code, Code::corrupt);
  EXPECT_TRUE(store().references().empty());
  EXPECT_THAT(holder_.names(holder_.layout.incoming()), IsEmpty());
  // The same writer begins anew.
  EXPECT_EQ(writer->offset(), 0U);
  ASSERT_TRUE(writer->append(sample.fragments[0]));
  ASSERT_TRUE(store().keep(*writer, charge_of(1)));
  EXPECT_TRUE(is_whole(store(), sample, 0));
}

// Whoever sends the rest is not to blame for what lay here.
TEST_F(FragmentStoreTest, SaysWhenWhatLayThereWasDamaged) {
  const Sample sample = small_sample(1);
  ASSERT_TRUE(store()
                  .receive(sample.plan, 0, key_of(1))
                  ->append(ByteSpan(sample.fragments[0]).first(3000)));
  disk().flip_bit(holder_.incoming(sample, 0), 1000, 1);
  EXPECT_EQ(keep(store(), sample, 0).error().code, Code::unavailable);
  EXPECT_THAT(holder_.names(holder_.layout.incoming()), IsEmpty());
  EXPECT_TRUE(keep(store(), sample, 0));
}

TEST_F(FragmentStoreTest, BeginsAnewBehindAFileThatIsTooLong) {
  const Sample sample = small_sample(1);
  ASSERT_TRUE((*disk().create(holder_.incoming(sample, 0), 0600))->append(Bytes(5001)));
  auto writer = store().receive(sample.plan, 0, key_of(1));
  ASSERT_TRUE(writer);
  EXPECT_EQ(writer->offset(), 0U);
  ASSERT_TRUE(writer->append(sample.fragments[0]));
  EXPECT_TRUE(store().keep(*writer, charge_of(1)));
}

TEST_F(FragmentStoreTest, HasOneWriterOfAName) {
  const Sample sample = small_sample(1);
  {
    const auto writer = store().receive(sample.plan, 0, key_of(1));
    ASSERT_TRUE(writer);
    EXPECT_EQ(store().receive(sample.plan, 0, key_of(1)).error().code, Code::conflict);
    EXPECT_TRUE(store().receive(sample.plan, 1, key_of(1))) << "another copy is another name";
  }
  EXPECT_TRUE(keep(store(), sample, 0));
}

TEST_F(FragmentStoreTest, DropsWithTheLastFragmentThePlan) {
  const Sample sample = medium_sample(1);
  ASSERT_TRUE(keep(store(), sample, 4));
  ASSERT_TRUE(keep(store(), sample, 5));
  ASSERT_TRUE(store().drop(sample.name(4)));
  EXPECT_EQ(store().read(sample.name(4), 0).error().code, Code::not_found);
  EXPECT_FALSE(holder_.has_file(holder_.layout.object(sample.hash(4))));
  EXPECT_FALSE(holder_.has_file(tree_of(holder_.layout.object(sample.hash(4)))));
  EXPECT_TRUE(is_whole(store(), sample, 5));
  ASSERT_TRUE(store().drop(sample.name(5)));
  EXPECT_FALSE(holder_.has_file(holder_.layout.plan(sample.plan.id())));
  EXPECT_EQ(store().plan(sample.plan.id()).error().code, Code::not_found);
  EXPECT_EQ(store().size_bytes(), 0U);
  holder_.lose_power(0);
  EXPECT_TRUE(store().references().empty());
  // What the power cut brought back of the files is gone again.
  EXPECT_FALSE(holder_.has_file(holder_.layout.object(sample.hash(4))));
  EXPECT_FALSE(holder_.has_file(holder_.layout.plan(sample.plan.id())));
}

TEST_F(FragmentStoreTest, ReadsOnWhatIsDroppedMeanwhile) {
  const Sample sample = small_sample(1);
  ASSERT_TRUE(keep(store(), sample, 0));
  auto reader = store().read(sample.name(0), 0);
  ASSERT_TRUE(reader);
  Bytes all(5000);
  ASSERT_EQ(reader->read(base::MutableByteSpan(all).first(1000)).value(), 1000U);
  ASSERT_TRUE(store().drop(sample.name(0)));
  ASSERT_EQ(reader->read(base::MutableByteSpan(all).subspan(1000)).value(), 4000U);
  EXPECT_EQ(all, sample.fragments[0]);
}

// Two tesserae, and a fragment that is the same in both.
class SharedFragment : public FragmentStoreTest {
 protected:
  static Sample with_shared(std::uint64_t number, unsigned at) {
    const Sample own = medium_sample(number);
    std::vector<Bytes> fragments = own.fragments;
    fragments.at(at) = bytes_of(77, fragments[0].size());
    return sample_of(std::to_string(number), std::uint64_t{4} << 20U, std::move(fragments));
  }

  const Sample first_ = with_shared(1, 3);
  const Sample second_ = with_shared(2, 20);
  const std::uint64_t size_ = first_.fragments[0].size();
};

TEST_F(SharedFragment, IsHeldOnce) {
  ASSERT_TRUE(keep(store(), first_, 3, charge_of(1)));
  {
    auto writer = store().receive(second_.plan, 20, key_of(1));
    ASSERT_TRUE(writer);
    EXPECT_EQ(writer->offset(), size_) << "nothing need be sent";
    ASSERT_TRUE(store().keep(*writer, charge_of(2)));
  }
  EXPECT_EQ(store().size_bytes(), size_);
  EXPECT_TRUE(is_whole(store(), first_, 3));
  EXPECT_TRUE(is_whole(store(), second_, 20));
  holder_.open();
  EXPECT_EQ(store().charged(), (Tally{2 * size_, 2}));
  ASSERT_TRUE(store().drop(first_.name(3)));
  EXPECT_EQ(store().charged(), (Tally{size_, 1}));
  EXPECT_TRUE(is_whole(store(), second_, 20));
  EXPECT_EQ(store().size_bytes(), size_);
  EXPECT_EQ(store().references(),
            (std::vector{Reference{second_.name(20), size_, charge_of(2), false}}));
  ASSERT_TRUE(store().drop(second_.name(20)));
  EXPECT_FALSE(holder_.has_file(holder_.layout.object(first_.hash(3))));
}

TEST_F(SharedFragment, MayComeTwiceAtOnce) {
  auto one = store().receive(first_.plan, 3, key_of(1));
  auto other = store().receive(second_.plan, 20, key_of(1));
  ASSERT_TRUE(one && other);
  ASSERT_TRUE(one->append(first_.fragment(3)));
  ASSERT_TRUE(other->append(second_.fragment(20)));
  ASSERT_TRUE(store().keep(*one, charge_of(1)));
  ASSERT_TRUE(store().keep(*other, charge_of(2)));
  EXPECT_EQ(store().size_bytes(), size_);
  EXPECT_THAT(holder_.names(holder_.layout.incoming()), IsEmpty());
  EXPECT_TRUE(is_whole(store(), first_, 3));
  EXPECT_TRUE(is_whole(store(), second_, 20));
}

TEST_F(SharedFragment, MayGoBeforeItIsKeptAgain) {
  ASSERT_TRUE(keep(store(), first_, 3));
  auto writer = store().receive(second_.plan, 20, key_of(1));
  ASSERT_TRUE(writer);
  ASSERT_TRUE(store().drop(first_.name(3)));
  EXPECT_EQ(store().keep(*writer, charge_of(1)).error().code, Code::unavailable);
  EXPECT_TRUE(store().references().empty());
}

TEST_F(FragmentStoreTest, WhatIsKeptKeepsItsCharge) {
  const Sample sample = small_sample(1);
  ASSERT_TRUE(keep(store(), sample, 0, charge_of(1)));
  ASSERT_TRUE(keep(store(), sample, 0, charge_of(2)));
  EXPECT_EQ(store().references()[0].charge, charge_of(1));
  ASSERT_TRUE(store().drop(sample.name(0)));
  ASSERT_TRUE(keep(store(), sample, 0, charge_of(2)));
  EXPECT_EQ(store().references()[0].charge, charge_of(2));
}

TEST_F(FragmentStoreTest, TwoPlansOfOneTesseraAreTwo) {
  const Sample sample = small_sample(1), changed = sample_of("1", 5000, {bytes_of(2, 5000)});
  ASSERT_EQ(sample.plan.plan().content_hash, changed.plan.plan().content_hash);
  ASSERT_TRUE(keep(store(), sample, 0));
  ASSERT_TRUE(keep(store(), changed, 0));
  EXPECT_THAT(store().plans_of(sample.plan.plan().content_hash),
              testing::UnorderedElementsAre(sample.plan.id(), changed.plan.id()));
  ASSERT_TRUE(store().drop(sample.name(0)));
  EXPECT_THAT(store().plans_of(sample.plan.plan().content_hash), ElementsAre(changed.plan.id()));
}

// Whoever signs a plan can put any hash into it, with any size.
TEST_F(FragmentStoreTest, IsNotTakenInByAPlanThatLiesAboutASize) {
  const Sample honest = medium_sample(1);
  const Sample liar = sample_of("liar", 1, {honest.fragments[3]});
  EXPECT_FALSE(liar.plan.plan().shape == honest.plan.plan().shape);
  // Before, it is only a fragment that does not fit.
  {
    auto early = store().receive(liar.plan, 0, key_of(1));
    ASSERT_TRUE(early) << early.error().message;
    ASSERT_TRUE(keep(store(), honest, 3));
    EXPECT_EQ(store().keep(*early, charge_of(9)).error().code, Code::invalid);
    ASSERT_TRUE(early->append(bytes_of(1, 1)));
    EXPECT_EQ(store().keep(*early, charge_of(9)).error().code, Code::corrupt);
  }
  EXPECT_EQ(store().receive(liar.plan, 0, key_of(1)).error().code, Code::corrupt);
  EXPECT_TRUE(store().kept(liar.plan.id()).none());
  EXPECT_TRUE(is_whole(store(), honest, 3));
  // Nor is the start, which makes references again from the plans.
  const auto place = holder_.layout.plan(liar.plan.id());
  ASSERT_TRUE(disk().make_folders(place.parent_path(), 0700));
  ASSERT_TRUE(runtime::replace_whole(disk(), place, 0600, liar.plan.encoded()));
  disk().flip_bit(holder_.layout.log(), 40, 1);
  holder_.open();
  EXPECT_TRUE(store().kept(liar.plan.id()).none());
  EXPECT_TRUE(is_whole(store(), honest, 3));
}

TEST_F(FragmentStoreTest, WritesItsLogAgainWhenMostOfItIsVoid) {
  const Sample stays = small_sample(1), comes_and_goes = small_sample(2, 100);
  ASSERT_TRUE(keep(store(), stays, 0, charge_of(5)));
  std::uint64_t largest = 0;
  for (std::uint64_t i = 0; i < Limits::void_frames_max; ++i) {
    ASSERT_TRUE(keep(store(), comes_and_goes, 0));
    ASSERT_TRUE(store().drop(comes_and_goes.name(0)));
    largest = std::max(largest, disk().status(holder_.layout.log())->size_bytes);
  }
  EXPECT_LT(largest, (Limits::void_frames_max + 10) * 183);
  EXPECT_LT(disk().status(holder_.layout.log())->size_bytes, largest);
  holder_.lose_power(0);
  EXPECT_EQ(store().references(),
            (std::vector{Reference{stays.name(0), 5000, charge_of(5), false}}));
  EXPECT_TRUE(is_whole(store(), stays, 0));
  EXPECT_FALSE(holder_.has_file("/data/holdings/references.log.damaged"));
}

TEST_F(FragmentStoreTest, ServesManyThreads) {
  constexpr unsigned threads = 4, rounds = 25;
  // Fragments 0 to 3 are each thread's own; those behind them are the same in both plans.
  const Sample one = medium_sample(1);
  std::vector<Bytes> shared = medium_sample(2).fragments;
  for (unsigned i = threads; i < shared.size(); ++i) shared[i] = one.fragments[i];
  const Sample other = sample_of("other", std::uint64_t{4} << 20U, std::move(shared));
  const auto work = [&](unsigned thread) {
    const Sample& mine = thread % 2 == 0 ? one : other;
    const unsigned number = threads + thread / 2;  // of an object that another thread has, too
    for (unsigned round = 0; round < rounds; ++round) {
      EXPECT_TRUE(is_whole(store(), mine, thread) || round == 0);
      EXPECT_TRUE(keep(store(), mine, thread));
      // Where the other one has dropped it meanwhile, it is to be received again.
      auto kept = keep(store(), mine, number);
      while (!kept && kept.error().code == Code::unavailable) kept = keep(store(), mine, number);
      EXPECT_TRUE(kept) << kept.error().message;
      EXPECT_TRUE(is_whole(store(), mine, number));
      EXPECT_EQ(read_all(store(), mine.name(number)).value(), mine.fragment(number));
      EXPECT_TRUE(store().drop(mine.name(number)));
      EXPECT_EQ(store().prove(mine.name(number), 0).error().code, Code::not_found);
    }
  };
  std::vector<std::jthread> running;
  for (unsigned i = 0; i < threads; ++i) running.emplace_back(work, i);
  running.clear();
  EXPECT_EQ(store().references().size(), threads);
  EXPECT_EQ(store().size_bytes(), threads * one.fragments[0].size());
  holder_.lose_power(0);
  for (unsigned i = 0; i < threads; ++i)
    EXPECT_TRUE(is_whole(store(), i % 2 == 0 ? one : other, i));
}

// What goes while it is looked at was not there; it was never damaged.
TEST_F(FragmentStoreTest, TakesNothingForDamagedThatIsDroppedMeanwhile) {
  const Sample sample = small_sample(1, 3000);
  const auto name = sample.name(0);
  std::atomic<bool> is_over = false;
  const auto look = [&](auto ask) {
    while (!is_over) {
      const auto answer = ask();
      if (!answer) {
        EXPECT_EQ(answer.error().code, Code::not_found) << answer.error().message;
      }
    }
  };
  {
    std::jthread reading([&] { look([&] { return read_all(store(), name); }); });
    std::jthread proving([&] { look([&] { return store().prove(name, 2); }); });
    std::jthread checking([&] { look([&] { return store().check(name); }); });
    for (int round = 0; round < 300; ++round) {
      EXPECT_TRUE(keep(store(), sample, 0));
      EXPECT_TRUE(store().drop(name));
    }
    is_over = true;
  }
  EXPECT_TRUE(store().references().empty());
  EXPECT_THAT(holder_.names(holder_.layout.quarantine()), IsEmpty());
}

// As the system's own tools see it, too.
TEST(FragmentStoreOnDisk, GivesBackWhatItKeeps) {
  const base::TemporaryFolder folder;
  const runtime::path holdings = folder.path() / "below" / "holdings";
  const Sample sample = medium_sample(1), small = small_sample(2);
  for (int i = 0; i < 2; ++i) {
    auto store = FragmentStore::open(runtime::posix_disk(), holdings).value();
    ASSERT_TRUE(keep(*store, sample, 3));
    ASSERT_TRUE(keep(*store, sample, 20));
    ASSERT_TRUE(keep(*store, small, 0));
    EXPECT_TRUE(is_whole(*store, sample, 3));
    EXPECT_TRUE(is_whole(*store, small, 0));
    ASSERT_TRUE(store->drop(sample.name(20)));
    EXPECT_EQ(store->kept(sample.plan.id()), Fragments().set(3));
    EXPECT_GT(store->free_bytes().value(), 0U);
  }
  const std::string hash = sample.hash(3).hex();
  const auto object = holdings / "objects" / hash.substr(0, 2) / hash;
  EXPECT_EQ(std::filesystem::file_size(object), sample.fragments[3].size());
  EXPECT_EQ(std::filesystem::file_size(tree_of(object)), 15U * 64);
}

TEST_F(FragmentStoreTest, LeavesOtherFilesAlone) {
  const runtime::path notes[] = {"/data/holdings/notes",
                                 "/data/holdings/objects/notes",
                                 "/data/holdings/objects/ab/notes",
                                 "/data/holdings/plans/ab/notes",
                                 "/data/holdings/incoming/notes",
                                 "/data/holdings/quarantine/notes"};
  ASSERT_TRUE(disk().make_folders("/data/holdings/objects/ab", 0700));
  ASSERT_TRUE(disk().make_folders("/data/holdings/plans/ab", 0700));
  for (const auto& note : notes) ASSERT_TRUE(disk().create(note, 0600));
  holder_.open();
  for (const auto& note : notes) EXPECT_TRUE(holder_.has_file(note)) << note;
}

}  // namespace
}  // namespace tesseras::replica

// check, rebuild and sweep.
#include <algorithm>
#include <array>

#include "preserve/vault/record.hpp"
#include "preserve/vault/vault_fixture.hpp"

namespace tesseras::vault {
namespace {

using base::Code;

constexpr const char* first_pack = "/data/blobs/packs/00000001.pack";

runtime::path file_of(std::string_view content) {
  const std::string name = id_of(content).hex();
  return "/data/blobs/" + name.substr(0, 2) + "/" + name.substr(2, 2) + "/" + name;
}

class CareTest : public testing::Test {
 protected:
  const std::string large = content_of("large", 100'000);
  const Sample sample = make_sample("sample", {"small", large});
  const Sample other = make_sample("other", {"another"});
  MemoryVault memory;

  CareTest() {
    EXPECT_TRUE(keep(*memory.vault, sample));
    EXPECT_TRUE(keep(*memory.vault, other));
  }
  // A while after everything on the disk was written.
  std::int64_t later(std::int64_t seconds) {
    return memory.disk.status(first_pack)->modified.unix_seconds + seconds;
  }
  // As a sector that the medium has lost.
  void zero(std::uint64_t offset, std::size_t size_bytes) {
    base::Bytes bytes(size_bytes);
    auto file = memory.disk.open_read(first_pack).value();
    ASSERT_EQ(file->read_at(offset, bytes).value(), size_bytes);
    for (std::size_t i = 0; i < size_bytes; ++i)
      for (unsigned bit = 0; bit < 8; ++bit)
        if ((std::to_integer<unsigned>(bytes[i]) >> bit & 1U) != 0)
          memory.disk.flip_bit(first_pack, offset + i, bit);
  }
  // Where in the first pack the record stands by which it was kept.
  std::uint64_t kept_record_of(const Sample& of) {
    auto file = memory.disk.open_read(first_pack).value();
    base::Bytes pack(file->status()->size_bytes);
    EXPECT_TRUE(file->read_at(0, pack));
    const auto kept = kept_record(std::vector{
        KeptEntry{of.content_hash(), id_of(of.ed25519), id_of(of.mldsa65), test_second}});
    const auto found = std::ranges::search(pack, kept);
    EXPECT_FALSE(found.empty());
    return static_cast<std::uint64_t>(found.begin() - pack.begin());
  }
};

TEST_F(CareTest, CheckFindsNothingInASoundVault) {
  const CheckReport report = memory.check();
  EXPECT_TRUE(report.problems.empty());
  EXPECT_EQ(report.tesserae, 2U);
  EXPECT_EQ(report.orphans, 0U);
  EXPECT_EQ(report.blobs, memory.index().blobs(std::nullopt, 1000).value().size());
  EXPECT_GT(report.bytes, 100'000U);
}

TEST_F(CareTest, CheckFindsAFlippedBitInAFileAndImportingMendsIt) {
  memory.disk.flip_bit(file_of(large), 77'777, 3);
  const CheckReport report = memory.check();
  ASSERT_EQ(report.problems.size(), 1U);
  EXPECT_EQ(report.problems[0].blob, id_of(large));
  EXPECT_EQ(report.problems[0].tesserae, std::vector{sample.content_hash()});
  EXPECT_EQ(memory.vault->open_blob(id_of(large)).error().code, Code::corrupt);
  EXPECT_EQ(memory.check().problems.size(), 1U) << "found again until it is mended";
  ASSERT_TRUE(keep(*memory.vault, sample));
  EXPECT_TRUE(memory.check().problems.empty());
  EXPECT_TRUE(is_whole(*memory.vault, sample));
}

TEST_F(CareTest, CheckFindsEveryFlippedBitInAPack) {
  const std::uint64_t size = memory.disk.status(first_pack)->size_bytes;
  for (std::uint64_t offset = 0; offset < size; offset += 31) {
    MemoryVault damaged;
    ASSERT_TRUE(keep(*damaged.vault, other));
    const std::uint64_t end = damaged.disk.status(first_pack)->size_bytes;
    if (offset >= end) break;
    damaged.disk.flip_bit(first_pack, offset, 5);
    EXPECT_FALSE(damaged.check().problems.empty()) << offset;
  }
}

TEST_F(CareTest, AFlippedBitInAPackIsMendedByImportingAndThenForgotten) {
  const BlobPlace place = *memory.index().blob(id_of("small")).value();
  ASSERT_EQ(place.where, Where::pack);
  memory.disk.flip_bit(first_pack, place.offset + record_header_size_bytes, 0);
  ASSERT_EQ(memory.check().problems.size(), 1U);
  ASSERT_TRUE(keep(*memory.vault, sample, later(1)));
  const CheckReport report = memory.check();
  EXPECT_TRUE(report.problems.empty()) << report.problems[0].what;
  EXPECT_EQ(report.orphans, 1U) << "the damaged record, which nobody needs";
}

TEST_F(CareTest, WhatWasMendedSurvivesARebuildAndTheNextWriter) {
  const BlobPlace place = *memory.index().blob(id_of("small")).value();
  memory.disk.flip_bit(first_pack, place.offset + record_header_size_bytes, 0);
  ASSERT_EQ(memory.check().problems.size(), 1U);
  ASSERT_TRUE(keep(*memory.vault, sample, later(1)));
  const RebuildReport report = memory.rebuild();
  EXPECT_EQ(report.problems.size(), 1U) << "the damaged record";
  ASSERT_TRUE(keep(*memory.vault, make_sample("third", {"third"}), later(2)));
  EXPECT_TRUE(is_whole(*memory.vault, sample));
}

TEST_F(CareTest, ADamagedHeaderIsMendedByImportingAndThenForgotten) {
  const BlobPlace place = *memory.index().blob(id_of("small")).value();
  for (std::uint64_t at = 0; at < record_header_size_bytes; ++at) {
    SCOPED_TRACE(at);
    MemoryVault damaged;
    ASSERT_TRUE(keep(*damaged.vault, sample));
    ASSERT_TRUE(keep(*damaged.vault, other));
    damaged.disk.flip_bit(first_pack, place.offset + at, 0);
    EXPECT_EQ(damaged.check().problems.size(), 1U);
    ASSERT_TRUE(keep(*damaged.vault, sample, later(1)));
    const CheckReport report = damaged.check();
    EXPECT_TRUE(report.problems.empty()) << report.problems[0].what;
    EXPECT_EQ(report.orphans, 1U);
    EXPECT_EQ(damaged.rebuild().problems.size(), 1U) << "what was skipped is told";
    EXPECT_TRUE(damaged.check().problems.empty()) << "and no commit record can have been there";
    EXPECT_TRUE(is_whole(*damaged.vault, sample));
  }
}

TEST_F(CareTest, ASectorOfBlobsIsMendedByImportingAndThenForgotten) {
  const Sample many = make_sample("many", {"m1", "m2", "m3", "m4", "m5", "m6"});
  ASSERT_TRUE(keep(*memory.vault, many));
  zero(memory.index().blob(id_of("m1")).value()->offset, 300);
  EXPECT_FALSE(memory.check().problems.empty());
  ASSERT_TRUE(keep(*memory.vault, many, later(1)));
  const CheckReport report = memory.check();
  EXPECT_TRUE(report.problems.empty()) << report.problems[0].what;
  EXPECT_TRUE(is_whole(*memory.vault, many));
}

TEST_F(CareTest, APackWithALostCommitRecordIsNeitherForgottenNorRewritten) {
  const Sample bulky = make_sample("bulky", {content_of("b1", 60'000), content_of("b2", 60'000)});
  ASSERT_TRUE(keep(*memory.vault, bulky));
  memory.disk.flip_bit(first_pack, kept_record_of(sample) + 9, 0);
  ASSERT_TRUE(memory.vault->remove(bulky.content_hash(), at_second(test_second)));
  EXPECT_EQ(memory.vault->sweep(at_second(later(1))).value().packs_rewritten, 0U);
  EXPECT_TRUE(memory.disk.status(first_pack));
  EXPECT_EQ(memory.check().problems.size(), 2U);
}

TEST_F(CareTest, ADamagedPackStaysUntilWhatItHeldIsMended) {
  const Sample bulky = make_sample("bulky", {content_of("b1", 60'000), content_of("b2", 60'000)});
  ASSERT_TRUE(keep(*memory.vault, bulky));
  const BlobPlace place = *memory.index().blob(id_of("small")).value();
  memory.disk.flip_bit(first_pack, place.offset + 20, 0);
  EXPECT_EQ(memory.check().problems.size(), 1U) << "and is marked as missing";
  ASSERT_TRUE(memory.vault->remove(bulky.content_hash(), at_second(test_second)));
  EXPECT_EQ(memory.vault->sweep(at_second(later(1))).value().packs_rewritten, 0U)
      << "its bytes may be all there is of it";
  ASSERT_TRUE(keep(*memory.vault, sample, later(2)));
  EXPECT_EQ(memory.vault->sweep(at_second(later(3))).value().packs_rewritten, 1U);
  EXPECT_TRUE(memory.check().problems.empty());
  EXPECT_EQ(memory.check().orphans, 0U);
  EXPECT_TRUE(is_whole(*memory.vault, sample));
}

TEST_F(CareTest, CheckNamesMissingFilesAndUnreadableOnes) {
  ASSERT_TRUE(memory.disk.remove(file_of(large)));
  const CheckReport report = memory.check();
  ASSERT_EQ(report.problems.size(), 1U);
  EXPECT_NE(report.problems[0].what.find("missing"), std::string::npos);

  MemoryVault unreadable;
  ASSERT_TRUE(keep(*unreadable.vault, sample));
  unreadable.disk.fail_reads(file_of(large));
  EXPECT_EQ(unreadable.check().problems.size(), 1U);
  EXPECT_EQ(unreadable.index().blob(id_of(large)).value()->where, Where::file)
      << "what cannot be read today is not given up";
}

TEST_F(CareTest, CheckStopsWhenAsked) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(memory.vault->check(runtime::no_progress(), stop.get_token()).error().code,
            Code::cancelled);
}

TEST_F(CareTest, RebuildGivesTheSameIndex) {
  ASSERT_TRUE(memory.vault->remove(other.content_hash(), at_second(test_second)));
  ASSERT_TRUE(keep(*memory.vault, make_sample("third", {large, "third"})));
  ASSERT_TRUE(keep(*memory.vault, other, test_second + 9));
  const std::string before = dump(memory.index());
  const RebuildReport report = memory.rebuild();
  EXPECT_TRUE(report.problems.empty());
  EXPECT_EQ(report.tesserae, 3U);
  EXPECT_EQ(report.blobs, memory.index().blobs(std::nullopt, 1000).value().size());
  EXPECT_EQ(dump(memory.index()), before);
}

TEST_F(CareTest, RemovedStaysRemovedThroughARebuild) {
  ASSERT_TRUE(memory.vault->remove(other.content_hash(), at_second(test_second)));
  memory.rebuild();
  EXPECT_EQ(titles(*memory.vault), std::vector<std::string>{"sample"});
  EXPECT_TRUE(memory.index().unlisted_blobs().value().empty());
}

TEST_F(CareTest, RebuildNamesWhatIsMissingAndKeepsTheRest) {
  ASSERT_TRUE(memory.disk.remove(file_of(large)));
  const RebuildReport report = memory.rebuild();
  ASSERT_EQ(report.problems.size(), 1U);
  EXPECT_EQ(report.problems[0].blob, id_of(large));
  EXPECT_EQ(report.problems[0].tesserae, std::vector{sample.content_hash()});
  EXPECT_EQ(memory.vault->list().value().size(), 2U);
  EXPECT_EQ(memory.vault->open_blob(id_of(large)).error().code, Code::corrupt);
  ASSERT_TRUE(keep(*memory.vault, sample));
  EXPECT_TRUE(is_whole(*memory.vault, sample));
}

TEST_F(CareTest, ALostManifestHidesNothingFromAPersonAndNothingIsSwept) {
  const BlobPlace place = *memory.index().blob(BlobId{sample.content_hash().bytes}).value();
  memory.disk.flip_bit(first_pack, place.offset + 60, 0);
  const RebuildReport report = memory.rebuild();
  EXPECT_FALSE(report.problems.empty());
  const TesseraInfo info = memory.vault->tessera(sample.content_hash()).value();
  EXPECT_FALSE(info.is_readable);
  ASSERT_TRUE(memory.vault->sweep(at_second(later(100'000))));
  EXPECT_TRUE(memory.disk.status(file_of(large))) << "it may belong to that tessera";
  ASSERT_TRUE(keep(*memory.vault, sample));
  EXPECT_TRUE(is_whole(*memory.vault, sample));
  EXPECT_TRUE(memory.vault->tessera(sample.content_hash())->is_readable);
}

TEST_F(CareTest, OrphansOfALostRecordAreNotSwept) {
  // The commit record of `sample` lies before what `other` brought, so its loss is no torn end.
  memory.disk.flip_bit(first_pack, kept_record_of(sample) + 70, 1);
  EXPECT_EQ(memory.check().problems.size(), 2U) << "the damage, and the tessera nobody vouches for";
  EXPECT_FALSE(memory.rebuild().problems.empty());
  EXPECT_EQ(titles(*memory.vault), std::vector<std::string>{"other"});
  ASSERT_TRUE(memory.vault->sweep(at_second(later(100'000))));
  EXPECT_TRUE(memory.disk.status(file_of(large)));
}

TEST_F(CareTest, RebuildTakesNoGarbageForBlobs) {
  ASSERT_TRUE(memory.disk.create("/data/blobs/notes.txt", 0600));
  ASSERT_TRUE(memory.disk.make_folders("/data/blobs/ab/cd", 0700));
  ASSERT_TRUE(memory.disk.create("/data/blobs/ab/cd/" + std::string(64, 'a'), 0600));
  const std::string before = dump(memory.index());
  EXPECT_EQ(memory.rebuild().problems.size(), 2U);
  EXPECT_EQ(dump(memory.index()), before);
  EXPECT_EQ(memory.check().problems.size(), 2U);
}

TEST_F(CareTest, SweepTakesOrphansOnlyWhenTheyAreOld) {
  const std::string orphan = content_of("orphan", 70'000);
  const runtime::path file = file_of(orphan);
  ASSERT_TRUE(memory.disk.make_folders(file.parent_path(), 0700));
  ASSERT_TRUE(memory.disk.create(file, 0600).value()->append(base::as_bytes(orphan)));
  EXPECT_EQ(memory.check().orphans, 1U);
  EXPECT_EQ(memory.vault->sweep(at_second(later(3600))).value().files_removed, 0U);
  const SweepReport report = memory.vault->sweep(at_second(later(3601))).value();
  EXPECT_EQ(report.files_removed, 1U);
  EXPECT_EQ(report.bytes_freed, 70'000U);
  EXPECT_FALSE(memory.disk.status(file));
  EXPECT_TRUE(is_whole(*memory.vault, sample));
}

TEST_F(CareTest, SweepLeavesATransactionThatIsUnderWay) {
  auto transaction = memory.vault->begin().value();
  ASSERT_TRUE(transaction->put(base::as_bytes(content_of("slow", 70'000))));
  EXPECT_EQ(memory.vault->sweep(at_second(later(100'000))).value().files_removed, 0U);
  EXPECT_EQ(memory.disk.list("/data/blobs/tmp").value().size(), 1U);
  // Its process dies: the lock is free, the files stay.
  std::vector<runtime::path> all;
  const auto folder = "/data/blobs/tmp/" + memory.disk.list("/data/blobs/tmp").value()[0].name;
  memory.disk.lose_power(1);
  EXPECT_TRUE(memory.disk.status(folder));
  EXPECT_EQ(memory.vault->sweep(at_second(later(100'000))).value().files_removed, 1U);
  EXPECT_TRUE(memory.disk.list("/data/blobs/tmp").value().empty());
}

TEST_F(CareTest, SweepRewritesPacksThatAreMostlyDead) {
  const Sample bulky = make_sample("bulky", {content_of("b1", 60'000), content_of("b2", 60'000)});
  ASSERT_TRUE(keep(*memory.vault, bulky));
  BlobReader reader = memory.vault->open_blob(id_of("small")).value();
  ASSERT_TRUE(memory.vault->remove(bulky.content_hash(), at_second(test_second)));
  const SweepReport report = memory.vault->sweep(at_second(later(1))).value();
  EXPECT_EQ(report.packs_rewritten, 1U);
  EXPECT_GT(report.bytes_freed, 120'000U);
  EXPECT_FALSE(memory.disk.status(first_pack));
  std::array<std::byte, 5> bytes{};
  EXPECT_EQ(reader.read_at(0, bytes).value(), 5U) << "who had it open reads on";
  EXPECT_TRUE(is_whole(*memory.vault, sample));
  EXPECT_TRUE(is_whole(*memory.vault, other));
  EXPECT_TRUE(memory.check().problems.empty());
  EXPECT_EQ(memory.vault->sweep(at_second(later(2))).value().packs_rewritten, 0U);
  memory.rebuild();
  EXPECT_EQ(memory.vault->list().value().size(), 2U);
  EXPECT_TRUE(is_whole(*memory.vault, sample));
}

TEST_F(CareTest, APackOfSharedBlobsAloneSurvivesARebuild) {
  // Its own tessera is removed; what remains is listed by tesserae that other packs vouch for.
  MemoryVault fresh;
  const std::string shared = content_of("shared", 60'000);
  const Sample brings =
      make_sample("brings", {shared, content_of("x", 65'000), content_of("y", 65'000)});
  const Sample uses = make_sample("uses", {shared});
  ASSERT_TRUE(keep(*fresh.vault, brings));
  ASSERT_TRUE(keep(*fresh.vault, uses));
  ASSERT_TRUE(fresh.vault->remove(brings.content_hash(), at_second(test_second)));
  ASSERT_EQ(fresh.vault->sweep(at_second(test_second)).value().packs_rewritten, 1U);
  EXPECT_TRUE(fresh.rebuild().problems.empty());
  EXPECT_TRUE(is_whole(*fresh.vault, uses));
}

TEST_F(CareTest, ADamagedPackIsNotRewritten) {
  const Sample bulky = make_sample("bulky", {content_of("b1", 60'000), content_of("b2", 60'000)});
  ASSERT_TRUE(keep(*memory.vault, bulky));
  ASSERT_TRUE(memory.vault->remove(bulky.content_hash(), at_second(test_second)));
  const BlobPlace place = *memory.index().blob(id_of("small")).value();
  memory.disk.flip_bit(first_pack, place.offset + 53, 0);
  EXPECT_EQ(memory.vault->sweep(at_second(later(1))).value().packs_rewritten, 0U);
  EXPECT_TRUE(memory.disk.status(first_pack));
}

TEST_F(CareTest, CommitsSweepNowAndThen) {
  const runtime::path file = file_of(content_of("orphan", 70'000));
  ASSERT_TRUE(memory.disk.make_folders(file.parent_path(), 0700));
  ASSERT_TRUE(memory.disk.create(file, 0600));
  ASSERT_TRUE(keep(*memory.vault, make_sample("a", {"a"}), test_second + 3599));
  EXPECT_TRUE(memory.disk.status(file));
  ASSERT_TRUE(keep(*memory.vault, make_sample("b", {"b"}), test_second + 3600));
  EXPECT_FALSE(memory.disk.status(file));
}

}  // namespace
}  // namespace tesseras::vault

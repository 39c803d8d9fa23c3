#include "preserve/vault/vault.hpp"

#include "preserve/vault/vault_fixture.hpp"

namespace tesseras::vault {
namespace {

using base::Code;
using testing::Test;

class VaultTest : public Test {
 protected:
  MemoryVault memory;
  Vault& vault() { return *memory.vault; }
  std::size_t files_in(const char* folder) {
    const auto entries = memory.disk.list(folder);
    return entries ? entries->size() : 0;
  }
};

TEST_F(VaultTest, KeepsATesseraAndGivesItBack) {
  const Sample sample = make_sample("Ericeira", {"one", content_of("two", 200'000)});
  ASSERT_TRUE(keep(vault(), sample));
  EXPECT_TRUE(is_whole(vault(), sample));
  const TesseraInfo info = vault().tessera(sample.content_hash()).value();
  EXPECT_EQ(info.title, "Ericeira");
  EXPECT_EQ(info.visibility, "public");
  EXPECT_EQ(info.language, "und");
  EXPECT_EQ(info.memories, 2U);
  EXPECT_EQ(info.media_bytes, 200'003U);
  EXPECT_EQ(info.kept_at, at_second(test_second));
  std::uint64_t size = sample.manifest.text().size();
  for (const std::string& content : sample.files) size += content.size();
  EXPECT_EQ(info.size_bytes, size);
  EXPECT_EQ(vault().list().value(), std::vector{info});
  // One large file, one pack, nothing left under way.
  EXPECT_EQ(files_in("/data/blobs/packs"), 1U);
  EXPECT_EQ(files_in("/data/blobs/tmp"), 0U);
  const std::string name = id_of(content_of("two", 200'000)).hex();
  EXPECT_TRUE(memory.disk.status("/data/blobs/" + name.substr(0, 2) + "/" + name.substr(2, 2) +
                                 "/" + name));
}

TEST_F(VaultTest, TheBoundaryBetweenPacksAndFiles) {
  const std::string below = content_of("below", 65'535);
  const std::string above = content_of("above", 65'536);
  const Sample sample = make_sample("both", {below, above, ""});
  ASSERT_TRUE(keep(vault(), sample));
  EXPECT_TRUE(is_whole(vault(), sample));
  EXPECT_EQ(memory.index().blob(id_of(below)).value()->where, Where::pack);
  EXPECT_EQ(memory.index().blob(id_of(above)).value()->where, Where::file);
  EXPECT_EQ(memory.index().blob(id_of("")).value()->where, Where::pack);
}

TEST_F(VaultTest, WritersTakeBytesInAnyPieces) {
  const std::string content = content_of("pieces", 300'000);
  for (const std::size_t piece : {1'000U, 65'535U, 65'536U, 300'000U}) {
    const auto transaction = vault().begin().value();
    BlobWriter here = transaction->writer();
    BlobWriter by_caller = transaction->writer(Transaction::Hashing::by_caller);
    for (std::size_t at = 0; at < content.size(); at += piece) {
      const auto part = base::as_bytes(std::string_view(content).substr(at, piece));
      ASSERT_TRUE(here.append(part));
      ASSERT_TRUE(by_caller.append(part));
    }
    EXPECT_EQ(here.finish().value(), id_of(content));
    EXPECT_TRUE(by_caller.finish(id_of(content)));
  }
}

TEST_F(VaultTest, ABlobIsHeldOnce) {
  const std::string shared = content_of("shared", 100'000);
  ASSERT_TRUE(keep(vault(), make_sample("first", {shared, "small"})));
  const std::uint64_t before = memory.disk.used_bytes();
  const Sample second = make_sample("second", {shared, "small"});
  const auto transaction = vault().begin().value();
  ASSERT_TRUE(put_files(*transaction, second));
  EXPECT_LT(memory.disk.used_bytes(), before + 10'000);
  const KeptTessera kept[] = {second.kept()};
  ASSERT_TRUE(transaction->commit(kept, at_second(test_second)));
  EXPECT_TRUE(is_whole(vault(), second));
  EXPECT_LT(memory.disk.used_bytes(), before + 20'000);
}

TEST_F(VaultTest, NothingIsSeenBeforeTheCommit) {
  const Sample sample = make_sample("draft", {"one", content_of("two", 100'000)});
  {
    const auto transaction = vault().begin().value();
    ASSERT_TRUE(put_files(*transaction, sample));
    EXPECT_TRUE(titles(vault()).empty());
    EXPECT_EQ(vault().open_blob(id_of("one")).error().code, Code::not_found);
  }
  EXPECT_EQ(files_in("/data/blobs/tmp"), 0U);
  EXPECT_EQ(files_in("/data/blobs/packs"), 0U);
}

TEST_F(VaultTest, AWriterThatIsDroppedLeavesNothing) {
  const auto transaction = vault().begin().value();
  {
    BlobWriter writer = transaction->writer();
    ASSERT_TRUE(writer.append(base::Bytes(200'000)));
    EXPECT_EQ(memory.disk.list("/data/blobs/tmp").value().size(), 1U);
  }
  const auto folder = memory.disk.list("/data/blobs/tmp").value().at(0).name;
  EXPECT_EQ(memory.disk.list("/data/blobs/tmp/" + folder).value().size(), 1U) << "the lock alone";
}

TEST_F(VaultTest, CommitsSeveralAtOnce) {
  const Sample first = make_sample("first", {"one", "both"}, 20);
  const Sample second = make_sample("second", {"two", "both"}, 10);
  const auto transaction = vault().begin().value();
  ASSERT_TRUE(put_files(*transaction, first));
  ASSERT_TRUE(put_files(*transaction, second));
  const KeptTessera kept[] = {first.kept(), second.kept(), first.kept()};
  ASSERT_TRUE(transaction->commit(kept, at_second(test_second)));
  EXPECT_EQ(titles(vault()), (std::vector<std::string>{"second", "first"}));
  EXPECT_TRUE(is_whole(vault(), first));
  EXPECT_TRUE(is_whole(vault(), second));
}

TEST_F(VaultTest, KeepingAgainChangesNothing) {
  const Sample sample = make_sample("same", {"one"});
  ASSERT_TRUE(keep(vault(), sample));
  const std::string before = dump(memory.index());
  ASSERT_TRUE(keep(vault(), sample, test_second + 5));
  EXPECT_EQ(dump(memory.index()), before);
}

TEST_F(VaultTest, RefusesATesseraThatIsNotWhole) {
  const Sample sample = make_sample("torn", {"one", "two"});
  const auto transaction = vault().begin().value();
  for (const std::string& content : sample.files) {
    if (content == "two") continue;
    ASSERT_TRUE(transaction->put(base::as_bytes(content)));
  }
  const KeptTessera kept[] = {sample.kept()};
  const auto result = transaction->commit(kept, at_second(test_second));
  EXPECT_EQ(result.error().code, Code::not_found);
  EXPECT_NE(result.error().message.find(id_of("two").hex()), std::string::npos);
  EXPECT_TRUE(titles(vault()).empty());
}

TEST_F(VaultTest, WhatNoTesseraListsIsNotKept) {
  const Sample sample = make_sample("sample", {"one"});
  const auto transaction = vault().begin().value();
  ASSERT_TRUE(put_files(*transaction, sample));
  ASSERT_TRUE(transaction->put(base::as_bytes("stray")));
  ASSERT_TRUE(transaction->put(base::as_bytes(content_of("stray", 100'000))));
  const KeptTessera kept[] = {sample.kept()};
  ASSERT_TRUE(transaction->commit(kept, at_second(test_second)));
  EXPECT_EQ(vault().blob_size_bytes(id_of("stray")).value(), std::nullopt);
  EXPECT_TRUE(memory.index().unlisted_blobs().value().empty());
  EXPECT_EQ(memory.check().orphans, 0U);
}

TEST_F(VaultTest, FindsByPrefix) {
  const Sample sample = make_sample("sample", {"one"});
  ASSERT_TRUE(keep(vault(), sample));
  const std::string hex = sample.content_hash().hex();
  EXPECT_EQ(vault().find(hex).value(), sample.content_hash());
  EXPECT_EQ(vault().find(hex.substr(0, 8)).value(), sample.content_hash());
  std::string upper = hex.substr(0, 12);
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  EXPECT_EQ(vault().find(upper).value(), sample.content_hash());
  EXPECT_EQ(vault().find(hex.substr(0, 7)).error().code, Code::invalid);
  EXPECT_EQ(vault().find(hex + "0").error().code, Code::invalid);
  EXPECT_EQ(vault().find("not a hash").error().code, Code::invalid);
  EXPECT_EQ(vault().find("").error().code, Code::invalid);
  const std::string other = hex.substr(0, 63) + (hex.back() == '0' ? "1" : "0");
  EXPECT_EQ(vault().find(other).error().code, Code::not_found);
}

TEST_F(VaultTest, APrefixOfSeveralIsNamedSo) {
  // Straight into the index: no one finds two hashes of eight equal digits in a test.
  Change change;
  for (const char last : {'1', '2'}) {
    IndexedTessera tessera;
    tessera.info.content_hash = *ContentHash::from_hex(std::string(63, 'a') + last);
    change.tesserae.push_back(tessera);
  }
  ASSERT_TRUE(memory.index().apply(change));
  const auto result = vault().find("aaaaaaaa");
  EXPECT_EQ(result.error().code, Code::conflict);
  EXPECT_EQ(result.error().message, "2 tesserae begin with aaaaaaaa; give more digits");
}

TEST_F(VaultTest, RemovesWhatNoOtherLists) {
  const std::string shared = content_of("shared", 100'000);
  const std::string own = content_of("own", 100'000);
  const Sample stays = make_sample("stays", {shared});
  const Sample goes = make_sample("goes", {shared, own, "small"});
  ASSERT_TRUE(keep(vault(), stays));
  ASSERT_TRUE(keep(vault(), goes));
  BlobReader reader = vault().open_blob(id_of(own)).value();
  ASSERT_TRUE(vault().remove(goes.content_hash(), at_second(test_second)));
  EXPECT_EQ(titles(vault()), std::vector<std::string>{"stays"});
  EXPECT_TRUE(is_whole(vault(), stays));
  EXPECT_EQ(vault().open_blob(id_of(own)).error().code, Code::not_found);
  EXPECT_EQ(vault().open_blob(id_of("small")).error().code, Code::not_found);
  EXPECT_EQ(vault().remove(goes.content_hash(), at_second(test_second)).error().code,
            Code::not_found);
  base::Bytes bytes(reader.size_bytes());
  EXPECT_EQ(reader.read_at(0, bytes).value(), bytes.size()) << "open blobs stay readable";
  EXPECT_EQ(memory.check().orphans, 0U);

  ASSERT_TRUE(keep(vault(), goes));
  EXPECT_TRUE(is_whole(vault(), goes));
  EXPECT_TRUE(memory.check().problems.empty());
}

TEST_F(VaultTest, AMissingOrShortBlobIsNamed) {
  const std::string large = content_of("large", 100'000);
  const Sample sample = make_sample("sample", {large});
  ASSERT_TRUE(keep(vault(), sample));
  const std::string name = id_of(large).hex();
  const runtime::path file =
      "/data/blobs/" + name.substr(0, 2) + "/" + name.substr(2, 2) + "/" + name;
  ASSERT_TRUE(memory.disk.open_append(file).value()->truncate(99'999));
  auto result = vault().open_blob(id_of(large));
  EXPECT_EQ(result.error().code, Code::corrupt);
  ASSERT_TRUE(memory.disk.remove(file));
  result = vault().open_blob(id_of(large));
  EXPECT_EQ(result.error().code, Code::corrupt);
  EXPECT_NE(result.error().message.find(name), std::string::npos);
}

TEST_F(VaultTest, ReadBlobChecksNameAndSize) {
  const Sample sample = make_sample("sample", {"some words"});
  ASSERT_TRUE(keep(vault(), sample));
  EXPECT_EQ(vault().read_blob(id_of("some words"), 9).error().code, Code::exhausted);
  const BlobPlace place = *memory.index().blob(id_of("some words")).value();
  memory.disk.flip_bit("/data/blobs/packs/00000001.pack", place.offset + 52 + 3, 0);
  EXPECT_EQ(vault().read_blob(id_of("some words"), 100).error().code, Code::corrupt);
}

TEST_F(VaultTest, SaysWhenThereIsNoVault) {
  const auto none = Vault::open(memory.disk, "/elsewhere", *memory_index_home());
  EXPECT_EQ(none.error().code, Code::not_found);
  EXPECT_NE(none.error().message.find("tes init"), std::string::npos);
  EXPECT_TRUE(Vault::create(memory.disk, "/data", *memory.indexes)) << "twice is safe";
}

TEST_F(VaultTest, AMissingFolderIsNamedAndNeverTakenForAnEmptyVault) {
  const Sample sample = make_sample("sample", {"one", content_of("large", 100'000)});
  for (const char* folder : {"/data/blobs/packs", "/data/blobs"}) {
    MemoryVault torn;
    ASSERT_TRUE(keep(*torn.vault, sample));
    ASSERT_TRUE(torn.disk.rename(folder, "/away"));
    // A vault that is open already says so too.
    EXPECT_EQ(torn.vault->read_blob(id_of("one"), 100).error().code, Code::corrupt);
    EXPECT_EQ(torn.vault->check(runtime::no_progress(), {}).error().code, Code::corrupt);
    const auto opened = Vault::open(torn.disk, "/data", *torn.indexes);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Code::corrupt);
    EXPECT_EQ(opened.error().message,
              "the folder /data/blobs/packs of the vault is missing; put it back from a copy, or "
              "run `tes init` for an empty one, and `tes vault check` to see what to import again");
    const auto rebuilt =
        Vault::rebuild(torn.disk, "/data", *torn.indexes, runtime::no_progress(), {});
    ASSERT_FALSE(rebuilt) << "it would forget what the index knows";
    EXPECT_EQ(rebuilt.error().code, Code::not_found);

    ASSERT_TRUE(Vault::create(torn.disk, "/data", *torn.indexes));
    torn.open();
    EXPECT_EQ(titles(*torn.vault), std::vector<std::string>{"sample"});
    EXPECT_FALSE(torn.check().problems.empty());
    ASSERT_TRUE(keep(*torn.vault, sample));
    EXPECT_TRUE(is_whole(*torn.vault, sample));
  }
}

TEST_F(VaultTest, NeverPutsAnEmptyIndexOverBlobs) {
  ASSERT_TRUE(keep(vault(), make_sample("sample", {"one"})));
  const auto lost = memory_index_home();
  EXPECT_EQ(Vault::open(memory.disk, "/data", *lost).error().code, Code::corrupt);
  const auto created = Vault::create(memory.disk, "/data", *lost);
  EXPECT_EQ(created.error().code, Code::corrupt);
  EXPECT_NE(created.error().message.find("tes vault rebuild"), std::string::npos);
}

TEST_F(VaultTest, AWriterWaitsForItsTurnAndSaysSo) {
  const auto held = memory.disk.lock("/data/lock", std::chrono::milliseconds(0));
  ASSERT_TRUE(held);
  const auto result = keep(vault(), make_sample("sample", {"one"}));
  EXPECT_EQ(result.error().code, Code::unavailable);
  EXPECT_NE(result.error().message.find("busy"), std::string::npos);
  EXPECT_TRUE(titles(vault()).empty()) << "reading is not blocked";
}

TEST_F(VaultTest, ABlobThatVanishedMeanwhileIsNoticed) {
  const std::string large = content_of("large", 100'000);
  const Sample first = make_sample("first", {large});
  const Sample second = make_sample("second", {large});
  ASSERT_TRUE(keep(vault(), first));
  const auto transaction = vault().begin().value();
  ASSERT_TRUE(put_files(*transaction, second));
  ASSERT_TRUE(vault().remove(first.content_hash(), at_second(test_second)));
  const KeptTessera kept[] = {second.kept()};
  EXPECT_EQ(transaction->commit(kept, at_second(test_second)).error().code, Code::unavailable);
  EXPECT_TRUE(titles(vault()).empty());
  EXPECT_TRUE(keep(vault(), second)) << "trying again works";
}

TEST_F(VaultTest, ManySmallBlobsBecomeAPackOfTheirOwn) {
  std::vector<std::string> media;
  media.reserve(90);
  for (int i = 0; i < 90; ++i) media.push_back(content_of("m" + std::to_string(i), 60'000));
  const Sample many = make_sample("many", media);
  ASSERT_TRUE(keep(vault(), make_sample("few", {"one"})));
  ASSERT_TRUE(keep(vault(), many));
  EXPECT_EQ(files_in("/data/blobs/packs"), 2U);
  EXPECT_TRUE(is_whole(vault(), many));
  ASSERT_TRUE(keep(vault(), make_sample("more", {"two"})));
  EXPECT_EQ(files_in("/data/blobs/packs"), 2U);
  EXPECT_TRUE(memory.check().problems.empty());
}

}  // namespace
}  // namespace tesseras::vault

// What every body of Index must do. A body's test gives a type with `IndexHome& home()` whose
// home has an index already, and
//
//   INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, IndexSuite, SqlitePlace);
#pragma once

#include <gtest/gtest.h>

#include <algorithm>

#include "preserve/vault/vault_fixture.hpp"

namespace tesseras::vault {

template <class Place>
class IndexSuite : public testing::Test {
 public:
  void SetUp() override { open(); }

  void open() {
    index_.reset();
    auto opened = place_.home().open();
    ASSERT_TRUE(opened) << opened.error().message;
    index_ = std::move(*opened);
  }

  IndexHome& home() { return place_.home(); }
  Index& index() { return *index_; }
  void close() { index_.reset(); }

  static PlacedBlob in_file(std::string_view name, std::uint64_t size_bytes) {
    return {id_of(name), {size_bytes, Where::file, 0, 0}};
  }
  static PlacedBlob in_pack(std::string_view name, std::uint32_t pack, std::uint64_t offset,
                            std::uint64_t size_bytes = 10) {
    return {id_of(name), {size_bytes, Where::pack, pack, offset}};
  }

  static IndexedTessera tessera(std::string_view name, std::int64_t created,
                                const std::vector<std::string>& blobs) {
    IndexedTessera tessera;
    tessera.info.content_hash = ContentHash{id_of(name).bytes};
    tessera.info.created = at_second(created);
    tessera.info.kept_at = at_second(created + 1);
    tessera.info.title = name;
    tessera.info.visibility = "public";
    tessera.info.language = "pt";
    tessera.info.creator.bytes.fill(std::byte{9});
    tessera.info.memories = 3;
    tessera.info.media_bytes = std::uint64_t{1} << 40U;
    tessera.info.size_bytes = (std::uint64_t{1} << 40U) + 1;
    tessera.info.signature_ed25519 = id_of("ed");
    tessera.info.signature_mldsa65 = id_of("ml");
    for (const std::string& blob : blobs) tessera.blobs.push_back(id_of(blob));
    return tessera;
  }

  static std::vector<BlobId> named(const std::vector<std::string>& names) {
    std::vector<BlobId> ids;
    ids.reserve(names.size());
    for (const std::string& name : names) ids.push_back(id_of(name));
    std::ranges::sort(ids);
    return ids;
  }
  static std::vector<BlobId> ids(const std::vector<PlacedBlob>& blobs) {
    std::vector<BlobId> ids;
    ids.reserve(blobs.size());
    for (const PlacedBlob& blob : blobs) ids.push_back(blob.id);
    return ids;
  }

  // Two tesserae that share a blob.
  void fill() {
    Change change;
    change.blobs = {in_file("large", std::uint64_t{1} << 40U), in_pack("small", 1, 100),
                    in_pack("first", 1, 0), in_pack("other", 2, 0)};
    change.tesserae = {tessera("a", 20, {"large", "small"}), tessera("b", 10, {"small", "first"})};
    change.packs = {{1, 200, 50, false}, {2, 60, 0, false}};
    ASSERT_TRUE(index().apply(change));
  }

 private:
  Place place_;
  std::unique_ptr<Index> index_;
};

TYPED_TEST_SUITE_P(IndexSuite);

TYPED_TEST_P(IndexSuite, IsEmptyAtFirst) {
  Index& index = this->index();
  EXPECT_TRUE(index.is_writable());
  EXPECT_TRUE(index.tesserae().value().empty());
  EXPECT_TRUE(index.blobs(std::nullopt, 10).value().empty());
  EXPECT_TRUE(index.packs().value().empty());
  EXPECT_TRUE(index.pack_loads().value().empty());
  EXPECT_EQ(index.swept_at().value(), std::nullopt);
  EXPECT_EQ(index.blob(id_of("x")).value(), std::nullopt);
  EXPECT_EQ(index.tessera({}).value(), std::nullopt);
  EXPECT_TRUE(index.check());
}

TYPED_TEST_P(IndexSuite, GivesBackWhatWasPut) {
  this->fill();
  this->open();  // from the medium, where there is one
  Index& index = this->index();
  EXPECT_EQ(index.blob(id_of("large")).value(), this->in_file("large", 1ULL << 40U).place);
  EXPECT_EQ(index.blob(id_of("small")).value(), this->in_pack("small", 1, 100).place);
  EXPECT_EQ(
      index.places(std::vector{id_of("large"), id_of("x"), id_of("small")}).value(),
      (std::vector<std::optional<BlobPlace>>{this->in_file("large", 1ULL << 40U).place,
                                             std::nullopt, this->in_pack("small", 1, 100).place}));
  EXPECT_EQ(index.tessera(ContentHash{id_of("a").bytes}).value(), this->tessera("a", 20, {}).info);
  EXPECT_EQ(index.tesserae().value(),
            (std::vector{this->tessera("b", 10, {}).info, this->tessera("a", 20, {}).info}));
  EXPECT_EQ(this->ids(index.blobs_of(ContentHash{id_of("a").bytes}).value()),
            this->named({"large", "small"}));
  EXPECT_EQ(this->ids(index.blobs_only_of(ContentHash{id_of("a").bytes}).value()),
            this->named({"large"}));
  EXPECT_EQ(index.tesserae_with(id_of("small")).value().size(), 2U);
  EXPECT_EQ(index.tesserae_with(id_of("none")).value().size(), 0U);
  EXPECT_EQ(this->ids(index.unlisted_blobs().value()), this->named({"other"}));
  EXPECT_EQ(index.packs().value(),
            (std::vector<PackState>{{1, 200, 50, false}, {2, 60, 0, false}}));
  EXPECT_EQ(index.pack_loads().value(), (std::vector<PackLoad>{{1, 2, 20}, {2, 1, 10}}));
  EXPECT_EQ(index.blobs_in_pack(1).value(),
            (std::vector{this->in_pack("first", 1, 0), this->in_pack("small", 1, 100)}));
  EXPECT_TRUE(index.check());
}

TYPED_TEST_P(IndexSuite, PagesThroughBlobsInOrder) {
  this->fill();
  const auto all = this->index().blobs(std::nullopt, 100).value();
  EXPECT_EQ(this->ids(all), this->named({"large", "small", "first", "other"}));
  std::vector<PlacedBlob> paged;
  std::optional<BlobId> after;
  for (;;) {
    const auto page = this->index().blobs(after, 3).value();
    if (page.empty()) break;
    EXPECT_LE(page.size(), 3U);
    paged.insert(paged.end(), page.begin(), page.end());
    after = page.back().id;
  }
  EXPECT_EQ(paged, all);
}

TYPED_TEST_P(IndexSuite, FindsTesseraeBetween) {
  this->fill();
  ContentHash first;
  ContentHash last;
  last.bytes.fill(std::byte{0xff});
  Index& index = this->index();
  EXPECT_EQ(index.tesserae_between(first, last, 10).value().size(), 2U);
  EXPECT_EQ(index.tesserae_between(first, last, 1).value().size(), 1U);
  const ContentHash a{id_of("a").bytes};
  EXPECT_EQ(index.tesserae_between(a, a, 10).value(), std::vector{a});
  EXPECT_TRUE(index.tesserae_between(last, last, 10).value().empty());
}

TYPED_TEST_P(IndexSuite, RemovingATesseraLeavesItsBlobsUntilTheyAreForgotten) {
  this->fill();
  Index& index = this->index();
  Change change;
  change.removed = {ContentHash{id_of("a").bytes}, ContentHash{id_of("never there").bytes}};
  ASSERT_TRUE(index.apply(change));
  EXPECT_EQ(index.tesserae().value().size(), 1U);
  EXPECT_EQ(this->ids(index.unlisted_blobs().value()), this->named({"large", "other"}));
  change = {};
  change.forgotten = {id_of("large"), id_of("never there")};
  ASSERT_TRUE(index.apply(change));
  EXPECT_EQ(index.blob(id_of("large")).value(), std::nullopt);
}

TYPED_TEST_P(IndexSuite, AChangeThatCannotBeChangesNothing) {
  this->fill();
  const std::string before = dump(this->index());
  Change forgets_listed;
  forgets_listed.blobs = {this->in_file("new", 5)};
  forgets_listed.forgotten = {id_of("small")};
  EXPECT_EQ(this->index().apply(forgets_listed).error().code, base::Code::internal);
  Change lists_unknown;
  lists_unknown.blobs = {this->in_file("new", 5)};
  lists_unknown.tesserae = {this->tessera("c", 5, {"new", "unknown"})};
  EXPECT_EQ(this->index().apply(lists_unknown).error().code, base::Code::internal);
  EXPECT_EQ(dump(this->index()), before);
  EXPECT_TRUE(this->index().apply({}));
}

TYPED_TEST_P(IndexSuite, PutsAgainInPlace) {
  this->fill();
  Change change;
  change.blobs = {this->in_pack("small", 3, 7), {id_of("large"), {5, Where::missing, 0, 0}}};
  change.tesserae = {this->tessera("a", 30, {"first"})};
  change.packs = {{1, 300, 60, true}};
  change.gone_packs = {2, 99};
  change.swept_at = -5;
  ASSERT_TRUE(this->index().apply(change));
  Index& index = this->index();
  EXPECT_EQ(index.blob(id_of("small")).value(), this->in_pack("small", 3, 7).place);
  EXPECT_EQ(index.blob(id_of("large")).value()->where, Where::missing);
  EXPECT_EQ(index.places(std::vector{id_of("large")}).value().front()->where, Where::missing);
  EXPECT_EQ(index.tesserae().value().back().created, at_second(30));
  EXPECT_EQ(this->ids(index.blobs_of(ContentHash{id_of("a").bytes}).value()),
            this->named({"first"}));
  EXPECT_EQ(index.packs().value(), (std::vector<PackState>{{1, 300, 60, true}}));
  EXPECT_EQ(index.swept_at().value(), -5);
}

TYPED_TEST_P(IndexSuite, CountsItsChanges) {
  const std::uint64_t before = this->index().version().value();
  this->fill();
  EXPECT_GT(this->index().version().value(), before);
  const std::uint64_t now = this->index().version().value();
  EXPECT_EQ(this->index().version().value(), now);
  // Another opening of the same index sees the same, and each sees what the other does.
  auto other = this->home().open().value();
  EXPECT_EQ(other->version().value(), now);
  ASSERT_TRUE(other->apply({}));
  EXPECT_GT(this->index().version().value(), now);
}

TYPED_TEST_P(IndexSuite, IsReplacedByANewOne) {
  this->fill();
  EXPECT_EQ(this->home().create().error().code, base::Code::conflict);
  auto fresh = this->home().begin_anew().value();
  Change change;
  change.tesserae = {this->tessera("new", 1, {})};
  ASSERT_TRUE(fresh->apply(change));
  EXPECT_EQ(this->index().tesserae().value().size(), 2U) << "not replaced yet";
  fresh.reset();
  this->close();
  ASSERT_TRUE(this->home().replace_with_new());
  this->open();
  ASSERT_EQ(this->index().tesserae().value().size(), 1U);
  EXPECT_EQ(this->index().tesserae().value()[0].title, "new");
  EXPECT_TRUE(this->index().is_writable());
}

REGISTER_TYPED_TEST_SUITE_P(IndexSuite, IsEmptyAtFirst, GivesBackWhatWasPut,
                            PagesThroughBlobsInOrder, FindsTesseraeBetween,
                            RemovingATesseraLeavesItsBlobsUntilTheyAreForgotten,
                            AChangeThatCannotBeChangesNothing, PutsAgainInPlace, CountsItsChanges,
                            IsReplacedByANewOne);

}  // namespace tesseras::vault

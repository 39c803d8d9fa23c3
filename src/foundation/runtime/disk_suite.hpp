// What every body of Disk must do. A body's test defines a fixture factory:
//
//   struct PosixPlace { runtime::Disk& disk(); path root(); };   // root: an empty folder
//   INSTANTIATE_TYPED_TEST_SUITE_P(Posix, DiskSuite, PosixPlace);
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "foundation/runtime/disk.hpp"

namespace tesseras::runtime {

template <class Place>
class DiskSuite : public testing::Test {
 public:
  Disk& disk() { return place_.disk(); }
  path at(std::string_view name) { return place_.root() / name; }

  void put(std::string_view name, std::string_view text) {
    auto file = disk().create(at(name), 0644);
    ASSERT_TRUE(file) << file.error().message;
    ASSERT_TRUE((*file)->append(base::as_bytes(text)));
  }

  std::string get(std::string_view name) {
    auto file = disk().open_read(at(name));
    if (!file) return "(" + file.error().message + ")";
    std::array<std::byte, 4096> bytes{};
    auto size = (*file)->read_at(0, bytes);
    if (!size) return "(" + size.error().message + ")";
    return std::string(base::as_text(ByteSpan(bytes).first(*size)));
  }

  template <class T>
  static base::Code code(const Result<T>& result) {
    return result ? base::Code::internal : result.error().code;
  }

 private:
  Place place_;
};

TYPED_TEST_SUITE_P(DiskSuite);

TYPED_TEST_P(DiskSuite, ReadsWhatWasAppended) {
  auto created = this->disk().create(this->at("a"), 0644);
  ASSERT_TRUE(created);
  File& file = **created;
  ASSERT_TRUE(file.append(base::as_bytes("hello ")));
  ASSERT_TRUE(file.append({}));
  ASSERT_TRUE(file.append(base::as_bytes("world")));
  std::array<std::byte, 8> part{};
  EXPECT_EQ(file.read_at(6, part).value(), 5U);
  EXPECT_EQ(base::as_text(ByteSpan(part).first(5)), "world");
  EXPECT_EQ(file.read_at(11, part).value(), 0U);
  EXPECT_EQ(file.read_at(1000, part).value(), 0U);
  EXPECT_EQ(file.status().value().size_bytes, 11U);
  EXPECT_TRUE(file.sync());
  file.begin_writeback();
  file.drop_cached();
  EXPECT_EQ(this->get("a"), "hello world");
}

TYPED_TEST_P(DiskSuite, AppendsToWhatIsThere) {
  this->put("a", "one");
  auto again = this->disk().open_append(this->at("a"));
  ASSERT_TRUE(again);
  ASSERT_TRUE((*again)->append(base::as_bytes(" two")));
  EXPECT_EQ(this->get("a"), "one two");
  ASSERT_TRUE((*again)->truncate(3));
  ASSERT_TRUE((*again)->append(base::as_bytes("!")));
  EXPECT_EQ(this->get("a"), "one!");
  EXPECT_EQ(this->code(this->disk().open_append(this->at("b"))), base::Code::not_found);
}

TYPED_TEST_P(DiskSuite, NamesTheReason) {
  this->put("a", "x");
  ASSERT_TRUE(this->disk().make_folders(this->at("d"), 0755));
  auto& disk = this->disk();
  using base::Code;
  EXPECT_EQ(this->code(disk.create(this->at("a"), 0644)), Code::conflict);
  EXPECT_EQ(this->code(disk.create(this->at("none/a"), 0644)), Code::not_found);
  EXPECT_EQ(this->code(disk.open_read(this->at("none"))), Code::not_found);
  EXPECT_EQ(this->code(disk.open_read(this->at("d"))), Code::invalid);
  EXPECT_EQ(this->code(disk.open_read(this->at("a/b"))), Code::not_found);
  EXPECT_EQ(this->code(disk.status(this->at("none"))), Code::not_found);
  EXPECT_EQ(this->code(disk.list(this->at("none"))), Code::not_found);
  EXPECT_EQ(this->code(disk.list(this->at("a"))), Code::invalid);
  EXPECT_EQ(this->code(disk.remove(this->at("none"))), Code::not_found);
  EXPECT_EQ(this->code(disk.rename(this->at("none"), this->at("b"))), Code::not_found);
  EXPECT_EQ(this->code(disk.link(this->at("none"), this->at("b"))), Code::not_found);
  EXPECT_EQ(this->code(disk.make_folders(this->at("a"), 0755)), Code::conflict);
  const std::array<path, 1> missing{this->at("none")};
  EXPECT_EQ(this->code(disk.sync(missing)), Code::not_found);
  const auto opened = disk.open_read(this->at("none"));
  EXPECT_NE(opened.error().message.find("none"), std::string::npos);
}

TYPED_TEST_P(DiskSuite, ListsInTheOrderOfBytes) {
  this->put("b", "");
  this->put("B", "");
  this->put("\xff", "");
  ASSERT_TRUE(this->disk().make_folders(this->at("a/deeper"), 0755));
  const auto entries = this->disk().list(this->at("")).value();
  EXPECT_EQ(entries, (std::vector<FolderEntry>{{"B", FileKind::file},
                                               {"a", FileKind::folder},
                                               {"b", FileKind::file},
                                               {"\xff", FileKind::file}}));
  EXPECT_EQ(this->disk().list(this->at("a")).value().size(), 1U);
}

TYPED_TEST_P(DiskSuite, RenamesOverAndLinksBesides) {
  this->put("a", "new");
  this->put("b", "old");
  ASSERT_TRUE(this->disk().rename(this->at("a"), this->at("b")));
  EXPECT_EQ(this->get("b"), "new");
  EXPECT_EQ(this->code(this->disk().status(this->at("a"))), base::Code::not_found);
  ASSERT_TRUE(this->disk().link(this->at("b"), this->at("c")));
  EXPECT_EQ(this->code(this->disk().link(this->at("b"), this->at("c"))), base::Code::conflict);
  EXPECT_EQ(this->disk().status(this->at("b")).value().inode,
            this->disk().status(this->at("c")).value().inode);
  ASSERT_TRUE(this->disk().remove(this->at("b")));
  EXPECT_EQ(this->get("c"), "new");
}

TYPED_TEST_P(DiskSuite, ARemovedFileStaysReadableToWhoHasItOpen) {
  this->put("a", "still here");
  auto open = this->disk().open_read(this->at("a"));
  ASSERT_TRUE(open);
  ASSERT_TRUE(this->disk().remove(this->at("a")));
  std::array<std::byte, 16> bytes{};
  EXPECT_EQ((*open)->read_at(0, bytes).value(), 10U);
}

TYPED_TEST_P(DiskSuite, RemovesFoldersOnlyWhenEmptyOrAskedTo) {
  ASSERT_TRUE(this->disk().make_folders(this->at("d/e"), 0755));
  ASSERT_TRUE(this->disk().make_folders(this->at("d/e"), 0755));
  this->put("d/e/f", "x");
  EXPECT_EQ(this->code(this->disk().remove(this->at("d/e"))), base::Code::conflict);
  EXPECT_TRUE(this->disk().remove_tree(this->at("d")));
  EXPECT_TRUE(this->disk().remove_tree(this->at("d")));
  EXPECT_TRUE(this->disk().list(this->at("")).value().empty());
  ASSERT_TRUE(this->disk().make_folders(this->at("empty"), 0755));
  EXPECT_TRUE(this->disk().remove(this->at("empty")));
}

TYPED_TEST_P(DiskSuite, KeepsTimesAndPermissions) {
  this->put("a", "x");
  const base::WallTime time{1'000'000'000, 123'456'789};
  ASSERT_TRUE(this->disk().set_modified(this->at("a"), time));
  const FileStatus status = this->disk().status(this->at("a")).value();
  EXPECT_EQ(status.modified, time);
  EXPECT_EQ(status.permissions, 0644U);
  EXPECT_EQ(status.kind, FileKind::file);
  EXPECT_EQ(this->code(this->disk().set_modified(this->at("b"), time)), base::Code::not_found);
  EXPECT_GT(this->disk().free_bytes(this->at("")).value(), 0U);
}

TYPED_TEST_P(DiskSuite, SyncsFewAndMany) {
  std::vector<path> all{this->at("")};
  for (int i = 0; i < 100; ++i) {
    this->put(std::to_string(i), "x");
    all.push_back(this->at(std::to_string(i)));
  }
  EXPECT_TRUE(this->disk().sync(std::span(all).first(3)));
  EXPECT_TRUE(this->disk().sync(all));
  all.push_back(this->at("none"));
  EXPECT_EQ(this->code(this->disk().sync(all)), base::Code::not_found);
}

TYPED_TEST_P(DiskSuite, SyncsATree) {
  ASSERT_TRUE(this->disk().make_folders(this->at("a/b"), 0755));
  this->put("a/b/c", "x");
  EXPECT_TRUE(this->disk().sync_tree(this->at("a")));
  EXPECT_EQ(this->code(this->disk().sync_tree(this->at("none"))), base::Code::not_found);
}

TYPED_TEST_P(DiskSuite, OneLockAtATime) {
  using std::chrono::milliseconds;
  auto first = this->disk().lock(this->at("lock"), milliseconds(0));
  ASSERT_TRUE(first);
  const auto refused = this->disk().lock(this->at("lock"), milliseconds(20));
  EXPECT_EQ(this->code(refused), base::Code::unavailable);
  std::thread other([&] { first->reset(); });
  EXPECT_TRUE(this->disk().lock(this->at("lock"), milliseconds(5000)));
  other.join();
  EXPECT_TRUE(this->disk().lock(this->at("lock"), milliseconds(0)));
}

REGISTER_TYPED_TEST_SUITE_P(DiskSuite, ReadsWhatWasAppended, AppendsToWhatIsThere, NamesTheReason,
                            ListsInTheOrderOfBytes, RenamesOverAndLinksBesides,
                            ARemovedFileStaysReadableToWhoHasItOpen,
                            RemovesFoldersOnlyWhenEmptyOrAskedTo, KeepsTimesAndPermissions,
                            SyncsFewAndMany, SyncsATree, OneLockAtATime);

}  // namespace tesseras::runtime

#include "preserve/custody/import.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "preserve/custody/testing.hpp"
#include "preserve/custody/testing_archive.hpp"

namespace tesseras::custody {
namespace {

using ::testing::AnyOf;
using testing::ArchiveEntry;
using testing::EntryKind;
using ::testing::HasSubstr;
using testing::Machine;
using testing::make_archive;
using testing::must;
using testing::outcome;
using ::testing::StartsWith;

// A tessera as one family hands it to another, whose vault is empty.
class Import : public ::testing::Test {
 protected:
  Import() {
    hash_ = giver_.keep(testing::sample_folder(disk_));
    name_ = tessera::folder_name(hash_);
    at_ = must(giver_.hand_on(hash_, "/given")).at;
    files_ = testing::tree(disk_, at_);
    empty_ = testing::files_below(disk_, "/taker");
  }

  Result<Imported> take(const path& from) { return taker_.take_in(from); }

  void forget() {
    must(taker_.vault().remove(hash_, taker_.clock.at));
    empty_ = testing::files_below(disk_, "/taker");
  }

  // Refused, and the vault as it was.
  std::string refusal(const path& from) {
    auto reason = outcome(take(from));
    EXPECT_TRUE(must(taker_.vault().list()).empty()) << reason;
    EXPECT_EQ(testing::files_below(disk_, "/taker"), empty_) << reason;
    return reason;
  }
  std::string refusal_of(const std::string& archive) {
    testing::put(disk_, "/archive", archive);
    return refusal("/archive");
  }

  // Taken, whole, and what is exported again is the same.
  void expect_taken(const path& from) {
    const auto imported = take(from);
    ASSERT_EQ(outcome(imported), "ok");
    EXPECT_EQ(imported->content_hash, hash_);
    EXPECT_EQ(imported->memories, 4U);
    EXPECT_EQ(imported->files, files_.size());
    EXPECT_FALSE(imported->was_there);
    EXPECT_TRUE(must(taker_.check_kept(hash_)).passed());
    EXPECT_EQ(testing::tree(disk_, must(taker_.hand_on(hash_, "/again")).at), files_);
    must(disk_.remove_tree("/again"));
    forget();
    EXPECT_TRUE(must(taker_.vault().list()).empty());
  }

  std::vector<ArchiveEntry> entries(const std::string& prefix) const {
    std::vector<ArchiveEntry> all;
    for (const auto& [relative, bytes] : files_) {
      all.push_back({.path = prefix + relative, .bytes = bytes});
    }
    return all;
  }

  // The archive with one entry of another kind or content.
  std::string changed(const std::string& relative, const ArchiveEntry& by,
                      const char* format = "pax") const {
    auto all = entries(name_ + "/");
    for (auto& entry : all) {
      if (entry.path == name_ + "/" + relative) entry = by;
    }
    return make_archive(format, "none", all);
  }

  std::string media_path() const {
    for (const auto& [relative, bytes] : files_) {
      if (relative.ends_with("/media.wav")) return relative;
    }
    return {};
  }

  runtime::MemoryDisk disk_;
  Machine giver_{disk_, "/giver"};
  Machine taker_{disk_, "/taker"};
  base::ContentHash hash_;
  std::string name_;
  path at_;
  std::map<std::string, std::string> files_;
  std::map<std::string, std::string> empty_;
};

TEST_F(Import, TakesWhateverWasExported) {
  expect_taken(at_);
  expect_taken(must(giver_.hand_on(hash_, "/tar", ExportFormat::tar)).at);
  expect_taken(must(giver_.hand_on(hash_, "/bag", ExportFormat::bag)).at);
}

TEST_F(Import, TakesArchivesOfOthers) {
  for (const auto& [format, filter] :
       {std::pair{"pax", "none"}, std::pair{"gnutar", "none"}, std::pair{"pax", "gzip"},
        std::pair{"pax", "bzip2"}, std::pair{"pax", "xz"}, std::pair{"pax", "zstd"},
        std::pair{"zip", "none"}}) {
    SCOPED_TRACE(std::string(format) + " " + filter);
    testing::put(disk_, "/archive", make_archive(format, filter, entries(name_ + "/")));
    expect_taken("/archive");
    testing::put(disk_, "/archive", make_archive(format, filter, entries("./" + name_ + "/")));
    expect_taken("/archive");
  }
}

// What is there for fuzzing to begin with must stay what its name says.
TEST_F(Import, TakesFromTheFuzzingCorpusJustWhatIsValid) {
  std::size_t valid = 0, hostile = 0;
  for (const auto& entry :
       must(runtime::posix_disk().list(TESSERAS_SOURCE_DIR "/fuzz/corpus/import"))) {
    const auto file = path(TESSERAS_SOURCE_DIR "/fuzz/corpus/import") / entry.name;
    testing::put(disk_, "/archive", testing::get(runtime::posix_disk(), file));
    if (entry.name.starts_with("valid")) {
      const auto taken = take("/archive");
      ASSERT_EQ(outcome(taken), "ok") << entry.name;
      must(taker_.vault().remove(taken->content_hash, taker_.clock.at));
      empty_ = testing::files_below(disk_, "/taker");
      ++valid;
    } else if (entry.name.starts_with("hostile")) {
      EXPECT_NE(refusal("/archive"), "ok") << entry.name;
      ++hostile;
    }
  }
  EXPECT_GE(valid, 10U);
  EXPECT_GE(hostile, 18U);
}

TEST_F(Import, FindsTheManifestWhereverItStands) {
  auto all = entries(name_ + "/");
  std::ranges::reverse(all);
  all.insert(all.begin(), {.path = name_ + "/", .kind = EntryKind::folder});
  testing::put(disk_, "/archive", make_archive("pax", "gzip", all));
  expect_taken("/archive");
}

TEST_F(Import, TakesAPackedBag) {
  const auto bag = must(giver_.hand_on(hash_, "/bag", ExportFormat::bag)).at;
  // Packed with its folder, under a name that a family gave it, and without one.
  for (const auto* prefix : {"bag/", "Família Araújo/", "", "./"}) {
    for (const auto* format : {"pax", "zip"}) {
      SCOPED_TRACE(std::string(prefix) + " in " + format);
      std::vector<ArchiveEntry> all;
      for (const auto& [relative, bytes] : testing::tree(disk_, bag)) {
        all.push_back({.path = prefix + relative, .bytes = bytes});
      }
      testing::put(disk_, "/archive", make_archive(format, "none", all));
      expect_taken("/archive");
    }
  }
}

TEST_F(Import, IsContentWithWhatIsThere) {
  must(take(at_));
  const auto before = testing::files_below(disk_, "/taker");
  const auto again = must(take(at_));
  EXPECT_TRUE(again.was_there);
  EXPECT_FALSE(again.mended);
  EXPECT_EQ(testing::files_below(disk_, "/taker"), before);
}

TEST_F(Import, SaysThatACopyOfWhatIsThereIsDamaged) {
  must(take(at_));
  const auto before = testing::files_below(disk_, "/taker");
  const auto expect_said = [&](const std::string& what, const std::string& name) {
    const auto reason = outcome(take(at_));
    EXPECT_THAT(reason, HasSubstr("already kept, whole; this copy is damaged: ")) << what;
    EXPECT_THAT(reason, HasSubstr(name)) << what;
    EXPECT_EQ(testing::files_below(disk_, "/taker"), before) << what;
  };
  for (const auto& [relative, bytes] : files_) {
    if (relative == "MANIFEST") continue;  // changed, it is that of another tessera
    const bool is_signature = relative.ends_with(".sig");
    auto flipped = bytes;
    flipped[bytes.size() / 2] = static_cast<char>(flipped[bytes.size() / 2] ^ 4);
    testing::put(disk_, at_ / relative, flipped);
    expect_said("flipped", is_signature ? "signature" : relative);
    must(disk_.remove(at_ / relative));
    expect_said("missing", is_signature ? "signature" : relative);
    testing::put(disk_, at_ / relative, bytes);
  }
  testing::put(disk_, at_ / "extra", "x");
  expect_said("too many", "extra");
  must(disk_.remove(at_ / "extra"));
  disk_.set_capacity_bytes(disk_.used_bytes());
  EXPECT_TRUE(must(take(at_)).was_there) << "nothing is written, so a full disk is no matter";
}

TEST_F(Import, MendsWhatIsDamaged) {
  must(take(at_));
  std::size_t mended = 0;
  for (const auto& [relative, bytes] : testing::tree(disk_, "/taker/blobs")) {
    for (std::size_t at = 50; at < bytes.size(); at += 4001) {
      disk_.flip_bit(path("/taker/blobs") / relative, at, 1);
      const auto damaged = taker_.check_kept(hash_);
      if (damaged && damaged->passed()) continue;
      const auto again = take(at_);
      ASSERT_EQ(outcome(again), "ok") << relative << " at " << at;
      EXPECT_TRUE(again->mended);
      EXPECT_TRUE(must(taker_.check_kept(hash_)).passed()) << relative << " at " << at;
      ++mended;
      if (mended > 12) return;
    }
  }
  EXPECT_GT(mended, 3U);
}

TEST_F(Import, RefusesAFolderWithAnyChange) {
  for (const auto& [relative, bytes] : files_) {
    auto flipped = bytes;
    flipped[bytes.size() / 2] = static_cast<char>(flipped[bytes.size() / 2] ^ 4);
    for (const auto& text : {flipped, bytes + "x", bytes.substr(0, bytes.size() - 1)}) {
      testing::put(disk_, at_ / relative, text);
      EXPECT_THAT(refusal(at_), AnyOf(StartsWith("corrupt: "), StartsWith("invalid: ")))
          << relative;
    }
    must(disk_.remove(at_ / relative));
    EXPECT_THAT(refusal(at_), AnyOf(StartsWith("corrupt: "), StartsWith("invalid: "))) << relative;
    testing::put(disk_, at_ / relative, bytes);
  }
  expect_taken(at_);
}

TEST_F(Import, RefusesWhatIsThereBeyond) {
  for (const auto* more : {"extra", "memories/extra", "identity/MANIFEST", "bagit.txt"}) {
    testing::put(disk_, at_ / more, "x");
    EXPECT_THAT(refusal(at_), HasSubstr(more));
    must(disk_.remove(at_ / more));
  }
  auto all = entries(name_ + "/");
  all.push_back({.path = "beside.txt", .bytes = "x"});
  EXPECT_THAT(refusal_of(make_archive("pax", "none", all)), HasSubstr("beside.txt"));
}

// What verify would fail is not taken in.
TEST_F(Import, RefusesAFolderThatHoldsNoListedFile) {
  for (const auto* more : {"empty", "memories/empty/inside", "identity/x", "decode.d"}) {
    must(disk_.make_folders(at_ / more, 0755));
    EXPECT_FALSE(must(taker_.check_folder(at_)).passed()) << more;
    EXPECT_THAT(refusal(at_), StartsWith("corrupt: ")) << more;
    must(disk_.remove_tree(at_ / more));
    if (std::string(more).contains("empty/")) must(disk_.remove(at_ / path(more).parent_path()));
  }
}

TEST_F(Import, RefusesAFolderInAnArchiveThatHoldsNoListedFile) {
  const auto folder = media_path().substr(0, media_path().rfind('/'));
  for (const auto* format : {"pax", "zip"}) {
    auto all = entries(name_ + "/");
    for (const auto& holder :
         {name_, name_ + "/memories", name_ + "/" + folder, name_ + "/identity"}) {
      all.push_back({.path = holder + "/", .kind = EntryKind::folder});
    }
    testing::put(disk_, "/archive", make_archive(format, "none", all));
    expect_taken("/archive");
    for (const auto& more : {name_ + "/empty", name_ + "/index.html", name_ + "/ident",
                             name_ + "/" + media_path(), std::string("beside"), name_ + "x"}) {
      all.push_back({.path = more + "/", .kind = EntryKind::folder});
      EXPECT_NE(refusal_of(make_archive(format, "none", all)), "ok") << more;
      all.pop_back();
    }
  }
}

TEST_F(Import, RefusesAFolderInABagsPayloadThatHoldsNoListedFile) {
  const auto bag = must(giver_.hand_on(hash_, "/bag", ExportFormat::bag)).at;
  must(disk_.make_folders(bag / "tags", 0755));  // of the bag, not of the tessera
  expect_taken(bag);
  must(disk_.make_folders(bag / "data/more", 0755));
  EXPECT_THAT(refusal(bag), HasSubstr("data/more"));
}

TEST_F(Import, StopsWhileLookingForTheManifest) {
  for (int i = 0; i < 100; ++i) {
    must(disk_.make_folders(path("/much") / std::to_string(i), 0755));
  }
  taker_.stop.request_stop();
  EXPECT_THAT(outcome(take("/much")), StartsWith("cancelled: "));
}

TEST_F(Import, RefusesAFolderOfAnotherName) {
  must(disk_.rename(at_, "/given/tessera-of-ours"));
  EXPECT_THAT(refusal("/given/tessera-of-ours"), StartsWith("corrupt: "));
  EXPECT_THAT(refusal("/given"), AnyOf(StartsWith("corrupt: "), StartsWith("invalid: ")));
}

TEST_F(Import, RefusesATesseraThatLiesDeeper) {
  EXPECT_THAT(refusal("/given"), AllOf(StartsWith("invalid: "), HasSubstr("import it alone")));
  // "mydata/" is no bag's "data/".
  EXPECT_THAT(refusal_of(make_archive("pax", "none", entries("mydata/" + name_ + "/"))),
              AllOf(StartsWith("invalid: "), HasSubstr("import it alone")));
}

TEST_F(Import, RefusesWhatIsNoTessera) {
  must(disk_.make_folders("/nothing", 0755));
  EXPECT_THAT(refusal("/nothing"), AllOf(StartsWith("invalid: "), HasSubstr("no MANIFEST")));
  EXPECT_THAT(refusal("/family"), StartsWith("invalid: "));
  EXPECT_THAT(refusal("/nowhere"), StartsWith("not_found: "));
  EXPECT_THAT(refusal_of("hello"), StartsWith("unsupported: "));
  EXPECT_THAT(refusal_of(make_archive("pax", "gzip", {{.path = "a", .bytes = "b"}})),
              StartsWith("invalid: "));
  EXPECT_THAT(refusal_of(make_archive("pax", "gzip", {{.path = "t/MANIFEST", .bytes = "b"}})),
              StartsWith("invalid: MANIFEST line 1"));
}

TEST_F(Import, RefusesAnArchiveMadeToHarm) {
  const auto relative = media_path();
  const auto full = name_ + "/" + relative;
  const auto bytes = files_.at(relative);
  for (const auto kind : {EntryKind::symlink, EntryKind::hardlink, EntryKind::fifo,
                          EntryKind::character_device, EntryKind::block_device}) {
    EXPECT_THAT(
        refusal_of(changed(relative, {.path = full, .kind = kind, .target = "/etc/passwd"})),
        StartsWith("invalid: "));
  }
  for (const auto& evil : {std::string("../evil"), std::string("/evil"), name_ + "/../../evil"}) {
    for (const auto* format : {"pax", "zip"}) {
      EXPECT_THAT(refusal_of(changed(relative, {.path = evil, .bytes = bytes}, format)),
                  StartsWith("invalid: "));
    }
  }
  auto twice = entries(name_ + "/");
  twice.push_back(twice.back());
  EXPECT_THAT(refusal_of(make_archive("pax", "none", twice)), HasSubstr("twice"));
  for (const auto* again : {"MANIFEST", "identity/signature.mldsa65.sig"}) {
    auto all = entries(name_ + "/");
    all.push_back({.path = name_ + "/" + again, .bytes = files_.at(again)});
    EXPECT_THAT(refusal_of(make_archive("pax", "none", all)), HasSubstr("twice")) << again;
    all.back().bytes += "x";
    EXPECT_NE(refusal_of(make_archive("pax", "none", all)), "ok") << again;
  }
  EXPECT_THAT(refusal_of(make_archive("zip", "none", entries(name_ + "/"), "secret")),
              StartsWith("unsupported: "));
}

TEST_F(Import, RefusesAFileThatGrowsBeyondItsSize) {
  const auto relative = media_path();
  const auto full = name_ + "/" + relative;
  const std::string bomb(std::size_t{80} << 20U, '\0');
  testing::put(disk_, "/archive",
               make_archive("pax", "gzip",
                            {{.path = name_ + "/MANIFEST", .bytes = files_.at("MANIFEST")},
                             {.path = full, .bytes = bomb}}));
  EXPECT_THAT(refusal("/archive"),
              AnyOf(HasSubstr("larger than the MANIFEST says"), StartsWith("exhausted: ")));
  // Refused at the first piece, with hardly anything written.
  EXPECT_THAT(refusal_of(changed(relative, {.path = full, .bytes = bomb.substr(0, 3'000'000)})),
              HasSubstr("larger than the MANIFEST says"));
}

TEST_F(Import, RefusesATruncatedArchive) {
  for (const auto& [format, filter] :
       {std::pair{"pax", "none"}, std::pair{"pax", "gzip"}, std::pair{"zip", "none"}}) {
    const auto whole = make_archive(format, filter, entries(name_ + "/"));
    for (const auto part : {1, 3, 5, 7}) {
      EXPECT_NE(refusal_of(whole.substr(0, whole.size() * static_cast<std::size_t>(part) / 8)),
                "ok")
          << format << filter << part;
    }
  }
}

TEST_F(Import, RefusesABagThatWasChanged) {
  const auto bag = must(giver_.hand_on(hash_, "/bag", ExportFormat::bag)).at;
  for (const auto& [relative, bytes] : testing::tree(disk_, bag)) {
    auto flipped = bytes;
    flipped[bytes.size() / 2] = static_cast<char>(flipped[bytes.size() / 2] ^ 1);
    testing::put(disk_, bag / relative, flipped);
    EXPECT_NE(refusal(bag), "ok") << relative;
    must(disk_.remove(bag / relative));
    // Tag manifests are optional; without one the other still says the same.
    const auto without = outcome(take(bag));
    if (without == "ok") {
      EXPECT_THAT(relative, StartsWith("tagmanifest-"));
      forget();
    }
    testing::put(disk_, bag / relative, bytes);
  }
  testing::put(disk_, bag / "data/more.txt", "x");
  EXPECT_NE(refusal(bag), "ok");
}

TEST_F(Import, TakesABagThatAnArchiveAddedTo) {
  const auto bag = must(giver_.hand_on(hash_, "/bag", ExportFormat::bag)).at;
  // RFC 8493 lets others keep tag files of their own, and manifests of other hashes.
  testing::put(disk_, bag / "manifest-md5.txt", "d41d8cd98f00b204e9800998ecf8427e  data/x\n");
  testing::put(disk_, bag / "accession/notes.txt", "Received 2031.");
  expect_taken(bag);
  // Files elsewhere, which a bag may point at, are none that we could check.
  testing::put(disk_, bag / "fetch.txt", "https://example.org/x 1 data/x\n");
  EXPECT_THAT(refusal(bag), AllOf(StartsWith("unsupported: "), HasSubstr("fetch.txt")));
}

TEST_F(Import, RefusesWhatTheDiskCannotHold) {
  disk_.set_capacity_bytes(disk_.used_bytes() + 10'000);
  EXPECT_THAT(refusal(at_), StartsWith("exhausted: "));
  disk_.set_capacity_bytes(std::nullopt);
  disk_.set_inodes_max(disk_.used_inodes() + 1);
  EXPECT_THAT(refusal(at_), StartsWith("exhausted: "));
  disk_.set_inodes_max(std::nullopt);
  disk_.set_read_only(true);
  EXPECT_THAT(refusal(at_), StartsWith("denied: "));
  disk_.set_read_only(false);
  expect_taken(at_);
}

TEST_F(Import, LeavesNothingWhereverItFails) {
  const auto before = disk_.operations();
  must(take(at_));
  const auto operations = disk_.operations() - before;
  must(taker_.vault().remove(hash_, taker_.clock.at));
  for (std::uint64_t n = 1; n <= operations; n += 1 + operations / 50) {
    const auto at = disk_.operations() + n;
    disk_.fail_operation(n, Code::io);
    const auto result = take(at_);
    testing::spend_fault(disk_, at);
    // Either it is there and whole, or it is not there.
    const auto kept = must(taker_.vault().list());
    EXPECT_EQ(kept.size(), result ? 1U : 0U) << n << " " << outcome(result);
    if (result) {
      EXPECT_TRUE(must(taker_.check_kept(hash_)).passed());
      must(taker_.vault().remove(hash_, taker_.clock.at));
    }
  }
}

TEST_F(Import, LeavesNothingWhenInterrupted) {
  int all = 0;
  testing::WatchedDisk counting(disk_, [&](const path&) -> Result<void> {
    ++all;
    return {};
  });
  auto counted = taker_.tools_with(counting);
  must(import_tessera(taker_.vault(), at_, counted));
  forget();
  for (int when = 1; when <= all; when += 1 + all / 20) {
    std::stop_source stop;
    int reads = 0;
    testing::WatchedDisk watched(disk_, [&](const path&) -> Result<void> {
      if (++reads == when) stop.request_stop();
      return {};
    });
    auto tools = taker_.tools_with(watched);
    tools.stop = stop.get_token();
    EXPECT_THAT(outcome(import_tessera(taker_.vault(), at_, tools)), StartsWith("cancelled: "));
    EXPECT_TRUE(must(taker_.vault().list()).empty());
    EXPECT_EQ(testing::files_below(disk_, "/taker"), empty_);
  }
}

}  // namespace
}  // namespace tesseras::custody

// What create refuses, and that nothing is left of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

#include "preserve/custody/create.hpp"
#include "preserve/custody/testing.hpp"
#include "preserve/heirs/heir_page.hpp"
#include "preserve/heirs/recovery.hpp"
#include "preserve/heirs/share_text.hpp"
#include "preserve/identity/seed_file.hpp"

namespace tesseras::custody {
namespace {

using testing::all_of;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using testing::Machine;
using testing::must;
using testing::outcome;
using ::testing::StartsWith;

class CreateRefusal : public ::testing::Test {
 protected:
  CreateRefusal() { before_ = testing::files_below(disk_, machine_.home()); }

  // Refused, with the vault as it was.
  std::string refusal(const CreateOptions& options) {
    return expect_nothing(outcome(machine_.create(options)));
  }
  std::string refusal_on(runtime::Disk& disk, const CreateOptions& options) {
    auto tools = machine_.tools_with(disk);
    return expect_nothing(outcome(create(machine_.vault(), machine_.author, options, tools)));
  }
  std::string expect_nothing(std::string reason) {
    EXPECT_TRUE(must(machine_.vault().list()).empty()) << reason;
    EXPECT_EQ(testing::files_below(disk_, machine_.home()), before_) << reason;
    return reason;
  }

  runtime::MemoryDisk disk_;
  Machine machine_{disk_, "/home", 1};
  std::map<std::string, std::string> before_;
};

TEST_F(CreateRefusal, NothingToTake) {
  EXPECT_THAT(refusal(all_of("/nowhere")), StartsWith("not_found: "));
  must(disk_.make_folders("/empty/inside", 0755));
  EXPECT_THAT(refusal(all_of("/empty")), AllOf(StartsWith("invalid: "), HasSubstr("no files")));
  testing::put(disk_, "/other/a.xyz", std::string(10, '\1'));
  testing::put(disk_, "/other/b.xyz", std::string(11, '\1'));
  EXPECT_THAT(refusal(all_of("/other")),
              AllOf(StartsWith("invalid: "), HasSubstr("a.xyz"), HasSubstr("and 1 more")));
  testing::put(disk_, "/file", "x");
  EXPECT_THAT(refusal(all_of("/file")), StartsWith("invalid: "));
}

TEST_F(CreateRefusal, ASeedUnderAnyName) {
  const auto seed = identity::RootSeed::copy_of(base::Bytes(32, std::byte{7}));
  const auto bare = identity::encode_heir_blob(seed);
  const auto sealed = must(identity::protect(seed, base::as_bytes("words"),
                                             {.memory_kib = 8, .iterations = 1, .lanes = 1}));
  const std::string text(base::as_text(bare.span()));
  testing::put(disk_, "/seeds/backup.bin", text);
  testing::put(disk_, "/seeds/letter.txt", std::string(base::as_text(sealed)));
  testing::put(disk_, "/seeds/root.seed.bak", text);
  testing::put(disk_, "/seeds/photo.jpg", std::string(base::as_text(sealed)).substr(0, 129) + "x");
  auto options = all_of("/seeds");
  options.choices.include_other = true;
  EXPECT_THAT(refusal(options), AllOf(StartsWith("invalid: "), HasSubstr("secret seed")));
  // What only has the size of one is a file like any.
  testing::put(disk_, "/seeds/taken.bin", std::string(34, '\2'));
  testing::put(disk_, "/seeds/also.bin", text + "1");
  const auto report = must(machine_.create(options));
  EXPECT_EQ(report.kept.size(), 2U);
  EXPECT_EQ(report.not_taken.size(), 4U);
}

TEST_F(CreateRefusal, AnHeirsShareUnderAnyName) {
  const auto shares = must(heirs::make_shares(identity::new_root_seed(), 2, 2, {}));
  testing::put(disk_, "/shares/diary.txt",
               std::string(base::as_text(heirs::encode_text(shares[0]).span())));
  testing::put(disk_, "/shares/photo.bin",
               std::string(base::as_text(heirs::encode(shares[1]).span())));
  testing::put(disk_, "/shares/page.pdf",
               std::string(base::as_text(
                   must(heirs::heir_page(shares[1], paper::Language::english)).span())));
  auto options = all_of("/shares");
  options.choices.include_other = true;
  EXPECT_THAT(refusal(options), AllOf(StartsWith("invalid: "), HasSubstr("an heir's share")));
  testing::put(disk_, "/shares/letter.txt", "You have one of my --- TESSERAS HEIR SHARE ---");
  testing::put(disk_, "/shares/other.txt", "Another letter.");
  const auto report = must(machine_.create(options));
  EXPECT_EQ(report.not_taken.size(), 4U) << "what is cut off looks like one, too";
  EXPECT_EQ(report.kept.size(), 1U);
}

TEST_F(CreateRefusal, AnEncryptedOneWithoutAFolderForTemporaryFiles) {
  testing::put(disk_, "/words/a.txt", "words");
  auto options = all_of("/words");
  options.visibility = tessera::Visibility::only_me;
  auto open = all_of("/words");
  open.strip_location = true;
  const char* before = std::getenv("TMPDIR");
  const std::string kept = before == nullptr ? "" : before;
  ::setenv("TMPDIR", "/nowhere/at/all", 1);
  const auto reason = refusal(options);
  const auto made = machine_.create(open);
  before == nullptr ? ::unsetenv("TMPDIR") : ::setenv("TMPDIR", kept.c_str(), 1);
  EXPECT_THAT(reason, AllOf(StartsWith("not_found: "), HasSubstr("TMPDIR")));
  // What is left out is left out of what is read: that takes no files.
  EXPECT_TRUE(made) << made.error().message;
}

TEST_F(CreateRefusal, WhatDoesNotGoTogether) {
  using tessera::Visibility;
  testing::sample_folder(disk_);
  const auto refused = [&](Visibility visibility, bool has_date, bool has_readers) {
    auto options = all_of("/family");
    options.visibility = visibility;
    if (has_date) options.open_after = base::WallTime{2'000'000'000, 0};
    if (has_readers) options.readers.push_back(testing::author_from(9).public_keys().xwing);
    auto tools = machine_.tools();
    const auto reason = refusal(options);
    EXPECT_EQ(outcome(preview(options, tools)), reason);
    return reason;
  };
  // Who leaves one of these away would get something else than was meant.
  EXPECT_THAT(refused(Visibility::everyone, true, false),
              AllOf(StartsWith("invalid: "), HasSubstr("--visibility sealed")));
  EXPECT_THAT(refused(Visibility::everyone, false, true),
              AllOf(StartsWith("invalid: "), HasSubstr("--visibility circle")));
  EXPECT_THAT(refused(Visibility::only_me, true, false), HasSubstr("a private tessera"));
  EXPECT_THAT(refused(Visibility::only_me, false, true), HasSubstr("a private tessera"));
  EXPECT_THAT(refused(Visibility::sealed, false, false), HasSubstr("--open-after DATE"));
  EXPECT_THAT(refused(Visibility::sealed, true, true), HasSubstr("a sealed tessera"));
  EXPECT_THAT(refused(Visibility::circle, false, false), HasSubstr("--to NAME"));
}

TEST_F(CreateRefusal, AReaderWhoseKeyIsNone) {
  testing::sample_folder(disk_);
  auto options = all_of("/family");
  options.visibility = tessera::Visibility::circle;
  options.readers.emplace_back().bytes.fill(std::byte{0xff});
  EXPECT_THAT(refusal(options), StartsWith("invalid: "));
}

TEST_F(CreateRefusal, WordsThatCannotBeKept) {
  testing::sample_folder(disk_);
  auto options = all_of("/family");
  options.choices.language = "not a language!";
  EXPECT_THAT(refusal(options), StartsWith("invalid: "));
  options = all_of("/family");
  options.choices.title = "two\nlines";
  EXPECT_THAT(refusal(options), StartsWith("invalid: "));
  options.choices.title = "\xff";
  EXPECT_THAT(refusal(options), StartsWith("invalid: "));
  options.choices.title = std::string(5000, 't');
  EXPECT_THAT(refusal(options), StartsWith("invalid: "));
}

TEST_F(CreateRefusal, ADescriptionWithAMistake) {
  testing::sample_folder(disk_);
  testing::put(disk_, "/family/tessera.toml", "titel = \"x\"\n");
  EXPECT_THAT(refusal(all_of("/family")), AllOf(StartsWith("invalid: "), HasSubstr("titel")));
  testing::put(disk_, "/family/tessera.toml", "[files.\"letter.text\"]\ncontext = \"x\"\n");
  EXPECT_THAT(refusal(all_of("/family")), AllOf(StartsWith("invalid: "), HasSubstr("letter.text")));
}

TEST_F(CreateRefusal, AFileThatMayNotBeRead) {
  testing::sample_folder(disk_);
  testing::WatchedDisk locked(disk_, [](const path& file) -> Result<void> {
    if (file.filename() == "one.png") return fail(Code::denied, "%s: permission denied");
    return {};
  });
  EXPECT_THAT(refusal_on(locked, all_of("/family")), StartsWith("denied: "));
  disk_.fail_reads("/family/sounds/kitchen.wav");
  EXPECT_THAT(refusal(all_of("/family")), StartsWith("io: "));
}

TEST_F(CreateRefusal, AFileThatMayNotBeReadOnARealDisk) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read everything";
  const base::TemporaryFolder real;
  testing::sample_folder(runtime::posix_disk(), real.path() / "family");
  std::filesystem::permissions(real.path() / "family/letter.txt", std::filesystem::perms::none);
  EXPECT_THAT(refusal_on(runtime::posix_disk(), all_of(real.path() / "family")),
              AllOf(StartsWith("denied: "), HasSubstr("letter.txt")));
}

// Whenever it happens, a file that changes is refused, or what is kept is what it was before.
TEST_F(CreateRefusal, AFileThatChangesWhileItIsRead) {
  std::size_t refused = 0;
  for (const auto* name : {"letter.txt", "sounds/kitchen.wav", "pictures/one.png"}) {
    for (int when = 1; when < 12; ++when) {
      must(disk_.remove_tree("/family"));
      testing::sample_folder(disk_);
      const auto file = path("/family") / name;
      const auto original = testing::get(disk_, file);
      int reads = 0;
      testing::WatchedDisk changing(disk_, [&](const path& at) -> Result<void> {
        if (at != file || ++reads != when) return {};
        disk_.set_now({1'800'000'000 + when, 0});
        return TRY(disk_.open_append(file))->append(base::as_bytes("more"));
      });
      auto tools = machine_.tools_with(changing);
      const auto result = create(machine_.vault(), machine_.author, all_of("/family"), tools);
      if (!result) {
        ++refused;
        EXPECT_THAT(expect_nothing(outcome(result)),
                    AllOf(StartsWith("conflict: "), HasSubstr("changed")));
        continue;
      }
      const auto hash = result->tesserae.at(0).content_hash;
      const auto id = crypto::blake3(base::as_bytes(original));
      EXPECT_TRUE(must(machine_.vault().blob_size_bytes(base::BlobId{id.bytes}))) << when;
      must(machine_.vault().remove(hash, machine_.clock.at));
      before_ = testing::files_below(disk_, machine_.home());
    }
  }
  EXPECT_GT(refused, 5U);
}

TEST_F(CreateRefusal, AFileThatVanishesWhileItIsRead) {
  testing::sample_folder(disk_);
  const path file = "/family/sounds/kitchen.wav";
  testing::WatchedDisk vanishing(disk_, [&](const path& at) -> Result<void> {
    // Another file is being looked into, and somebody tidies up meanwhile.
    if (at.filename() == "letter.txt" && disk_.status(file)) return disk_.remove(file);
    return {};
  });
  EXPECT_THAT(refusal_on(vanishing, all_of("/family")),
              AllOf(StartsWith("not_found: "), HasSubstr("kitchen.wav")));
}

TEST_F(CreateRefusal, AFileThatBecomesALink) {
  const base::TemporaryFolder real;
  auto& disk = runtime::posix_disk();
  testing::sample_folder(disk, real.path() / "family");
  const auto file = real.path() / "family/notes.md";
  testing::WatchedDisk swapping(disk, [&](const path& at) -> Result<void> {
    if (at.filename() == "letter.txt" && !std::filesystem::is_symlink(file)) {
      std::filesystem::remove(file);
      std::filesystem::create_symlink("/etc/passwd", file);
    }
    return {};
  });
  EXPECT_THAT(refusal_on(swapping, all_of(real.path() / "family")),
              AnyOf(StartsWith("invalid: "), StartsWith("conflict: ")));
}

TEST_F(CreateRefusal, ADiskThatIsFullOrReadOnly) {
  testing::sample_folder(disk_);
  disk_.set_capacity_bytes(disk_.used_bytes() + 20'000);
  EXPECT_THAT(refusal(all_of("/family")), StartsWith("exhausted: "));
  disk_.set_capacity_bytes(std::nullopt);
  disk_.set_inodes_max(disk_.used_inodes() + 1);
  EXPECT_THAT(refusal(all_of("/family")), StartsWith("exhausted: "));
  disk_.set_inodes_max(std::nullopt);
  disk_.set_read_only(true);
  EXPECT_THAT(refusal(all_of("/family")), StartsWith("denied: "));
  disk_.set_read_only(false);
  EXPECT_EQ(outcome(machine_.create(all_of("/family"))), "ok");
}

TEST_F(CreateRefusal, WhateverFailsOnTheWay) {
  testing::sample_folder(disk_);
  const auto start = disk_.operations();
  const auto hash = machine_.keep("/family");
  const auto operations = disk_.operations() - start;
  must(machine_.vault().remove(hash, machine_.clock.at));
  for (std::uint64_t n = 1; n <= operations; n += 1 + operations / 60) {
    const auto at = disk_.operations() + n;
    disk_.fail_operation(n, Code::io);
    const auto result = machine_.create(all_of("/family"));
    testing::spend_fault(disk_, at);
    EXPECT_EQ(must(machine_.vault().list()).size(), result ? 1U : 0U) << n << outcome(result);
    if (!result) continue;
    EXPECT_TRUE(must(machine_.check_kept(hash)).passed()) << n;
    must(machine_.vault().remove(hash, machine_.clock.at));
  }
}

TEST_F(CreateRefusal, AnInterruptionAtAnyMoment) {
  testing::sample_folder(disk_);
  int all = 0;
  testing::WatchedDisk counting(disk_, [&](const path&) -> Result<void> {
    ++all;
    return {};
  });
  auto tools = machine_.tools_with(counting);
  must(preview(all_of("/family"), tools));
  for (int when = 1; when <= all; when += 1 + all / 40) {
    std::stop_source stop;
    int reads = 0;
    testing::WatchedDisk watched(disk_, [&](const path&) -> Result<void> {
      if (++reads == when) stop.request_stop();
      return {};
    });
    auto with = machine_.tools_with(watched);
    with.stop = stop.get_token();
    EXPECT_THAT(
        expect_nothing(outcome(create(machine_.vault(), machine_.author, all_of("/family"), with))),
        StartsWith("cancelled: "))
        << when;
  }
}

}  // namespace
}  // namespace tesseras::custody

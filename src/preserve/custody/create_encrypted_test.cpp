// Tesserae that are not public: made, kept, checked without a key, and opened with one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "preserve/custody/opening.hpp"
#include "preserve/custody/testing.hpp"
#include "preserve/vault/limits.hpp"

namespace tesseras::custody {
namespace {

using tessera::Visibility;
using testing::all_of;
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::Machine;
using testing::must;
using testing::outcome;
using ::testing::StartsWith;

class CreateEncrypted : public ::testing::Test {
 protected:
  CreateEncrypted() { testing::sample_folder(disk_); }

  static CreateOptions hidden(const path& folder, Visibility visibility = Visibility::only_me) {
    auto options = all_of(folder);
    options.visibility = visibility;
    options.choices.title = "The dry summer";
    options.choices.language = "cy-GB";
    return options;
  }

  base::ContentHash make(const CreateOptions& options) {
    return must(machine_.create(options)).tesserae.at(0).content_hash;
  }

  Result<std::unique_ptr<Files>> opened(const base::ContentHash& hash,
                                        const identity::Identity& reader) {
    const auto closed = TRY(Closed::find(machine_.vault(), hash));
    return closed.open(TRY(closed.key_of(reader)));
  }

  // What is in it, as `tes open` gives it; and it holds.
  std::map<std::string, std::string> inside(const base::ContentHash& hash,
                                            const identity::Identity& reader) {
    auto tools = machine_.tools();
    const auto files = must(opened(hash, reader));
    const auto at = must(export_tessera(*files, "/opened", ExportFormat::folder, tools)).at;
    EXPECT_TRUE(must(machine_.check_folder(at, true)).passed());
    EXPECT_TRUE(must(verify(*files, {}, tools)).passed());
    auto found = testing::tree(disk_, at);
    must(disk_.remove_tree("/opened"));
    return found;
  }

  std::map<std::string, std::string> temporary_files() {
    return testing::tree(disk_, std::filesystem::temp_directory_path());
  }

  runtime::MemoryDisk disk_;
  Machine machine_{disk_};
};

TEST_F(CreateEncrypted, HoldsWhatAPublicOneWouldHold) {
  const auto closed = make(hidden("/family"));
  const auto inner = inside(closed, machine_.author);
  auto open = hidden("/family");
  open.visibility = Visibility::everyone;
  const auto shown = must(machine_.hand_on(make(open), "/shown")).at;
  auto expected = testing::tree(disk_, shown);
  ASSERT_EQ(inner.size(), expected.size());
  for (const auto& [relative, bytes] : expected) {
    if (relative.starts_with("memories/") || relative.starts_with("decode/")) {
      EXPECT_EQ(inner.at(relative), bytes) << relative;
    }
  }
  EXPECT_THAT(inner.at("MANIFEST"),
              AllOf(HasSubstr("visibility: private\n"), HasSubstr("title: The dry summer\n")));
}

TEST_F(CreateEncrypted, ShowsNothingOfWhatIsInside) {
  const auto hash = make(hidden("/family"));
  EXPECT_TRUE(must(machine_.check_kept(hash)).passed());
  const auto manifest =
      must(tessera::Manifest::parse(must(files_in_vault(machine_.vault(), hash)->manifest())));
  const auto& header = manifest.header();
  EXPECT_EQ(header.visibility, Visibility::only_me);
  EXPECT_EQ(header.title, std::nullopt);
  EXPECT_EQ(header.language, "und");
  EXPECT_EQ(header.created.unix_seconds % 86'400, 0);
  EXPECT_TRUE(header.capsule && header.key_commitment && !header.open_after);
  EXPECT_TRUE(manifest.memories().empty());
  // On no disk of this machine but where it was to begin with.
  for (const auto& [relative, bytes] : testing::tree(disk_, machine_.home())) {
    for (const std::string_view secret : {"Dear Ana", "the summer of 1974", "kitchen", "letter.txt",
                                          "The dry summer", "cy-GB", "WAVEfmt"}) {
      EXPECT_EQ(bytes.find(secret), std::string::npos) << secret << " in " << relative;
    }
  }
  EXPECT_EQ(temporary_files(), (std::map<std::string, std::string>{}));
}

// Whoever kills the program, or pulls the plug, at whichever moment: nothing that was ever written
// holds a word of it, under any name or none.
TEST_F(CreateEncrypted, WritesNothingInTheClear) {
  testing::RememberingDisk disk(disk_);
  Machine machine(disk, "/second");
  const std::string place = "+41.7670-008.5840/", samples = "the samples of a film at the well";
  testing::put(disk_, "/family/pictures/two.jpg", testing::jpeg_with_position());
  testing::put(disk_, "/family/pictures/film.mov",
               testing::box("ftyp", {"qt  \0\0\0\0", 8}) + testing::box("mdat", samples) +
                   testing::box("moov", testing::box("udta", testing::box("smta", place))));
  for (const bool strip_location : {false, true}) {
    auto options = hidden("/family");
    options.strip_location = strip_location;
    const auto report = must(machine.create(options));
    EXPECT_EQ(report.not_taken.size(), 0);
    EXPECT_EQ(report.kept.size(), 6);
  }
  std::size_t temporary = 0;
  for (const auto& [name, bytes] : disk.written()) {
    for (const std::string_view secret :
         {"Dear Ana", "the summer of 1974", "kitchen", "letter.txt", "The dry summer", "WAVEfmt",
          "IHDR", "scan\xff\xd9", "samples of a film", "+41.7670", "film.mov"}) {
      EXPECT_EQ(bytes.find(secret), std::string::npos) << secret << " in " << name;
    }
    if (!name.starts_with("/second")) ++temporary;
  }
  // The texts of each, encrypted (spool.hpp).
  EXPECT_EQ(temporary, 2);
  // And would be found, were they there.
  auto open = hidden("/family");
  open.visibility = Visibility::everyone;
  must(machine.create(open));
  const auto after = disk.written();
  EXPECT_TRUE(std::ranges::any_of(
      after, [](const auto& file) { return file.second.contains("samples of a film"); }));
}

TEST_F(CreateEncrypted, IsAnotherOneEachTime) {
  const auto first = make(hidden("/family"));
  const auto second = make(hidden("/family"));
  EXPECT_NE(first, second);
  EXPECT_EQ(inside(first, machine_.author), inside(second, machine_.author));
}

TEST_F(CreateEncrypted, OpensForItsAuthorAlone) {
  const auto hash = make(hidden("/family"));
  EXPECT_THAT(outcome(opened(hash, testing::author_from(8))), StartsWith("denied: "));
  const auto closed = must(Closed::find(machine_.vault(), hash));
  EXPECT_THAT(outcome(closed.open(sealing::new_content_key())), StartsWith("denied: "));
}

TEST_F(CreateEncrypted, OpensForItsCircle) {
  const auto member = testing::author_from(8);
  auto options = hidden("/family", Visibility::circle);
  options.readers = {member.public_keys().xwing};
  const auto hash = make(options);
  EXPECT_EQ(inside(hash, member), inside(hash, machine_.author));
  EXPECT_THAT(outcome(opened(hash, testing::author_from(9))), StartsWith("denied: "));
}

TEST_F(CreateEncrypted, ASealedOneSaysWhenItOpens) {
  auto options = hidden("/family", Visibility::sealed);
  options.open_after = base::WallTime{3'000'000'000, 0};
  const auto hash = make(options);
  const auto closed = must(Closed::find(machine_.vault(), hash));
  EXPECT_EQ(closed.capsule().open_after, options.open_after);
  EXPECT_EQ(closed.manifest().header().open_after, options.open_after);
  // Its author has the key all the while.
  EXPECT_THAT(inside(hash, machine_.author).at("MANIFEST"), HasSubstr("visibility: sealed\n"));
}

TEST_F(CreateEncrypted, IsSplitLikeAPublicOne) {
  std::string sound = testing::wav_bytes();
  sound.append(30'000, '\x80');
  testing::put(disk_, "/long/a.wav", sound);
  testing::put(disk_, "/long/b.txt", "b\n");
  auto options = hidden("/long");
  options.split = true;
  options.media_bytes_max = 20'000;
  const auto report = must(machine_.create(options));
  ASSERT_EQ(report.tesserae.size(), 2);
  std::string whole;
  for (const auto& one : report.tesserae) {
    for (const auto& [relative, bytes] : inside(one.content_hash, machine_.author)) {
      if (relative.find(".part-") != std::string::npos) whole += bytes;
      if (relative == "MANIFEST") {
        EXPECT_THAT(bytes, HasSubstr("collection: "));
      }
    }
  }
  EXPECT_EQ(whole, sound);
}

TEST_F(CreateEncrypted, LeavesPositionsOut) {
  testing::put(disk_, "/places/one.jpg", testing::jpeg_with_position());
  auto options = hidden("/places");
  const auto media_in = [&](const base::ContentHash& hash) {
    for (const auto& [relative, bytes] : inside(hash, machine_.author))
      if (relative.ends_with("/media.jpg")) return bytes;
    return std::string();
  };
  EXPECT_EQ(media_in(make(options)), testing::jpeg_with_position());
  options.strip_location = true;
  const auto stripped = media_in(make(options));
  EXPECT_THAT(stripped, HasSubstr("scan"));
  EXPECT_NE(stripped, testing::jpeg_with_position());
  EXPECT_EQ(temporary_files(), (std::map<std::string, std::string>{}));
}

TEST_F(CreateEncrypted, IsNotMadeOfAFileThatChanges) {
  // The letter is read for its hash, and again to be encrypted.
  int readings = 0;
  testing::WatchedDisk watched(disk_, [&](const path& file) -> Result<void> {
    if (file == "/family/letter.txt" && ++readings == 3)
      testing::put(disk_, file, "Dear Ana,\nthe well is full again.\n");
    return {};
  });
  auto tools = machine_.tools_with(watched);
  const auto before = testing::files_below(disk_, machine_.home());
  // It may be read more often than it has to be: until it changed while one was made.
  std::string made = "ok";
  for (int tries = 0; tries < 3 && made == "ok"; ++tries)
    made = outcome(create(machine_.vault(), machine_.author, hidden("/family"), tools));
  EXPECT_THAT(made, StartsWith("conflict: "));
  EXPECT_TRUE(std::ranges::all_of(before, [&](const auto& file) {
    return testing::files_below(disk_, machine_.home()).contains(file.first);
  }));
  EXPECT_EQ(temporary_files(), (std::map<std::string, std::string>{}));
}

TEST_F(CreateEncrypted, NamesDamage) {
  const auto hash = make(hidden("/family"));
  const auto manifest =
      must(tessera::Manifest::parse(must(files_in_vault(machine_.vault(), hash)->manifest())));
  const auto content = manifest.entries()[*manifest.find("content.enc")].blake3.hex();
  const path blob =
      machine_.home() / "blobs" / content.substr(0, 2) / content.substr(2, 2) / content;
  auto bytes = testing::get(disk_, blob);
  bytes[bytes.size() / 2] ^= 1;
  testing::put(disk_, blob, bytes);
  EXPECT_FALSE(must(machine_.check_kept(hash)).passed());
  const auto files = must(opened(hash, machine_.author));
  auto tools = machine_.tools();
  EXPECT_THAT(outcome(export_tessera(*files, "/opened", ExportFormat::folder, tools)),
              AllOf(StartsWith("corrupt: "), HasSubstr("chunk")));
}

TEST_F(CreateEncrypted, APublicOneIsNotOpened) {
  EXPECT_THAT(outcome(Closed::find(machine_.vault(), machine_.keep("/family"))),
              AllOf(StartsWith("unsupported: "), HasSubstr("tes export")));
  EXPECT_THAT(outcome(Closed::find(machine_.vault(), base::ContentHash{})),
              StartsWith("not_found: "));
}

TEST_F(CreateEncrypted, TravelsAsAnyOther) {
  const auto hash = make(hidden("/family"));
  for (const auto format : {ExportFormat::folder, ExportFormat::tar, ExportFormat::bag}) {
    const auto at = must(machine_.hand_on(hash, "/out", format)).at;
    runtime::MemoryDisk other_disk;
    Machine other(disk_, path("/elsewhere") / std::to_string(static_cast<int>(format)));
    EXPECT_EQ(must(other.take_in(at)).content_hash, hash);
    const auto closed = must(Closed::find(other.vault(), hash));
    auto tools = other.tools();
    EXPECT_TRUE(
        must(verify(*must(closed.open(must(closed.key_of(machine_.author)))), {}, tools)).passed());
  }
}

}  // namespace
}  // namespace tesseras::custody

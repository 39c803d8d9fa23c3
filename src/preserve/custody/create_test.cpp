#include "preserve/custody/create.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "preserve/custody/testing.hpp"
#include "preserve/tessera/meta.hpp"

namespace tesseras::custody {
namespace {

using testing::all_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::jpeg_with_position;
using testing::Machine;
using testing::must;
using testing::outcome;
using ::testing::SizeIs;
using ::testing::StartsWith;

class Create : public ::testing::Test {
 protected:
  std::map<std::string, std::string> files_of(const base::ContentHash& hash) {
    const auto at = must(machine_.hand_on(hash, "/look")).at;
    auto files = testing::tree(disk_, at);
    must(disk_.remove_tree("/look"));
    return files;
  }

  // The meta.json of the only memory, or of the one with this media.
  tessera::Meta meta_of(const base::ContentHash& hash, const std::string& media) {
    const auto id = crypto::blake3(base::as_bytes(media));
    return must(tessera::decode_meta(
        files_of(hash).at(tessera::memory_folder(id) + std::string(tessera::paths::meta_name))));
  }

  static std::string media_of(const std::map<std::string, std::string>& files,
                              const std::string& bytes, const std::string& extension) {
    const auto id = crypto::blake3(base::as_bytes(bytes));
    const auto found = files.find(tessera::memory_folder(id) + "media." + extension);
    return found == files.end() ? "(none)" : found->second;
  }

  runtime::MemoryDisk disk_;
  Machine machine_{disk_};
};

TEST_F(Create, AccountsForEveryFile) {
  testing::sample_folder(disk_);
  testing::put(disk_, "/family/table.xyz", std::string(100, '\1'));
  testing::put(disk_, "/family/Thumbs.db", "x");
  const auto report = must(machine_.create(all_of("/family")));
  std::vector<std::string> kept;
  for (const auto& file : report.kept) kept.push_back(file.relative);
  EXPECT_THAT(kept, ElementsAre("letter.txt", "notes.md", "pictures/one.png",
                                "sounds/copy of kitchen.wav"));
  ASSERT_THAT(report.duplicates, SizeIs(1));
  EXPECT_EQ(report.duplicates[0].relative, "sounds/kitchen.wav");
  EXPECT_EQ(report.duplicates[0].same_as, "sounds/copy of kitchen.wav");
  ASSERT_THAT(report.described_by, SizeIs(1));
  EXPECT_EQ(report.described_by[0].describes, "letter.txt");
  ASSERT_THAT(report.not_taken, SizeIs(2));
  EXPECT_EQ(report.not_taken[0].relative, "Thumbs.db");
  EXPECT_EQ(report.not_taken[1].relative, "table.xyz");
  EXPECT_NE(report.not_taken[1].reason, "");
  ASSERT_THAT(report.tesserae, SizeIs(1));
  EXPECT_EQ(report.tesserae[0].memories, 4U);
  EXPECT_EQ(report.tesserae[0].media_bytes, report.media_bytes);
  EXPECT_EQ(report.tesserae_needed, 1U);
  EXPECT_TRUE(must(machine_.check_kept(report.tesserae[0].content_hash)).passed());
}

TEST_F(Create, MakesOneMemoryOfEqualFiles) {
  const auto hash = machine_.keep(testing::sample_folder(disk_));
  const auto meta = meta_of(hash, testing::wav_bytes());
  ASSERT_THAT(meta.sources, SizeIs(2));
  EXPECT_EQ(meta.sources[0].path, "sounds/copy of kitchen.wav");
  EXPECT_EQ(meta.sources[1].path, "sounds/kitchen.wav");
  EXPECT_NE(meta.sources[0].modified, "");
}

TEST_F(Create, KeepsEveryNameAndEveryByte) {
  const std::vector<std::string> names = {
      "with space.txt",           "it's \"quoted\".txt", "new\nline.txt", "tab\tand\rreturn.txt",
      "emoji 👵🏽.txt",           "b\xff\xfe.txt",       "100%25.txt",    "-n.txt",
      "a/b/c/d/e/f/g/h/deep.txt", "back\\slash.txt",     ".hidden.txt"};
  for (std::size_t i = 0; i < names.size(); ++i) {
    testing::put(disk_, path("/odd") / names[i], "text " + std::to_string(i));
  }
  const auto hash = machine_.keep("/odd");
  const auto files = files_of(hash);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto bytes = "text " + std::to_string(i);
    EXPECT_EQ(media_of(files, bytes, "txt"), bytes);
    const auto meta = meta_of(hash, bytes);
    ASSERT_THAT(meta.sources, SizeIs(1));
    const auto expected = tessera::source_from(names[i]);
    EXPECT_EQ(meta.sources[0].path, expected.path);
    EXPECT_EQ(meta.sources[0].path_percent, expected.path_percent);
  }
  EXPECT_TRUE(must(machine_.check_kept(hash)).passed());
}

TEST_F(Create, TakesAnEmptyFileAndAWrongExtension) {
  testing::put(disk_, "/in/empty.txt", "");
  testing::put(disk_, "/in/holiday.jpg", testing::png_bytes());
  const auto files = files_of(machine_.keep("/in"));
  EXPECT_EQ(media_of(files, "", "txt"), "");
  EXPECT_EQ(media_of(files, testing::png_bytes(), "png"), testing::png_bytes());
}

TEST_F(Create, KeepsTheAuthorsWords) {
  testing::sample_folder(disk_);
  testing::put(
      disk_, "/family/tessera.toml",
      "title = \"The well\"\ndescription = \"One summer.\"\nlanguage = \"pt\"\n"
      "tags = [\"minho\"]\n[[people]]\nname = \"Ana\"\nrelation = \"grandmother\"\n"
      "[files.\"pictures/one.png\"]\ncontext = \"Ana at the well.\"\ndate = \"1974-06\"\n");
  const auto hash = machine_.keep("/family");
  const auto files = files_of(hash);
  const auto header = must(tessera::Manifest::parse(files.at("MANIFEST"))).header();
  EXPECT_EQ(header.title, "The well");
  EXPECT_EQ(header.language, "pt");
  EXPECT_EQ(files.at("context.txt"), "One summer.\n");
  const auto folder = [](const std::string& media) {
    return tessera::memory_folder(crypto::blake3(base::as_bytes(media)));
  };
  EXPECT_EQ(files.at(folder(testing::png_bytes()) + "context.txt"), "Ana at the well.\n");
  EXPECT_EQ(files.at(folder("Dear Ana,\nthe well is dry again.\n") + "context.txt"),
            "Written in the summer of 1974.\n");
  // Without words of anybody: the files' names.
  EXPECT_THAT(files.at(folder(testing::wav_bytes()) + "context.txt"),
              StartsWith("copy of kitchen.wav\nkitchen.wav\n"));
  const auto meta = meta_of(hash, testing::png_bytes());
  EXPECT_EQ(meta.created_approximate->value, "1974-06");
  EXPECT_THAT(meta.tags, ElementsAre("minho"));
  EXPECT_EQ(meta.people.at(0).name, "Ana");
  EXPECT_THAT(files.at("index.html"), HasSubstr("Ana at the well."));
}

TEST_F(Create, SaysWhatTheCommandLineSaid) {
  testing::sample_folder(disk_);
  auto options = all_of("/family");
  options.choices.title = "Ours";
  options.choices.description = "Words";
  options.choices.language = "fr";
  options.choices.location = "Minho";
  options.choices.tags = {"a"};
  options.supersedes = base::ContentHash{crypto::blake3(base::as_bytes("before")).bytes};
  const auto hash = must(machine_.create(options)).tesserae.at(0).content_hash;
  const auto header = must(tessera::Manifest::parse(files_of(hash).at("MANIFEST"))).header();
  EXPECT_EQ(header.title, "Ours");
  EXPECT_EQ(header.language, "fr");
  EXPECT_EQ(header.supersedes, options.supersedes);
  EXPECT_EQ(header.created, machine_.clock.at);
  EXPECT_EQ(meta_of(hash, testing::png_bytes()).location->description, "Minho");
}

TEST_F(Create, TakesOtherFilesOnlyWhenTold) {
  const std::string bytes(1000, '\1');
  testing::put(disk_, "/in/data.xyz", bytes);
  EXPECT_THAT(outcome(machine_.create(all_of("/in"))),
              AllOf(StartsWith("invalid: "), HasSubstr("data.xyz"), HasSubstr("--include-other")));
  auto options = all_of("/in");
  options.choices.include_other = true;
  const auto report = must(machine_.create(options));
  EXPECT_EQ(media_of(files_of(report.tesserae.at(0).content_hash), bytes, "xyz"), bytes);
}

TEST_F(Create, TakesPositionsOutOfCopiesOnly) {
  const auto jpeg = jpeg_with_position();
  testing::put(disk_, "/in/a.jpg", jpeg);
  testing::put(disk_, "/in/b.txt", "words");
  testing::put(disk_, "/in/c.pdf", "%PDF-1.7\n%%EOF\n");
  auto options = all_of("/in");
  EXPECT_TRUE(must(machine_.create(options)).kept.at(0).has_position);
  options.strip_location = true;
  const auto report = must(machine_.create(options));
  ASSERT_THAT(report.kept, SizeIs(2));
  EXPECT_FALSE(report.kept[0].has_position);
  EXPECT_THAT(report.kept[0].changes, SizeIs(1));
  EXPECT_THAT(report.kept[1].changes, SizeIs(0));
  ASSERT_THAT(report.not_taken, SizeIs(1));
  EXPECT_EQ(report.not_taken[0].relative, "c.pdf");
  const auto files = files_of(report.tesserae.at(0).content_hash);
  const auto folder = tessera::memory_folder(report.kept[0].memory);
  EXPECT_NE(files.at(folder + "media.jpg"), jpeg);
  const auto meta = must(tessera::decode_meta(files.at(folder + "meta.json")));
  EXPECT_FALSE(meta.location);
  EXPECT_THAT(meta.changes, SizeIs(1));
  EXPECT_EQ(testing::get(disk_, "/in/a.jpg"), jpeg);
  EXPECT_EQ(outcome(disk_.status(std::filesystem::temp_directory_path())).substr(0, 10),
            "not_found:");
}

// One film alone is too much, too: it would be cut.
TEST_F(Create, SaysHowManyItWouldTake) {
  const auto wav = testing::wav_bytes();  // 8044 bytes
  testing::put(disk_, "/in/b.wav", wav);
  auto options = all_of("/in");
  const auto needed = [&](std::uint64_t media_bytes_max) {
    options.media_bytes_max = media_bytes_max;
    options.split = false;
    auto tools = machine_.tools();
    const auto whole = must(machine_.create(options));
    EXPECT_EQ(whole.tesserae.size(), 1);
    EXPECT_EQ(must(preview(options, tools)).tesserae_needed, whole.tesserae_needed);
    options.split = true;
    EXPECT_EQ(must(machine_.create(options)).tesserae.size(), whole.tesserae_needed);
    return whole.tesserae_needed;
  };
  EXPECT_EQ(needed(wav.size()), 1);
  EXPECT_EQ(needed(wav.size() - 1), 2);
  EXPECT_EQ(needed(wav.size() / 4), 4);
  EXPECT_EQ(needed(1000), 9);
  testing::put(disk_, "/in/a.txt", std::string(900, 'a'));
  testing::put(disk_, "/in/c.txt", std::string(600, 'c'));
  for (const std::uint64_t most : {700UL, 900UL, 1000UL, 1600UL, 5000UL, 9000UL, 10'000UL})
    needed(most);
}

TEST_F(Create, SplitsWhatIsTooMuchForOne) {
  std::string film(9000, '\0');
  for (std::size_t i = 0; i < film.size(); ++i) film[i] = static_cast<char>(i * i >> 7U);
  film = testing::wav_bytes().substr(0, 44) + film;
  testing::put(disk_, "/in/a.txt", std::string(900, 'a'));
  testing::put(disk_, "/in/b.wav", film);
  testing::put(disk_, "/in/c.txt", std::string(600, 'c'));
  auto options = all_of("/in");
  options.media_bytes_max = 1000;
  EXPECT_GT(must(machine_.create(options)).tesserae_needed, 1U);
  options.split = true;
  const auto report = must(machine_.create(options));
  ASSERT_EQ(report.tesserae.size(), report.tesserae_needed);
  std::string joined;
  std::uint32_t number = 0;
  std::optional<tessera::CollectionId> id;
  for (const auto& one : report.tesserae) {
    EXPECT_LE(one.media_bytes, 1000U);
    EXPECT_TRUE(must(machine_.check_kept(one.content_hash)).passed());
    const auto files = files_of(one.content_hash);
    const auto collection =
        must(tessera::Manifest::parse(files.at("MANIFEST"))).header().collection;
    ASSERT_TRUE(collection);
    EXPECT_EQ(collection->number, ++number);
    EXPECT_EQ(collection->members, report.tesserae.size());
    EXPECT_TRUE(!id || *id == collection->id);
    id = collection->id;
    for (const auto& [relative, bytes] : files) {
      if (relative.contains("/media.wav.part-")) joined += bytes;
    }
    // And each can be handed on like any other.
    Machine other(disk_, "/other" + std::to_string(number));
    EXPECT_EQ(outcome(other.take_in(must(machine_.hand_on(one.content_hash, "/split")).at)), "ok");
  }
  EXPECT_TRUE(joined == film);
  for (const auto& one : report.tesserae) {
    for (const auto& line : must(machine_.check_kept(one.content_hash)).verdict.lines) {
      EXPECT_TRUE(line.ok) << line.path << ": " << line.detail;
    }
  }
  options.media_bytes_max = 5;
  EXPECT_THAT(outcome(machine_.create(options)), StartsWith("invalid: b.wav is too long"));
}

TEST_F(Create, MakesTheSameOfTheSame) {
  testing::sample_folder(disk_);
  for (int i = 0; i < 40; ++i) {
    testing::put(disk_, "/family/more/" + std::to_string(i),
                 std::string(10, static_cast<char>('a' + i % 26)) + "\n");
  }
  Machine other(disk_, "/other", 8), alone(disk_, "/alone", 1);
  const auto hash = machine_.keep("/family");
  EXPECT_EQ(hash, other.keep("/family"));
  EXPECT_EQ(hash, alone.keep("/family"));
  EXPECT_EQ(testing::tree(disk_, must(machine_.hand_on(hash, "/one")).at),
            testing::tree(disk_, must(other.hand_on(hash, "/two")).at));
  alone.clock.at.unix_seconds += 1;
  EXPECT_NE(hash, alone.keep("/family"));
}

TEST_F(Create, PreviewsTheSameAndKeepsNothing) {
  testing::sample_folder(disk_);
  const auto before = testing::tree(disk_, machine_.home());
  auto tools = machine_.tools();
  const auto shown = must(preview(all_of("/family"), tools));
  EXPECT_EQ(testing::tree(disk_, machine_.home()), before);
  const auto report = must(machine_.create(all_of("/family")));
  EXPECT_TRUE(shown.tesserae.empty());
  ASSERT_EQ(shown.kept.size(), report.kept.size());
  for (std::size_t i = 0; i < shown.kept.size(); ++i) {
    EXPECT_EQ(shown.kept[i].memory, report.kept[i].memory);
  }
  EXPECT_EQ(shown.not_taken, report.not_taken);
  EXPECT_EQ(shown.media_bytes, report.media_bytes);
}

TEST_F(Create, WorksOnRealFilesWithSqlite) {
  auto& disk = runtime::posix_disk();
  const base::TemporaryFolder real;
  testing::sample_folder(disk, real.path() / "family");
  testing::put(disk, real.path() / "family/b\xff\nad.txt", "odd");
  std::filesystem::create_symlink("/etc/passwd", real.path() / "family/link.txt");
  const auto indexes = vault::sqlite_index_home(real.path() / "data/db");
  must(vault::Vault::create(disk, real.path() / "data", *indexes));
  const auto kept = must(vault::Vault::open(disk, real.path() / "data", *indexes));
  runtime::Workers workers(2);
  Tools tools{disk, machine_.clock, workers, runtime::no_progress(), {}};
  const auto report = must(create(*kept, machine_.author, all_of(real.path() / "family"), tools));
  ASSERT_THAT(report.not_taken, SizeIs(1));
  EXPECT_EQ(report.not_taken[0].relative, "link.txt");
  EXPECT_EQ(report.kept.size(), 5U);
  const auto hash = report.tesserae.at(0).content_hash;
  EXPECT_TRUE(must(verify(*files_in_vault(*kept, hash), {.full = true, .folder_name = {}}, tools))
                  .passed());
}

}  // namespace
}  // namespace tesseras::custody

#include "preserve/intake/describe.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "preserve/intake/limits.hpp"
#include "preserve/media/testing.hpp"

namespace tesseras::intake {
namespace {

using base::Code;
using tessera::MediaFormat;
using tessera::MemoryType;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Describe : public ::testing::Test {
 protected:
  // What is known of one file of the folder, with this tessera.toml.
  Result<Item> look(const std::string& name, std::string_view toml = "") {
    const auto found = scan(disk_, folder_.path());
    if (!found) return base::fail(found.error());
    const auto description = decode_description(toml);
    EXPECT_TRUE(description) << description.error().message;
    const auto at = std::ranges::find(found->candidates, name, &Candidate::relative);
    if (at == found->candidates.end()) return base::fail(Code::not_found, "{}", name);
    const auto file = TRY(open_candidate(disk_, folder_.path(), *at));
    return look_into(disk_, folder_.path(), *at, *file, *description, choices_);
  }

  Item item(const std::string& name, std::string_view toml = "") {
    const auto found = look(name, toml);
    EXPECT_TRUE(found) << found.error().message;
    return found.value_or(Item{});
  }

  media::Folder folder_;
  runtime::Disk& disk_ = runtime::posix_disk();
  Choices choices_;
  const std::string photo_ = media::jpeg_bytes(
      media::exif_tiff({media::text_field(0x9003, "2019:09:22 14:31:03")}, media::gps_fields(),
                       {media::text_field(0x010e, "caption")}));
};

TEST_F(Describe, AFileSpeaksForItself) {
  folder_.write("a/photo.png", photo_);
  const auto found = item("a/photo.png");
  EXPECT_TRUE(found.taken);
  EXPECT_EQ(found.format, MediaFormat::jpeg);
  EXPECT_EQ(found.meta.mime, "image/jpeg");
  EXPECT_EQ(found.meta.type, MemoryType::moment);
  EXPECT_EQ(found.meta.created_at, "2019-09-22T14:31:03");
  EXPECT_EQ(found.meta.created_at_source, tessera::Origin::exif);
  ASSERT_TRUE(found.meta.location);
  EXPECT_EQ(found.meta.location->coordinates_source, tessera::Origin::exif);
  ASSERT_EQ(found.meta.sources.size(), 1U);
  EXPECT_EQ(found.meta.sources[0].path, "a/photo.png");
  EXPECT_EQ(found.meta.sources[0].caption, "caption");
  EXPECT_FALSE(found.meta.sources[0].modified.empty());
  EXPECT_EQ(found.context, "");
}

TEST_F(Describe, TheAuthorKnowsBetter) {
  folder_.write("p", photo_);
  const auto found = item("p", R"(
tags = ["a", "b"]
location = { description = "Porto", coordinates = [41.15, -8.61] }
[[people]]
name = "Ana"
[files.p]
date = "1974"
type = "daily"
location = { description = "home", coordinates = [1.5, 2.5] }
tags = ["b", "c"]
context = "words"
)");
  EXPECT_EQ(found.meta.created_at, "");
  EXPECT_EQ(found.meta.created_approximate->value, "1974");
  EXPECT_EQ(found.meta.type, MemoryType::daily);
  EXPECT_EQ(found.meta.location->description, "home");
  EXPECT_EQ(found.meta.location->coordinates, (tessera::Coordinates{1.5, 2.5}));
  EXPECT_EQ(found.meta.location->coordinates_source, tessera::Origin::author);
  EXPECT_THAT(found.meta.tags, ElementsAre("a", "b", "c"));
  EXPECT_EQ(found.meta.people.size(), 1U);
  EXPECT_EQ(found.context, "words\n");
  EXPECT_EQ(found.meta.description, "words");
}

TEST_F(Describe, WhatWasMeasuredBeatsWhatIsSaidOfTheFolder) {
  folder_.write("p", photo_);
  folder_.write("t", "words");
  constexpr auto toml = "location = { description = \"Porto\", coordinates = [41.15, -8.61] }";
  EXPECT_EQ(item("p", toml).meta.location->coordinates_source, tessera::Origin::exif);
  EXPECT_EQ(item("p", toml).meta.location->description, "Porto");
  EXPECT_EQ(item("t", toml).meta.location->coordinates, (tessera::Coordinates{41.15, -8.61}));
  EXPECT_EQ(item("t", toml).meta.location->coordinates_source, tessera::Origin::author);
}

TEST_F(Describe, TheDefaultPlaceComesLast) {
  folder_.write("t", "words");
  choices_.default_location = "Braga";
  EXPECT_EQ(item("t", "location = \"Porto\"").meta.location->description, "Porto");
  EXPECT_EQ(item("t", "[files.t]\nlocation = \"home\"").meta.location->description, "home");
  EXPECT_EQ(item("t", "title = \"T\"").meta.location->description, "Braga");
}

TEST_F(Describe, TheCommandLineComesFirst) {
  folder_.write("t", "words");
  choices_.location = "Braga";
  choices_.tags = {"x", "a"};
  const auto found =
      item("t", "tags = [\"a\"]\nlocation = \"Porto\"\n[files.t]\nlocation = \"home\"");
  EXPECT_EQ(found.meta.location->description, "Braga");
  EXPECT_THAT(found.meta.tags, ElementsAre("x", "a"));
  const auto description = decode_description("title = \"T\"\nlanguage = \"pt\"");
  choices_.title = "C";
  const auto whole = describe_whole(choices_, *description);
  EXPECT_EQ(whole.title, "C");
  EXPECT_EQ(whole.language, "pt");
  EXPECT_EQ(whole.description, "");
}

TEST_F(Describe, PeopleAreEverybodyUnlessTheFileSaysWho) {
  folder_.write("t", "words");
  const std::string people = "[[people]]\nname = \"A\"\n[[people]]\nname = \"B\"\n[files.t]\n";
  EXPECT_EQ(item("t", people).meta.people.size(), 2U);
  EXPECT_EQ(item("t", people + "people = [\"B\"]").meta.people.size(), 1U);
  EXPECT_THAT(item("t", people + "people = []").meta.people, IsEmpty());
}

TEST_F(Describe, JoinsDistinctContexts) {
  folder_.write("t", "words");
  folder_.write("t.context.txt", "\xef\xbb\xbfOne.\r\n");
  EXPECT_EQ(item("t").context, "One.\n");
  EXPECT_EQ(item("t", "[files.t]\ncontext = \"Two.\"").context, "One.\n\nTwo.\n");
  EXPECT_EQ(item("t", "[files.t]\ncontext = \"One.\"").context, "One.\n");
  EXPECT_EQ(item("t").meta.description, "One.");
}

TEST_F(Describe, RefusesAContextThatIsNoText) {
  folder_.write("t", "words");
  for (const auto& bytes : {std::string("\xe9"), std::string("a\0b", 3),
                            std::string(Limits::context_bytes_max + 1, 'x')}) {
    folder_.write("t.context.txt", bytes);
    const auto found = look("t");
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, Code::invalid);
    EXPECT_THAT(found.error().message, HasSubstr("t.context.txt"));
  }
}

TEST_F(Describe, OtherFilesAreTakenOnlyWhenAskedFor) {
  folder_.write("a.xyz", "\x01\x02");
  auto found = item("a.xyz");
  EXPECT_FALSE(found.taken);
  EXPECT_EQ(found.note, "not a known format");
  choices_.include_other = true;
  found = item("a.xyz");
  EXPECT_TRUE(found.taken);
  EXPECT_EQ(found.meta.mime, "application/octet-stream");
}

TEST_F(Describe, KeepsTheBytesOfANameThatIsNoText) {
  folder_.write("\xff.txt", "words");
  const auto found = item("\xff.txt");
  EXPECT_EQ(found.meta.sources[0].path, "\xef\xbf\xbd.txt");
  EXPECT_EQ(found.meta.sources[0].path_percent, "%FF.txt");
}

TEST_F(Describe, AFileThatChangedOrVanishedIsAnError) {
  folder_.write("t", "words");
  const auto found = scan(disk_, folder_.path());
  ASSERT_TRUE(found);
  folder_.write("t", "other words");
  const auto failure = [&] {
    return open_candidate(disk_, folder_.path(), found->candidates[0]).error().code;
  };
  EXPECT_EQ(failure(), Code::conflict);
  std::filesystem::remove(folder_.path() / "t");
  EXPECT_EQ(failure(), Code::not_found);
  std::filesystem::create_symlink("elsewhere", folder_.path() / "t");
  EXPECT_EQ(failure(), Code::invalid);
}

TEST_F(Describe, EqualFilesAreOneMemory) {
  folder_.write("1.jpg", photo_);
  folder_.write("2.jpg", photo_);
  folder_.write("1.jpg.context.txt", "One.");
  folder_.write("2.jpg.context.txt", "Two.");
  constexpr auto toml = R"(
[files."1.jpg"]
tags = ["a"]
people = ["A"]
[files."2.jpg"]
tags = ["a", "b"]
people = ["B", "A"]
type = "object"
date = "1974-06"
context = "One."
location = "home"
)";
  auto first = item("1.jpg", toml);
  const auto second = item("2.jpg", toml);
  merge(first, second);
  EXPECT_EQ(first.context, "One.\n\nTwo.\n");
  EXPECT_THAT(first.meta.tags, ElementsAre("a", "b"));
  EXPECT_EQ(first.meta.people.size(), 2U);
  EXPECT_EQ(first.meta.type, MemoryType::object);
  EXPECT_EQ(first.meta.created_at, "");
  EXPECT_EQ(first.meta.created_approximate->value, "1974-06");
  EXPECT_EQ(first.meta.location->description, "home");
  EXPECT_EQ(first.meta.location->coordinates_source, tessera::Origin::exif);
  ASSERT_EQ(first.meta.sources.size(), 2U);
  EXPECT_EQ(first.meta.sources[1].path, "2.jpg");
  EXPECT_EQ(first.meta.sources[1].caption, "caption");
}

}  // namespace
}  // namespace tesseras::intake

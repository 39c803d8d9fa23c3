#include "preserve/intake/description.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "preserve/intake/limits.hpp"
#include "preserve/media/testing.hpp"

namespace tesseras::intake {
namespace {

using base::Code;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view everything = R"(
title = "Summer in Minho"
description = """
The last year
in the old house."""
language = "pt-BR"
tags = ["family", "minho", "family"]
location = "Ponte de Lima"

[[people]]
name = "Ana"
relation = "grandmother"
born = "1931"

[[people]]
name = "João"

[files."b/img 1.jpg"]
context = "Ana at the well."
type = "daily"
date = "1974-06"
location = { description = "the garden", coordinates = [41.767, -8.584] }
tags = ["well"]
people = ["Ana", "a neighbour"]

[files.a]
date = 1974-06-02T15:30:00.25+01:00
people = []
)";

TEST(Description, HoldsEverythingThatCanBeSaid) {
  const auto found = decode_description(everything);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->title, "Summer in Minho");
  EXPECT_EQ(found->description, "The last year\nin the old house.");
  EXPECT_EQ(found->language, "pt-BR");
  EXPECT_THAT(found->tags, ElementsAre("family", "minho"));
  EXPECT_EQ(found->location, (Place{"Ponte de Lima", {}}));
  const Person ana{"Ana", "grandmother",
                   tessera::ApproximateDate{tessera::ApproximateDate::Kind::year, "1931"}};
  EXPECT_THAT(found->people, ElementsAre(ana, Person{"João", "", {}}));

  const auto* image = found->find("b/img 1.jpg");
  ASSERT_NE(image, nullptr);
  EXPECT_EQ(image->context, "Ana at the well.");
  EXPECT_EQ(image->type, tessera::MemoryType::daily);
  EXPECT_EQ(image->date, media::AuthorDate(tessera::ApproximateDate{
                             tessera::ApproximateDate::Kind::year_month, "1974-06"}));
  EXPECT_EQ(image->location, (Place{"the garden", tessera::Coordinates{41.767, -8.584}}));
  EXPECT_THAT(*image->people, ElementsAre(ana, Person{"a neighbour", "", {}}));

  const auto* other = found->find("a");
  ASSERT_NE(other, nullptr);
  EXPECT_EQ(to_text(std::get<media::LocalTime>(*other->date)), "1974-06-02T15:30:00.25+01:00");
  EXPECT_TRUE(other->people->empty());
  EXPECT_EQ(found->find("b"), nullptr);
}

TEST(Description, TakesTitlesAsLongAsTheManifestDoes) {
  const auto found = decode_description("title = \"" + std::string(1024, 'x') + "\"");
  ASSERT_TRUE(found) << found.error().message;
}

TEST(Description, MayBeEmpty) {
  const auto found = decode_description("# nothing yet\n");
  ASSERT_TRUE(found);
  EXPECT_THAT(found->files, IsEmpty());
}

TEST(Description, ReadsDatesInEveryForm) {
  for (const auto* date : {"\"1974\"", "\"1974-06-02\"", "1974-06-02", "1974-06-02T15:30:00",
                           "1974-06-02 15:30:00Z", "\"1974-06-02T15:30:00+01:00\""}) {
    EXPECT_TRUE(decode_description("[files.a]\ndate = " + std::string(date))) << date;
  }
}

struct Refused {
  std::string text;
  std::string line;    // "" when the message has none
  std::string reason;  // part of the message
};

class DescriptionRefuses : public ::testing::TestWithParam<Refused> {};

TEST_P(DescriptionRefuses, WithTheLineAndTheReason) {
  const auto found = decode_description(GetParam().text);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Code::invalid);
  EXPECT_THAT(found.error().message, HasSubstr(GetParam().reason));
  if (!GetParam().line.empty()) {
    EXPECT_THAT(found.error().message, HasSubstr("line " + GetParam().line + ":"));
  }
}

INSTANTIATE_TEST_SUITE_P(
    , DescriptionRefuses,
    ::testing::Values(
        Refused{"\ntitel = \"x\"", "2", "did you mean 'title'?"},
        Refused{"zzzzzz = 1", "1", "known here: title"},
        Refused{"[files.a]\nkontext = \"x\"", "2", "did you mean 'context'?"},
        Refused{"[[people]]\nname = \"A\"\nborned = \"1931\"", "3", "did you mean 'born'?"},
        Refused{"title = 3", "1", "a text in quotes"}, Refused{"title = \"\"", "1", "one line"},
        Refused{"title = \"a\\nb\"", "1", "one line"},
        Refused{"title = \"" + std::string(1025, 'x') + "\"", "1", "1024 bytes"},
        Refused{"title = \" a\"", "1", "begins with a space"},
        Refused{"description = \"a\\u0000b\"", "1", "NUL"}, Refused{"title = ", "1", ""},
        Refused{"title = \"a\"\ntitle = \"b\"", "2", ""}, Refused{"tags = \"a\"", "1", "a list"},
        Refused{"tags = [1]", "1", "a text in quotes"}, Refused{"tags = [\"\"]", "1", "one line"},
        Refused{"language = \"portuguese language\"", "1", "language tag"},
        Refused{"language = \"-pt\"", "1", "language tag"},
        Refused{"language = \"pt-\"", "1", "language tag"},
        Refused{"location = 3", "1", "location must be"},
        Refused{"location = {}", "1", "empty table"},
        Refused{"location = { coordinates = [91.0, 0] }", "1", "latitude"},
        Refused{"location = { coordinates = [1.0] }", "1", "latitude"},
        Refused{"location = { coordinates = [nan, 1.0] }", "1", "latitude"},
        Refused{"location = { coordinates = [0, 0] }", "1", "latitude"},
        Refused{"people = \"Ana\"", "1", "people must be"},
        Refused{"people = [\"Ana\"]", "1", "[[people]]"},
        Refused{"[[people]]\nrelation = \"aunt\"", "1", "a name"},
        Refused{"[[people]]\nname = \"A\"\n[[people]]\nname = \"A\"", "3", "twice"},
        Refused{"[[people]]\nname = \"A\"\nborn = \"around 1931\"", "3", "born must be"},
        Refused{"[[people]]\nname = \"A\"\nborn = 1931", "3", "born must be"},
        Refused{"[[people]]\nname = \"Ana\"\n[files.a]\npeople = [\"Anna\"]", "4",
                "'Anna' is not in [[people]]; did you mean 'Ana'?"},
        Refused{"files = 1", "1", "a table a file"}, Refused{"[files]\na = 1", "2", "a table"},
        Refused{"[files.a]\ntype = \"photo\"", "2", "one of moment, reflection"},
        Refused{"[files.a]\ndate = \"1974-02-30\"", "2", "date must be"},
        Refused{"[files.a]\ndate = 1974", "2", "date must be"},
        Refused{"[files.a]\ndate = \"about 1974\"", "2", "date must be"},
        Refused{"title = \"\xff\"", "", "UTF-8"},
        Refused{"\n[a.b.c.d.e.f.g.h.i]", "2", "more than 8 parts"},
        Refused{"a.b.c.d.e.f.g.h.i = 1", "1", "more than 8 parts"}, Refused{"[.]", "1", ""},
        Refused{"[[[a]]]", "1", ""}, Refused{"[files.a]\ndate = 1974-06-02T.25+01:00", "2", ""},
        Refused{"a = " + std::string(1000, '['), "1", ""}));

TEST(Description, RefusesWhatIsTooLarge) {
  const auto found = decode_description("#" + std::string(Limits::description_bytes_max, ' '));
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Code::exhausted);
  std::string tags = "tags = [";
  for (std::size_t i = 0; i <= Limits::tags_max; ++i) tags += "\"" + std::to_string(i) + "\",";
  EXPECT_FALSE(decode_description(tags + "]"));
}

TEST(Description, AMegabyteOfDotsIsRefusedBeforeItIsParsed) {
  std::string dots = "[a";
  while (dots.size() < 1'000'000) dots += ".a";
  EXPECT_FALSE(decode_description(dots + "]"));
  EXPECT_FALSE(decode_description("x = {" + dots.substr(1) + " = 1}"));
}

TEST(Description, NamesAFileThatIsNotThere) {
  const auto found = decode_description("[files.\"img_1.jpg\"]\ncontext = \"x\"");
  ASSERT_TRUE(found);
  Scan scan;
  scan.candidates.push_back({"img_1.jpg", {}, {}});
  EXPECT_TRUE(check_files(*found, scan));
  scan.candidates[0].relative = "img_2.jpg";
  const auto absent = check_files(*found, scan);
  ASSERT_FALSE(absent);
  EXPECT_THAT(absent.error().message,
              AllOf(HasSubstr("line 1:"), HasSubstr("'img_1.jpg'"), HasSubstr("'img_2.jpg'?")));
  scan.not_taken.push_back({"img_1.jpg", "symbolic link"});
  EXPECT_THAT(check_files(*found, scan).error().message, HasSubstr("symbolic link"));
}

TEST(Description, IsReadFromTheFolder) {
  media::Folder folder;
  EXPECT_EQ(read_description(runtime::posix_disk(), folder.path()).error().code, Code::not_found);
  folder.write("tessera.toml", "title = \"x\"");
  EXPECT_EQ(read_description(runtime::posix_disk(), folder.path())->title, "x");
  folder.write("tessera.toml", std::string(Limits::description_bytes_max + 5, '\n'));
  EXPECT_EQ(read_description(runtime::posix_disk(), folder.path()).error().code, Code::exhausted);
}

}  // namespace
}  // namespace tesseras::intake

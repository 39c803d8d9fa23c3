#include "node/config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tesseras::node {
namespace {

using testing::HasSubstr;

TEST(Config, EveryKeyIsOptional) {
  EXPECT_EQ(parse_config("").value(), Config{});
  EXPECT_EQ(parse_config(default_config_text()).value(), Config{});
}

TEST(Config, EveryKeyIsRead) {
  const auto config = parse_config(
      "[create]\nlanguage = \"pt-BR\"\nlocation = \"Florianópolis\"\ntags = [\"a\", \"b\"]\n");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->create.language, "pt-BR");
  EXPECT_EQ(config->create.location, "Florianópolis");
  EXPECT_THAT(config->create.tags, testing::ElementsAre("a", "b"));
}

TEST(Config, SlipsAreNamed) {
  const std::pair<const char*, const char*> cases[] = {
      {"[create]\nlangauge = \"en\"\n",
       "line 2: unknown key in [create] 'langauge'; did you mean 'language'?"},
      {"[crate]\n", "line 1: unknown section 'crate'; did you mean 'create'?"},
      {"[create]\nlanguage = 3\n", "line 2: create.language must be a text"},
      {"[create]\ntags = \"a,b\"\n", "line 2: create.tags must be a list"},
      {"[create]\ntags = [1]\n", "line 2: create.tags must be a text"},
      {"[create]\nlanguage = \"a\\nb\"\n", "without control characters"},
      {"create = 1\n", "must be a section"},
      {"[create\n", "line 1"},
      {"\n[.]\n", "line 2"},
      {"a = \"\xff\"\n", "line 1"},
  };
  for (const auto& [text, reason] : cases) {
    const auto config = parse_config(text);
    ASSERT_FALSE(config) << text;
    EXPECT_EQ(config.error().code, base::Code::invalid);
    EXPECT_THAT(config.error().message, HasSubstr(reason));
  }
  EXPECT_FALSE(parse_config(std::string(ConfigLimits::file_bytes_max + 1, '\n')));
}

}  // namespace
}  // namespace tesseras::node

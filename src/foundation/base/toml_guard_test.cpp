#include "foundation/base/toml_guard.hpp"

#include <gtest/gtest.h>

#include <string>

namespace tesseras::base {
namespace {

std::size_t line_of_problem(std::string_view toml) {
  const auto problem = find_toml_problem(toml, 8);
  return problem ? problem->line : 0;
}

TEST(TomlGuard, PassesWhatPeopleWrite) {
  for (const auto* toml :
       {"", "a = 1", "[a]\nb = 1\n[[c.d]]\n[ \"e f\".g ]\n[ 'h' ]", "a = [\n  [1, 2],\n  [3.5]\n]",
        "a = { b = [[1], [\".\"]], c.d = 1 }\n[x]", "a = \"1.2.3.4.5.6.7.8.9\"",
        "# 1.2.3.4.5.6.7.8.9\n# [.]\na=1", "a = '''\n1.2.3.4.5.6.7.8.9.\n[.]\n'''''\nb=1",
        "a = [1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5, 9.5]", "a = 1\r\n[b]\r\n"}) {
    EXPECT_EQ(line_of_problem(toml), 0U) << toml;
  }
}

TEST(TomlGuard, FindsKeysOfTooManyParts) {
  EXPECT_EQ(line_of_problem("\n[a.b.c.d.e.f.g.h.i]"), 2U);
  EXPECT_EQ(line_of_problem("a = \"\\\"\"\n\"x\".b.c.d.e.f.g.h.i = 1"), 2U);
  EXPECT_EQ(line_of_problem("a = \"\"\"\n\n\"\"\"\nb.b.c.d.e.f.g.h.i = 1"), 4U);
  EXPECT_EQ(line_of_problem("a = \"open\nb.b.c.d.e.f.g.h.i = 1"), 2U);
  EXPECT_EQ(line_of_problem("a = \"open\\\nb.b.c.d.e.f.g.h.i = 1"), 2U);
  EXPECT_EQ(line_of_problem("x = { b.b.c.d.e.f.g.h.i = 1 }"), 1U);
}

TEST(TomlGuard, FindsQuotesInTheMiddleOfAValue) {
  EXPECT_EQ(line_of_problem("\na = [;1\"\"\"1 \xef\xbd\xbf\"\"\"]"), 2U);
  EXPECT_EQ(line_of_problem("a = [[49[[\"\xe3\xbb\xbe\"]]]]"), 1U);
  EXPECT_EQ(line_of_problem("a = 49=\"\xe3\xbb\xbe\""), 1U);
  EXPECT_EQ(line_of_problem("a = 1974-06-02 \"b\""), 1U);
  EXPECT_EQ(line_of_problem("a = \"b\"\"c\""), 1U);
  EXPECT_EQ(line_of_problem("a = {b=1}{"), 1U);
  EXPECT_EQ(line_of_problem("a = " + std::string(65, '[')), 1U);
  for (const auto* toml : {"'a'.\"b\" = { 'c'= [\"d\",'e'], \"f\" = { g = [] } }\n\"h\" = 1",
                           "a = [ 1, # one\n \"b\", [\"c\"], { d = \"e\" } ]\n[\"f\".'g']\nh=''",
                           "a = 1974-06-02 15:30:00\nb = -1.5e+3\n[[c]]\nd = \"e\""}) {
    EXPECT_EQ(line_of_problem(toml), 0U) << toml;
  }
}

TEST(TomlGuard, FindsLettersWhereTheyMayNotStand) {
  EXPECT_EQ(line_of_problem("a = 1\n\xc3\xa9 = 1"), 2U);
  EXPECT_EQ(line_of_problem("titl\xef\xbb\xbe = 1"), 1U);
  EXPECT_EQ(line_of_problem("a = \"\"\"x \\\n  \xc3\xa9\"\"\""), 2U);
  EXPECT_EQ(line_of_problem("a = \"\"\"x \\\xc3\xa9\"\"\""), 1U);
  for (const auto* toml :
       {"a = \"\xc3\xa9\"", "# \xc3\xa9", "\xef\xbb\xbfx = 1", "\"\xc3\xa9\" = 1",
        "a = '''\xc3\xa9\\\n\xc3\xa9'''", "a = \"\"\"x \\\n  y \xc3\xa9 \\\" \\\\ \"\"\""}) {
    EXPECT_EQ(line_of_problem(toml), 0U) << toml;
  }
}

}  // namespace
}  // namespace tesseras::base

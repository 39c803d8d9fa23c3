#include "preserve/tessera/media_type.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "preserve/tessera/syntax.hpp"

namespace tesseras::tessera {
namespace {

std::string text_of(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

// What lies between the first `from` and the next `to`; empty when there is no `from`.
std::string between(const std::string& text, const std::string& from, const std::string& to) {
  const auto begin = text.find(from);
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find(to, begin + from.size()) - begin);
}

std::set<std::string> all_matches(const std::string& text, const char* pattern, std::size_t group) {
  const std::regex expression(pattern);
  std::set<std::string> found;
  for (std::sregex_iterator at(text.begin(), text.end(), expression), end; at != end; ++at) {
    found.insert(at->str(group));
  }
  return found;
}

std::string_view word_for(Display display) {
  switch (display) {
    case Display::image: return "image";
    case Display::audio: return "audio";
    case Display::video: return "video";
    case Display::text: return "text";
    case Display::link: return "a link";
  }
  return "";
}

TEST(MediaType, TableIsThatOfTheSpecification) {
  std::vector<std::string> expected;
  for (const MediaFormatInfo& row : all_formats()) {
    const auto decode = row.decode_name.empty() ? "" : fmt::format("`{}.txt`", row.decode_name);
    expected.push_back(fmt::format("| {} | `{}` | `{}` | {} | {} |", row.name, row.extension,
                                   row.media_type, decode, word_for(row.display)));
  }
  const auto section =
      between(text_of(TESSERAS_SOURCE_DIR "/spec/tessera.md"), "\n## 6. Formats\n", "\n## ");
  std::vector<std::string> rows;
  std::istringstream lines(between(section, "|---", "\n\n"));
  std::string line;
  std::getline(lines, line);  // the rule below the head
  while (std::getline(lines, line)) rows.push_back(line);
  EXPECT_EQ(rows, expected);
}

TEST(MediaType, TableIsThatOfTheDecodeText) {
  const auto section = between(text_of(TESSERAS_SOURCE_DIR "/spec/decode/formats.txt"),
                               "\n2. Memories\n", "\n3. Words");
  // What the text names besides: a second name, and a memory's own words.
  std::set<std::string> extensions, media_types{"audio/webm"}, decode_texts{"context.txt"};
  for (const MediaFormatInfo& row : all_formats()) {
    extensions.emplace(row.extension);
    media_types.emplace(row.media_type);
    if (!row.decode_name.empty()) decode_texts.insert(fmt::format("{}.txt", row.decode_name));
  }
  EXPECT_EQ(all_matches(section, R"(\n  ([a-z0-9]{2,4}) )", 1), extensions);
  EXPECT_EQ(all_matches(section, R"((image|audio|video|text|application)/[a-z0-9.+-]*[a-z0-9])", 0),
            media_types);
  EXPECT_EQ(all_matches(section, R"(\b([a-z0-9]+\.txt))", 1), decode_texts);
}

TEST(MediaType, TableIsSoundAndTellsFormatsApart) {
  std::set<std::string_view> extensions;
  for (const MediaFormatInfo& row : all_formats()) {
    EXPECT_EQ(&info(row.format), &row);
    EXPECT_TRUE(is_extension(row.extension)) << row.name;
    EXPECT_TRUE(is_media_type(row.media_type)) << row.name;
    EXPECT_TRUE(extensions.insert(row.extension).second) << row.name;
    EXPECT_EQ(format_from(row.media_type, row.extension), row.format) << row.name;
    EXPECT_EQ(row.decode_name.empty(), row.format == MediaFormat::other);
  }
  EXPECT_EQ(all_formats().size(), 29U);
}

TEST(MediaType, TextsAreReflections) {
  for (const MediaFormatInfo& row : all_formats()) {
    EXPECT_EQ(row.default_type == MemoryType::reflection, row.display == Display::text) << row.name;
  }
  EXPECT_EQ(info(MediaFormat::text).default_type, MemoryType::reflection);
  EXPECT_EQ(info(MediaFormat::markdown).default_type, MemoryType::reflection);
  EXPECT_EQ(info(MediaFormat::jpeg).default_type, MemoryType::moment);
}

TEST(MediaType, OtherFilesKeepASafeExtension) {
  EXPECT_EQ(media_extension(MediaFormat::jpeg, "exe"), "jpg");
  EXPECT_EQ(media_extension(MediaFormat::other, "DOCX"), "docx");
  EXPECT_EQ(media_extension(MediaFormat::other, "7z"), "7z");
  for (const char* unsafe : {"", "tar.gz", "a b", "../x", "abcdefghi", "\xc3\xa9"}) {
    EXPECT_EQ(media_extension(MediaFormat::other, unsafe), "bin") << unsafe;
  }
  EXPECT_EQ(format_from("application/octet-stream", "docx"), MediaFormat::other);
  EXPECT_EQ(format_from("image/jpeg", "exe"), MediaFormat::other);
}

}  // namespace
}  // namespace tesseras::tessera

#include "preserve/release/key_texts.hpp"

#include <gtest/gtest.h>

#include <string>

#include "preserve/release/limits.hpp"

namespace tesseras::release {
namespace {

using base::Code;

const std::string hash_digits(64, 'a');
const std::string key_digits = std::string(62, '0') + "1f";
const std::string publication =
    "tesseras key publication v1\ntessera: " + hash_digits + "\ncontent-key: " + key_digits + "\n";
const std::string part =
    "tesseras key part v1\ntessera: " + hash_digits + "\npart: 7\ndata: " + key_digits + "\n";

std::string replaced(std::string text, std::string_view old, std::string_view by) {
  return text.replace(text.find(old), old.size(), by);
}

TEST(KeyTexts, AreReadAsTheyAreWritten) {
  const auto read = decode_publication(publication);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->content_hash.hex(), hash_digits);
  EXPECT_EQ(base::to_hex(read->key.span()), key_digits);
  EXPECT_EQ(base::as_text(encode(*read).span()), publication);

  const auto read_part = decode_part(part);
  ASSERT_TRUE(read_part) << read_part.error().message;
  EXPECT_EQ(read_part->part.index, 7);
  EXPECT_EQ(base::as_text(encode(*read_part).span()), part);
}

TEST(KeyTexts, ComeThroughTheMail) {
  std::string mailed;
  for (const char c : part) mailed += c == '\n' ? std::string(" \r\n") : std::string(1, c);
  EXPECT_TRUE(decode_part(mailed + "\r\n\r\n  "));
  EXPECT_TRUE(decode_publication(publication.substr(0, publication.size() - 1)));
}

TEST(KeyTexts, AreRefusedWrittenOtherwise) {
  for (const auto& wrong :
       {std::string(), std::string("\n"), publication + "more\n", " " + publication, part,
        replaced(publication, "content-key: ", "content-key:"),
        replaced(publication, "content-key", "key"), replaced(publication, "1f", "1"),
        replaced(publication, "1f", "1F"), replaced(publication, "1f", "1g"),
        replaced(publication, "a", "A"), replaced(publication, "\n", "\n\n"),
        std::string(Limits::text_bytes_max + 1, 'x')}) {
    EXPECT_EQ(decode_publication(wrong).error().code, Code::invalid) << wrong;
  }
  for (const auto& number : {"0", "07", "256", "-1", "", "1x", " 1"}) {
    const auto wrong = replaced(part, "part: 7", std::string("part: ") + number);
    EXPECT_EQ(decode_part(wrong).error().code, Code::invalid) << number;
  }
}

TEST(KeyTexts, OfLaterVersionsAreNamed) {
  EXPECT_EQ(decode_part(replaced(part, "v1", "v2")).error().code, Code::unsupported);
  EXPECT_EQ(decode_publication(replaced(publication, "v1", "v2")).error().code, Code::unsupported);
}

}  // namespace
}  // namespace tesseras::release

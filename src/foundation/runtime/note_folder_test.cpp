#include "foundation/runtime/note_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "foundation/base/strong_id.hpp"
#include "foundation/base/text.hpp"
#include "foundation/runtime/disk_memory.hpp"
#include "foundation/runtime/whole_file.hpp"

namespace tesseras::runtime {
namespace {

using base::Code;
using base::ContentHash;
using base::fail;
using ::testing::ElementsAre;

class Lines final : public LogLines {
 public:
  bool wants(LogLevel, std::string_view) const override { return true; }
  void write(LogLevel, std::string_view, std::string_view message,
             std::initializer_list<LogField>) override {
    lines.emplace_back(message);
  }
  std::vector<std::string> lines;
};

class NoteFolderTest : public ::testing::Test {
 protected:
  NoteFolderTest() { EXPECT_TRUE(disk_.make_folders("/data", 0700)); }

  static std::string name_of(char digit) { return std::string(64, digit); }

  // What is read; "bad" is damaged.
  std::map<std::string, std::string> load() {
    std::map<std::string, std::string> read;
    const auto take = [&](const ContentHash& hash, base::ByteSpan bytes) -> Result<void> {
      if (base::as_text(bytes) == "bad") return fail(Code::corrupt, "it is bad");
      read[hash.hex()] = base::as_text(bytes);
      return {};
    };
    auto folder = NoteFolder::open(disk_, "/data/notes").value();
    EXPECT_TRUE(folder.load<ContentHash>(8, take, "a note cannot be read", Log(lines_, "test")));
    return read;
  }
  void set(char digit, std::string_view text) {
    auto folder = NoteFolder::open(disk_, "/data/notes").value();
    ASSERT_TRUE(folder.set(name_of(digit), base::as_bytes(text)));
  }
  std::string text_of(const std::string& name) {
    const auto text = read_whole_text(disk_, "/data/notes/" + name, 100);
    return text.value_or("");
  }

  MemoryDisk disk_;
  Lines lines_;
};

TEST_F(NoteFolderTest, GivesWhatIsWholeAndSetsAsideTheRestOnce) {
  set('a', "good");
  set('b', "bad");
  set('c', "too long by far");
  EXPECT_EQ(load().size(), 1U);
  EXPECT_THAT(lines_.lines, ElementsAre("a note cannot be read", "a note cannot be read"));
  EXPECT_EQ(text_of(name_of('b')), "");
  EXPECT_EQ(text_of(name_of('b') + ".damaged"), "bad");
  EXPECT_EQ(text_of(name_of('c') + ".damaged"), "too long by far");
  disk_.lose_power(1);
  EXPECT_EQ(load().size(), 1U);
  EXPECT_EQ(lines_.lines.size(), 2U);
}

TEST_F(NoteFolderTest, KeepsWhatWasSetAsideBefore) {
  for (int i = 0; i < 3; ++i) {
    set('a', "bad");
    load();
  }
  for (const auto* end : {".damaged", ".damaged.2", ".damaged.3"})
    EXPECT_EQ(text_of(name_of('a') + end), "bad") << end;
  // A person has mended it.
  ASSERT_TRUE(replace_whole(disk_, "/data/notes/" + name_of('a'), 0600, base::as_bytes("mended")));
  EXPECT_EQ(load()[name_of('a')], "mended");
}

}  // namespace
}  // namespace tesseras::runtime

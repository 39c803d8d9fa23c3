#include "foundation/wire/note.hpp"

#include <gtest/gtest.h>

namespace tesseras::wire {
namespace {

using base::Code;

constexpr NoteKind kind{"TESSNOT", 3, "the note"};

TEST(Note, IsReadAsItWasWritten) {
  for (const std::string_view body : {"", "x", "what was to be remembered"}) {
    const auto bytes = seal_note(kind, base::as_bytes(body));
    EXPECT_EQ(bytes.size(), note_frame_bytes + body.size());
    EXPECT_EQ(base::as_text(open_note(kind, bytes).value()), body);
  }
}

TEST(Note, DamagedAnywhereOrCutShortIsNone) {
  const auto bytes = seal_note(kind, base::as_bytes("body"));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    auto other = bytes;
    other[i] ^= std::byte{0x10};
    EXPECT_EQ(open_note(kind, other).error().code, Code::corrupt) << i;
    EXPECT_EQ(open_note(kind, base::ByteSpan(bytes).first(i)).error().code, Code::corrupt) << i;
  }
}

TEST(Note, OfAnotherKindOrReleaseIsNone) {
  const auto bytes = seal_note(kind, base::as_bytes("body"));
  const NoteKind other{"TESSOTH", 3, "the other"};
  EXPECT_EQ(open_note(other, bytes).error().message, "this is not the other");
  const NoteKind later{"TESSNOT", 4, "the note"};
  EXPECT_EQ(open_note(later, bytes).error().message, "the note was written by another release");
}

}  // namespace
}  // namespace tesseras::wire

// What a program writes down for itself: seven bytes that say what it is, one of the version, a
// body, and the BLAKE3 of all before. Nobody else reads it, and whoever has lost it does without.
#pragma once

#include <cstdint>
#include <string_view>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"

namespace tesseras::wire {

struct NoteKind {
  std::string_view magic;    // 7 bytes. On disk: never changed
  std::uint8_t version = 1;  // the only one that is read
  std::string_view what;     // "the list of holders": for messages
};

inline constexpr std::size_t note_frame_bytes = 7 + 1 + 32;

base::Bytes seal_note(const NoteKind& kind, base::ByteSpan body);
// The body, which borrows from `bytes`. corrupt: it is damaged, or no such note. unsupported:
// another release wrote it, and it may be whole.
base::Result<base::ByteSpan> open_note(const NoteKind& kind, base::ByteSpan bytes);

}  // namespace tesseras::wire

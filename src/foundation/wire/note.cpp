#include "foundation/wire/note.hpp"

#include <algorithm>

#include "foundation/base/assert.hpp"
#include "foundation/crypto/blake3.hpp"

namespace tesseras::wire {

using base::ByteSpan;
using base::Code;
using base::fail;

namespace {

constexpr std::size_t magic_bytes = 7;
constexpr std::size_t hash_bytes = crypto::Blake3Hash::size_bytes;
static_assert(note_frame_bytes == magic_bytes + 1 + hash_bytes);

}  // namespace

base::Bytes seal_note(const NoteKind& kind, ByteSpan body) {
  ASSERT(kind.magic.size() == magic_bytes);
  base::Bytes bytes = base::to_bytes(kind.magic);
  bytes.reserve(note_frame_bytes + body.size());
  bytes.push_back(std::byte{kind.version});
  bytes.insert(bytes.end(), body.begin(), body.end());
  const auto hash = crypto::blake3(bytes);
  bytes.insert(bytes.end(), hash.bytes.begin(), hash.bytes.end());
  return bytes;
}

base::Result<ByteSpan> open_note(const NoteKind& kind, ByteSpan bytes) {
  if (bytes.size() < note_frame_bytes || base::as_text(bytes.first(magic_bytes)) != kind.magic)
    return fail(Code::corrupt, "this is not {}", kind.what);
  // The hash stands there in every version, so that a rotten one is not taken for a later one.
  const ByteSpan hashed = bytes.first(bytes.size() - hash_bytes);
  if (!std::ranges::equal(crypto::blake3(hashed).bytes, bytes.last(hash_bytes)))
    return fail(Code::corrupt, "{} is damaged", kind.what);
  if (bytes[magic_bytes] != std::byte{kind.version})
    return fail(Code::unsupported, "{} was written by another release", kind.what);
  return hashed.subspan(magic_bytes + 1);
}

}  // namespace tesseras::wire

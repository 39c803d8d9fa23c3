// Whatever is taken for a released key, or a part of one, is the same when it is read again; and so
// are the texts of both. No bytes made by chance hold.
#include <cstddef>
#include <cstdint>
#include <span>

#include "foundation/base/assert.hpp"
#include "preserve/release/key_texts.hpp"
#include "preserve/release/release.hpp"
#include "preserve/release/release_messages.hpp"

namespace tesseras {
namespace {

template <class Message>
void round_trip(base::ByteSpan bytes) {
  const auto read = release::decode<Message>(bytes);
  if (!read) return;
  const auto again = release::decode<Message>(encode(*read));
  ASSERT(again && *again == *read);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  const auto text = base::as_text(bytes);
  if (const auto key = release::decode_publication(text)) {
    const auto again = encode(*key);
    ASSERT(release::decode_publication(base::as_text(again.span()))->key == key->key);
  }
  if (const auto part = release::decode_part(text)) {
    const auto again = encode(*part);
    ASSERT(release::decode_part(base::as_text(again.span()))->part.index == part->part.index);
  }
  if (const auto read = release::Release::decode(bytes)) {
    const auto encoded = read->encoded();
    const auto again = release::Release::decode(encoded);
    ASSERT(again && again->encoded() == encoded);
  }
  round_trip<release::KeepDepositRequest>(bytes);
  round_trip<release::GiveReleaseRequest>(bytes);
  round_trip<release::GetReleaseRequest>(bytes);
  round_trip<release::GetReleaseResponse>(bytes);
  round_trip<release::GiveResponse>(bytes);
  round_trip<release::ClockRequest>(bytes);
  round_trip<release::ClockResponse>(bytes);
  return 0;
}

}  // namespace tesseras

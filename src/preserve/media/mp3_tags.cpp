#include "preserve/media/mp3_tags.hpp"

#include <algorithm>
#include <string_view>

#include "preserve/media/image_parts.hpp"
#include "preserve/media/limits.hpp"
#include "preserve/media/loose_tags.hpp"
#include "preserve/media/mp3_frame.hpp"

namespace tesseras::media {
namespace {

using base::Result;

constexpr std::size_t head_bytes = 4;

Result<std::size_t> frame_bytes(TagSource& source, std::uint64_t at) {
  const auto size = mp3_frame_bytes(base::as_text(TRY(source.peek(at, head_bytes))));
  return size <= source.size() - std::min(at, source.size()) ? size : 0;
}

bool begins_tag(std::string_view text) {
  return text.starts_with("ID3") || text.starts_with("TAG") || text.starts_with("APETAGEX") ||
         text.starts_with("LYRICSBEGIN");
}

// Where sound or a tag begins again; eleven bits are weak evidence of a frame, two in a row are
// not.
Result<std::uint64_t> next_known(TagSource& source, std::uint64_t at) {
  for (std::uint64_t next = at + 1; next - at <= Limits::sound_gap_bytes_max; ++next) {
    if (next >= source.size()) return source.size();
    const auto head = base::as_text(TRY(source.peek(next, 11)));
    if (begins_tag(head)) return next;
    if (mp3_frame_bytes(head) == 0) continue;
    const auto size = TRY(frame_bytes(source, next));
    if (size == 0) continue;
    const auto behind = next + size;
    if (behind == source.size() || TRY(frame_bytes(source, behind)) != 0) return next;
    if (begins_tag(base::as_text(TRY(source.peek(behind, 11))))) return next;
  }
  return doubt("something of unknown meaning lies in its sound");
}

// What is left where sound was cut: a frame's beginning, or its end before the next. Where the gap
// ends.
Result<std::uint64_t> gap_end(TagSource& source, std::uint64_t at) {
  const auto begun = mp3_frame_bytes(base::as_text(TRY(source.peek(at, head_bytes))));
  const auto next = TRY(next_known(source, at));
  if (next - at >= begun && TRY(frame_bytes(source, next)) == 0) {
    return doubt("something of unknown meaning lies behind its sound");
  }
  TRY(source.expect_no_place(at, next));
  return next;
}

}  // namespace

Result<void> check_mp3(TagSource& source) {
  std::size_t gaps = 0, tags = 0;
  bool has_sound = false;
  for (std::uint64_t at = 0; at < source.size();) {
    if (const auto frame = TRY(frame_bytes(source, at)); frame != 0) {
      has_sound = true;
      at += frame;
      continue;
    }
    if (const auto tag = TRY(loose_tag_bytes(source, at)); tag != 0) {
      if (++tags > Limits::tags_in_file_max) return doubt("it has more tags than we look at");
      at += tag;
      if (at > source.size()) return doubt("it is cut off");
      continue;
    }
    const auto first = TRY(source.peek(at, 1))[0];
    if (first == std::byte{0}) {  // room that was left, between a tag and the sound or at the end
      while (at < source.size()) {
        const auto some = TRY(source.peek(at, TagSource::window_bytes));
        const auto other =
            std::ranges::find_if(some, [](auto byte) { return byte != std::byte{}; });
        at += static_cast<std::uint64_t>(other - some.begin());
        if (some.empty() || other != some.end()) break;
      }
      continue;
    }
    if (++gaps > Limits::sound_gaps_max) return doubt("its sound is damaged");
    at = TRY(gap_end(source, at));
  }
  if (!has_sound) return doubt("it holds no sound that we know");
  return {};
}

}  // namespace tesseras::media

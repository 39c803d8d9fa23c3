#include "preserve/media/tag_source.hpp"

#include <algorithm>

#include "foundation/base/assert.hpp"
#include "foundation/base/text.hpp"
#include "preserve/media/image_parts.hpp"
#include "preserve/media/limits.hpp"
#include "preserve/media/quicktime_text.hpp"

namespace tesseras::media {
namespace {

using base::ByteSpan;
using base::Result;

std::string shown(std::string_view name) {
  constexpr std::size_t shown_bytes = 40;
  return base::to_printable(name.substr(0, shown_bytes));
}

}  // namespace

std::unexpected<base::Error> doubt_data(std::string_view name) {
  return doubt("it holds data of unknown meaning ({})", shown(name));
}

std::unexpected<base::Error> doubt_tag(std::string_view name) {
  if (is_about_place(name)) return doubt("its tag {} is about a place", shown(name));
  return doubt("it has a tag of unknown meaning ({})", shown(name));
}

TagSource::TagSource(runtime::File& file, std::uint64_t size_bytes)
    : file_(file), size_(size_bytes) {}

Result<std::size_t> TagSource::read_into(std::uint64_t at, base::MutableByteSpan into) {
  if (at >= size_) return std::size_t{0};
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), size_ - at));
  return file_.read_at(at, into.first(count));
}

Result<ByteSpan> TagSource::peek(std::uint64_t at, std::size_t count) {
  ASSERT(count <= window_bytes);
  if (at >= size_) return ByteSpan();
  const auto most = static_cast<std::size_t>(std::min<std::uint64_t>(count, size_ - at));
  if (at < window_at_ || at - window_at_ > window_.size() ||
      window_.size() - (at - window_at_) < most) {
    window_.resize(window_bytes);
    window_at_ = at;
    auto got = read_into(at, window_);
    window_.resize(got.value_or(0));
    if (!got) return base::fail(std::move(got).error());
  }
  const auto from = ByteSpan(window_).subspan(static_cast<std::size_t>(at - window_at_));
  return from.first(std::min(most, from.size()));
}

Result<ByteSpan> TagSource::exactly(std::uint64_t at, std::size_t count) {
  const auto bytes = TRY(peek(at, count));
  if (bytes.size() < count) return doubt("it is cut off");
  return bytes;
}

Result<base::Bytes> TagSource::read(std::uint64_t at, std::uint64_t count) {
  if (at > size_ || count > size_ - at) return doubt("it is cut off");
  if (count > Limits::tag_bytes_max) return doubt("a tag in it is too large to be looked through");
  base::Bytes bytes(static_cast<std::size_t>(count));
  if (TRY(read_into(at, bytes)) < bytes.size()) return doubt("it is cut off");
  return bytes;
}

Result<bool> TagSource::is_fill(std::uint64_t from, std::uint64_t to) {
  if (to > size_ || from > to) return doubt("it is cut off");
  if (from == to) return true;
  const auto first = TRY(exactly(from, 1))[0];
  base::Bytes block(window_bytes);
  while (from < to) {
    const auto most = static_cast<std::size_t>(std::min<std::uint64_t>(block.size(), to - from));
    const auto got = TRY(read_into(from, base::MutableByteSpan(block).first(most)));
    if (got == 0) return doubt("it is cut off");
    const auto some = ByteSpan(block).first(got);
    if (!std::ranges::all_of(some, [&](std::byte byte) { return byte == first; })) return false;
    from += got;
  }
  return true;
}

Result<void> TagSource::expect_no_place(std::uint64_t from, std::uint64_t to) {
  constexpr std::size_t longest_word = 32;
  base::Bytes window;
  base::Bytes block(window_bytes);
  while (from < to) {
    const auto most = static_cast<std::size_t>(std::min<std::uint64_t>(block.size(), to - from));
    const auto got = TRY(read_into(from, base::MutableByteSpan(block).first(most)));
    if (got == 0) return doubt("it is cut off");
    from += got;
    window.insert(window.end(), block.begin(), block.begin() + static_cast<std::ptrdiff_t>(got));
    if (looks_like_place(window)) {
      return doubt("it may hold a position, which cannot be removed from a file of this format");
    }
    // A word may lie across the border of two blocks.
    const auto kept = std::min(longest_word, window.size());
    window.erase(window.begin(), window.end() - static_cast<std::ptrdiff_t>(kept));
  }
  return {};
}

Result<ByteSpan> TagCursor::take(std::uint64_t count) {
  if (count > rest_.size()) return doubt("a tag in it is damaged");
  const auto taken = rest_.first(static_cast<std::size_t>(count));
  rest_ = rest_.subspan(taken.size());
  return taken;
}

Result<std::string_view> TagCursor::text(std::uint64_t count) {
  return base::as_text(TRY(take(count)));
}

Result<std::uint64_t> TagCursor::big(std::size_t bytes) { return big_endian(TRY(take(bytes))); }

Result<std::uint64_t> TagCursor::little(std::size_t bytes) {
  return little_endian(TRY(take(bytes)));
}

std::uint64_t little_endian(ByteSpan bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) {
    value = value << 8 | static_cast<std::uint64_t>(bytes[i]);
  }
  return value;
}

bool is_fill(ByteSpan bytes) {
  return std::ranges::all_of(bytes, [&](std::byte byte) { return byte == bytes[0]; });
}

}  // namespace tesseras::media

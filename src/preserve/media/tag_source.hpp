// What the walks through sound files, WebM and GIF share: reading a file piece by piece, and the
// doubts for which it is not taken.
//
// Every walk has one rule: certain or not at all. It knows the kind of each piece up to the end of
// the file, and whatever it does not know ends it with a doubt. A doubt is an error of the code
// `unsupported`, which reading a file never returns, so that no walk can pass one over by mistake.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "foundation/runtime/disk.hpp"

namespace tesseras::media {

template <class... Args>
std::unexpected<base::Error> doubt(fmt::format_string<Args...> format, Args&&... args) {
  return base::fail(base::Code::unsupported, format, std::forward<Args>(args)...);
}

// "it holds data of unknown meaning (olym)"; the name may be any bytes.
std::unexpected<base::Error> doubt_data(std::string_view name);
// The same of a tag, which people give names: "its tag LOCATION is about a place".
std::unexpected<base::Error> doubt_tag(std::string_view name);

// A file of which `size_bytes` are there. Every function may return an error of the disk.
class TagSource {
 public:
  TagSource(runtime::File& file, std::uint64_t size_bytes);

  std::uint64_t size() const { return size_; }

  // At most window_bytes, through a window that reads ahead; fewer only at the end of the file.
  // Valid until the next call.
  base::Result<base::ByteSpan> peek(std::uint64_t at, std::size_t count);
  // Doubts: the file ends before; for `read` also more than Limits::tag_bytes_max.
  base::Result<base::ByteSpan> exactly(std::uint64_t at, std::size_t count);
  base::Result<base::Bytes> read(std::uint64_t at, std::uint64_t count);
  // Fills `into` as far as the file goes.
  base::Result<std::size_t> read_into(std::uint64_t at, base::MutableByteSpan into);

  // True when the stretch is one byte again and again: room that was left, and says nothing.
  base::Result<bool> is_fill(std::uint64_t from, std::uint64_t to);
  // A doubt when the stretch has a word of a place, or EXIF (looks_like_place).
  base::Result<void> expect_no_place(std::uint64_t from, std::uint64_t to);

  static constexpr std::size_t window_bytes = 1 << 16;

 private:
  runtime::File& file_;
  std::uint64_t size_;
  std::uint64_t window_at_ = 0;
  base::Bytes window_;
};

// Takes pieces off the front of a tag in memory. A doubt when they are not there.
class TagCursor {
 public:
  explicit TagCursor(base::ByteSpan bytes) : rest_(bytes) {}

  base::Result<base::ByteSpan> take(std::uint64_t count);
  base::Result<std::string_view> text(std::uint64_t count);
  base::Result<std::uint64_t> big(std::size_t bytes);     // at most 8
  base::Result<std::uint64_t> little(std::size_t bytes);  // at most 8
  base::ByteSpan rest() const { return rest_; }

 private:
  base::ByteSpan rest_;
};

std::uint64_t little_endian(base::ByteSpan bytes);  // at most 8

bool is_fill(base::ByteSpan bytes);

}  // namespace tesseras::media

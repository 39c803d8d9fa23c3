#include "preserve/media/stripped_file.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace tesseras::media {
namespace {

using base::MutableByteSpan;
using base::Result;

class ReadOnly : public runtime::File {
 public:
  Result<void> append(base::ByteSpan) override { return refuse(); }
  Result<void> truncate(std::uint64_t) override { return refuse(); }
  Result<void> sync() override { return refuse(); }

 private:
  static Result<void> refuse() {
    return base::fail(base::Code::denied, "a copy without its position is only read");
  }
};

class Picture final : public ReadOnly {
 public:
  Picture(base::Bytes bytes, const runtime::FileStatus& original)
      : bytes_(std::move(bytes)), status_(original) {
    status_.size_bytes = bytes_.size();
  }

  Result<std::size_t> read_at(std::uint64_t offset, MutableByteSpan into) override {
    if (offset >= bytes_.size()) return 0;
    const auto from = base::ByteSpan(bytes_).subspan(static_cast<std::size_t>(offset));
    const auto piece = from.first(std::min(from.size(), into.size()));
    std::ranges::copy(piece, into.begin());
    return piece.size();
  }
  Result<runtime::FileStatus> status() const override { return status_; }

 private:
  base::Bytes bytes_;
  runtime::FileStatus status_;
};

// Blanks a box where it stands in a stretch of the file: its type becomes `free`, its contents
// zeros.
void blank(const PositionBox& box, std::uint64_t at, MutableByteSpan block) {
  constexpr std::string_view free_type = "free";
  const auto put = [&](std::uint64_t offset, std::byte value) {
    if (offset >= at && offset - at < block.size()) {
      block[static_cast<std::size_t>(offset - at)] = value;
    }
  };
  for (std::size_t i = 0; i < free_type.size(); ++i) {
    put(box.type_offset + i, static_cast<std::byte>(free_type[i]));
  }
  const auto from = std::max(box.payload_offset, at);
  const auto to = std::min(box.payload_offset + box.payload_bytes, at + block.size());
  if (from < to) {
    std::ranges::fill(
        block.subspan(static_cast<std::size_t>(from - at), static_cast<std::size_t>(to - from)),
        std::byte{0});
  }
}

class Movie final : public ReadOnly {
 public:
  Movie(std::vector<PositionBox> boxes, std::unique_ptr<runtime::File> movie)
      : boxes_(std::move(boxes)), movie_(std::move(movie)) {}

  Result<std::size_t> read_at(std::uint64_t offset, MutableByteSpan into) override {
    const std::size_t got = TRY(movie_->read_at(offset, into));
    for (const auto& box : boxes_) blank(box, offset, into.first(got));
    return got;
  }
  Result<runtime::FileStatus> status() const override { return movie_->status(); }

 private:
  std::vector<PositionBox> boxes_;
  std::unique_ptr<runtime::File> movie_;
};

}  // namespace

std::unique_ptr<runtime::File> picture_without(base::Bytes bytes, runtime::FileStatus original) {
  return std::make_unique<Picture>(std::move(bytes), original);
}

std::unique_ptr<runtime::File> movie_without(std::vector<PositionBox> boxes,
                                             std::unique_ptr<runtime::File> movie) {
  return std::make_unique<Movie>(std::move(boxes), std::move(movie));
}

}  // namespace tesseras::media

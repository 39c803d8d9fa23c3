#include "preserve/media/file_io.hpp"

#include <exiv2/exiv2.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>

#include "preserve/media/limits.hpp"

namespace tesseras::media {
namespace {

class FileIo final : public Exiv2::BasicIo {
 public:
  FileIo(runtime::File& file, std::uint64_t size_bytes, std::optional<base::Error>& broken)
      : file_(file), size_(static_cast<std::size_t>(size_bytes)), broken_(broken) {}

  int open() override {
    at_ = 0;
    eof_ = false;
    open_ = true;
    return 0;
  }
  int close() override {
    open_ = false;
    return 0;
  }
  std::size_t write(const Exiv2::byte*, std::size_t) override { return 0; }
  std::size_t write(BasicIo&) override { return 0; }
  int putb(Exiv2::byte) override { return EOF; }
  void transfer(BasicIo&) override {
    throw Exiv2::Error(Exiv2::ErrorCode::kerErrorMessage, "read-only");
  }

  Exiv2::DataBuf read(std::size_t count) override {
    Exiv2::DataBuf bytes(std::min(count, size_ - std::min(at_, size_)));
    if (bytes.size() < count) eof_ = true;
    if (!bytes.empty()) bytes.resize(read(bytes.data(), bytes.size()));
    return bytes;
  }

  std::size_t read(Exiv2::byte* into, std::size_t count) override {
    std::size_t done = 0;
    while (done < count && at_ < size_) {
      if (at_ < block_start_ || at_ >= block_start_ + block_bytes_) {
        block_start_ = at_;
        block_bytes_ = read_at(at_, std::as_writable_bytes(std::span(block_)));
        if (block_bytes_ == 0) break;
      }
      const std::size_t in_block = at_ - block_start_;
      const std::size_t some = std::min(count - done, block_bytes_ - in_block);
      std::memcpy(into + done, block_.data() + in_block, some);
      done += some;
      at_ += some;
    }
    if (done < count) eof_ = true;
    return done;
  }

  int getb() override {
    Exiv2::byte byte = 0;
    return read(&byte, 1) == 1 ? byte : EOF;
  }

  int seek(std::int64_t offset, Position from) override {
    const auto base = from == beg ? 0 : static_cast<std::int64_t>(from == cur ? at_ : size_);
    std::int64_t to = 0;
    if (__builtin_add_overflow(base, offset, &to) || to < 0) return 1;
    eof_ = false;
    if (static_cast<std::uint64_t>(to) > size_) {
      at_ = size_;
      eof_ = true;
      return 1;
    }
    at_ = static_cast<std::size_t>(to);
    return 0;
  }

  // A whole file in memory. Of a large one only both ends are read: pages never touched stay
  // zero and cost nothing, and a directory that lies in the gap reads as an empty one.
  Exiv2::byte* mmap(bool writeable) override {
    if (writeable) throw Exiv2::Error(Exiv2::ErrorCode::kerErrorMessage, "read-only");
    whole_.reset(static_cast<Exiv2::byte*>(std::calloc(std::max<std::size_t>(size_, 1), 1)));
    if (!whole_) throw Exiv2::Error(Exiv2::ErrorCode::kerMallocFailed);
    if (size_ <= Limits::tiff_whole_bytes_max) {
      fill(0, size_);
    } else {
      fill(0, Limits::tiff_edge_bytes);
      fill(size_ - Limits::tiff_edge_bytes, Limits::tiff_edge_bytes);
    }
    return whole_.get();
  }
  int munmap() override {
    whole_.reset();
    return 0;
  }

  std::size_t tell() const override { return at_; }
  std::size_t size() const override { return size_; }
  bool isopen() const override { return open_; }
  int error() const override { return broken_ ? 1 : 0; }
  bool eof() const override { return eof_; }
  const std::string& path() const noexcept override { return path_; }
  void populateFakeData() override {}

 private:
  struct Free {
    void operator()(Exiv2::byte* bytes) const { std::free(bytes); }
  };

  std::size_t read_at(std::size_t offset, base::MutableByteSpan into) {
    const auto got = file_.read_at(offset, into);
    if (got) return *got;
    if (!broken_) broken_ = got.error();
    return 0;
  }

  void fill(std::size_t offset, std::size_t count) {
    std::span<Exiv2::byte> into(whole_.get() + offset, count);
    read_at(offset, std::as_writable_bytes(into));
  }

  runtime::File& file_;
  std::size_t size_;
  std::optional<base::Error>& broken_;
  std::size_t at_ = 0;
  bool eof_ = false;
  bool open_ = false;
  std::array<Exiv2::byte, 8192> block_{};
  std::size_t block_start_ = 0;
  std::size_t block_bytes_ = 0;
  std::unique_ptr<Exiv2::byte, Free> whole_;
  const std::string path_;
};

}  // namespace

std::unique_ptr<Exiv2::BasicIo> make_file_io(runtime::File& file, std::uint64_t size_bytes,
                                             std::optional<base::Error>& broken) {
  return std::make_unique<FileIo>(file, size_bytes, broken);
}

}  // namespace tesseras::media

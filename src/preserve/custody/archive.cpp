#include "preserve/custody/archive.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "foundation/base/text.hpp"
#include "preserve/custody/limits.hpp"
#include "preserve/custody/utf8_names.hpp"

namespace tesseras::custody {
namespace {

constexpr int filters_max = 2;  // the file itself, and one compression

struct Release {
  void operator()(::archive* reader) const { archive_read_free(reader); }
};

// libarchive asks for bytes through these; a failure is kept, since it can only pass on a number.
class Input {
 public:
  Input(std::unique_ptr<runtime::File> file, std::uint64_t size_bytes)
      : file_(std::move(file)),
        size_bytes_(size_bytes),
        source_([this](base::MutableByteSpan into) { return file_->read_at(offset_, into); }) {}
  explicit Input(Source source) : source_(std::move(source)) {}

  bool is_stream() const { return file_ == nullptr; }

  static la_ssize_t read(::archive*, void* self, const void** buffer) {
    auto& input = *static_cast<Input*>(self);
    const auto got = input.source_(input.buffer_);
    if (!got) {
      input.error_ = got.error();
      return ARCHIVE_FATAL;
    }
    input.offset_ += *got;
    *buffer = input.buffer_.data();
    return static_cast<la_ssize_t>(*got);
  }

  static la_int64_t skip(::archive*, void* self, la_int64_t bytes) {
    auto& input = *static_cast<Input*>(self);
    const auto left = static_cast<la_int64_t>(input.size_bytes_ - input.offset_);
    const auto skipped = std::clamp<la_int64_t>(bytes, 0, left);
    input.offset_ += static_cast<std::uint64_t>(skipped);
    return skipped;
  }

  static la_int64_t seek(::archive*, void* self, la_int64_t offset, int whence) {
    auto& input = *static_cast<Input*>(self);
    la_int64_t from = 0;
    if (whence == SEEK_CUR) from = static_cast<la_int64_t>(input.offset_);
    if (whence == SEEK_END) from = static_cast<la_int64_t>(input.size_bytes_);
    if (from + offset < 0) return ARCHIVE_FATAL;
    input.offset_ = std::min(static_cast<std::uint64_t>(from + offset), input.size_bytes_);
    return static_cast<la_int64_t>(input.offset_);
  }

  // Of a stream, what has come.
  std::uint64_t size_bytes() const { return is_stream() ? offset_ : size_bytes_; }
  const std::optional<base::Error>& error() const { return error_; }

 private:
  std::unique_ptr<runtime::File> file_;  // nullptr: a stream
  std::uint64_t size_bytes_ = 0;
  Source source_;
  std::uint64_t offset_ = 0;
  std::array<std::byte, std::size_t{128} << 10U> buffer_{};
  std::optional<base::Error> error_;
};

class Reader {
 public:
  Reader(std::string shown, std::stop_token stop, std::uint64_t entries_max)
      : shown_(std::move(shown)), stop_(std::move(stop)), entries_max_(entries_max) {}

  Result<void> begin(std::unique_ptr<Input> input) {
    reader_.reset(archive_read_new());
    input_ = std::move(input);
    unpacked_bytes_ = 0;
    entries_ = 0;
    in_file_ = false;
    auto* reader = reader_.get();
    archive_read_support_format_tar(reader);
    archive_read_set_read_callback(reader, Input::read);
    if (!input_->is_stream()) {
      archive_read_support_format_zip(reader);
      archive_read_support_filter_gzip(reader);
      archive_read_support_filter_bzip2(reader);
      archive_read_support_filter_xz(reader);
      archive_read_support_filter_zstd(reader);
      archive_read_set_skip_callback(reader, Input::skip);
      archive_read_set_seek_callback(reader, Input::seek);
    }
    archive_read_set_callback_data(reader, input_.get());
    if (archive_read_open1(reader) != ARCHIVE_OK) return failed();
    // Each layer multiplies by a thousand, before a byte comes out that could be counted.
    if (archive_filter_count(reader) > filters_max) {
      return fail(Code::unsupported, "{} is compressed more than once; unpack it first", shown_);
    }
    return {};
  }

  Result<std::optional<PackageEntry>> next() {
    while (true) {
      if (stop_.stop_requested()) return fail(Code::cancelled, "interrupted");
      // Passed over by reading, since the library would unpack a bomb uncounted.
      if (in_file_) TRY(drain());
      const Utf8Names utf8_names;
      const int status = archive_read_next_header(reader_.get(), &entry_);
      if (status == ARCHIVE_EOF) return std::nullopt;
      // A warning here is a name or header that libarchive had to guess at.
      if (status != ARCHIVE_OK) return failed();
      TRY(count_entry());
      const char* name = archive_entry_pathname(entry_);
      std::string entry_path = name == nullptr ? "" : name;
      const bool is_folder = archive_entry_filetype(entry_) == AE_IFDIR;
      if (is_folder && entry_path.ends_with('/')) entry_path.pop_back();
      if (entry_path.starts_with("./")) entry_path.erase(0, 2);
      if (is_folder && (entry_path.empty() || entry_path == ".")) continue;
      const auto fault = package_path_fault(entry_path);
      if (!fault.empty()) return refused(entry_path, fault);
      if (archive_entry_is_encrypted(entry_) != 0) {
        return fail(Code::unsupported, "{} is encrypted; unpack it and import the folder", shown_);
      }
      if (is_folder) return PackageEntry{std::move(entry_path), std::nullopt, true};
      if (archive_entry_filetype(entry_) != AE_IFREG || archive_entry_hardlink(entry_) != nullptr) {
        return refused(entry_path, "is a link or a device; a tessera holds plain files only");
      }
      in_file_ = true;
      PackageEntry entry{std::move(entry_path), std::nullopt};
      if (archive_entry_size_is_set(entry_) != 0) {
        entry.size_bytes = static_cast<std::uint64_t>(archive_entry_size(entry_));
      }
      return entry;
    }
  }

  Result<std::size_t> read(base::MutableByteSpan into) {
    std::size_t filled = 0;
    while (filled < into.size()) {
      const auto got = archive_read_data(reader_.get(), into.data() + filled, into.size() - filled);
      if (got < 0) return failed();
      if (got == 0) break;
      filled += static_cast<std::size_t>(got);
    }
    unpacked_bytes_ += filled;
    TRY(check_growth());
    return filled;
  }

 private:
  Result<void> count_entry() {
    if (++entries_ > entries_max_) {
      return fail(Code::exhausted, "{} holds more than {} entries, as no tessera does", shown_,
                  entries_max_);
    }
    return check_growth();
  }

  Result<void> check_growth() const {
    const auto allowed =
        Limits::archive_growth_free_bytes + Limits::archive_growth_max * input_->size_bytes();
    // What left the decompression counts headers too, which a bomb may consist of; what left
    // the format counts a zip's own compression, and the holes of sparse files.
    const auto decompressed = archive_filter_bytes(reader_.get(), 0);
    if (unpacked_bytes_ > allowed || std::cmp_greater(decompressed, allowed)) {
      return fail(Code::exhausted,
                  "{} unpacks to more than {} times its size, as only an attack does; if you trust "
                  "it, unpack it and import the folder",
                  shown_, Limits::archive_growth_max);
    }
    return {};
  }

  Result<void> drain() {
    while (TRY(read(scratch_)) != 0) {
      if (stop_.stop_requested()) return fail(Code::cancelled, "interrupted");
    }
    in_file_ = false;
    return {};
  }

  std::unexpected<base::Error> refused(std::string_view entry, std::string_view why) const {
    return fail(Code::invalid, "{}: '{}' {}", shown_, base::to_printable(entry), why);
  }

  std::unexpected<base::Error> failed() const {
    if (input_->error()) return fail(*input_->error());
    const char* reason = archive_error_string(reader_.get());
    return fail(Code::corrupt, "{} cannot be read as an archive: {}", shown_,
                base::to_printable(reason == nullptr ? "it is damaged" : reason));
  }

  std::string shown_;
  std::stop_token stop_;
  std::uint64_t entries_max_;
  std::unique_ptr<Input> input_;  // outlives the reader that borrows it
  std::unique_ptr<::archive, Release> reader_;
  ::archive_entry* entry_ = nullptr;
  std::uint64_t unpacked_bytes_ = 0;
  std::uint64_t entries_ = 0;
  base::Bytes scratch_ = base::Bytes(Limits::chunk_bytes);  // for what is passed over
  bool in_file_ = false;  // bytes of the last entry may be left to pass over
};

class Archive : public StoredPackage {
 public:
  Archive(runtime::Disk& disk, path file, std::stop_token stop, std::uint64_t entries_max)
      : disk_(disk),
        path_(std::move(file)),
        reader_(base::to_printable(path_.string()), std::move(stop), entries_max) {}

  Result<void> rewind() override {
    auto file = TRY(disk_.open_read(path_));
    const auto size_bytes = TRY(file->status()).size_bytes;
    return reader_.begin(std::make_unique<Input>(std::move(file), size_bytes));
  }
  Result<std::optional<PackageEntry>> next() override { return reader_.next(); }
  Result<std::size_t> read(base::MutableByteSpan into) override { return reader_.read(into); }

 private:
  runtime::Disk& disk_;
  path path_;
  Reader reader_;
};

class TarStream : public Package {
 public:
  TarStream(std::string shown, std::stop_token stop)
      : reader_(std::move(shown), std::move(stop), Limits::archive_entries_max) {}

  Result<void> begin(Source source) {
    return reader_.begin(std::make_unique<Input>(std::move(source)));
  }
  Result<std::optional<PackageEntry>> next() override { return reader_.next(); }
  Result<std::size_t> read(base::MutableByteSpan into) override { return reader_.read(into); }

 private:
  Reader reader_;
};

}  // namespace

Result<std::unique_ptr<StoredPackage>> open_archive(runtime::Disk& disk, const path& file,
                                                    std::stop_token stop,
                                                    std::uint64_t entries_max) {
  auto archive = std::make_unique<Archive>(disk, file, std::move(stop), entries_max);
  const auto opened = archive->rewind();
  if (!opened && opened.error().code != Code::corrupt) return fail(opened.error());
  // A file of another kind passes open and fails at its first header.
  const auto first = opened ? archive->next() : Result<std::optional<PackageEntry>>(std::nullopt);
  if (!opened || (!first && first.error().code == Code::corrupt)) {
    return fail(Code::unsupported,
                "{} is not a folder, a tar or a zip archive that can be read; is it complete?",
                base::to_printable(file.string()));
  }
  TRY(archive->rewind());
  return archive;
}

Result<std::unique_ptr<Package>> open_tar_stream(Source source, std::string shown,
                                                 std::stop_token stop) {
  auto stream = std::make_unique<TarStream>(std::move(shown), std::move(stop));
  TRY(stream->begin(std::move(source)));
  return stream;
}

}  // namespace tesseras::custody

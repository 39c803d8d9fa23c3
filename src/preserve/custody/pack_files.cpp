#include "preserve/custody/pack_files.hpp"

#include <algorithm>
#include <charconv>
#include <mutex>

#include "preserve/custody/pack.hpp"
#include "preserve/custody/tar.hpp"
#include "preserve/tessera/limits.hpp"
#include "preserve/tessera/paths.hpp"

namespace tesseras::custody {
namespace {

std::unexpected<base::Error> no_pack() { return fail(Code::corrupt, "it holds no tessera's pack"); }

Result<void> read_all(const ReadAt& read_at, std::uint64_t offset, base::MutableByteSpan into) {
  if (TRY(read_at(offset, into)) != into.size())
    return fail(Code::corrupt, "the tessera's pack ends too early");
  return {};
}

// POSIX, ustar interchange format: the size of a file stands at 124, 11 octal digits and an end.
Result<std::uint64_t> size_in(base::ByteSpan header) {
  const auto digits = base::as_text(header.subspan(124, 11));
  std::uint64_t size = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), size, 8);
  if (error != std::errc() || end != digits.data() + digits.size()) return no_pack();
  return size;
}

class PackFiles : public Files {
 public:
  explicit PackFiles(OpenReadAt open) : open_(std::move(open)) {}

  Result<void> find() override {
    const std::scoped_lock lock(mutex_);
    if (manifest_) return {};
    const auto read_at = TRY(open_());
    std::array<std::byte, tar_block_bytes> header{};
    TRY(read_all(read_at, 0, header));
    const auto size = TRY(size_in(header));
    if (size > tessera::Limits::manifest_bytes_max) return no_pack();
    std::string text(static_cast<std::size_t>(size), '\0');
    TRY(read_all(read_at, tar_block_bytes,
                 std::as_writable_bytes(std::span(text.data(), text.size()))));
    auto manifest =
        std::make_unique<tessera::Manifest>(TRY(tessera::Manifest::parse(std::move(text))));
    PackLayout layout(*manifest);
    // The other headers are looked at when their files are.
    if (!std::ranges::equal(layout.header(0), header)) return no_pack();
    layout_ = std::make_unique<PackLayout>(std::move(layout));
    manifest_ = std::move(manifest);
    return {};
  }

  Result<std::string> manifest() override {
    TRY(find());
    return manifest_->text();
  }

  Result<base::Bytes> signature(std::string_view path) override {
    TRY(find());
    const std::size_t member = path == tessera::paths::ed25519_signature ? 1 : 2;
    const auto file = TRY(open_member(member));
    base::Bytes bytes(static_cast<std::size_t>(file.size_bytes));
    bytes.resize(TRY(file.read(bytes)));
    return bytes;
  }

  Result<OpenFile> open(const tessera::ManifestEntry& entry) override {
    TRY(find());
    const auto number = manifest_->find(entry.decoded_path());
    if (!number) return fail(Code::not_found, "{} is not in the pack", entry.path);
    return open_member(layout_->members() - manifest_->entries().size() + *number);
  }

  Result<std::vector<Extra>> extra(const tessera::Manifest&) override {
    return std::vector<Extra>{};
  }

 private:
  Result<OpenFile> open_member(std::size_t member) {
    auto read_at = TRY(open_());
    const auto header = layout_->header(member);
    base::Bytes found(header.size());
    TRY(read_all(read_at, layout_->begin_bytes(member), found));
    if (found != header) return no_pack();
    const std::uint64_t begin = layout_->begin_bytes(member) + header.size();
    const std::uint64_t size_bytes = layout_->file_bytes(member);
    return OpenFile{size_bytes,
                    [read_at = std::move(read_at), at = begin, end = begin + size_bytes](
                        base::MutableByteSpan into) mutable -> Result<std::size_t> {
                      into = into.first(
                          static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), end - at)));
                      const auto got = TRY(read_at(at, into));
                      at += got;
                      return got;
                    }};
  }

  OpenReadAt open_;
  std::mutex mutex_;
  std::unique_ptr<tessera::Manifest> manifest_;
  std::unique_ptr<PackLayout> layout_;
};

}  // namespace

std::unique_ptr<Files> files_in_pack(OpenReadAt open) {
  return std::make_unique<PackFiles>(std::move(open));
}

}  // namespace tesseras::custody

#include "preserve/custody/package.hpp"

#include <algorithm>
#include <deque>

#include "foundation/base/text.hpp"
#include "preserve/custody/archive.hpp"
#include "preserve/custody/folder_walk.hpp"
#include "preserve/tessera/limits.hpp"

namespace tesseras::custody {
namespace {

using runtime::FileKind;

class FolderPackage : public StoredPackage {
 public:
  FolderPackage(runtime::Disk& disk, path folder, std::string name)
      : disk_(disk), folder_(std::move(folder)), name_(std::move(name)), walk_(disk_, folder_) {}

  Result<void> rewind() override {
    walk_ = FolderWalk(disk_, folder_);
    entries_.clear();
    return {};
  }

  Result<std::optional<PackageEntry>> next() override {
    while (entries_.empty()) {
      auto folder = TRY(walk_.next());
      if (!folder) return std::nullopt;
      for (auto& entry : folder->entries) TRY(take(std::move(entry)));
    }
    const auto [relative, kind, is_too_deep] = std::move(entries_.front());
    entries_.pop_front();
    file_.reset();
    if (kind == FileKind::folder) return PackageEntry{name_ + "/" + relative, std::nullopt, true};
    file_ = TRY(disk_.open_read(folder_ / relative));
    offset_ = 0;
    return PackageEntry{name_ + "/" + relative, TRY(file_->status()).size_bytes};
  }

  Result<std::size_t> read(base::MutableByteSpan into) override {
    if (file_ == nullptr) return 0;
    const auto got = TRY(file_->read_at(offset_, into));
    offset_ += got;
    return got;
  }

 private:
  Result<void> take(WalkEntry entry) {
    if (entry.is_too_deep) return fail(Code::invalid, "folders nest too deeply");
    if (entry.kind != FileKind::file && entry.kind != FileKind::folder) {
      return fail(Code::invalid, "{} is a link or a device; a tessera holds plain files only",
                  base::to_printable(entry.relative));
    }
    entries_.push_back(std::move(entry));
    return {};
  }

  runtime::Disk& disk_;
  path folder_;
  std::string name_;
  FolderWalk walk_;
  std::deque<WalkEntry> entries_;
  std::unique_ptr<runtime::File> file_;
  std::uint64_t offset_ = 0;
};

}  // namespace

std::string_view package_path_fault(std::string_view path) {
  if (path.empty()) return "has no name";
  if (path.size() > tessera::Limits::path_bytes_max) return "has a name that is too long";
  if (path.front() == '/') return "has an absolute name";
  if (path.contains('\0')) return "has a NUL in its name";
  while (!path.empty()) {
    const auto slash = path.find('/');
    const auto component = path.substr(0, slash);
    if (component == "..") return "has a name that leads out of the archive";
    if (component.empty() || component == ".") return "has an empty or '.' part in its name";
    path = slash == std::string_view::npos ? "" : path.substr(slash + 1);
  }
  return {};
}

Result<std::unique_ptr<StoredPackage>> open_package(runtime::Disk& disk, const path& at,
                                                    std::stop_token stop) {
  // "." and "x/" name a folder whose own name is wanted.
  std::error_code ignored;
  path full = std::filesystem::absolute(at, ignored).lexically_normal();
  if (!full.has_filename()) full = full.parent_path();
  const auto status = TRY(disk.status(full));
  if (status.kind == FileKind::folder) {
    return std::make_unique<FolderPackage>(disk, full, full.filename().string());
  }
  if (status.kind != FileKind::file) {
    return fail(Code::invalid,
                "{} is neither a folder nor a file; save as a file what comes through a pipe",
                base::to_printable(at.string()));
  }
  return TRY(open_archive(disk, full, std::move(stop)));
}

}  // namespace tesseras::custody

#include "preserve/custody/outlet.hpp"

#include <algorithm>
#include <array>

#include "foundation/base/text.hpp"
#include "preserve/custody/folder_walk.hpp"
#include "preserve/custody/limits.hpp"
#include "preserve/custody/tar.hpp"

namespace tesseras::custody {
namespace {

using runtime::FileKind;

constexpr std::uint32_t file_permissions = 0644, folder_permissions = 0755;

std::string shown(const path& at) { return base::to_printable(at.string()); }

// ".NAME.partial" beside NAME: on the same file system, hidden, and told apart at a glance.
path partial_of(const path& target) {
  return target.parent_path() / ("." + target.filename().string() + ".partial");
}

// Makes a folder and those above it, and gives those whose new names are not durable yet: each
// that holds one which was made, and the folder itself.
Result<std::vector<path>> make_destination(runtime::Disk& disk, const path& folder) {
  std::vector<path> holders{folder};
  for (path at = folder; !disk.status(at) && at.has_relative_path(); at = at.parent_path()) {
    const auto above = at.parent_path();
    holders.push_back(above.empty() ? path(".") : above);
  }
  TRY(disk.make_folders(folder, folder_permissions));
  return holders;
}

// A large file goes to the medium while it is written, so that the sync at its end is short.
Result<void> append(runtime::File& file, base::ByteSpan bytes) {
  auto appended = file.append(bytes);
  if (bytes.size() == Limits::chunk_bytes) file.begin_writeback();
  return appended;
}

// Compares what it is given with a file that is there.
class Comparison {
 public:
  static Result<std::shared_ptr<Comparison>> open(runtime::Disk& disk, const path& file) {
    auto comparison = std::make_shared<Comparison>();
    comparison->path_ = file;
    auto opened = disk.open_read(file);
    // A folder, or a pipe.
    if (!opened && opened.error().code == Code::invalid) return comparison->differs();
    comparison->file_ = TRY(std::move(opened));
    comparison->size_bytes_ = TRY(comparison->file_->status()).size_bytes;
    return comparison;
  }

  Result<void> next(base::ByteSpan bytes) {
    buffer_.resize(bytes.size());
    const auto got = TRY(file_->read_at(offset_, buffer_));
    if (got != bytes.size() || !std::ranges::equal(bytes, buffer_)) return differs();
    offset_ += got;
    return {};
  }

  Result<void> end() const { return offset_ == size_bytes_ ? Result<void>{} : differs(); }
  std::uint64_t size_bytes() const { return size_bytes_; }

  std::unexpected<base::Error> differs() const {
    return fail(Code::conflict,
                "{} is there already and differs; choose another destination, or "
                "move it away",
                shown(path_));
  }

 private:
  path path_;
  std::unique_ptr<runtime::File> file_;
  std::uint64_t size_bytes_ = 0;
  std::uint64_t offset_ = 0;
  base::Bytes buffer_;
};

class FolderOutlet : public Outlet {
 public:
  FolderOutlet(runtime::Disk& disk, path target, bool exists, std::vector<path> holders)
      : disk_(disk),
        target_(std::move(target)),
        partial_(partial_of(target_)),
        exists_(exists),
        holders_(std::move(holders)) {}

  ~FolderOutlet() override {
    file_.reset();
    if (!finished_) static_cast<void>(disk_.remove_tree(partial_));
  }

  Result<Sink> begin(const std::string& relative, std::uint64_t size_bytes) override {
    if (exists_) names_.insert(relative);
    if (exists_ && disk_.status(target_ / relative)) {
      const auto comparison = TRY(Comparison::open(disk_, target_ / relative));
      if (comparison->size_bytes() != size_bytes) return comparison->differs();
      return [comparison](base::ByteSpan bytes) { return comparison->next(bytes); };
    }
    const path at = partial_ / relative;
    TRY(make_folder_of(at));
    file_ = TRY(disk_.create(at, file_permissions));
    if (exists_) written_.push_back(relative);
    has_written_ = true;
    return [file = file_.get()](base::ByteSpan bytes) { return append(*file, bytes); };
  }

  Result<bool> finish() override {
    file_.reset();
    if (exists_) TRY(refuse_extra());
    if (has_written_) TRY(disk_.sync_tree(partial_));
    if (exists_) {
      TRY(move_into_place());
    } else {
      TRY(disk_.rename(partial_, target_));
    }
    finished_ = true;
    TRY(disk_.sync(holders_));
    return exists_;
  }

 private:
  Result<void> make_folder_of(const path& at) {
    path folder = at.parent_path();
    if (folder == folder_) return {};  // files come in the order of their paths
    TRY(disk_.make_folders(folder, folder_permissions));
    folder_ = std::move(folder);
    return {};
  }

  Result<void> refuse_extra() const {
    std::set<std::string> folders;
    for (const auto& name : names_) {
      for (auto at = name.find('/'); at != std::string::npos; at = name.find('/', at + 1)) {
        folders.insert(name.substr(0, at));
      }
    }
    FolderWalk walk(disk_, target_);
    while (const auto folder = TRY(walk.next())) {
      for (const auto& entry : folder->entries) {
        // An empty folder too: what is exported must verify. A link where a folder belongs would
        // lead what is written out of the target.
        const auto& belonging = entry.kind == FileKind::folder ? folders : names_;
        if (belonging.contains(entry.relative)) continue;
        return fail(Code::conflict,
                    "{} is there already and holds '{}', which is not of this "
                    "tessera; choose another destination",
                    shown(target_), base::to_printable(entry.relative));
      }
    }
    return {};
  }

  Result<void> move_into_place() {
    std::set<path> touched;
    for (const auto& relative : written_) {
      const path folder = (target_ / relative).parent_path();
      if (touched.insert(folder).second) TRY(disk_.make_folders(folder, folder_permissions));
      TRY(disk_.rename(partial_ / relative, target_ / relative));
    }
    touched.insert(target_);
    TRY(disk_.sync(std::vector<path>(touched.begin(), touched.end())));
    // Nothing was missing, so nothing was begun.
    if (!has_written_) return {};
    return disk_.remove_tree(partial_);
  }

  runtime::Disk& disk_;
  path target_;
  path partial_;
  bool exists_;
  std::vector<path> holders_;  // their names are made durable last
  bool finished_ = false;
  std::unique_ptr<runtime::File> file_;
  bool has_written_ = false;
  path folder_;  // the one that was made last, under partial_
  // Kept only where the target exists.
  std::set<std::string> names_;       // everything that belongs there
  std::vector<std::string> written_;  // what was missing
};

class TarOutlet : public Outlet {
 public:
  TarOutlet(runtime::Disk& disk, path target, base::WallTime modified, std::vector<path> holders)
      : disk_(disk),
        target_(std::move(target)),
        partial_(partial_of(target_)),
        modified_(modified),
        holders_(std::move(holders)) {}

  ~TarOutlet() override {
    if (file_ == nullptr) return;
    file_.reset();
    if (!finished_) static_cast<void>(disk_.remove(partial_));
  }

  Result<void> open() {
    if (disk_.status(target_)) {
      comparison_ = TRY(Comparison::open(disk_, target_));
      return {};
    }
    static_cast<void>(disk_.remove(partial_));  // of an export that was killed
    file_ = TRY(disk_.create(partial_, file_permissions));
    return {};
  }

  Result<Sink> begin(const std::string& relative, std::uint64_t size_bytes) override {
    TRY(end_file());
    TRY(put(tar_header(relative, size_bytes, modified_)));
    padding_bytes_ = tar_padding_bytes(size_bytes);
    return [this](base::ByteSpan bytes) { return put(bytes); };
  }

  Result<bool> finish() override {
    TRY(end_file());
    TRY(put(base::Bytes(tar_end_bytes)));
    if (comparison_ != nullptr) {
      TRY(comparison_->end());
      return true;
    }
    TRY(file_->sync());
    TRY(disk_.rename(partial_, target_));
    finished_ = true;
    TRY(disk_.sync(holders_));
    return false;
  }

 private:
  Result<void> end_file() { return put(base::Bytes(std::exchange(padding_bytes_, 0))); }

  Result<void> put(base::ByteSpan bytes) {
    if (comparison_ != nullptr) return comparison_->next(bytes);
    return append(*file_, bytes);
  }

  runtime::Disk& disk_;
  path target_;
  path partial_;
  base::WallTime modified_;
  std::vector<path> holders_;
  std::unique_ptr<runtime::File> file_;
  std::shared_ptr<Comparison> comparison_;
  std::size_t padding_bytes_ = 0;
  bool finished_ = false;
};

}  // namespace

Result<std::unique_ptr<Outlet>> folder_outlet(runtime::Disk& disk, const path& target) {
  const auto status = disk.status(target);
  if (status && status->kind != FileKind::folder) {
    return fail(Code::conflict, "{} is there already and is no folder; choose another destination",
                shown(target));
  }
  if (!status && status.error().code != Code::not_found) return fail(status.error());
  auto holders = TRY(make_destination(disk, target.parent_path()));
  if (disk.status(partial_of(target))) TRY(disk.remove_tree(partial_of(target)));
  return std::make_unique<FolderOutlet>(disk, target, status.has_value(), std::move(holders));
}

Result<std::unique_ptr<Outlet>> tar_outlet(runtime::Disk& disk, const path& target,
                                           base::WallTime modified) {
  auto holders = TRY(make_destination(disk, target.parent_path()));
  auto outlet = std::make_unique<TarOutlet>(disk, target, modified, std::move(holders));
  TRY(outlet->open());
  return outlet;
}

}  // namespace tesseras::custody

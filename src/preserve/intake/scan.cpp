#include "preserve/intake/scan.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <span>
#include <utility>

#include "foundation/base/ascii.hpp"
#include "foundation/base/text.hpp"
#include "preserve/intake/limits.hpp"

namespace tesseras::intake {
namespace {

using base::Code;
using base::fail;
using runtime::FileKind;

bool is_system_file(std::string_view name) {
  return name == ".DS_Store" || name == "Thumbs.db" || name == "desktop.ini" ||
         name == "Desktop.ini" || name.starts_with("._");
}

// What `tes init` makes. Its files are no memories, and one of them is the key to all of them.
bool is_vault(std::span<const runtime::FolderEntry> entries) {
  return std::ranges::all_of(std::array{"blobs", "db", "identity"}, [&](std::string_view part) {
    return std::ranges::any_of(entries, [&](const runtime::FolderEntry& entry) {
      return entry.kind == FileKind::folder && entry.name == part;
    });
  });
}

// As `tes` writes it, as it is named while it is written, and as systems without cases show it.
// Under another name a seed is told by its contents, when it is read.
bool is_seed_name(std::string_view name) {
  const std::string low = base::to_lower(name);
  return low == "root.seed" || low == "root.seed.new";
}

// A folder yet to be read; an explicit stack, because the depth is the user's and not ours.
struct Pending {
  std::string relative;  // empty for the scanned folder itself
  std::size_t depth = 0;
};

class Walk {
 public:
  Walk(runtime::Disk& disk, const path& root) : disk_(disk), root_(root) {}

  Result<Scan> run() {
    pending_.push_back({});
    while (!pending_.empty()) {
      const Pending folder = std::move(pending_.back());
      pending_.pop_back();
      TRY(visit(folder));
    }
    std::ranges::sort(scan_.candidates, {}, &Candidate::relative);
    std::ranges::sort(scan_.not_taken, {}, &NotTaken::relative);
    std::ranges::sort(scan_.describing, {}, &Describing::relative);
    return std::move(scan_);
  }

 private:
  Result<void> visit(const Pending& folder) {
    const auto entries = TRY(disk_.list(root_ / folder.relative));
    if (is_vault(entries)) return refuse_vault(folder);
    seen_ += entries.size();
    if (seen_ > Limits::files_max) {
      return fail(Code::exhausted, "{} holds more than {} files: give a smaller folder",
                  base::to_printable(root_.native()), Limits::files_max);
    }
    std::set<std::string_view> files;
    for (const auto& entry : entries) {
      if (entry.kind == FileKind::file && !is_system_file(entry.name)) files.insert(entry.name);
    }
    const auto contexts = contexts_among(files);
    for (const auto& entry : entries) TRY(place(folder, entry, contexts));
    return {};
  }

  Result<void> refuse_vault(const Pending& folder) {
    if (folder.relative.empty()) {
      return fail(Code::invalid, "{} is a vault of tesserae: give a folder of your files",
                  base::to_printable(root_.native()));
    }
    scan_.not_taken.push_back({folder.relative, "a vault of tesserae"});
    return {};
  }

  // The names in one folder that are the context of another. A context's own context is none: it
  // is a file like any, so that no text is lost in a chain.
  static std::set<std::string_view> contexts_among(const std::set<std::string_view>& files) {
    std::vector<std::string_view> by_length;
    for (const auto name : files) {
      if (name.size() > context_suffix.size() && name.ends_with(context_suffix)) {
        by_length.push_back(name);
      }
    }
    std::ranges::sort(by_length, {}, &std::string_view::size);
    std::set<std::string_view> contexts;
    for (const auto name : by_length) {
      const auto described = name.substr(0, name.size() - context_suffix.size());
      if (files.contains(described) && !contexts.contains(described)) contexts.insert(name);
    }
    return contexts;
  }

  Result<void> place(const Pending& folder, const runtime::FolderEntry& entry,
                     const std::set<std::string_view>& contexts) {
    std::string relative =
        folder.relative.empty() ? entry.name : folder.relative + "/" + entry.name;
    switch (entry.kind) {
      case FileKind::symlink:
        scan_.not_taken.push_back({std::move(relative), "symbolic link"});
        return {};
      case FileKind::other:
        scan_.not_taken.push_back({std::move(relative), "not a file (device, socket or pipe)"});
        return {};
      case FileKind::folder:
        if (folder.depth + 1 > Limits::depth_max) {
          return fail(Code::invalid, "{} is nested more than {} folders deep: give a folder below",
                      base::to_printable(relative), Limits::depth_max);
        }
        pending_.push_back({std::move(relative), folder.depth + 1});
        return {};
      case FileKind::file: break;
    }
    if (is_system_file(entry.name)) {
      scan_.not_taken.push_back({std::move(relative), "system file"});
      return {};
    }
    if (is_seed_name(entry.name)) {
      scan_.not_taken.push_back({std::move(relative), "the secret seed of an identity"});
      return {};
    }
    if (folder.depth == 0 && entry.name == description_name) {
      scan_.has_description = true;
      scan_.describing.push_back({std::move(relative), ""});
      return {};
    }
    if (contexts.contains(entry.name) &&
        !(folder.depth == 0 && describes_description(entry.name))) {
      std::string described = relative.substr(0, relative.size() - context_suffix.size());
      scan_.describing.push_back({std::move(relative), std::move(described)});
      return {};
    }
    return take(std::move(relative), entry, contexts);
  }

  // tessera.toml is no memory and has no context.
  static bool describes_description(std::string_view name) {
    return name.substr(0, name.size() - context_suffix.size()) == description_name;
  }

  Result<void> take(std::string relative, const runtime::FolderEntry& entry,
                    const std::set<std::string_view>& contexts) {
    Candidate candidate;
    candidate.status = TRY(disk_.status(root_ / relative));
    if (candidate.status.kind != FileKind::file) {
      return fail(Code::conflict, "{} changed while the folder was read: try again",
                  base::to_printable(relative));
    }
    if (contexts.contains(entry.name + std::string(context_suffix))) {
      candidate.context = relative + std::string(context_suffix);
    }
    candidate.relative = std::move(relative);
    scan_.candidates.push_back(std::move(candidate));
    return {};
  }

  runtime::Disk& disk_;
  const path& root_;
  std::vector<Pending> pending_;
  std::size_t seen_ = 0;
  Scan scan_;
};

}  // namespace

Result<void> require_folder(runtime::Disk& disk, const path& folder) {
  const auto status = TRY(disk.status(folder));
  if (status.kind == FileKind::symlink) {
    return fail(Code::invalid, "{} is a symbolic link: give the folder that it points to",
                base::to_printable(folder.native()));
  }
  if (status.kind != FileKind::folder) {
    return fail(Code::invalid, "{} is not a folder: give the folder that holds it",
                base::to_printable(folder.native()));
  }
  return {};
}

Result<Scan> scan(runtime::Disk& disk, const path& folder) {
  TRY(require_folder(disk, folder));
  return Walk(disk, folder).run();
}

}  // namespace tesseras::intake

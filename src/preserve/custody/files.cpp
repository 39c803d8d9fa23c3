#include "preserve/custody/files.hpp"

#include <algorithm>

#include "foundation/base/text.hpp"
#include "foundation/runtime/whole_file.hpp"
#include "preserve/custody/folder_walk.hpp"
#include "preserve/custody/limits.hpp"
#include "preserve/tessera/limits.hpp"
#include "preserve/tessera/paths.hpp"

namespace tesseras::custody {
namespace {

using runtime::FileKind;

constexpr std::size_t signature_bytes_max = std::size_t{64} << 10U;

base::BlobId blob_of(const tessera::ManifestEntry& entry) { return {entry.blake3.bytes}; }

class VaultFiles : public Files {
 public:
  VaultFiles(vault::Vault& vault, const base::ContentHash& hash) : vault_(vault), hash_(hash) {}

  Result<void> find() override {
    TRY(vault_.tessera(hash_));
    return {};
  }

  Result<std::string> manifest() override {
    const auto bytes =
        TRY(vault_.read_blob(base::BlobId{hash_.bytes}, tessera::Limits::manifest_bytes_max));
    return std::string(base::as_text(bytes));
  }

  Result<base::Bytes> signature(std::string_view path) override {
    const auto info = TRY(vault_.tessera(hash_));
    const bool is_ed25519 = path == tessera::paths::ed25519_signature;
    return vault_.read_blob(is_ed25519 ? info.signature_ed25519 : info.signature_mldsa65,
                            signature_bytes_max);
  }

  Result<OpenFile> open(const tessera::ManifestEntry& entry) override {
    auto reader = std::make_shared<vault::BlobReader>(TRY(vault_.open_blob(blob_of(entry))));
    return OpenFile{reader->size_bytes(),
                    [reader, offset = std::uint64_t{0}](
                        base::MutableByteSpan into) mutable -> Result<std::size_t> {
                      const auto got = TRY(reader->read_at(offset, into));
                      offset += got;
                      return got;
                    }};
  }

  Result<std::vector<Extra>> extra(const tessera::Manifest&) override {
    return std::vector<Extra>{};
  }

 private:
  vault::Vault& vault_;
  base::ContentHash hash_;
};

class FolderFiles : public Files {
 public:
  FolderFiles(runtime::Disk& disk, path folder) : disk_(disk), folder_(std::move(folder)) {}

  // Whatever claims to be a tessera is one, however damaged; any other folder is a slip.
  Result<void> find() override {
    TRY(disk_.status(folder_));
    for (const auto name :
         {tessera::paths::manifest, tessera::paths::readme, tessera::paths::ed25519_signature}) {
      if (disk_.status(folder_ / name)) return {};
    }
    const auto shown = base::to_printable(folder_.native());
    if (disk_.status(folder_ / "bagit.txt")) {
      return fail(Code::invalid, "{} is a bag; its tessera is the folder {}/data/{}…", shown, shown,
                  tessera::folder_name_prefix);
    }
    if (folder_.filename().native().starts_with(tessera::folder_name_prefix)) return {};
    return fail(Code::invalid, "{} is no tessera: it has no MANIFEST", shown);
  }

  Result<std::string> manifest() override {
    return runtime::read_whole_text(disk_, folder_ / tessera::paths::manifest,
                                    tessera::Limits::manifest_bytes_max);
  }

  Result<base::Bytes> signature(std::string_view path) override {
    return runtime::read_whole(disk_, folder_ / path, signature_bytes_max);
  }

  Result<OpenFile> open(const tessera::ManifestEntry& entry) override {
    std::shared_ptr<runtime::File> file = TRY(disk_.open_read(folder_ / entry.decoded_path()));
    const auto size = TRY(file->status()).size_bytes;
    return OpenFile{size, [file, source = source_of(*file)](base::MutableByteSpan into) {
                      return source(into);
                    }};
  }

  Result<std::vector<Extra>> extra(const tessera::Manifest& manifest) override {
    std::vector<Extra> found;
    FolderWalk walk(disk_, folder_);
    while (auto folder = TRY(walk.next())) {
      if (folder->entries.empty() && !folder->relative.empty()) {
        found.push_back({folder->relative + "/", "is an empty folder"});
      }
      for (auto& entry : folder->entries) {
        const auto reason = why_extra(manifest, entry);
        if (!reason.empty()) found.push_back({std::move(entry.relative), reason});
      }
    }
    std::ranges::sort(found);
    return found;
  }

 private:
  // Empty when it belongs. A listed file that is a link is told of when it is opened.
  static std::string_view why_extra(const tessera::Manifest& manifest, const WalkEntry& entry) {
    constexpr std::string_view unlisted = "is not listed in MANIFEST";
    if (entry.kind == FileKind::folder) return entry.is_too_deep ? unlisted : std::string_view();
    if (is_known(manifest, entry.relative)) return {};
    if (entry.kind == FileKind::symlink) return "is a link, which no tessera has";
    return unlisted;
  }

  static bool is_known(const tessera::Manifest& manifest, const std::string& relative) {
    return relative == tessera::paths::manifest || relative == tessera::paths::ed25519_signature ||
           relative == tessera::paths::mldsa65_signature || manifest.find(relative).has_value();
  }

  runtime::Disk& disk_;
  path folder_;
};

}  // namespace

std::unique_ptr<Files> files_in_vault(vault::Vault& vault, const base::ContentHash& hash) {
  return std::make_unique<VaultFiles>(vault, hash);
}

std::unique_ptr<Files> files_in_folder(runtime::Disk& disk, path folder) {
  return std::make_unique<FolderFiles>(disk, std::move(folder));
}

Result<std::string> read_small(Files& files, const tessera::ManifestEntry& entry) {
  if (entry.size_bytes > Limits::small_file_bytes_max) {
    return fail(Code::corrupt, "{} is larger than such a file may be", entry.path);
  }
  const auto file = TRY(files.open(entry));
  std::string text(entry.size_bytes + 1, '\0');
  const auto got = TRY(file.read(std::as_writable_bytes(std::span(text.data(), text.size()))));
  text.resize(got);
  if (crypto::blake3(base::as_bytes(text)) != entry.blake3) {
    return fail(Code::corrupt, "{} is not what the MANIFEST says", entry.path);
  }
  return text;
}

}  // namespace tesseras::custody

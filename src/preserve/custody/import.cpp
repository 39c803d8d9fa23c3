#include "preserve/custody/import.hpp"

#include <array>
#include <map>
#include <set>
#include <vector>

#include "foundation/base/text.hpp"
#include "preserve/custody/archive.hpp"
#include "preserve/custody/bag.hpp"
#include "preserve/custody/files.hpp"
#include "preserve/custody/limits.hpp"
#include "preserve/custody/package.hpp"
#include "preserve/custody/sense.hpp"
#include "preserve/custody/verify.hpp"
#include "preserve/tessera/limits.hpp"
#include "preserve/tessera/paths.hpp"
#include "preserve/tessera/signature.hpp"
#include "preserve/tessera/verify.hpp"

namespace tesseras::custody {
namespace {

namespace paths = tessera::paths;

// Small files that are looked into, not only hashed.
constexpr std::size_t signature_bytes_max = std::size_t{64} << 10U;
constexpr std::size_t small_read_bytes = std::size_t{64} << 10U;
// All of a bag's tag files together: its manifests have a line for each of MANIFEST's.
constexpr std::size_t tag_files_bytes_max = tessera::Limits::manifest_bytes_max;
constexpr std::size_t tag_files_max = 1000;

// Where in a package the tessera lies.
struct Place {
  std::string prefix;  // "tessera-<hash>/", behind "BAG/data/" in a bag
  bool is_bag = false;
  std::string bag;  // "BAG/"; empty where the bag was packed without its folder
};

Result<std::string> read_text(Package& package, std::size_t bytes_max, std::string_view what) {
  std::string text;
  base::Bytes chunk(small_read_bytes);
  while (true) {
    const auto got = TRY(package.read(chunk));
    if (got == 0) return text;
    if (text.size() + got > bytes_max) {
      return fail(Code::invalid, "{} is larger than such a file may be", base::to_printable(what));
    }
    text += base::as_text(base::ByteSpan(chunk).first(got));
  }
}

Result<Place> place_of(const std::string& manifest_path, const tessera::Manifest& manifest) {
  Place place{.prefix = manifest_path.substr(0, manifest_path.size() - paths::manifest.size()),
              .is_bag = false,
              .bag = ""};
  const std::string name = tessera::folder_name(manifest.content_hash()) + "/";
  if (!place.prefix.ends_with(name)) {
    return fail(Code::corrupt,
                "the tessera's folder is named '{}', but its MANIFEST is that of {}; either was "
                "changed",
                base::to_printable(place.prefix), name.substr(0, name.size() - 1));
  }
  const std::string outer = place.prefix.substr(0, place.prefix.size() - name.size());
  if (("/" + outer).ends_with("/" + std::string(bag_payload_folder))) {
    place.is_bag = true;
    place.bag = outer.substr(0, outer.size() - bag_payload_folder.size());
  } else if (!outer.empty()) {
    return fail(Code::invalid,
                "the tessera lies in the folder '{}'; import it alone (unpack an archive first)",
                base::to_printable(outer));
  }
  return place;
}

class Importer {
 public:
  // Without a transaction the files are checked and nothing is kept.
  Importer(vault::Transaction* transaction, const tessera::Manifest& manifest, Place place,
           Tools& tools)
      : transaction_(transaction),
        manifest_(manifest),
        place_(std::move(place)),
        tools_(tools),
        seen_(manifest.entries().size()) {}

  // MANIFEST has been read, and does not come again.
  void has_manifest() { others_.emplace(paths::manifest); }

  Result<void> take(Package& package, const PackageEntry& entry) {
    if (entry.is_folder) return take_folder(entry.path);
    if (entry.path.starts_with(place_.prefix)) {
      return take_file(package, entry.path.substr(place_.prefix.size()));
    }
    if (place_.is_bag && entry.path.starts_with(place_.bag)) {
      const auto relative = entry.path.substr(place_.bag.size());
      if (!relative.starts_with(bag_payload_folder)) return take_tag_file(package, relative);
    }
    return alien(entry.path);
  }

  // After the last file: is everything there, and true?
  Result<void> check() {
    for (std::size_t i = 0; i < seen_.size(); ++i) {
      if (seen_[i] == 0) {
        return fail(Code::corrupt, "{} is missing; ask for a complete copy",
                    manifest_.entries()[i].path);
      }
    }
    const tessera::SignatureFiles files{
        .ed25519_key = kept_[std::string(paths::ed25519_key)],
        .mldsa65_key = kept_[std::string(paths::mldsa65_key)],
        .ed25519_signature = kept_[std::string(paths::ed25519_signature)],
        .mldsa65_signature = kept_[std::string(paths::mldsa65_signature)]};
    const auto state = tessera::check_signatures(manifest_, files);
    if (!state.valid()) {
      return fail(Code::corrupt, "a signature does not hold: {}",
                  state.ed25519_fault.empty() ? state.mldsa65_fault : state.ed25519_fault);
    }
    return place_.is_bag ? check_bag(tag_files_, payload_) : Result<void>{};
  }

  vault::KeptTessera kept() const {
    return {manifest_, ids_.at(std::string(paths::ed25519_signature)),
            ids_.at(std::string(paths::mldsa65_signature))};
  }

 private:
  static std::unexpected<base::Error> alien(const std::string& path) {
    return fail(Code::invalid, "'{}' is not of this tessera; import it without",
                base::to_printable(path));
  }

  // Only those that hold something of the tessera: it would not verify with others.
  Result<void> take_folder(const std::string& folder) const {
    const std::string below = folder + "/";
    if (place_.prefix.starts_with(below)) return {};
    if (below.starts_with(place_.prefix)) {
      if (manifest_.has_folder(folder.substr(place_.prefix.size()))) return {};
      return fail(Code::corrupt, "the folder '{}' is not in the MANIFEST; the tessera was changed",
                  base::to_printable(folder));
    }
    // Beside its payload, a bag may hold what it likes.
    if (place_.is_bag && below.starts_with(place_.bag) &&
        !below.starts_with(place_.bag + std::string(bag_payload_folder))) {
      return {};
    }
    return alien(folder);
  }

  Result<void> take_file(Package& package, const std::string& relative) {
    const bool is_manifest = relative == paths::manifest;
    const bool is_signature =
        relative == paths::ed25519_signature || relative == paths::mldsa65_signature;
    const auto found = manifest_.find(relative);
    if (!is_manifest && !is_signature && !found) {
      return fail(Code::corrupt, "'{}' is not in the MANIFEST; the tessera was changed",
                  base::to_printable(relative));
    }
    // The parser refuses a MANIFEST that lists itself or a signature.
    if (found && std::exchange(seen_[*found], std::uint8_t{1}) != 0) return twice(relative);
    if (!found && !others_.insert(relative).second) return twice(relative);

    // Only these are held in memory; a MANIFEST fixes the size of a key.
    const bool is_key = relative == paths::ed25519_key || relative == paths::mldsa65_key;
    const bool is_looked_into = found && must_make_sense(manifest_, *found);
    if (is_manifest || is_signature || is_key || is_looked_into)
      return take_small(package, relative, found);
    return take_large(package, relative, manifest_.entries()[*found]);
  }

  // Others may keep tag files of their own in a bag (RFC 8493, section 2.2.4). They are held
  // against the tag manifests, and are not of the tessera.
  Result<void> take_tag_file(Package& package, const std::string& relative) {
    if (relative == "fetch.txt") {
      return fail(
          Code::unsupported,
          "the bag lists files to be fetched from elsewhere (fetch.txt); complete it first");
    }
    if (tag_files_.contains(relative)) return twice(relative);
    if (tag_files_.size() == tag_files_max) {
      return fail(Code::invalid, "the bag holds more than {} tag files", tag_files_max);
    }
    auto text = TRY(read_text(package, tag_files_bytes_max - tag_files_bytes_, relative));
    tag_files_bytes_ += text.size();
    tag_files_[relative] = std::move(text);
    return {};
  }

  static std::unexpected<base::Error> twice(const std::string& relative) {
    return fail(Code::invalid, "'{}' is there twice", base::to_printable(relative));
  }

  Result<void> take_small(Package& package, const std::string& relative,
                          std::optional<std::size_t> listed) {
    std::size_t bytes_max = signature_bytes_max;
    if (listed) bytes_max = Limits::small_file_bytes_max;
    if (relative == paths::manifest) bytes_max = manifest_.text().size();
    const auto text = TRY(read_text(package, bytes_max, relative));
    const auto bytes = base::as_bytes(text);
    tools_.progress.advance(bytes.size());
    note_for_bag(relative, bytes);
    if (relative == paths::manifest) {
      if (text != manifest_.text()) return twice(relative);
      return {};
    }
    if (listed) TRY(compare(manifest_.entries()[*listed], hashed(bytes)));
    const auto id = transaction_ != nullptr ? TRY(transaction_->put(bytes)) : base::BlobId{};
    if (listed && must_make_sense(manifest_, *listed)) {
      const auto fault = sense_fault(manifest_, *listed, text);
      if (!fault.empty()) return fail(Code::corrupt, "{}: {}", relative, fault);
      return {};
    }
    kept_[relative] = base::to_bytes(text);
    ids_[relative] = id;
    return {};
  }

  Result<void> take_large(Package& package, const std::string& relative,
                          const tessera::ManifestEntry& entry) {
    std::optional<vault::BlobWriter> writer;
    if (transaction_ != nullptr)
      writer.emplace(transaction_->writer(vault::Transaction::Hashing::by_caller));
    crypto::Sha512 sha512;
    std::uint64_t taken_bytes = 0;
    const auto found = TRY(read_hashed(
        [&](base::MutableByteSpan into) { return package.read(into); }, entry.size_bytes,
        Hashes::both,
        [&](base::ByteSpan bytes) -> Result<void> {
          taken_bytes += bytes.size();
          // Refused while it grows, not when it has filled the disk.
          if (taken_bytes > entry.size_bytes) {
            return fail(Code::corrupt, "{} is larger than the MANIFEST says", entry.path);
          }
          if (place_.is_bag) sha512.update(bytes);
          return writer ? writer->append(bytes) : Result<void>{};
        },
        tools_));
    TRY(compare(entry, found));
    if (place_.is_bag) {
      payload_[in_bag(relative)] = {found.sha256, sha512.finish(), found.size_bytes};
    }
    return writer ? writer->finish(base::BlobId{found.blake3.bytes}) : Result<void>{};
  }

  static Result<void> compare(const tessera::ManifestEntry& entry, const Hashed& found) {
    if (found.size_bytes == entry.size_bytes && found.blake3 == entry.blake3 &&
        found.sha256 == entry.sha256) {
      return {};
    }
    return fail(Code::corrupt, "{} is not what the MANIFEST says; ask for another copy",
                entry.path);
  }

  std::string in_bag(const std::string& relative) const {
    return place_.prefix.substr(place_.bag.size()) + relative;
  }

  void note_for_bag(const std::string& relative, base::ByteSpan bytes) {
    if (!place_.is_bag) return;
    payload_[in_bag(relative)] = {crypto::sha256(bytes), crypto::sha512(bytes), bytes.size()};
  }

  vault::Transaction* transaction_;
  const tessera::Manifest& manifest_;
  Place place_;
  Tools& tools_;
  std::vector<std::uint8_t> seen_;  // 1 once taken, by position in the MANIFEST
  std::set<std::string> others_;    // MANIFEST and the signatures
  std::map<std::string, base::Bytes> kept_;
  std::map<std::string, base::BlobId> ids_;
  std::map<std::string, std::string> tag_files_;
  std::size_t tag_files_bytes_ = 0;
  BagFiles payload_;
};

// The MANIFEST tells what may follow, so it is looked for first; ours come first in an archive.
Result<std::pair<std::string, std::string>> find_manifest(Package& package,
                                                          const std::string& shown,
                                                          const std::stop_token& stop) {
  bool is_bare = false;
  while (true) {
    if (stop.stop_requested()) return fail(Code::cancelled, "interrupted");
    const auto entry = TRY(package.next());
    if (!entry && is_bare) {
      return fail(Code::invalid,
                  "{} holds a tessera's files without their folder; unpack it into a folder named "
                  "tessera- and what `b3sum MANIFEST` says, and import that",
                  shown);
    }
    if (!entry) {
      return fail(Code::invalid, "{} holds no MANIFEST; it is no tessera", shown);
    }
    if (entry->is_folder) continue;
    if (entry->path == paths::manifest) is_bare = true;
    const auto slash = entry->path.rfind('/');
    if (slash == std::string::npos || entry->path.substr(slash + 1) != paths::manifest) continue;
    return std::pair(entry->path,
                     TRY(read_text(package, tessera::Limits::manifest_bytes_max, "MANIFEST")));
  }
}

Result<void> take_all(Package& package, Importer& importer, const std::stop_token& stop) {
  while (const auto entry = TRY(package.next())) {
    if (stop.stop_requested()) return fail(Code::cancelled, "interrupted; nothing was imported");
    TRY(importer.take(package, *entry));
  }
  return importer.check();
}

// A package whose MANIFEST is known, and which has this left to be read.
struct Begun {
  Package& package;
  tessera::Manifest manifest;
  Place place;
  bool is_behind_manifest = false;
};

Importer importer_of(vault::Transaction* transaction, const Begun& begun, Tools& tools) {
  Importer importer(transaction, begun.manifest, begun.place, tools);
  if (begun.is_behind_manifest) importer.has_manifest();
  return importer;
}

// Of a tessera that the vault has, whole: whoever imports a copy wants to know whether it holds.
Result<void> check_copy(const Begun& begun, Tools& tools) {
  tools.progress.stage("checking the copy", begun.manifest.total_bytes());
  auto importer = importer_of(nullptr, begun, tools);
  auto checked = take_all(begun.package, importer, tools.stop);
  if (checked) return {};
  const auto& error = checked.error();
  if (error.code != Code::corrupt && error.code != Code::invalid) return checked;
  return base::fail_in(error, "already kept, whole; this copy is damaged");
}

Result<Imported> take_in(vault::Vault& vault, const Begun& begun, const std::string& shown,
                         Tools& tools) {
  const auto& manifest = begun.manifest;
  Imported imported{.content_hash = manifest.content_hash(),
                    .memories = manifest.memories().size(),
                    .files = manifest.entries().size() + 3,
                    .size_bytes = manifest.total_bytes() + manifest.text().size()};
  const auto known = vault.tessera(manifest.content_hash());
  if (!known && known.error().code != Code::not_found) return fail(known.error());
  imported.was_there = known.has_value();
  if (imported.was_there) {
    const auto own = files_in_vault(vault, manifest.content_hash());
    const auto verdict = verify(*own, {}, tools);
    // A medium that fails under the own copy is what another one mends.
    if (!verdict && verdict.error().code != Code::io) return fail(verdict.error());
    if (verdict && verdict->passed()) {
      TRY(check_copy(begun, tools));
      return imported;
    }
    imported.mended = true;
  }

  const auto free_bytes = TRY(vault.free_bytes());
  if (manifest.total_bytes() > free_bytes) {
    return fail(Code::exhausted, "{} needs {} and the vault's disk has {} left; make room", shown,
                base::human_size(manifest.total_bytes()), base::human_size(free_bytes));
  }
  tools.progress.stage("importing", manifest.total_bytes());
  const auto transaction = TRY(vault.begin());
  auto importer = importer_of(transaction.get(), begun, tools);
  TRY(take_all(begun.package, importer, tools.stop));
  if (tools.stop.stop_requested())
    return fail(Code::cancelled, "interrupted; nothing was imported");
  TRY(transaction->commit(std::array{importer.kept()}, tools.clock.wall_now()));
  return imported;
}

}  // namespace

Result<Imported> import_tessera(vault::Vault& vault, const path& from, Tools& tools) {
  const std::string shown = base::to_printable(from.string());
  const auto package = TRY(open_package(tools.disk, from, tools.stop));
  auto [manifest_path, text] = TRY(find_manifest(*package, shown, tools.stop));
  auto manifest = TRY(tessera::Manifest::parse(std::move(text)));
  auto place = TRY(place_of(manifest_path, manifest));
  TRY(package->rewind());
  return take_in(vault, {*package, std::move(manifest), std::move(place)}, shown, tools);
}

Result<Imported> import_pack(vault::Vault& vault, const base::ContentHash& hash, Source source,
                             Tools& tools) {
  const std::string shown = "the pack of " + hash.hex().substr(0, 16);
  const auto package = TRY(open_tar_stream(std::move(source), shown, tools.stop));
  const auto first = TRY(package->next());
  const auto name = tessera::folder_name(hash) + "/";
  if (!first || first->is_folder || first->path != name + std::string(paths::manifest))
    return fail(Code::corrupt, "{} does not begin with its MANIFEST", shown);
  auto text = TRY(read_text(*package, tessera::Limits::manifest_bytes_max, paths::manifest));
  auto manifest = TRY(tessera::Manifest::parse(std::move(text)));
  if (manifest.content_hash() != hash)
    return fail(Code::corrupt, "what came as {} is of another tessera", shown);
  const Place place{.prefix = name, .is_bag = false, .bag = ""};
  return take_in(vault, {*package, std::move(manifest), place, true}, shown, tools);
}

}  // namespace tesseras::custody

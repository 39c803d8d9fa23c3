// What a list of files must and must not hold: sections 2.3 and 3 of spec/tessera.md.
#include <algorithm>
#include <array>

#include "foundation/base/bytes.hpp"
#include "foundation/base/text.hpp"
#include "preserve/tessera/limits.hpp"
#include "preserve/tessera/manifest_parser.hpp"
#include "preserve/tessera/paths.hpp"
#include "preserve/tessera/syntax.hpp"

namespace tesseras::tessera {
namespace {

constexpr std::string_view media_prefix = "media.";
constexpr std::string_view part_mark = ".part-";

struct MediaName {
  std::string_view extension;
  unsigned part = 0;  // 0: the whole file
};

// "media.jpg", "media.mp4.part-012"; nullopt for anything else.
std::optional<MediaName> media_from(std::string_view name) {
  if (!name.starts_with(media_prefix)) return std::nullopt;
  MediaName media;
  const std::string_view rest = name.substr(media_prefix.size());
  const std::size_t mark = rest.find(part_mark);
  media.extension = rest.substr(0, mark);
  if (!is_extension(media.extension)) return std::nullopt;
  if (mark == std::string_view::npos) return media;
  const std::string_view digits = rest.substr(mark + part_mark.size());
  if (digits.size() != 3) return std::nullopt;
  for (const char digit : digits) {
    if (digit < '0' || digit > '9') return std::nullopt;
    media.part = media.part * 10 + static_cast<unsigned>(digit - '0');
  }
  if (media.part == 0) return std::nullopt;
  return media;
}

}  // namespace

base::Result<void> ManifestParser::check_listed() {
  // These three files are there without being listed, so nothing else can have their names.
  constexpr std::array unlisted = {paths::manifest, paths::ed25519_signature,
                                   paths::mldsa65_signature};
  for (std::size_t i = 0; i < manifest_.entries_.size(); ++i) {
    const std::string_view path = manifest_.entries_[i].path;
    for (const std::string_view file : unlisted) {
      if (!path.starts_with(file)) continue;
      if (path == file) return refuse_at(line_of_entry(i), "'{}' must not be listed", file);
      if (path[file.size()] == '/') {
        return refuse_at(line_of_entry(i), "'{}' is a file and cannot be a folder", file);
      }
    }
  }
  if (!manifest_.find(paths::readme)) return refuse("'{}' is not listed", paths::readme);
  const auto creator_hash = crypto::blake3(manifest_.header_.creator.bytes);
  TRY(check_key_file(paths::ed25519_key, Limits::ed25519_key_bytes, &creator_hash, "creator"));
  TRY(check_key_file(paths::mldsa65_key, Limits::mldsa65_key_bytes,
                     &manifest_.header_.creator_mldsa65, "creator-mldsa65"));
  return check_key_file(paths::xwing_key, Limits::xwing_key_bytes, nullptr, "");
}

base::Result<void> ManifestParser::check_key_file(std::string_view path, std::size_t size_bytes,
                                                  const crypto::Blake3Hash* hash,
                                                  std::string_view key_name) {
  const auto index = manifest_.find(path);
  if (!index) return refuse("'{}' is not listed", path);
  const ManifestEntry& entry = manifest_.entries_[*index];
  if (entry.size_bytes != size_bytes) {
    return refuse_at(line_of_entry(*index), "'{}' has {} bytes, not {}", path, entry.size_bytes,
                     size_bytes);
  }
  if (hash != nullptr && entry.blake3 != *hash) {
    return refuse_at(line_of_entry(*index), "'{}' is not the key that '{}' names", path, key_name);
  }
  return {};
}

base::Result<void> ManifestParser::find_memories() {
  const auto& entries = manifest_.entries_;
  const auto starts_before = [](const ManifestEntry& entry) {
    return entry.path < paths::memories_folder;
  };
  std::size_t i = static_cast<std::size_t>(std::ranges::partition_point(entries, starts_before) -
                                           entries.begin());
  const std::size_t first = i;
  // Counted beforehand, as the files are: a list that grows would be there twice for a moment.
  const auto end = std::find_if(
      entries.begin() + static_cast<std::ptrdiff_t>(first), entries.end(),
      [](const ManifestEntry& entry) { return !entry.path.starts_with(paths::memories_folder); });
  manifest_.memories_.reserve(
      static_cast<std::size_t>(end - entries.begin() - static_cast<std::ptrdiff_t>(first)) / 3);
  while (i < entries.size() && entries[i].path.starts_with(paths::memories_folder)) {
    i = TRY(add_memory(i));
  }
  if (manifest_.memories_.empty() && !manifest_.header_.capsule) {
    return refuse("no memory is listed");
  }
  return {};
}

// The memory whose first file is `first`; returns the position after its last.
base::Result<std::size_t> ManifestParser::add_memory(std::size_t first) {
  const auto& entries = manifest_.entries_;
  constexpr std::size_t id_digits = 2 * crypto::Blake3Hash::size_bytes;
  constexpr std::size_t folder_bytes = paths::memories_folder.size() + id_digits + 1;
  const std::string_view folder = entries[first].path.substr(0, folder_bytes);
  ManifestMemory memory;
  const auto id =
      folder.size() == folder_bytes && folder.back() == '/'
          ? crypto::Blake3Hash::from_hex(folder.substr(paths::memories_folder.size(), id_digits))
          : std::nullopt;
  if (!id) return refuse_at(line_of_entry(first), "below memories/ stands no folder of 64 digits");
  memory.id = *id;
  std::size_t end = first;
  while (end < entries.size() && entries[end].path.starts_with(folder)) ++end;
  const auto name_at = [&](std::size_t i) { return entries[i].path.substr(folder_bytes); };
  if (name_at(first) != paths::context_name) {
    return refuse_at(line_of_entry(first), "the memory does not begin with context.txt");
  }
  if (end - first < 3 || name_at(end - 1) != paths::meta_name) {
    return refuse_at(line_of_entry(end - 1),
                     "the memory is not context.txt, its media and meta.json");
  }
  memory.context = first;
  memory.media = first + 1;
  memory.media_count = end - first - 2;
  memory.meta = end - 1;
  const auto media = media_from(name_at(memory.media));
  memory.in_parts = media && media->part != 0;
  TRY(check_media(memory, folder));
  manifest_.memories_.push_back(memory);
  return end;
}

base::Result<void> ManifestParser::check_media(const ManifestMemory& memory,
                                               std::string_view folder) {
  const auto name_at = [&](std::size_t i) {
    return manifest_.entries_[i].path.substr(folder.size());
  };
  const auto first = media_from(name_at(memory.media));
  for (std::size_t i = 0; i < memory.media_count; ++i) {
    const std::size_t at = memory.media + i;
    const auto media = media_from(name_at(at));
    if (!media) {
      return refuse_at(line_of_entry(at), "'{}' is no name for media",
                       base::to_printable(name_at(at).substr(0, Limits::path_component_bytes_max)));
    }
    const bool follows = memory.in_parts ? media->part == first->part + i : i == 0;
    if (!follows || media->extension != first->extension) {
      return refuse_at(line_of_entry(at), "'{}' does not follow '{}'", name_at(at),
                       name_at(at - 1));
    }
  }
  const ManifestEntry& entry = manifest_.entries_[memory.media];
  if (!memory.in_parts && entry.blake3 != memory.id) {
    return refuse_at(line_of_entry(memory.media), "the folder's name is not the media's BLAKE3");
  }
  return {};
}

}  // namespace tesseras::tessera

#include "preserve/tessera/manifest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "foundation/base/assert.hpp"
#include "foundation/base/text.hpp"

namespace tesseras::tessera {
namespace {

struct VisibilityName {
  Visibility visibility;
  std::string_view name;
};
constexpr std::array visibility_names = {
    VisibilityName{Visibility::everyone, "public"}, VisibilityName{Visibility::only_me, "private"},
    VisibilityName{Visibility::circle, "circle"}, VisibilityName{Visibility::sealed, "sealed"}};

void add_line(std::string& text, std::string_view key, std::string_view value) {
  text += key;
  text += ": ";
  text += value;
  text += '\n';
}

}  // namespace

std::string_view name_of(Visibility visibility) {
  const auto found = std::ranges::find(visibility_names, visibility, &VisibilityName::visibility);
  ASSERT(found != visibility_names.end());
  return found->name;
}

std::optional<Visibility> visibility_from(std::string_view name) {
  const auto found = std::ranges::find(visibility_names, name, &VisibilityName::name);
  if (found == visibility_names.end()) return std::nullopt;
  return found->visibility;
}

std::string ManifestEntry::decoded_path() const {
  auto decoded = base::percent_decode(path);
  ASSERT(decoded.has_value());  // the parser has looked at every escape
  return *std::move(decoded);
}

const ManifestMemory* Manifest::memory_of_meta(std::size_t entry) const {
  const auto at = std::ranges::lower_bound(memories_, entry, {}, &ManifestMemory::meta);
  return at != memories_.end() && at->meta == entry ? &*at : nullptr;
}

std::optional<std::size_t> Manifest::find(std::string_view decoded_path) const {
  const std::string written = base::percent_encode(decoded_path);
  const auto found =
      std::ranges::lower_bound(entries_, std::string_view(written), {}, &ManifestEntry::path);
  if (found == entries_.end() || found->path != written) return std::nullopt;
  return static_cast<std::size_t>(found - entries_.begin());
}

bool Manifest::has_folder(std::string_view decoded_path) const {
  const std::string below = base::percent_encode(decoded_path) + "/";
  const auto first =
      std::ranges::lower_bound(entries_, std::string_view(below), {}, &ManifestEntry::path);
  return first != entries_.end() && first->path.starts_with(below);
}

std::string encode(const ManifestHeader& header) {
  std::string text = "TESSERA MANIFEST v1\n";
  add_line(text, "created", base::to_rfc3339(header.created));
  add_line(text, "creator", header.creator.hex());
  add_line(text, "creator-mldsa65", header.creator_mldsa65.hex());
  if (header.title) add_line(text, "title", *header.title);
  add_line(text, "visibility", name_of(header.visibility));
  add_line(text, "language", header.language);
  if (header.supersedes) add_line(text, "supersedes", header.supersedes->hex());
  if (header.collection) {
    const Collection& collection = *header.collection;
    add_line(text, "collection",
             fmt::format("{} {}/{}", collection.id.hex(), collection.number, collection.members));
  }
  if (header.capsule) add_line(text, "capsule", header.capsule->hex());
  if (header.open_after) add_line(text, "open-after", base::to_rfc3339(*header.open_after));
  if (header.key_commitment) add_line(text, "key-commitment", header.key_commitment->hex());
  add_line(text, "encoding", "UTF-8");
  add_line(text, "schema", "v1");
  text += "\nFILES:\n";
  return text;
}

void ManifestBuilder::add(std::string_view path, const crypto::Blake3Hash& blake3,
                          const crypto::Sha256Hash& sha256, std::string_view media_type,
                          std::uint64_t size_bytes) {
  const std::string line =
      fmt::format("  {}  blake3:{}  sha256:{}  {}  {}\n", base::percent_encode(path), blake3.hex(),
                  sha256.hex(), media_type, size_bytes);
  constexpr std::size_t block_bytes = 1 << 20;
  if (blocks_.empty() || blocks_.back().capacity() - blocks_.back().size() < line.size()) {
    blocks_.emplace_back().reserve(std::max(block_bytes, line.size()));
  }
  std::string& block = blocks_.back();
  const std::size_t begin = block.size();
  block += line;
  lines_.push_back(std::string_view(block).substr(begin));
}

void ManifestBuilder::add(ManifestBuilder&& other) {
  std::ranges::move(std::exchange(other.blocks_, {}), std::back_inserter(blocks_));
  const auto lines = std::exchange(other.lines_, {});
  lines_.insert(lines_.end(), lines.begin(), lines.end());
}

base::Result<Manifest> ManifestBuilder::build(const ManifestHeader& header) {
  // The space after a path sorts before every byte of a path, so lines sort as their paths do.
  std::ranges::sort(lines_);
  std::string text = encode(header);
  std::size_t size_bytes = text.size();
  for (const std::string_view line : lines_) size_bytes += line.size();
  text.reserve(size_bytes);
  for (const std::string_view line : lines_) text += line;
  // Before parsing takes memory in its turn.
  std::vector<std::string_view>().swap(lines_);
  std::vector<std::string>().swap(blocks_);
  Manifest manifest = TRY(Manifest::parse(std::move(text)));
  if (manifest.header() != header) {
    // A value with a line break would have become a line of its own.
    return base::fail(base::Code::invalid, "a value for MANIFEST has a line break; remove it");
  }
  return manifest;
}

}  // namespace tesseras::tessera

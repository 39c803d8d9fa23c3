#include "preserve/tessera/verify.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "foundation/base/assert.hpp"
#include "foundation/base/text.hpp"
#include "preserve/tessera/limits.hpp"
#include "preserve/tessera/meta.hpp"
#include "preserve/tessera/paths.hpp"

namespace tesseras::tessera {
namespace {

std::string_view last_component(std::string_view path) { return path.substr(path.rfind('/') + 1); }

// Empty when the facts are those that MANIFEST lists.
std::string_view difference(const ManifestEntry& entry, const FileFacts& facts) {
  if (facts.size_bytes != entry.size_bytes) return "its size differs";
  if (facts.blake3 != entry.blake3) return "its content differs";
  // BLAKE3 agrees: one of the two is broken, or MANIFEST was made to deceive.
  if (facts.sha256 && *facts.sha256 != entry.sha256) return "its SHA-256 differs";
  return {};
}

}  // namespace

TesseraCheck::TesseraCheck(const Manifest& manifest)
    : manifest_(&manifest), found_(manifest.entries().size(), Found::nothing) {}

void TesseraCheck::add_fault(std::size_t entry, std::string_view reason) {
  ASSERT(entry < found_.size());
  found_[entry] = Found::bad;
  faults_.push_back({entry, std::string(reason)});
}

void TesseraCheck::on_file(std::size_t entry, const FileFacts& facts) {
  ASSERT(entry < found_.size());
  ++read_;
  if (facts.sha256) ++sha256_checked_;
  const auto fault = difference(manifest_->entries()[entry], facts);
  if (!fault.empty()) return add_fault(entry, fault);
  if (found_[entry] == Found::nothing) found_[entry] = Found::good;
}

void TesseraCheck::on_unreadable(std::size_t entry, std::string_view reason) {
  add_fault(entry, reason);
}

void TesseraCheck::on_nonsense(std::size_t entry, std::string_view reason) {
  add_fault(entry, reason);
}

void TesseraCheck::on_extra(std::string_view decoded_path, std::string_view reason) {
  if (extras_.size() == Limits::verdict_extras_max) {
    ++extras_unnamed_;
  } else {
    extras_.push_back({false, std::string(decoded_path), std::string(reason), false});
  }
}

void TesseraCheck::on_folder_name(std::string_view name) {
  const std::string expected = folder_name(manifest_->content_hash());
  if (name != expected) {
    name_fault_ = fmt::format("the folder is named {}, but its MANIFEST is that of {}",
                              base::to_printable(name), expected);
  }
}

std::span<const TesseraCheck::Fault> TesseraCheck::faults_of(std::size_t first,
                                                             std::size_t end) const {
  const auto begin = std::ranges::lower_bound(faults_, first, {}, &Fault::entry);
  return {begin, std::ranges::lower_bound(begin, faults_.end(), end, {}, &Fault::entry)};
}

VerdictLine TesseraCheck::line_of(const ManifestMemory& memory) const {
  const auto entries = manifest_->entries();
  VerdictLine line;
  line.path = entries[memory.media].decoded_path();
  line.is_memory = true;
  const auto faults = faults_of(memory.context, memory.meta + 1);
  for (std::size_t i = 0; i < faults.size(); ++i) {
    if (!line.detail.empty()) line.detail += "; ";
    if (i == Limits::verdict_faults_named_max) {
      line.detail += fmt::format("and {} more", faults.size() - i);
      break;
    }
    if (faults[i].entry != memory.media) {
      line.detail += fmt::format("{}: ", last_component(entries[faults[i].entry].path));
    }
    line.detail += faults[i].reason;
  }
  line.ok = faults.empty();
  return line;
}

void TesseraCheck::add_missing() {
  for (std::size_t i = 0; i < found_.size(); ++i) {
    if (found_[i] == Found::nothing) add_fault(i, "is missing");
  }
  std::ranges::stable_sort(faults_, {}, &Fault::entry);
}

void TesseraCheck::add_others(Verdict& verdict, std::size_t first, std::size_t end) const {
  std::size_t failed = 0;
  for (std::size_t i = first; i < end; ++i) failed += found_[i] == Found::bad ? 1U : 0U;
  verdict.others_failed += failed;
  verdict.others_ok += end - first - failed;
  for (const Fault& fault : faults_of(first, end)) {
    verdict.lines.push_back(
        {false, manifest_->entries()[fault.entry].decoded_path(), fault.reason, false});
  }
}

void TesseraCheck::add_extras(Verdict& verdict) const {
  verdict.lines.insert(verdict.lines.end(), extras_.begin(), extras_.end());
  verdict.others_failed += extras_.size() + extras_unnamed_;
}

Verdict TesseraCheck::finish(const SignatureState& signatures) {
  add_missing();
  Verdict verdict;
  verdict.signatures = signatures;
  verdict.name_fault = name_fault_;
  verdict.sha256_checked = read_ > 0 && sha256_checked_ == read_;
  const auto memories = manifest_->memories();
  verdict.lines.reserve(memories.size());
  for (const ManifestMemory& memory : memories) {
    verdict.lines.push_back(line_of(memory));
    ++(verdict.lines.back().ok ? verdict.memories_ok : verdict.memories_failed);
  }
  // All memories are neighbours in the list; the others lie before and after.
  const std::size_t before = memories.empty() ? found_.size() : memories.front().context;
  const std::size_t after = memories.empty() ? found_.size() : memories.back().meta + 1;
  const auto first_other = static_cast<std::ptrdiff_t>(verdict.lines.size());
  add_others(verdict, 0, before);
  add_others(verdict, after, found_.size());
  add_extras(verdict);
  std::stable_sort(verdict.lines.begin() + first_other, verdict.lines.end(),
                   [](const VerdictLine& a, const VerdictLine& b) { return a.path < b.path; });
  if (extras_unnamed_ > 0) {
    VerdictLine line;
    line.detail = fmt::format("{} more that do not belong there", extras_unnamed_);
    verdict.lines.push_back(line);
  }
  return verdict;
}

std::string meta_fault(const Manifest& manifest, const ManifestMemory& memory,
                       std::string_view meta_json) {
  const auto meta = decode_meta(meta_json);
  if (!meta) {
    constexpr std::string_view prefix = "meta.json: ";  // the line of the verdict names the file
    const std::string& message = meta.error().message;
    return message.starts_with(prefix) ? message.substr(prefix.size()) : message;
  }
  const MediaFile& media = meta->media;
  const auto entries = manifest.entries();
  if (media.blake3 != memory.id) return "media: blake3 is not the folder's name";
  if (memory.in_parts != !media.parts.empty()) return "media: parts are not those here";
  for (std::size_t i = 0; i < memory.media_count; ++i) {
    const ManifestEntry& entry = entries[memory.media + i];
    const std::string_view name = last_component(entry.path);
    if (entry.media_type != meta->mime) return "mime is not that of MANIFEST";
    if (!memory.in_parts) {
      if (media.file != name) return "media: file is not the one here";
      if (media.size_bytes != entry.size_bytes) return "media: size differs";
      if (media.sha256 != entry.sha256) return "media: sha256 differs";
      continue;
    }
    const auto part = std::ranges::find(media.parts, name, &MediaPart::file);
    if (part == media.parts.end() || part->size_bytes != entry.size_bytes) {
      return "media: parts are not those here";
    }
  }
  return {};
}

}  // namespace tesseras::tessera

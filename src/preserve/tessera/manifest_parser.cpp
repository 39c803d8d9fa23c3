#include "preserve/tessera/manifest_parser.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "foundation/base/bytes.hpp"
#include "foundation/base/text.hpp"
#include "preserve/tessera/limits.hpp"
#include "preserve/tessera/paths.hpp"
#include "preserve/tessera/syntax.hpp"

namespace tesseras::tessera {
namespace {

struct Key {
  std::string_view name;
  bool required;
};
// In the order in which they stand. The order is part of the format and may never change.
constexpr std::array keys = {
    Key{"created", true},     Key{"creator", true},         Key{"creator-mldsa65", true},
    Key{"title", false},      Key{"visibility", true},      Key{"language", true},
    Key{"supersedes", false}, Key{"collection", false},     Key{"capsule", false},
    Key{"open-after", false}, Key{"key-commitment", false}, Key{"encoding", true},
    Key{"schema", true}};

// A piece of a hostile line, fit for a message.
std::string shown(std::string_view text) {
  constexpr std::size_t bytes_max = 60;
  const bool cut = text.size() > bytes_max;
  return base::to_printable(text.substr(0, bytes_max)) + (cut ? "..." : "");
}

std::optional<Collection> collection_from(std::string_view text) {
  constexpr std::size_t id_digits = 2 * CollectionId::size_bytes;
  if (text.size() <= id_digits || text[id_digits] != ' ') return std::nullopt;
  const auto id = CollectionId::from_hex(text.substr(0, id_digits));
  const std::string_view rest = text.substr(id_digits + 1);
  const std::size_t slash = rest.find('/');
  if (!id || slash == std::string_view::npos) return std::nullopt;
  const auto number = base::decimal_from(rest.substr(0, slash), Limits::collection_members_max);
  const auto members = base::decimal_from(rest.substr(slash + 1), Limits::collection_members_max);
  if (!number || !members || *number < 1 || *number > *members) return std::nullopt;
  return Collection{*id, static_cast<std::uint32_t>(*number), static_cast<std::uint32_t>(*members)};
}

constexpr unsigned bad_digit = 0xff;
constexpr std::array<unsigned char, 256> make_hex_values() {
  std::array<unsigned char, 256> values{};
  values.fill(bad_digit);
  for (unsigned i = 0; i < 10; ++i) values['0' + i] = static_cast<unsigned char>(i);
  for (unsigned i = 0; i < 6; ++i) values['a' + i] = static_cast<unsigned char>(10 + i);
  return values;
}
constexpr std::array<unsigned char, 256> hex_values = make_hex_values();

// StrongId::from_hex by table: there are two of these on each of up to a million lines.
template <class Id>
std::optional<Id> hash_from(std::string_view field, std::string_view name) {
  if (field.size() != name.size() + 2 * Id::size_bytes || !field.starts_with(name)) {
    return std::nullopt;
  }
  const char* digit = field.data() + name.size();
  Id id;
  unsigned wrong = 0;
  for (std::byte& byte : id.bytes) {
    const unsigned high = hex_values[static_cast<unsigned char>(*digit++)];
    const unsigned low = hex_values[static_cast<unsigned char>(*digit++)];
    wrong |= high | low;
    byte = static_cast<std::byte>(((high << 4U) | low) & 0xffU);
  }
  if (wrong > 15) return std::nullopt;
  return id;
}

// Takes "  field" off the front: nullopt without the two spaces or with an empty field. The
// last field reaches to the end of the line, so that nothing can hide behind it.
std::optional<std::string_view> take_field(std::string_view& line, bool last) {
  if (!line.starts_with("  ")) return std::nullopt;
  line.remove_prefix(2);
  const std::size_t end = last ? line.size() : std::min(line.find(' '), line.size());
  if (end == 0) return std::nullopt;
  const std::string_view field = line.substr(0, end);
  line.remove_prefix(end);
  return field;
}

}  // namespace

ManifestParser::ManifestParser(std::string bytes) {
  manifest_.text_ = std::make_unique<const std::string>(std::move(bytes));
}

base::Result<std::string_view> ManifestParser::next_line() {
  ++line_;
  if (at_end()) return refuse("ends too early");
  const std::size_t end = text().find('\n', position_);
  if (end == std::string_view::npos) return refuse("does not end with a line feed");
  const std::string_view line = text().substr(position_, end - position_);
  position_ = end + 1;
  return line;
}

base::Result<Manifest> ManifestParser::parse() {
  if (TRY(next_line()) != "TESSERA MANIFEST v1") {
    return refuse("is not 'TESSERA MANIFEST v1'; this is no MANIFEST, or one of a newer version");
  }
  TRY(parse_header());
  if (TRY(next_line()) != "FILES:") return refuse("is not 'FILES:'");
  TRY(parse_files());
  TRY(check_listed());
  TRY(find_memories());
  manifest_.content_hash_.bytes = crypto::blake3(base::as_bytes(text())).bytes;
  return std::move(manifest_);
}

base::Result<void> ManifestParser::parse_header() {
  for (;;) {
    const std::string_view line = TRY(next_line());
    if (line.empty()) return check_skipped(next_key_, keys.size(), "the empty line");
    TRY(parse_key_line(line));
  }
}

base::Result<void> ManifestParser::check_skipped(std::size_t from, std::size_t to,
                                                 std::string_view before) {
  for (std::size_t i = from; i < to; ++i) {
    if (keys[i].required) return refuse("'{}' is missing before {}", keys[i].name, before);
  }
  return {};
}

base::Result<void> ManifestParser::parse_key_line(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || line.substr(colon).substr(0, 2) != ": ") {
    return refuse("is not 'key: value'");
  }
  const std::string_view name = line.substr(0, colon), value = line.substr(colon + 2);
  const auto key = std::ranges::find(keys, name, &Key::name);
  if (key == keys.end()) return refuse("unknown key '{}'", shown(name));
  const auto index = static_cast<std::size_t>(key - keys.begin());
  if (index + 1 == next_key_) return refuse("'{}' stands twice", name);
  if (index < next_key_) return refuse("'{}' is out of order", name);
  TRY(check_skipped(next_key_, index, fmt::format("'{}'", name)));
  next_key_ = index + 1;
  return set_value(name, value);
}

base::Result<void> ManifestParser::set_value(std::string_view key, std::string_view value) {
  ManifestHeader& header = manifest_.header_;
  // Stores what was understood; false when it was not.
  const auto keep = [](auto parsed, auto& into) {
    if (parsed) into = *parsed;
    return parsed.has_value();
  };
  if (key == "title") {
    if (value.size() > Limits::title_bytes_max) {
      return refuse("the title has {} bytes, at most {}", value.size(), Limits::title_bytes_max);
    }
    const auto fault = line_fault(value);
    if (!fault.empty()) return refuse("the title {}", fault);
    header.title = value;
    return {};
  }
  bool understood = false;
  if (key == "created") understood = keep(base::from_rfc3339_seconds(value), header.created);
  if (key == "creator") understood = keep(CreatorKey::from_hex(value), header.creator);
  if (key == "creator-mldsa65") {
    understood = keep(crypto::Blake3Hash::from_hex(value), header.creator_mldsa65);
  }
  if (key == "visibility") understood = keep(visibility_from(value), header.visibility);
  if (key == "language" && is_language_tag(value)) {
    header.language = value;
    understood = true;
  }
  if (key == "supersedes") {
    understood = keep(base::ContentHash::from_hex(value), header.supersedes);
  }
  if (key == "collection") understood = keep(collection_from(value), header.collection);
  if (key == "capsule") understood = keep(CapsuleId::from_hex(value), header.capsule);
  if (key == "open-after") {
    understood = keep(base::from_rfc3339_seconds(value), header.open_after);
  }
  if (key == "key-commitment") {
    understood = keep(KeyCommitment::from_hex(value), header.key_commitment);
  }
  if (key == "encoding") understood = value == "UTF-8";
  if (key == "schema") understood = value == "v1";
  if (!understood) return refuse("'{}' is no value for '{}'", shown(value), key);
  return {};
}

base::Result<void> ManifestParser::parse_files() {
  const std::string_view files = text().substr(position_);
  // One count beforehand, so that the list never moves; bounded by what could be real lines.
  const auto lines = static_cast<std::size_t>(std::ranges::count(files, '\n'));
  manifest_.entries_.reserve(std::min(
      {lines, files.size() / Limits::manifest_line_bytes_min, Limits::manifest_files_max}));
  first_file_line_ = line_ + 1;
  while (!at_end()) {
    const std::string_view line = TRY(next_line());
    if (manifest_.entries_.size() == Limits::manifest_files_max) {
      return refuse("more than {} files", Limits::manifest_files_max);
    }
    TRY(parse_file_line(line));
  }
  return {};
}

base::Result<void> ManifestParser::parse_file_line(std::string_view line) {
  std::string_view rest = line;
  const auto path = take_field(rest, false), blake3 = take_field(rest, false),
             sha256 = take_field(rest, false), type = take_field(rest, false),
             size = take_field(rest, true);
  if (!path || !blake3 || !sha256 || !type || !size) {
    return refuse("is not five fields with two spaces before each");
  }
  ManifestEntry entry;
  if (const auto fault = path_fault(*path); !fault.empty()) {
    return refuse("the path '{}' {}", shown(*path), fault);
  }
  entry.path = *path;
  if (!manifest_.entries_.empty()) {
    const std::string_view previous = manifest_.entries_.back().path;
    if (*path == previous) return refuse("the path '{}' stands twice", shown(*path));
    if (*path < previous) return refuse("the path '{}' is out of order", shown(*path));
  }
  TRY(check_folders(*path));
  const auto blake3_hash = hash_from<crypto::Blake3Hash>(*blake3, "blake3:");
  if (!blake3_hash) return refuse("the second field is not 'blake3:' and 64 lower-case digits");
  entry.blake3 = *blake3_hash;
  const auto sha256_hash = hash_from<crypto::Sha256Hash>(*sha256, "sha256:");
  if (!sha256_hash) return refuse("the third field is not 'sha256:' and 64 lower-case digits");
  entry.sha256 = *sha256_hash;
  if (!is_media_type(*type)) return refuse("'{}' is no media type", shown(*type));
  entry.media_type = *type;
  const auto size_bytes = base::decimal_from(*size, Limits::file_bytes_max);
  if (!size_bytes) return refuse("'{}' is no size", shown(*size));
  if (*size_bytes > Limits::file_bytes_max - manifest_.total_bytes_) {
    return refuse("the sizes add up to more than 2^63 - 1");
  }
  entry.size_bytes = *size_bytes;
  manifest_.total_bytes_ += *size_bytes;
  manifest_.entries_.push_back(entry);
  return {};
}

base::Result<void> ManifestParser::check_folders(std::string_view path) {
  // Sorted, everything that begins with P follows P without a gap; so each path is pushed once
  // and the work is bounded by the bytes of the text.
  while (!open_prefixes_.empty() && !path.starts_with(open_prefixes_.back())) {
    open_prefixes_.pop_back();
  }
  for (const std::string_view prefix : open_prefixes_) {
    if (path[prefix.size()] == '/') {
      return refuse("'{}' is both a file and a folder", shown(prefix));
    }
  }
  open_prefixes_.push_back(path);
  return {};
}

base::Result<Manifest> Manifest::parse(std::string bytes) {
  if (bytes.size() > Limits::manifest_bytes_max) {
    return base::fail(base::Code::invalid, "MANIFEST has {} bytes, at most {} are allowed",
                      bytes.size(), Limits::manifest_bytes_max);
  }
  return ManifestParser(std::move(bytes)).parse();
}

}  // namespace tesseras::tessera

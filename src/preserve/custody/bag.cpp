#include "preserve/custody/bag.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <optional>

#include "foundation/base/ascii.hpp"
#include "foundation/base/bytes.hpp"
#include "foundation/base/text.hpp"

namespace tesseras::custody {
namespace {

using Digest = std::function<std::string(const BagDigests&)>;

std::string sha256_of(const BagDigests& file) { return file.sha256.hex(); }
std::string sha512_of(const BagDigests& file) { return file.sha512.hex(); }

// RFC 8493, section 2.1.3: only these three characters are encoded in a manifest.
std::string bag_encode(std::string_view path) {
  std::string out;
  for (const char c : path) {
    if (c == '\n') {
      out += "%0A";
    } else if (c == '\r') {
      out += "%0D";
    } else if (c == '%') {
      out += "%25";
    } else {
      out += c;
    }
  }
  return out;
}

std::string bag_decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto escape = text.substr(i, 3);
    if (escape == "%0A" || escape == "%0a") {
      out += '\n';
    } else if (escape == "%0D" || escape == "%0d") {
      out += '\r';
    } else if (escape == "%25") {
      out += '%';
    } else {
      out += text[i];
      continue;
    }
    i += 2;
  }
  return out;
}

std::string manifest_of(const BagFiles& files, const Digest& digest) {
  std::string text;
  for (const auto& [path, file] : files) {
    text += fmt::format("{}  {}\n", digest(file), bag_encode(path));
  }
  return text;
}

Result<std::map<std::string, std::string>> parse_manifest(std::string_view name,
                                                          std::string_view text) {
  std::map<std::string, std::string> digests;
  std::size_t number = 0;
  while (!text.empty()) {
    ++number;
    const auto end = text.find('\n');
    auto line = text.substr(0, end);
    text = end == std::string_view::npos ? "" : text.substr(end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    const auto blank = line.find_first_of(" \t");
    const auto path_at = line.find_first_not_of(" \t", blank);
    if (blank == std::string_view::npos || path_at == std::string_view::npos) {
      return fail(Code::invalid, "{} line {}: not a checksum and a path", name, number);
    }
    const auto digest = base::to_lower(line.substr(0, blank));
    auto path = line.substr(path_at);
    // As `sha256sum -b` and `find .` write them.
    if (path.starts_with('*')) path.remove_prefix(1);
    if (path.starts_with("./")) path.remove_prefix(2);
    if (!digests.emplace(bag_decode(path), digest).second) {
      return fail(Code::invalid, "{} line {}: names a file twice", name, number);
    }
  }
  return digests;
}

Result<void> check_manifest(std::string_view name, std::string_view text, const BagFiles& files,
                            const Digest& digest, bool must_be_complete) {
  const auto listed = TRY(parse_manifest(name, text));
  for (const auto& [path, wanted] : listed) {
    const auto found = files.find(path);
    if (found == files.end()) {
      return fail(Code::corrupt, "{} lists {}, which is missing", name, base::to_printable(path));
    }
    if (digest(found->second) != wanted) {
      return fail(Code::corrupt, "{} is not what {} says", base::to_printable(path), name);
    }
  }
  for (const auto& [path, file] : files) {
    if (must_be_complete && !listed.contains(path)) {
      return fail(Code::corrupt, "{} does not list {}", name, base::to_printable(path));
    }
  }
  return {};
}

BagDigests digests_of(std::string_view text) {
  const auto bytes = base::as_bytes(text);
  return {crypto::sha256(bytes), crypto::sha512(bytes), text.size()};
}

constexpr std::array<std::string_view, 2> declarations = {
    "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
    "BagIt-Version: 0.97\nTag-File-Character-Encoding: UTF-8\n"};

// The text as we would write it: without a byte order mark, blanks before a line's end, CR.
std::string plain_lines(std::string_view text) {
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  std::string plain;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto line = text.substr(0, end);
    plain += line.substr(0, line.find_last_not_of(" \t\r") + 1);
    plain += '\n';
    text = end == std::string_view::npos ? "" : text.substr(end + 1);
  }
  return plain;
}

}  // namespace

std::map<std::string, std::string> bag_tag_files(const BagFiles& payload, base::WallTime made) {
  std::uint64_t size_bytes = 0;
  for (const auto& [path, file] : payload) size_bytes += file.size_bytes;
  std::map<std::string, std::string> files;
  files["bagit.txt"] = declarations[0];
  files["bag-info.txt"] =
      fmt::format("Bagging-Date: {}\nPayload-Oxum: {}.{}\n", base::to_rfc3339(made).substr(0, 10),
                  size_bytes, payload.size());
  files["manifest-sha256.txt"] = manifest_of(payload, sha256_of);
  files["manifest-sha512.txt"] = manifest_of(payload, sha512_of);
  BagFiles tags;
  for (const auto& [path, text] : files) tags[path] = digests_of(text);
  files["tagmanifest-sha256.txt"] = manifest_of(tags, sha256_of);
  files["tagmanifest-sha512.txt"] = manifest_of(tags, sha512_of);
  return files;
}

Result<void> check_bag(const std::map<std::string, std::string>& tag_files,
                       const BagFiles& payload) {
  const auto text_of = [&](const char* name) -> std::optional<std::string> {
    const auto found = tag_files.find(name);
    return found == tag_files.end() ? std::nullopt : std::optional(found->second);
  };
  if (!tag_files.contains("bagit.txt")) {
    return fail(Code::invalid,
                "the tessera lies in a folder 'data', and no bagit.txt beside it makes that a bag; "
                "import the tessera's own folder");
  }
  if (!std::ranges::contains(declarations, plain_lines(tag_files.at("bagit.txt")))) {
    return fail(Code::invalid, "bagit.txt is not that of a BagIt 1.0 bag in UTF-8");
  }
  const auto sha256 = text_of("manifest-sha256.txt"), sha512 = text_of("manifest-sha512.txt");
  if (!sha256 && !sha512) {
    return fail(Code::unsupported,
                "the bag has neither manifest-sha256.txt nor -sha512.txt; import the folder "
                "data/tessera-… in it (unpack an archive first)");
  }
  if (sha256) TRY(check_manifest("manifest-sha256.txt", *sha256, payload, sha256_of, true));
  if (sha512) TRY(check_manifest("manifest-sha512.txt", *sha512, payload, sha512_of, true));
  BagFiles tags;
  for (const auto& [path, text] : tag_files) tags[path] = digests_of(text);
  const auto tag256 = text_of("tagmanifest-sha256.txt"), tag512 = text_of("tagmanifest-sha512.txt");
  if (tag256) TRY(check_manifest("tagmanifest-sha256.txt", *tag256, tags, sha256_of, false));
  if (tag512) TRY(check_manifest("tagmanifest-sha512.txt", *tag512, tags, sha512_of, false));
  return {};
}

}  // namespace tesseras::custody

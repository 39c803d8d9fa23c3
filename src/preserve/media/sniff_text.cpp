#include "preserve/media/sniff_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "foundation/base/text.hpp"
#include "preserve/media/limits.hpp"

namespace tesseras::media {
namespace {

using namespace std::string_view_literals;
using tessera::MediaFormat;

constexpr std::array text_extensions = {"txt"sv, "text"sv};
constexpr std::array markdown_extensions = {"md"sv, "markdown"sv};
// A text that carries one of these is a text with a wrong name.
constexpr std::array media_extensions = {
    "jpg"sv,  "jpeg"sv, "png"sv, "gif"sv,  "webp"sv, "heic"sv, "heif"sv, "avif"sv, "tif"sv,
    "tiff"sv, "dng"sv,  "cr2"sv, "cr3"sv,  "nef"sv,  "arw"sv,  "orf"sv,  "rw2"sv,  "raf"sv,
    "pef"sv,  "srw"sv,  "wav"sv, "flac"sv, "mp3"sv,  "ogg"sv,  "oga"sv,  "opus"sv, "m4a"sv,
    "webm"sv, "mp4"sv,  "m4v"sv, "mov"sv,  "ogv"sv,  "3gp"sv,  "pdf"sv};

// Markup, settings and programs: valid UTF-8 as a rule, but meant for machines.
constexpr std::array machine_extensions = {
    "html"sv, "htm"sv, "xhtml"sv, "xml"sv,  "svg"sv, "json"sv, "jsonl"sv, "geojson"sv, "gpx"sv,
    "kml"sv,  "css"sv, "js"sv,    "mjs"sv,  "ts"sv,  "tsx"sv,  "jsx"sv,   "py"sv,      "rb"sv,
    "pl"sv,   "php"sv, "sh"sv,    "bash"sv, "bat"sv, "cmd"sv,  "ps1"sv,   "c"sv,       "h"sv,
    "cc"sv,   "cpp"sv, "hpp"sv,   "cs"sv,   "go"sv,  "rs"sv,   "java"sv,  "kt"sv,      "swift"sv,
    "lua"sv,  "r"sv,   "sql"sv,   "toml"sv, "yml"sv, "yaml"sv, "ini"sv,   "cfg"sv,     "conf"sv,
    "rtf"sv,  "xmp"sv, "aae"sv,   "plist"sv};

template <std::size_t N>
bool is_in(std::string_view word, const std::array<std::string_view, N>& list) {
  return std::ranges::find(list, word) != list.end();
}

// How many bytes at the end may be the beginning of a character that goes on behind it: 0 to 3.
std::size_t cut_character_bytes(std::string_view text) {
  for (std::size_t back = 1; back <= 3 && back <= text.size(); ++back) {
    const auto byte = static_cast<unsigned char>(text[text.size() - back]);
    if (byte >= 0xc0) {
      const std::size_t wants = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return wants > back ? back : 0;
    }
    if (byte < 0x80) return 0;
  }
  return 0;
}

// Controls that no writing program puts into a text.
bool has_binary_control(std::string_view text) {
  // char has a sign on one machine and none on another.
  return std::ranges::any_of(text, [](unsigned char c) {
    return c < '\b' || (c > '\r' && c < ' ' && c != '\x1b') || c == '\x7f';
  });
}

// Whether a text says at its beginning that it is markup, a script, RTF or PostScript.
bool is_for_machines(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf"sv)) text.remove_prefix(3);
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  if (text.starts_with("#!") || text.starts_with("{\\rtf") || text.starts_with("%!PS")) return true;
  if (text.size() < 2 || text[0] != '<') return false;
  return text[1] == '!' || text[1] == '?' || (text[1] >= 'a' && text[1] <= 'z') ||
         (text[1] >= 'A' && text[1] <= 'Z');
}

std::string not_utf8_note(std::string_view head) {
  if (head.starts_with("\xff\xfe"sv) || head.starts_with("\xfe\xff"sv)) {
    return "text in UTF-16: convert it to UTF-8 (iconv -f UTF-16 -t UTF-8)";
  }
  return "text, but not in UTF-8: convert it (for example iconv -f WINDOWS-1252 -t UTF-8)";
}

}  // namespace

bool is_text_name(std::string_view extension) {
  return extension.empty() || is_in(extension, text_extensions) ||
         is_in(extension, markdown_extensions);
}

Sniffed sniff_text(std::string_view head, bool cut, std::string_view extension) {
  const bool markdown = is_in(extension, markdown_extensions);
  const bool named_text = markdown || is_in(extension, text_extensions);
  const auto format = markdown ? MediaFormat::markdown : MediaFormat::text;
  if (head.empty() && !cut) return {format, {}};
  if (cut) head.remove_suffix(cut_character_bytes(head));
  const bool utf8 = base::is_utf8(head);
  if (named_text) {
    if (!utf8) return {MediaFormat::other, not_utf8_note(head)};
    if (head.contains('\0')) return {MediaFormat::other, "named a text, but holds binary data"};
    return {format, {}};
  }
  const bool wrong_name = is_in(extension, media_extensions);
  if (utf8 && !has_binary_control(head) && !is_for_machines(head) &&
      !is_in(extension, machine_extensions)) {
    return {format, {}};
  }
  if (wrong_name) {
    return {MediaFormat::other,
            fmt::format("named .{}, but its bytes are of no known format: it may be damaged",
                        extension)};
  }
  return {MediaFormat::other, "not a known format"};
}

base::Result<Sniffed> sniff_whole_text(runtime::File& file, std::uint64_t size_bytes,
                                       MediaFormat format) {
  std::string block(std::min<std::uint64_t>(size_bytes, 256 << 10) + 4, '\0');
  std::string head;
  std::size_t kept = 0;  // bytes of a cut character, moved to the front
  for (std::uint64_t at = 0; at < size_bytes;) {
    const auto into = std::as_writable_bytes(std::span(block).subspan(kept));
    const std::size_t got = TRY(file.read_at(at, into));
    if (got == 0) break;
    at += got;
    std::string_view text(block.data(), kept + got);
    if (head.empty()) head = text.substr(0, 4);
    kept = at < size_bytes ? cut_character_bytes(text) : 0;
    const auto whole = text.substr(0, text.size() - kept);
    if (!base::is_utf8(whole)) return Sniffed{MediaFormat::other, not_utf8_note(head)};
    if (whole.contains('\0')) {
      return Sniffed{MediaFormat::other, "looks like a text, but holds binary data"};
    }
    std::ranges::copy(text.substr(whole.size()), block.begin());
  }
  return Sniffed{format, {}};
}

}  // namespace tesseras::media

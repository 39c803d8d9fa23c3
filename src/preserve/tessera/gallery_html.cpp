#include "preserve/tessera/gallery_html.hpp"

#include <algorithm>
#include <array>

#include "foundation/base/ascii.hpp"
#include "foundation/base/text.hpp"
#include "preserve/tessera/limits.hpp"

namespace tesseras::tessera::html {
namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd";

// Scripts (ISO 15924) and languages (ISO 639) written from right to left.
constexpr std::array rtl_scripts = {"adlm", "arab", "hebr", "mand", "nkoo",
                                    "rohg", "samr", "syrc", "thaa"};
constexpr std::array rtl_languages = {"ar",  "arc", "arz", "azb", "ckb", "dv",  "fa",  "glk", "he",
                                      "iw",  "ji",  "ks",  "lrc", "mzn", "nqo", "pnb", "prs", "ps",
                                      "rhg", "sd",  "skr", "syr", "ug",  "ur",  "yi"};

constexpr std::size_t minutes_length = std::string_view("YYYY-MM-DDTHH:MM").size();
constexpr std::size_t seconds_length = std::string_view("YYYY-MM-DDTHH:MM:SS").size();

std::string_view offset_of(std::string_view time) {
  const std::size_t at = time.find_first_of("Z+-", seconds_length);
  return at == std::string_view::npos ? std::string_view() : time.substr(at);
}

}  // namespace

std::string escape(std::string_view text) {
  const std::string valid = base::to_utf8_lossy(text);
  std::string out;
  out.reserve(valid.size() + valid.size() / 16);
  for (std::size_t i = 0; i < valid.size(); ++i) {
    const auto c = static_cast<unsigned char>(valid[i]);
    const bool c1 = c == 0xc2 && static_cast<unsigned char>(valid[i + 1]) < 0xa0;
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default:
        // Lines end in CR LF on one system and in CR on an old one.
        if (c == '\r') {
          if (i + 1 == valid.size() || valid[i + 1] != '\n') out += '\n';
        } else if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f || c1) {
          out += replacement;
          if (c1) ++i;
        } else {
          out += valid[i];
        }
    }
  }
  return out;
}

std::string_view beginning(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  std::size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;
  return text.substr(0, end);
}

std::string isolated(std::string_view text) { return "<bdi>" + escape(text) + "</bdi>"; }

std::string_view without_mark(std::string_view text) {
  constexpr std::string_view mark = "\xef\xbb\xbf";
  return text.starts_with(mark) ? text.substr(mark.size()) : text;
}

std::string alternative(std::string_view context) {
  std::string line;
  bool gap = false;
  for (const char c : beginning(context, 4 * Limits::gallery_alternative_bytes)) {
    if (c == ' ' || c == '\n' || c == '\t' || c == '\r') {
      gap = !line.empty();
      continue;
    }
    if (gap) line += ' ';
    gap = false;
    line += c;
  }
  if (line.size() <= Limits::gallery_alternative_bytes) return line;
  return std::string(beginning(line, Limits::gallery_alternative_bytes)) + "…";
}

std::string_view language_attribute(std::string_view tag) { return tag == "und" ? "" : tag; }

std::string_view direction(std::string_view tag) {
  const std::string low = base::to_lower(tag);
  const std::size_t dash = low.find('-');
  const std::string_view language = std::string_view(low).substr(0, dash);
  if (dash != std::string::npos) {
    const std::string_view next = std::string_view(low).substr(dash + 1);
    const std::string_view script = next.substr(0, next.find('-'));
    if (script.size() == 4) return std::ranges::contains(rtl_scripts, script) ? "rtl" : "ltr";
  }
  return std::ranges::contains(rtl_languages, language) ? "rtl" : "ltr";
}

std::string machine_time(std::string_view capture_time) {
  std::string time(capture_time.substr(0, seconds_length));
  if (capture_time.size() > seconds_length) time += offset_of(capture_time);
  return time;
}

std::string shown_time(std::string_view capture_time) {
  std::string time(capture_time.substr(0, minutes_length));
  std::ranges::replace(time, 'T', ' ');
  if (capture_time.size() <= seconds_length) return time;
  const std::string_view offset = offset_of(capture_time);
  if (offset == "Z") return time + " UTC";
  return offset.empty() ? time : time + " " + std::string(offset);
}

}  // namespace tesseras::tessera::html

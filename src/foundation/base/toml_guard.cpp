#include "foundation/base/toml_guard.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tesseras::base {
namespace {

// Where the string that begins at `at` ends (behind its closing quote). One that never ends, ends
// where the parser refuses it too: at the end of the line, or of the text.
std::size_t end_of_string(std::string_view text, std::size_t at) {
  const char quote = text[at];
  const std::string_view triple = quote == '"' ? "\"\"\"" : "'''";
  const bool many_lines = text.substr(at).starts_with(triple);
  at += many_lines ? 3 : 1;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '\\' && quote == '"' && at + 1 < text.size() && (many_lines || text[at + 1] != '\n')) {
      at += 2;
    } else if (many_lines && text.substr(at).starts_with(triple)) {
      at += 3;
      while (at < text.size() && text[at] == quote) ++at;  // up to two more belong to it
      return at;
    } else if (!many_lines && (c == quote || c == '\n')) {
      return c == quote ? at + 1 : at;
    } else {
      ++at;
    }
  }
  return text.size();
}

}  // namespace

std::optional<TomlProblem> find_toml_problem(std::string_view toml, std::size_t parts_max) {
  std::size_t line = 1, dots = 0;
  for (std::size_t at = 0; at < toml.size();) {
    const char c = toml[at];
    if (c == '"' || c == '\'') {
      const auto end = end_of_string(toml, at);
      line += static_cast<std::size_t>(std::ranges::count(toml.substr(at, end - at), '\n'));
      at = end;
      continue;
    }
    if (c == '#') {
      at = std::min(toml.find('\n', at), toml.size());
      continue;
    }
    if (c == '\n') ++line;
    if (c == '\n' || c == '=' || c == ',' || c == '[' || c == ']' || c == '{' || c == '}') dots = 0;
    if (c == '.' && ++dots >= parts_max) {
      return TomlProblem{line, fmt::format("a key of more than {} parts", parts_max)};
    }
    ++at;
  }
  return std::nullopt;
}

}  // namespace tesseras::base

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

bool begins_a_key(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == '"' || c == '\'';
}

// `at` is a "[" that begins a line. True when a name follows, or what the parser refuses itself.
bool is_table_header(std::string_view text, std::size_t at) {
  const auto blanks = [&] {
    while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) ++at;
  };
  ++at;
  blanks();
  if (at < text.size() && text[at] == '[') ++at;
  blanks();
  return at == text.size() || text[at] == ']' || begins_a_key(text[at]);
}

}  // namespace

std::optional<TomlProblem> find_toml_problem(std::string_view toml, std::size_t parts_max) {
  std::size_t line = 1, dots = 0, open = 0;
  bool at_start = true;   // of a line, but for blanks
  bool in_value = false;  // behind "=", where brackets are arrays
  for (std::size_t at = 0; at < toml.size();) {
    const char c = toml[at];
    if (c == '"' || c == '\'') {
      const auto end = end_of_string(toml, at);
      line += static_cast<std::size_t>(std::ranges::count(toml.substr(at, end - at), '\n'));
      at = end;
      at_start = false;
      continue;
    }
    if (c == '#') {
      at = std::min(toml.find('\n', at), toml.size());
      continue;
    }
    if (at_start && !in_value && c == '[' && !is_table_header(toml, at)) {
      return TomlProblem{line, "a table needs a name: [name]"};
    }
    if (c == '=') in_value = true;
    if (in_value && (c == '[' || c == '{')) ++open;
    if (in_value && (c == ']' || c == '}') && open > 0) --open;
    if (c == '\n') {
      ++line;
      if (open == 0) in_value = false;
    }
    if (c == '\n' || c == '=' || c == ',' || c == '[' || c == ']' || c == '{' || c == '}') dots = 0;
    if (c == '.' && ++dots >= parts_max) {
      return TomlProblem{line, fmt::format("a key of more than {} parts", parts_max)};
    }
    if (c == '\n') {
      at_start = true;
    } else if (c != ' ' && c != '\t' && c != '\r') {
      at_start = false;
    }
    ++at;
  }
  return std::nullopt;
}

}  // namespace tesseras::base

#include "foundation/base/toml_guard.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tesseras::base {
namespace {

constexpr std::size_t open_max = 64;  // brackets within brackets; people need two or three

bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }

// Follows the text just closely enough to know where strings begin: where the parser would take a
// quote for part of a broken word, the text is refused here.
class Guard {
 public:
  Guard(std::string_view toml, std::size_t parts_max) : toml_(toml), parts_max_(parts_max) {}

  std::optional<TomlProblem> run() {
    constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
    if (toml_.starts_with(byte_order_mark)) at_ = byte_order_mark.size();
    while (at_ < toml_.size() && reason_.empty()) {
      const char c = toml_[at_];
      if (c == '"' || c == '\'') {
        see_value_begin();
        skip_string();
      } else if (c == '#') {
        at_ = std::min(toml_.find('\n', at_), toml_.size());
      } else {
        see(c);
        ++at_;
      }
    }
    if (reason_.empty()) return std::nullopt;
    return TomlProblem{line_, reason_};
  }

 private:
  void see(char c) {
    if (!is_ascii(c)) reason_ = "a letter that is not ASCII must stand in quotes";
    switch (c) {
      case '\n':
        dots_ = 0;
        if (open_.empty()) in_value_ = has_value_ = false;
        if (reason_.empty()) ++line_;
        break;
      case '=':
        if (in_value_) reason_ = "a second = behind a key";
        begin_value();
        break;
      case ',':
        begin_value();
        in_value_ = !open_.empty() && open_.back() == '[';
        break;
      case '[':
      case '{': open(c); break;
      case ']':
      case '}':
        dots_ = 0;
        if (!open_.empty()) open_.pop_back();
        in_value_ = has_value_ = true;
        break;
      case '.': see_dot(); break;
      case ' ':
      case '\t':
      case '\r': break;
      default:
        if (in_value_) has_value_ = true;
    }
  }

  void see_dot() {
    if (++dots_ >= parts_max_) reason_ = fmt::format("a key of more than {} parts", parts_max_);
    if (in_value_) has_value_ = true;
  }

  void begin_value() {
    dots_ = 0;
    in_value_ = true;
    has_value_ = false;
  }

  // A quote or a bracket: the beginning of a value, or of a key or a table's name.
  void see_value_begin() {
    if (in_value_ && has_value_) reason_ = "a comma or a new line is missing";
    if (in_value_) has_value_ = true;
  }

  void open(char bracket) {
    dots_ = 0;
    if (!in_value_) return;  // a table's name
    see_value_begin();
    if (open_.size() == open_max) reason_ = "too many brackets within brackets";
    open_ += bracket;
    in_value_ = bracket == '[';
    has_value_ = false;
  }

  // A string that never ends, ends where the parser refuses it too: at the end of the line, or of
  // the text.
  void skip_string() {
    const char quote = toml_[at_];
    const std::string_view triple = quote == '"' ? "\"\"\"" : "'''";
    const bool many_lines = toml_.substr(at_).starts_with(triple);
    at_ += many_lines ? 3 : 1;
    while (at_ < toml_.size() && reason_.empty()) {
      const char c = toml_[at_];
      if (c == '\\' && quote == '"') {
        skip_escape(many_lines);
      } else if (many_lines && toml_.substr(at_).starts_with(triple)) {
        at_ += 3;
        while (at_ < toml_.size() && toml_[at_] == quote) ++at_;  // up to two more belong to it
        return;
      } else if (!many_lines && (c == quote || c == '\n')) {
        if (c == quote) ++at_;
        return;
      } else {
        if (c == '\n') ++line_;
        ++at_;
      }
    }
  }

  void skip_escape(bool many_lines) {
    ++at_;
    if (!many_lines) {
      if (at_ < toml_.size() && toml_[at_] != '\n') ++at_;
      return;
    }
    const auto first = at_;
    while (at_ < toml_.size() &&
           (toml_[at_] == ' ' || (toml_[at_] >= '\t' && toml_[at_] <= '\r'))) {
      if (toml_[at_] == '\n') ++line_;
      ++at_;
    }
    if (at_ == toml_.size()) return;
    if (!is_ascii(toml_[at_])) {
      reason_ = "a backslash before a letter that is not ASCII: leave it out";
    }
    if (at_ == first) ++at_;  // an escaped character, perhaps a quote
  }

  std::string_view toml_;
  std::size_t parts_max_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::size_t dots_ = 0;    // since the key or name began
  std::string open_;        // the brackets of values that are open
  bool in_value_ = false;   // behind "=", or in an array
  bool has_value_ = false;  // and the value has begun
  std::string reason_;
};

}  // namespace

std::optional<TomlProblem> find_toml_problem(std::string_view toml, std::size_t parts_max) {
  return Guard(toml, parts_max).run();
}

}  // namespace tesseras::base

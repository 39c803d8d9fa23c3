#include "foundation/runtime/log.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "foundation/base/ascii.hpp"
#include "foundation/base/text.hpp"

namespace tesseras::runtime {
namespace {

using base::Code;
using base::Result;

constexpr std::array<std::string_view, 6> level_names = {"TRACE", "DEBUG", "INFO",
                                                         "WARN",  "ERROR", "OFF"};

std::string_view name_of(LogLevel level) { return level_names[static_cast<std::size_t>(level)]; }

std::optional<LogLevel> level_from(std::string_view text) {
  const auto* const found = std::ranges::find_if(level_names, [&](std::string_view name) {
    return base::to_lower(name) == base::to_lower(text);
  });
  if (found == level_names.end()) return std::nullopt;
  return static_cast<LogLevel>(found - level_names.begin());
}

bool is_target(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return base::is_alnum(c) || c == '_' || c == '-' || c == ':';
  });
}

bool covers(std::string_view directive, std::string_view target) {
  return target.starts_with(directive) &&
         (target.size() == directive.size() || target.substr(directive.size()).starts_with("::"));
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// With quotes, as JSON writes a text; of a value for people too.
std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : base::to_utf8_lossy(text)) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\t': out += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
          out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        } else {
          out += c;
        }
    }
  }
  return out + '"';
}

bool is_plain(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return base::is_alnum(c) || std::string_view("_-.:/[]").contains(c);
  });
}

std::string shown(const LogField& field, bool as_json) {
  if (const auto* number = std::get_if<std::int64_t>(&field.value)) return std::to_string(*number);
  if (const auto* flag = std::get_if<bool>(&field.value)) return *flag ? "true" : "false";
  const auto& text = std::get<std::string>(field.value);
  return as_json || !is_plain(text) ? in_quotes(text) : text;
}

// With microseconds, as other programs' logs have it.
std::string time_of(base::WallTime at) {
  auto text = base::to_rfc3339({at.unix_seconds, 0});
  text.insert(text.size() - 1, fmt::format(".{:06}", at.nanoseconds / 1000));
  return text;
}

class NoLog final : public LogLines {
 public:
  bool wants(LogLevel, std::string_view) const override { return false; }
  void write(LogLevel, std::string_view, std::string_view,
             std::initializer_list<LogField>) override {}
};

}  // namespace

Result<LogFilter> LogFilter::parse(std::string_view text) {
  LogFilter filter(LogLevel::off);
  while (!text.empty()) {
    const auto comma = text.find(',');
    const auto part = trimmed(text.substr(0, comma));
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    if (part.empty()) continue;
    const auto equals = part.find('=');
    const auto level = level_from(part.substr(equals == std::string_view::npos ? 0 : equals + 1));
    const auto target = part.substr(0, equals);
    if (equals == std::string_view::npos && level) {
      filter.usual_ = *level;
    } else if (is_target(target) && (level || equals == std::string_view::npos)) {
      filter.targets_.emplace_back(target, level.value_or(LogLevel::trace));
    } else {
      return base::fail(Code::invalid,
                        "'{}' is no log filter; write a level (off, error, warn, info, debug, "
                        "trace) or PART=LEVEL",
                        base::to_printable(part));
    }
  }
  return filter;
}

bool LogFilter::wants(LogLevel level, std::string_view target) const {
  LogLevel from = usual_;
  std::size_t longest = 0;
  for (const auto& [directive, wanted] : targets_) {
    if (directive.size() < longest || !covers(directive, target)) continue;
    longest = directive.size();
    from = wanted;
  }
  return level >= from && from != LogLevel::off;
}

std::string to_text_line(const LogEvent& event) {
  std::string line = fmt::format("{} {:>5} {}: {}", time_of(event.at), name_of(event.level),
                                 event.target, base::to_printable(event.message));
  for (const auto& field : event.fields) {
    line += fmt::format(" {}={}", field.name, shown(field, false));
  }
  return line;
}

std::string to_json_line(const LogEvent& event) {
  std::string line =
      fmt::format(R"({{"timestamp":"{}","level":"{}","target":"{}","fields":{{"message":{})",
                  time_of(event.at), name_of(event.level), event.target, in_quotes(event.message));
  for (const auto& field : event.fields) {
    line += fmt::format(R"(,"{}":{})", field.name, shown(field, true));
  }
  return line + "}}";
}

void LogWriter::write(LogLevel level, std::string_view target, std::string_view message,
                      std::initializer_list<LogField> fields) {
  const LogEvent event{clock_.wall_now(), level, target, message, fields};
  const std::string line = as_json_ ? to_json_line(event) : to_text_line(event);
  // Whole lines, whichever thread they come from.
  const std::scoped_lock lock(mutex_);
  out_(line + '\n');
}

LogLines& no_log() {
  static NoLog none;
  return none;
}

}  // namespace tesseras::runtime

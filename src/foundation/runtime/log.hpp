// What a program says while it runs: a line an event, for people or for machines.
//
//   const Log log(lines, "tesseras_dht");
//   log.info("joined", {{"peers", peers.size()}, {"took_ms", took}});
//
//   2026-11-21T18:00:00.250000Z  INFO tesseras_dht: joined peers=12 took_ms=250
//   {"timestamp":"…","level":"INFO","target":"tesseras_dht","fields":{"message":"joined",…}}
#pragma once

#include <atomic>
#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "foundation/base/result.hpp"
#include "foundation/base/time.hpp"
#include "foundation/runtime/clock.hpp"

namespace tesseras::runtime {

enum class LogLevel { trace, debug, info, warn, error, off };

// Which lines are wanted, in the spelling that RUST_LOG made common: "info", "warn,tesseras_dht=
// debug", "off". A target counts for all that it begins, up to "::"; the longest that fits
// decides; a name alone means all of it. Without one that fits, nothing.
class LogFilter {
 public:
  explicit LogFilter(LogLevel usual) : usual_(usual) {}
  // invalid, naming the part that is none.
  static base::Result<LogFilter> parse(std::string_view text);

  bool wants(LogLevel level, std::string_view target) const;

 private:
  LogLevel usual_;
  std::vector<std::pair<std::string, LogLevel>> targets_;
};

// Names are ours and need no quotes; values may come from outside.
struct LogField {
  LogField(std::string_view field, std::string_view text) : name(field), value(std::string(text)) {}
  LogField(std::string_view field, const char* text) : LogField(field, std::string_view(text)) {}
  template <std::integral Number>
  LogField(std::string_view field, Number number) {
    name = field;
    if constexpr (std::same_as<Number, bool>) {
      value = number;
    } else {
      value = static_cast<std::int64_t>(number);
    }
  }

  std::string_view name;
  std::variant<std::string, std::int64_t, bool> value;
};

struct LogEvent {
  base::WallTime at;
  LogLevel level = LogLevel::info;
  std::string_view target;
  std::string_view message;
  std::initializer_list<LogField> fields;
};

// One line each, without its end. Bytes that are no text are replaced, and control characters
// escaped: whoever sends them must not write lines of their own.
std::string to_text_line(const LogEvent& event);
std::string to_json_line(const LogEvent& event);

// Takes events from any thread.
class LogLines {
 public:
  virtual ~LogLines() = default;
  virtual bool wants(LogLevel level, std::string_view target) const = 0;
  virtual void write(LogLevel level, std::string_view target, std::string_view message,
                     std::initializer_list<LogField> fields) = 0;
};

// Gives each line, with its end, to `out`. The clock outlives it.
class LogWriter final : public LogLines {
 public:
  LogWriter(Clock& clock, LogFilter filter, bool as_json, std::function<void(std::string_view)> out)
      : clock_(clock), filter_(std::move(filter)), as_json_(as_json), out_(std::move(out)) {}

  bool wants(LogLevel level, std::string_view target) const override {
    return filter_.wants(level, target);
  }
  void write(LogLevel level, std::string_view target, std::string_view message,
             std::initializer_list<LogField> fields) override;
  // From the next line on.
  void write_as_json(bool as_json) { as_json_ = as_json; }

 private:
  Clock& clock_;
  const LogFilter filter_;
  std::atomic<bool> as_json_;
  std::mutex mutex_;
  const std::function<void(std::string_view)> out_;
};

// Wants nothing.
LogLines& no_log();

// One part of a program's voice. Cheap to copy; `lines` and `target` outlive it.
class Log {
 public:
  using Fields = std::initializer_list<LogField>;

  Log(LogLines& lines, std::string_view target) : lines_(&lines), target_(target) {}

  void error(std::string_view message, Fields fields = {}) const {
    write(LogLevel::error, message, fields);
  }
  void warn(std::string_view message, Fields fields = {}) const {
    write(LogLevel::warn, message, fields);
  }
  void info(std::string_view message, Fields fields = {}) const {
    write(LogLevel::info, message, fields);
  }
  void debug(std::string_view message, Fields fields = {}) const {
    write(LogLevel::debug, message, fields);
  }
  void trace(std::string_view message, Fields fields = {}) const {
    write(LogLevel::trace, message, fields);
  }

 private:
  void write(LogLevel level, std::string_view message, Fields fields) const {
    if (lines_->wants(level, target_)) lines_->write(level, target_, message, fields);
  }

  LogLines* lines_;
  std::string_view target_;
};

}  // namespace tesseras::runtime

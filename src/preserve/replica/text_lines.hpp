// Texts that are signed: lines `name: value`, each ended by one line feed, in one order only. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "foundation/base/result.hpp"
#include "foundation/base/text.hpp"

namespace tesseras::replica {

// Takes lines off the front of a text, each of which must begin as it is told. corrupt: it does
// not, and the message says where; or its value is none.
class TextLines {
 public:
  // `kind` is what the text is called in messages.
  TextLines(std::string_view kind, std::string_view text) : kind_(kind), rest_(text) {}

  base::Result<std::string_view> next(std::string_view name) {
    ++number_;
    const std::size_t end = rest_.find('\n');
    if (end == std::string_view::npos || !rest_.substr(0, end).starts_with(name))
      return refuse("should be '{}...'", name);
    const auto value = rest_.substr(name.size(), end - name.size());
    rest_.remove_prefix(end + 1);
    return value;
  }
  // A line that says no more than its name.
  base::Result<void> next_alone(std::string_view name) {
    if (TRY(next(name)).empty()) return {};
    return refuse("has more than it may");
  }
  // At least 1.
  base::Result<std::uint64_t> next_number(std::string_view name, std::uint64_t max) {
    const auto number = base::decimal_from(TRY(next(name)), max);
    if (!number || *number == 0) return refuse("has no number that may stand there");
    return *number;
  }
  template <class Id>
  base::Result<Id> next_id(std::string_view name) {
    const auto id = Id::from_hex(TRY(next(name)));
    if (!id) return refuse("has no hash");
    return *id;
  }
  base::Result<void> expect_end() const {
    if (rest_.empty()) return {};
    return refuse("should be the last");
  }
  // Of the line that was taken last.
  template <class... Args>
  std::unexpected<base::Error> refuse(fmt::format_string<Args...> why, Args&&... args) const {
    return base::fail(base::Code::corrupt, "{}: line {} {}", kind_, number_,
                      fmt::format(why, std::forward<Args>(args)...));
  }

 private:
  std::string_view kind_;
  std::string_view rest_;
  std::size_t number_ = 0;
};

}  // namespace tesseras::replica

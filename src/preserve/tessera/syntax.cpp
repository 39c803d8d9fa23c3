#include "preserve/tessera/syntax.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include "foundation/base/ascii.hpp"
#include "foundation/base/text.hpp"
#include "foundation/base/time.hpp"
#include "preserve/tessera/limits.hpp"

namespace tesseras::tessera {
namespace {

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }

bool all_digits(std::string_view text) { return std::ranges::all_of(text, base::is_digit); }
bool all_letters(std::string_view text) { return std::ranges::all_of(text, base::is_alpha); }
bool all_alphanumeric(std::string_view text) { return std::ranges::all_of(text, base::is_alnum); }
bool within(std::size_t value, std::size_t low, std::size_t high) {
  return value >= low && value <= high;
}

// The subtags of a language tag, one after another.
class Subtags {
 public:
  explicit Subtags(std::string_view text) : rest_(text), more_(true) { next(); }

  bool at_end() const { return ended_; }
  std::string_view current() const { return current_; }

  void next() {
    if (!more_) {
      ended_ = true;
      current_ = {};
      return;
    }
    const std::size_t dash = rest_.find('-');
    current_ = rest_.substr(0, dash);
    more_ = dash != std::string_view::npos;
    rest_ = more_ ? rest_.substr(dash + 1) : std::string_view();
  }

  template <class Test>
  bool take_if(Test test) {
    if (ended_ || !test(current_)) return false;
    next();
    return true;
  }

 private:
  std::string_view rest_;
  std::string_view current_;
  bool more_;
  bool ended_ = false;
};

bool is_private_use(std::string_view tag) { return tag == "x" || tag == "X"; }
bool is_extlang(std::string_view tag) { return tag.size() == 3 && all_letters(tag); }
bool is_script(std::string_view tag) { return tag.size() == 4 && all_letters(tag); }
bool is_region(std::string_view tag) {
  return (tag.size() == 2 && all_letters(tag)) || (tag.size() == 3 && all_digits(tag));
}
bool is_variant(std::string_view tag) {
  return all_alphanumeric(tag) &&
         (within(tag.size(), 5, 8) || (tag.size() == 4 && base::is_digit(tag.front())));
}
bool is_singleton(std::string_view tag) {
  return tag.size() == 1 && all_alphanumeric(tag) && !is_private_use(tag);
}
bool is_extension_part(std::string_view tag) {
  return within(tag.size(), 2, 8) && all_alphanumeric(tag);
}
bool is_private_part(std::string_view tag) {
  return within(tag.size(), 1, 8) && all_alphanumeric(tag);
}

// Everything from an "x" on; true when it is well-formed and the last thing there is.
bool take_private_use(Subtags& tags) {
  if (!tags.take_if(is_private_use) || !tags.take_if(is_private_part)) return false;
  while (tags.take_if(is_private_part)) {
  }
  return tags.at_end();
}

bool is_restricted_name(std::string_view name) {
  const auto allowed = [](char c) {
    return is_lower(c) || base::is_digit(c) || std::string_view("!#$&-^_.+").contains(c);
  };
  return within(name.size(), 1, Limits::media_type_half_bytes_max) &&
         (is_lower(name.front()) || base::is_digit(name.front())) &&
         std::ranges::all_of(name, allowed);
}

// U+0080 to U+009F, U+2028 and U+2029 in well-formed UTF-8: they break lines or steer terminals.
bool has_wide_control(std::string_view text) {
  for (std::size_t i = text.find('\xc2'); i != std::string_view::npos;
       i = text.find('\xc2', i + 1)) {
    if (static_cast<unsigned char>(text[i + 1]) < 0xa0) return true;
  }
  return text.contains("\xe2\x80\xa8") || text.contains("\xe2\x80\xa9");
}

bool is_offset(std::string_view text) {
  if (text == "Z") return true;
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return false;
  const std::string_view hour = text.substr(1, 2), minute = text.substr(4, 2);
  return all_digits(hour) && all_digits(minute) && hour <= "23" && minute <= "59";
}

constexpr std::size_t seconds_length = std::string_view("YYYY-MM-DDTHH:MM:SS").size();

// What follows the seconds and their fraction; nullopt when those are wrong.
std::optional<std::string_view> after_seconds(std::string_view text) {
  if (text.size() < seconds_length) return std::nullopt;
  const std::string in_utc = std::string(text.substr(0, seconds_length)) + 'Z';
  if (!base::from_rfc3339_seconds(in_utc)) return std::nullopt;
  text.remove_prefix(seconds_length);
  if (!text.starts_with('.')) return text;
  const std::size_t end = std::min(text.find_first_not_of("0123456789", 1), text.size());
  if (!within(end - 1, 1, 9)) return std::nullopt;
  return text.substr(end);
}

}  // namespace

bool is_language_tag(std::string_view text) {
  if (!within(text.size(), 1, Limits::language_bytes_max)) return false;
  Subtags tags(text);
  if (is_private_use(tags.current())) return take_private_use(tags);
  const std::string_view language = tags.current();
  if (!all_letters(language) || !within(language.size(), 2, 8)) return false;
  tags.next();
  if (language.size() <= 3) {
    for (int i = 0; i < 3 && tags.take_if(is_extlang); ++i) {
    }
  }
  tags.take_if(is_script);
  tags.take_if(is_region);
  while (tags.take_if(is_variant)) {
  }
  while (tags.take_if(is_singleton)) {
    if (!tags.take_if(is_extension_part)) return false;
    while (tags.take_if(is_extension_part)) {
    }
  }
  return tags.at_end() || take_private_use(tags);
}

bool is_media_type(std::string_view text) {
  const std::size_t slash = text.find('/');
  return slash != std::string_view::npos && is_restricted_name(text.substr(0, slash)) &&
         is_restricted_name(text.substr(slash + 1));
}

bool is_extension(std::string_view text) {
  return within(text.size(), 1, Limits::extension_bytes_max) &&
         std::ranges::all_of(text, [](char c) { return is_lower(c) || base::is_digit(c); });
}

std::string_view line_fault(std::string_view text) {
  if (text.empty()) return "is empty";
  if (!base::is_utf8(text)) return "is not UTF-8";
  if (base::has_control(text) || has_wide_control(text)) return "has a control character";
  if (text.front() == ' ') return "begins with a space";
  if (text.back() == ' ') return "ends with a space";
  return {};
}

bool is_year(std::string_view text) { return text.size() == 4 && all_digits(text); }

bool is_year_month(std::string_view text) { return is_date(std::string(text) + "-01"); }

bool is_date(std::string_view text) {
  return base::from_rfc3339_seconds(std::string(text) + "T00:00:00Z").has_value();
}

bool is_capture_time(std::string_view text) {
  const auto rest = after_seconds(text);
  return rest && (rest->empty() || is_offset(*rest));
}

bool is_utc_time(std::string_view text) { return after_seconds(text) == "Z"; }

}  // namespace tesseras::tessera

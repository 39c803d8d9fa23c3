#include "foundation/http/exposition.hpp"

#include <fmt/format.h>

#include "foundation/base/text.hpp"

namespace tesseras::http {
namespace {

std::string escaped(std::string_view value) {
  std::string out;
  for (const char c : base::to_utf8_lossy(value)) {
    switch (c) {
      case '\\': out += "\\\\"; break;
      case '"': out += "\\\""; break;
      case '\n': out += "\\n"; break;
      default: out += c;
    }
  }
  return out;
}

}  // namespace

void Exposition::begin(std::string_view name, std::string_view help, std::string_view type) {
  name_ = name;
  text_ += fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n", name, help, type);
}

void Exposition::sample(double value, Labels labels) {
  text_ += name_;
  char before = '{';
  for (const auto& [label, content] : labels) {
    text_ += fmt::format("{}{}=\"{}\"", before, label, escaped(content));
    before = ',';
  }
  if (labels.size() != 0) text_ += '}';
  text_ += fmt::format(" {}\n", value);
}

}  // namespace tesseras::http

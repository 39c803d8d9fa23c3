// What Prometheus reads: the text format, version 0.0.4
// (https://prometheus.io/docs/instrumenting/exposition_formats/). Figures are taken when they are
// asked for, so that nothing has to be registered.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace tesseras::http {

class Exposition {
 public:
  static constexpr std::string_view content_type = "text/plain; version=0.0.4; charset=utf-8";
  using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  // Something that goes up and down. Names are ours: [a-z_], base units last ("_bytes").
  void gauge(std::string_view name, std::string_view help, double value) {
    begin(name, help, "gauge");
    sample(value);
  }
  // Something that only grows while the program runs; its name ends in "_total".
  void counter(std::string_view name, std::string_view help, std::uint64_t value) {
    begin(name, help, "counter");
    sample(static_cast<double>(value));
  }
  // For one with labels: begin() once, then a sample each. Values of labels may be any text.
  void begin(std::string_view name, std::string_view help, std::string_view type);
  void sample(double value, Labels labels = {});

  const std::string& text() const { return text_; }

 private:
  std::string name_;
  std::string text_;
};

}  // namespace tesseras::http

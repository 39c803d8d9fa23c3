// The strict reader behind Manifest::parse. Not for others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/result.hpp"
#include "preserve/tessera/manifest.hpp"

namespace tesseras::tessera {

class ManifestParser {
 public:
  // `text` must not be empty and must outlive nothing but this object: the Manifest takes it over.
  explicit ManifestParser(std::string bytes);

  base::Result<Manifest> parse();

 private:
  // The next line without its line feed.
  base::Result<std::string_view> next_line();
  bool at_end() const { return position_ == text().size(); }
  std::string_view text() const { return *manifest_.text_; }

  base::Result<void> parse_header();
  base::Result<void> parse_key_line(std::string_view line);
  base::Result<void> set_value(std::string_view key, std::string_view value);
  base::Result<void> check_skipped(std::size_t from, std::size_t to, std::string_view before);
  base::Result<void> parse_files();
  base::Result<void> parse_file_line(std::string_view line);
  // Keeps the earlier paths that the current one begins with; refuses `a` beside `a/b`.
  base::Result<void> check_folders(std::string_view path);

  // In manifest_layout.cpp.
  base::Result<void> check_listed();
  base::Result<void> check_key_file(std::string_view path, std::size_t size_bytes,
                                    const crypto::Blake3Hash* hash, std::string_view key_name);
  base::Result<void> find_memories();
  base::Result<std::size_t> add_memory(std::size_t first);
  base::Result<void> check_media(const ManifestMemory& memory, std::string_view folder);

  // The error of a line counted from 1, or of the current one.
  template <class... Args>
  std::unexpected<base::Error> refuse_at(std::size_t line, fmt::format_string<Args...> format,
                                         Args&&... args) const {
    return base::fail(base::Code::invalid, "MANIFEST line {}: {}", line,
                      fmt::format(format, std::forward<Args>(args)...));
  }
  template <class... Args>
  std::unexpected<base::Error> refuse(fmt::format_string<Args...> format, Args&&... args) const {
    return refuse_at(line_, format, std::forward<Args>(args)...);
  }
  std::size_t line_of_entry(std::size_t index) const { return first_file_line_ + index; }

  Manifest manifest_;
  std::size_t position_ = 0;
  std::size_t line_ = 0;      // number of the line that next_line() gave last
  std::size_t next_key_ = 0;  // position in the table of keys
  std::size_t first_file_line_ = 0;
  std::vector<std::string_view> open_prefixes_;
};

}  // namespace tesseras::tessera

// config.toml: one schema for every program. Each key is optional; an unknown one is an error
// that names the nearest known key, so that a slip is not silently a default.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/result.hpp"
#include "foundation/runtime/disk.hpp"

namespace tesseras::node {

struct Config {
  struct Create {
    std::string language = "en";  // BCP 47; checked where it is used
    std::string location;         // a description in words; empty: none
    std::vector<std::string> tags;

    bool operator==(const Create&) const = default;
  } create;

  bool operator==(const Config&) const = default;
};

struct ConfigLimits {
  // A hand-written file; anything larger is a mistake or an attack on the parser.
  static constexpr std::size_t file_bytes_max = 1 << 20;
  static constexpr std::size_t tags_max = 256;
  static constexpr std::size_t text_bytes_max = 1024;
  static constexpr std::size_t key_parts_max = 8;  // nothing we know has more than 2
};

// invalid, with the line and what to do, for anything that is not such a file.
base::Result<Config> parse_config(std::string_view toml);

// The defaults when there is no such file; else as parse_config, or the disk's error.
base::Result<Config> load_config(runtime::Disk& disk, const std::filesystem::path& file);

// What `tes init` writes: every key, commented out, with its default.
std::string default_config_text();

}  // namespace tesseras::node

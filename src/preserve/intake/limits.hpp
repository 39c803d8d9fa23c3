// Every maximum of this library, with its reason. All of it reads bytes from outside.
#pragma once

#include <cstddef>
#include <cstdint>

#include "preserve/tessera/limits.hpp"

namespace tesseras::intake {

struct Limits {
  // A folder of a million files is a mistaken path ("/"), not a family's choice; the list of
  // that many names also stays under 200 MiB.
  static constexpr std::size_t files_max = 500'000;
  // Linux refuses paths over 4096 bytes, so hardly any real tree is deeper; beyond this a loop of
  // mounts is likelier than a person's folders.
  static constexpr std::size_t depth_max = 500;

  // The author's words about one file: a book of 1 MiB is not a context, it is a memory.
  static constexpr std::size_t context_bytes_max = 1 << 20;

  // tessera.toml is written by hand.
  static constexpr std::size_t description_bytes_max = 1 << 20;
  static constexpr std::size_t description_depth_max = 8;  // nothing we know is deeper than 4
  static constexpr std::size_t people_max = 1000;
  static constexpr std::size_t tags_max = 200;
  static constexpr std::size_t described_files_max = 100'000;
  // A title, a name, a tag, a place; as long as the MANIFEST lets a title be.
  static constexpr std::size_t short_text_bytes_max = tessera::Limits::title_bytes_max;
};

}  // namespace tesseras::intake

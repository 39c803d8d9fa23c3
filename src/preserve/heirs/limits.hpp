// Every maximum of this library, with its reason. Those of a share stand in spec/heir-share.md.
#pragma once

#include <cstddef>

#include "preserve/identity/seed_file.hpp"
#include "preserve/sharing/shamir.hpp"

namespace tesseras::heirs {

struct Limits {
  // The blob of today, and room for the keys that a later version may add to it.
  static constexpr std::size_t data_bytes_min = identity::heir_blob_size_bytes;
  static constexpr std::size_t data_bytes_max = 1024;

  // 255 hashes, the data, and 200 bytes for all else, rounded up.
  static constexpr std::size_t share_bytes_max = 16 * 1024;
  // That in base64 with its checks, and a letter around it.
  static constexpr std::size_t text_bytes_max = 64 * 1024;

  // How much of a line from outside a message shows.
  static constexpr std::size_t shown_bytes_max = 80;
};

static_assert(Limits::share_bytes_max >
              sharing::shares_max * std::size_t{32} + Limits::data_bytes_max + 200);

}  // namespace tesseras::heirs

// Every maximum of this library, with its reason.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "foundation/crypto/argon2id.hpp"

namespace tesseras::identity {

struct Limits {
  // Larger than any version of root.seed will be; a file beyond it is something else.
  static constexpr std::size_t seed_file_bytes_max = 4096;

  // What a root.seed may ask of the machine that opens it. A hostile or damaged file must not
  // hold a family's computer: 512 MiB and 16 passes take some seconds.
  static constexpr std::uint32_t cost_memory_kib_max = 512 * 1024;
  static constexpr std::uint32_t cost_iterations_max = 16;
  static constexpr std::uint32_t cost_lanes_max = 16;

  // Another `tes init` holds the folder for as long as it takes to write four small files.
  static constexpr std::chrono::milliseconds lock_patience{10'000};
};

}  // namespace tesseras::identity

// Every maximum of this library, with its reason.
#pragma once

#include <chrono>
#include <cstddef>

namespace tesseras::http {

struct Limits {
  // A browser's request line and headers are at most some 8 KiB; cookies of others may add to it.
  static constexpr std::size_t header_bytes_max = 16 << 10;
  // Nothing here takes a body yet.
  static constexpr std::size_t body_bytes_max = 0;
  // A scraper, a browser and a person; more at once is a flood.
  static constexpr std::size_t connections_max = 32;
  // Longer than any honest network needs for that much.
  static constexpr std::chrono::seconds request_timeout{10};
  static constexpr std::chrono::seconds response_timeout{30};
};

}  // namespace tesseras::http

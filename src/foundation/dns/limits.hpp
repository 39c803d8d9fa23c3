// Every maximum of this library, with its reason.
#pragma once

#include <chrono>
#include <cstddef>

namespace tesseras::dns {

struct Limits {
  // RFC 1035, section 2.3.4, as text without the last point.
  static constexpr std::size_t name_bytes_max = 253;
  // Of one name. A service with more of them is not what a node looks for.
  static constexpr std::size_t addresses_max = 32;
  // Text records of one name, and what one of them may say: some peers each.
  static constexpr std::size_t texts_max = 32;
  static constexpr std::size_t text_bytes_max = 1024;
  // Questions under way at once; each takes two at most of the resolver's.
  static constexpr std::size_t questions_max = 64;
  // What a server is given to answer, and how often it is asked.
  static constexpr std::chrono::milliseconds server_timeout{2000};
  static constexpr int tries = 2;
};

}  // namespace tesseras::dns

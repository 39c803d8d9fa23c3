// Every maximum of this library, with its reason. Those that two machines must agree on stand in
// spec/key-publication.md.
#pragma once

#include <chrono>
#include <cstddef>

#include "preserve/dht/rate_limit.hpp"

namespace tesseras::release {

struct Limits {
  // The MANIFEST of an encrypted tessera lists some twenty files, in 4 KB.
  static constexpr std::size_t manifest_bytes_max = std::size_t{16} << 10U;
  // identity/witnesses.bin of as many witnesses as there may be: 38,424 bytes.
  static constexpr std::size_t witnesses_bytes_max = std::size_t{40} << 10U;
  // Any text of a key, with what mail may add to it.
  static constexpr std::size_t text_bytes_max = 1024;

  // What is kept of others: 16,384 releases are 60 MB where they are keys, and 900 MB at the most.
  static constexpr std::size_t releases_max = std::size_t{1} << 14U;
  static constexpr std::size_t releases_per_network_max = std::size_t{1} << 10U;
  // And 4,096 deposits, 200 MB at the most: a witness of a city.
  static constexpr std::size_t deposits_max = std::size_t{1} << 12U;
  static constexpr std::size_t deposits_per_network_max = std::size_t{1} << 9U;

  // Clocks that are asked, and of how many at least an answer is needed.
  static constexpr std::size_t clocks_asked_max = 16;
  static constexpr std::size_t clocks_min = 5;
  static constexpr std::chrono::hours clocks_differ_max{1};

  // What is asked of a node here: a part is checked with some hashes, a deposit with as many
  // decapsulations as it has witnesses (3 ms).
  static constexpr dht::Rate asked_per_peer{64, std::chrono::milliseconds(100)};
  static constexpr dht::Rate asked_per_network{256, std::chrono::milliseconds(25)};
};

}  // namespace tesseras::release

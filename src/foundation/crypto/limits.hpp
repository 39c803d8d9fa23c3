// Every maximum of this library, with its reason.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tesseras::crypto {

struct Limits {
  // OpenSSL counts a message's bytes in an int; we seal chunks of 64 KiB and seeds, so a
  // gibibyte is far beyond what any caller means.
  static constexpr std::size_t aead_message_bytes_max = std::size_t{1} << 30U;

  // Parameters of Argon2id come out of files that somebody else may have written. Beyond these
  // a wrong file would hold a small machine's memory or its owner's evening.
  static constexpr std::uint32_t argon2id_memory_kib_min = 8;  // RFC 9106: 8 a lane
  static constexpr std::uint32_t argon2id_memory_kib_max = 1024 * 1024;
  static constexpr std::uint32_t argon2id_iterations_max = 64;
  static constexpr std::uint32_t argon2id_lanes_max = 16;
  static constexpr std::size_t argon2id_salt_bytes_min = 8;  // RFC 9106, section 3.1
  static constexpr std::size_t argon2id_salt_bytes_max = 64;
  // A passphrase is typed or stands in a file of one line.
  static constexpr std::size_t argon2id_password_bytes_max = 4096;

  // BLAKE3 section 2.1: at most 2^64 - 1 bytes, so at most 54 levels above a 1 KiB chunk.
  static constexpr std::size_t blake3_tree_depth_max = 54;
};

}  // namespace tesseras::crypto

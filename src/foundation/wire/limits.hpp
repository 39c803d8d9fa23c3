// Every maximum of this library, with its reason. Those of what two machines say to each other
// stand in spec/wire.md.
#pragma once

#include <cstddef>

namespace tesseras::wire {

struct Limits {
  // What a frame's length may say: some twenty node infos with all their addresses, ten times
  // over. Whatever is longer streams behind a frame.
  static constexpr std::size_t envelope_bytes_max = 64 * 1024;
  static constexpr std::size_t frame_header_bytes = 4;

  // A MessagePack message; all that it holds, and each text and byte string in it, is smaller, so
  // lengths of 32 bits never occur.
  static constexpr std::size_t message_bytes_max = envelope_bytes_max;
  // Arrays and maps in one another. What we write is 5 deep; the rest is for what later versions
  // add. It bounds what the check remembers.
  static constexpr std::size_t depth_max = 8;
  // Values in a message, counting keys: what we write has some 2,000 at most. It bounds what
  // skipping a field that we do not know costs, at every look for one that we do.
  static constexpr std::size_t values_max = 8192;
  // What a one-byte head can say. Keys are names, and travel with every message.
  static constexpr std::size_t key_bytes_max = 31;

  // What is left of an envelope for a body when all else in it is as long as it may be (50 bytes),
  // rounded down, so that whoever fills a body knows its room.
  static constexpr std::size_t body_bytes_max = envelope_bytes_max - 64;

  // A peer's words to a person; longer ones fill logs.
  static constexpr std::size_t reason_bytes_max = 256;
  // Elements of an envelope: five are known, the rest is for what later releases add.
  static constexpr std::size_t envelope_elements_max = 8;
  // And fewer is none: version, id, kind, and what the kind has.
  static constexpr std::size_t envelope_elements_min = 4;
};

}  // namespace tesseras::wire

// Bytes in order, both ways, between two programs: the control socket, HTTP, and what peers say to
// one another (foundation/transport, which adds sessions and resets).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "foundation/base/time.hpp"
#include "foundation/runtime/task.hpp"

namespace tesseras::runtime {

// On the thread of its loop; one reads and one writes at a time. It, and what is given to read()
// or write(), outlive the tasks that those return. Dropping it closes it.
class ByteStream {
 public:
  virtual ~ByteStream() = default;

  // At least one byte, as soon as there is one; 0 when the other side has finished. Errors:
  // timeout (then it can be asked again), io.
  virtual Task<base::Result<std::size_t>> read(base::MutableByteSpan into,
                                               base::Instant deadline) = 0;
  // All of them. Errors as read(): after one, nobody knows how many have gone.
  virtual Task<base::Result<void>> write(base::ByteSpan bytes, base::Instant deadline) = 0;
  // The other side reads to the end; reading goes on here.
  virtual void finish() = 0;
  // The system's number of the user whose program is on the other side, as the kernel says it
  // (SO_PEERCRED); nullopt over a network.
  virtual std::optional<std::uint32_t> peer_user() const { return std::nullopt; }
};

class StreamListener {
 public:
  virtual ~StreamListener() = default;
  // The next one who comes. Errors: timeout; exhausted: no more descriptors (wait, then again).
  virtual Task<base::Result<std::unique_ptr<ByteStream>>> accept(base::Instant deadline) = 0;
  // The port that a network's listener has; 0 for a local one.
  virtual std::uint16_t port() const = 0;
};

}  // namespace tesseras::runtime

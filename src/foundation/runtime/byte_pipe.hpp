// Bytes from one thread to another, a bounded number of them at a time.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"

namespace tesseras::runtime {

// One thread writes, and calls end(); another reads, and calls close() when it wants no more.
// Outlives what either does.
class BytePipe {
 public:
  explicit BytePipe(std::size_t room_bytes) : ring_(room_bytes) {}

  // Waits until all of them have room. cancelled: the reader wants no more.
  base::Result<void> write(base::ByteSpan bytes);
  // Nothing more comes; or never will, for that reason.
  void end(base::Result<void> why);

  // Fills `into`, and waits until it is full; fewer bytes only at the end. Where that came too
  // early, the writer's error, once all that came before has been read.
  base::Result<std::size_t> read(base::MutableByteSpan into);
  void close();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  base::Bytes ring_;
  std::size_t first_ = 0, count_ = 0;  // what is in it
  std::optional<base::Result<void>> end_;
  bool is_closed_ = false;
};

}  // namespace tesseras::runtime

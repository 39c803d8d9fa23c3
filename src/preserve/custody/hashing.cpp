#include "preserve/custody/hashing.hpp"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "preserve/custody/limits.hpp"

namespace tesseras::custody {
namespace {

// SHA-256 on its own thread, one piece at a time: submit() waits until the piece before is done,
// so with two buffers taking turns the one being filled is never the one being hashed.
class Sha256Beside {
 public:
  Sha256Beside() : thread_([this](const std::stop_token& stop) { run(stop); }) {}

  void submit(base::ByteSpan piece) {
    std::unique_lock lock(mutex_);
    idle_.wait(lock, [this] { return piece_.empty(); });
    piece_ = piece;
    lock.unlock();
    work_.notify_one();
  }

  crypto::Sha256Hash finish() {
    std::unique_lock lock(mutex_);
    idle_.wait(lock, [this] { return piece_.empty(); });
    return hash_.finish();
  }

 private:
  void run(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (work_.wait(lock, stop, [this] { return !piece_.empty(); })) {
      const auto piece = piece_;
      lock.unlock();
      hash_.update(piece);
      lock.lock();
      piece_ = {};
      idle_.notify_one();
    }
  }

  std::mutex mutex_;
  std::condition_variable_any work_;
  std::condition_variable idle_;
  base::ByteSpan piece_;
  crypto::Sha256 hash_;
  std::jthread thread_;  // last: it ends before what it uses
};

}  // namespace

Result<Hashed> read_hashed(const Source& source, std::uint64_t size_bytes, Hashes hashes,
                           const Sink& sink, Tools& tools) {
  const bool both = hashes == Hashes::both;
  const bool beside = both && size_bytes >= Limits::parallel_hash_bytes_min;
  // One byte more than expected, so that the end is seen without another read.
  const auto chunk = static_cast<std::size_t>(
      std::clamp<std::uint64_t>(size_bytes + 1, 4096, Limits::chunk_bytes));
  // A declared buffer outlives the thread that reads from it.
  std::array<base::Bytes, 2> buffers{base::Bytes(chunk), base::Bytes(beside ? chunk : 0)};
  std::optional<Sha256Beside> sha256_beside;
  crypto::Sha256 sha256;
  crypto::Blake3 blake3;
  if (beside) sha256_beside.emplace();

  Hashed result;
  for (std::size_t turn = 0;; turn = beside ? 1 - turn : 0) {
    if (tools.stop.stop_requested()) return fail(Code::cancelled, "interrupted");
    const auto got = TRY(source(buffers[turn]));
    const auto piece = base::ByteSpan(buffers[turn]).first(got);
    if (got != 0) {
      if (beside) {
        sha256_beside->submit(piece);
      } else if (both) {
        sha256.update(piece);
      }
      blake3.update(piece);
      TRY(sink(piece));
      result.size_bytes += got;
      tools.progress.advance(got);
    }
    if (got < buffers[turn].size()) break;
  }
  result.blake3 = blake3.finish();
  if (both) result.sha256 = beside ? sha256_beside->finish() : sha256.finish();
  return result;
}

Source source_of(runtime::File& file) {
  return [&file,
          offset = std::uint64_t{0}](base::MutableByteSpan into) mutable -> Result<std::size_t> {
    const auto got = TRY(file.read_at(offset, into));
    offset += got;
    return got;
  };
}

Hashed hashed(base::ByteSpan bytes) {
  return {crypto::blake3(bytes), crypto::sha256(bytes), bytes.size()};
}

}  // namespace tesseras::custody

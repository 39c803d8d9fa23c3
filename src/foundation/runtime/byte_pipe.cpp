#include "foundation/runtime/byte_pipe.hpp"

#include <algorithm>
#include <utility>

namespace tesseras::runtime {

using base::Code;
using base::fail;
using base::Result;

Result<void> BytePipe::write(base::ByteSpan bytes) {
  std::unique_lock lock(mutex_);
  while (!bytes.empty()) {
    changed_.wait(lock, [&] { return is_closed_ || count_ < ring_.size(); });
    if (is_closed_) return fail(Code::cancelled, "nobody wants the rest");
    const std::size_t at = (first_ + count_) % ring_.size();
    const std::size_t room = std::min(ring_.size() - count_, ring_.size() - at);
    const auto piece = bytes.first(std::min(room, bytes.size()));
    std::ranges::copy(piece, ring_.begin() + static_cast<std::ptrdiff_t>(at));
    count_ += piece.size();
    bytes = bytes.subspan(piece.size());
    changed_.notify_all();
  }
  return {};
}

void BytePipe::end(Result<void> why) {
  const std::scoped_lock lock(mutex_);
  end_ = std::move(why);
  changed_.notify_all();
}

Result<std::size_t> BytePipe::read(base::MutableByteSpan into) {
  std::unique_lock lock(mutex_);
  std::size_t filled = 0;
  while (filled < into.size()) {
    changed_.wait(lock, [&] { return count_ > 0 || end_; });
    if (count_ == 0) {
      if (!*end_) return fail(end_->error());
      break;
    }
    const auto piece =
        into.subspan(filled).first(std::min({into.size() - filled, count_, ring_.size() - first_}));
    std::ranges::copy(base::ByteSpan(ring_).subspan(first_, piece.size()), piece.begin());
    first_ = (first_ + piece.size()) % ring_.size();
    count_ -= piece.size();
    filled += piece.size();
    changed_.notify_all();
  }
  return filled;
}

void BytePipe::close() {
  const std::scoped_lock lock(mutex_);
  is_closed_ = true;
  changed_.notify_all();
}

}  // namespace tesseras::runtime

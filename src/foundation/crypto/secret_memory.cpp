#include "foundation/crypto/secret_memory.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <optional>
#include <span>

#include "foundation/crypto/secret.hpp"

namespace tesseras::crypto {
namespace {

// Of one secret key of 32 bytes half is left over; in turn it has a cache line of its own.
constexpr std::size_t unit_bytes = 64;
constexpr std::size_t unit_count = secret_region_bytes / unit_bytes;

constexpr std::size_t units_of(std::size_t size_bytes) {
  return (size_bytes + unit_bytes - 1) / unit_bytes;
}

class Region {
 public:
  Region() {
    void* const begin = ::mmap(nullptr, secret_region_bytes, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (begin == MAP_FAILED) return;
    bytes_ = {static_cast<std::byte*>(begin), secret_region_bytes};
    is_locked_ = ::mlock(begin, secret_region_bytes) == 0;
#ifdef MADV_DONTDUMP
    // A dump that root asks for of a running process is not bound by RLIMIT_CORE.
    ::madvise(begin, secret_region_bytes, MADV_DONTDUMP);
#endif
  }

  // Null where there is no room.
  std::byte* take(std::size_t size_bytes) {
    const std::scoped_lock lock(mutex_);
    const auto at = find(units_of(size_bytes));
    if (!at) {
      elsewhere_bytes_ += size_bytes;
      return nullptr;
    }
    mark(*at, size_bytes, true);
    return bytes_.subspan(*at * unit_bytes).data();
  }

  // Whether `begin` lies in the region; it is free then. If not, the caller frees it.
  bool give_back(const std::byte* begin, std::size_t size_bytes) {
    const std::scoped_lock lock(mutex_);
    // Of what is not in the region, only a comparison by std::less is defined.
    const bool is_ours = !bytes_.empty() && !std::less<>{}(begin, bytes_.data()) &&
                         std::less<>{}(begin, bytes_.data() + bytes_.size());
    if (is_ours) {
      mark(static_cast<std::size_t>(begin - bytes_.data()) / unit_bytes, size_bytes, false);
    } else {
      elsewhere_bytes_ -= size_bytes;
    }
    return is_ours;
  }

  SecretMemoryUse use() {
    const std::scoped_lock lock(mutex_);
    return {.is_locked = is_locked_,
            .region_bytes = used_count_ * unit_bytes,
            .elsewhere_bytes = elsewhere_bytes_};
  }

 private:
  // The first place that is large enough. A secret lives long or for a moment; there are few holes.
  std::optional<std::size_t> find(std::size_t count) const {
    if (bytes_.empty() || count > unit_count - used_count_) return std::nullopt;
    const auto found = std::ranges::search_n(is_used_, static_cast<std::ptrdiff_t>(count), false);
    if (found.empty()) return std::nullopt;
    return static_cast<std::size_t>(found.begin() - is_used_.begin());
  }

  void mark(std::size_t at, std::size_t size_bytes, bool is_used) {
    const auto count = units_of(size_bytes);
    std::ranges::fill(std::span(is_used_).subspan(at, count), is_used);
    used_count_ = is_used ? used_count_ + count : used_count_ - count;
  }

  std::mutex mutex_;
  std::span<std::byte> bytes_;
  bool is_locked_ = false;
  std::array<bool, unit_count> is_used_{};
  std::size_t used_count_ = 0;
  std::size_t elsewhere_bytes_ = 0;
};

// One for the process, as the limit is. Never destroyed: secrets of static objects outlive main().
Region& region() {
  static auto* const the_region = new Region;
  return *the_region;
}

}  // namespace

SecretMemory::SecretMemory(std::size_t size_bytes) : size_(size_bytes) {
  if (size_bytes == 0) return;
  data_ = region().take(size_bytes);
  if (data_ == nullptr) data_ = new std::byte[size_bytes]();
}

SecretMemory::~SecretMemory() {
  if (data_ == nullptr) return;
  cleanse(mutable_span());
  if (!region().give_back(data_, size_)) delete[] data_;
}

SecretMemoryUse secret_memory_use() { return region().use(); }

}  // namespace tesseras::crypto

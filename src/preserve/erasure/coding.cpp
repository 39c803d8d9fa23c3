#include "preserve/erasure/coding.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

#include "preserve/erasure/code.hpp"

namespace tesseras::erasure {
namespace {

using base::Bytes;
using base::ByteSpan;
using base::MutableByteSpan;

// Of one fragment: long enough that a disk reads in peace, and that what is opened for it is
// forgotten beside what is read.
constexpr std::size_t window_bytes = std::size_t{256} << 10U;
static_assert(72 * window_bytes <= coding_bytes_max);

// The same window of several fragments.
class Windows {
 public:
  explicit Windows(std::size_t count) : bytes_(count * window_bytes), count_(count) {}

  std::vector<MutableByteSpan> first(std::size_t size_bytes) {
    std::vector<MutableByteSpan> all;
    all.reserve(count_);
    for (std::size_t i = 0; i < count_; ++i)
      all.push_back(MutableByteSpan(bytes_).subspan(i * window_bytes, size_bytes));
    return all;
  }

 private:
  Bytes bytes_;
  std::size_t count_;
};

// Calls each(offset, size) for window after window of a fragment.
template <class Each>
Result<void> for_each_window(const Shape& shape, const Each& each) {
  for (std::uint64_t at = 0; at < shape.fragment_bytes(); at += window_bytes) {
    TRY(each(at, static_cast<std::size_t>(
                     std::min<std::uint64_t>(window_bytes, shape.fragment_bytes() - at))));
  }
  return {};
}

Result<void> apply_and_give(const Transform& transform, std::span<const MutableByteSpan> sources,
                            std::span<const MutableByteSpan> targets,
                            std::span<const unsigned> wanted, const TakeFragment& take) {
  const std::vector<ByteSpan> constant(sources.begin(), sources.end());
  transform.apply(constant, targets);
  for (std::size_t i = 0; i < wanted.size(); ++i) TRY(take(wanted[i], targets[i]));
  return {};
}

Result<void> copy(const Shape& shape, std::span<const unsigned> wanted, const ReadPack& read,
                  const TakeFragment& take) {
  Windows windows(1);
  return for_each_window(shape, [&](std::uint64_t offset, std::size_t size_bytes) -> Result<void> {
    const auto window = windows.first(size_bytes).front();
    TRY(read(offset, window));
    for (const unsigned fragment : wanted) TRY(take(fragment, window));
    return {};
  });
}

}  // namespace

Result<void> read_piece(const Shape& shape, unsigned fragment, std::uint64_t offset,
                        const ReadPack& read, MutableByteSpan into) {
  const std::uint64_t held = shape.pack_bytes_in(fragment);
  const auto there = static_cast<std::size_t>(
      offset >= held ? 0 : std::min<std::uint64_t>(into.size(), held - offset));
  if (there > 0) {
    TRY(read(fragment * shape.fragment_bytes() + offset, into.first(there)));
  }
  std::ranges::fill(into.subspan(there), std::byte{0});
  return {};
}

Result<void> encode(const Shape& shape, const ReadPack& read, const TakeFragment& take) {
  if (shape.tier() == Tier::copies) {
    constexpr unsigned first = 0;
    return copy(shape, std::span(&first, 1), read, take);
  }
  const auto transform = Transform::encoding(shape.data(), shape.parity());
  std::vector<unsigned> made(shape.parity());
  std::iota(made.begin(), made.end(), shape.data());
  Windows pieces(shape.data()), parities(shape.parity());
  return for_each_window(shape, [&](std::uint64_t offset, std::size_t size_bytes) -> Result<void> {
    const auto sources = pieces.first(size_bytes);
    for (unsigned i = 0; i < shape.data(); ++i) {
      TRY(read_piece(shape, i, offset, read, sources[i]));
      TRY(take(i, sources[i]));
    }
    return apply_and_give(transform, sources, parities.first(size_bytes), made, take);
  });
}

Result<void> rebuild(const Shape& shape, std::span<const unsigned> have,
                     std::span<const unsigned> wanted, const ReadFragment& read,
                     const TakeFragment& take) {
  const auto is_none = [&](unsigned fragment) { return fragment >= shape.fragments(); };
  if (std::ranges::any_of(have, is_none) || std::ranges::any_of(wanted, is_none))
    return base::fail(base::Code::invalid, "there is no such fragment");
  if (shape.tier() == Tier::copies) {
    if (have.size() != 1 || wanted.empty())
      return base::fail(base::Code::invalid, "a copy is made of one copy");
    return copy(
        shape, wanted,
        [&](std::uint64_t offset, MutableByteSpan into) { return read(have[0], offset, into); },
        take);
  }
  const auto transform = TRY(Transform::rebuilding(shape.data(), have, wanted));
  Windows there(have.size()), made(wanted.size());
  return for_each_window(shape, [&](std::uint64_t offset, std::size_t size_bytes) -> Result<void> {
    const auto sources = there.first(size_bytes);
    for (std::size_t i = 0; i < have.size(); ++i) TRY(read(have[i], offset, sources[i]));
    return apply_and_give(transform, sources, made.first(size_bytes), wanted, take);
  });
}

}  // namespace tesseras::erasure

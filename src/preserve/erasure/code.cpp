#include "preserve/erasure/code.hpp"

#include <isa-l/erasure_code.h>

#include <algorithm>
#include <array>

#include "foundation/base/assert.hpp"

namespace tesseras::erasure {
namespace {

constexpr unsigned fragments_max = 255;
constexpr std::size_t table_bytes = 32;
// All strips of this length stay in the first two caches while they are mixed; longer ones are
// three times as slow at 48+24.
constexpr std::size_t strip_bytes = 4096;

// Rows of `width` coefficients each.
using Matrix = std::vector<unsigned char>;

void append_row(Matrix& matrix, unsigned width, unsigned fragment) {
  for (unsigned column = 0; column < width; ++column) {
    const bool is_unit = fragment < width;
    matrix.push_back(is_unit ? static_cast<unsigned char>(fragment == column)
                             : gf_inv(static_cast<unsigned char>(fragment ^ column)));
  }
}

Matrix product(const Matrix& left, const Matrix& right, unsigned width) {
  Matrix result(left.size());
  for (std::size_t at = 0; at < left.size(); ++at) {
    const std::size_t row = at / width, column = at % width;
    for (unsigned i = 0; i < width; ++i)
      result[at] ^= gf_mul(left[row * width + i], right[i * width + column]);
  }
  return result;
}

bool are_possible(std::span<const unsigned> fragments) {
  return std::ranges::all_of(fragments, [](unsigned one) { return one < fragments_max; });
}

}  // namespace

Transform::Transform(unsigned sources, unsigned targets, std::span<const unsigned char> matrix)
    : sources_(sources), targets_(targets), tables_(table_bytes * sources * targets) {
  ASSERT(matrix.size() == std::size_t{sources} * targets);
  Matrix mutable_matrix(matrix.begin(), matrix.end());  // which ISA-L does not change
  ec_init_tables(static_cast<int>(sources), static_cast<int>(targets), mutable_matrix.data(),
                 tables_.data());
}

Transform Transform::encoding(unsigned data, unsigned parity) {
  ASSERT(data >= 1 && parity >= 1 && data + parity <= fragments_max);
  Matrix matrix;
  for (unsigned fragment = data; fragment < data + parity; ++fragment)
    append_row(matrix, data, fragment);
  return {data, parity, matrix};
}

Result<Transform> Transform::rebuilding(unsigned data, std::span<const unsigned> have,
                                        std::span<const unsigned> wanted) {
  if (data == 0 || have.size() != data || wanted.empty() || !are_possible(have) ||
      !are_possible(wanted)) {
    return base::fail(base::Code::invalid, "{} fragments do not make others of a code of {}",
                      have.size(), data);
  }
  std::vector<unsigned> sorted(have.begin(), have.end());
  std::ranges::sort(sorted);
  if (std::ranges::adjacent_find(sorted) != sorted.end())
    return base::fail(base::Code::invalid, "one fragment is there twice");
  Matrix there, inverse(std::size_t{data} * data), rows;
  for (const unsigned fragment : have) append_row(there, data, fragment);
  for (const unsigned fragment : wanted) append_row(rows, data, fragment);
  // It destroys `there`. A Cauchy matrix's square parts are regular, and those with unit rows too.
  const bool is_regular =
      gf_invert_matrix(there.data(), inverse.data(), static_cast<int>(data)) == 0;
  ASSERT(is_regular);
  return Transform(data, static_cast<unsigned>(wanted.size()), product(rows, inverse, data));
}

void Transform::apply(std::span<const base::ByteSpan> sources,
                      std::span<const base::MutableByteSpan> targets) const {
  ASSERT(sources.size() == sources_ && targets.size() == targets_);
  const std::size_t size_bytes = sources.front().size();
  for (const auto& one : sources) ASSERT(one.size() == size_bytes);
  for (const auto& one : targets) ASSERT(one.size() == size_bytes);
  std::array<unsigned char*, fragments_max> from{}, to{};
  for (std::size_t at = 0; at < size_bytes; at += strip_bytes) {
    const std::size_t length = std::min(strip_bytes, size_bytes - at);
    // ISA-L takes what it only reads as if it wrote it, and bytes as characters.
    for (std::size_t i = 0; i < sources_; ++i) {
      from.at(i) = const_cast<unsigned char*>(
          reinterpret_cast<const unsigned char*>(sources[i].subspan(at).data()));
    }
    for (std::size_t i = 0; i < targets_; ++i)
      to.at(i) = reinterpret_cast<unsigned char*>(targets[i].subspan(at).data());
    ec_encode_data(static_cast<int>(length), static_cast<int>(sources_), static_cast<int>(targets_),
                   const_cast<unsigned char*>(tables_.data()), from.data(), to.data());
  }
}

}  // namespace tesseras::erasure

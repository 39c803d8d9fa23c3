// How fast fragments are made and made again, beside ISA-L's own loop over the same buffers with
// the strips that suit it best. Prints a line for each: WHAT OURS THEIRS STRIP, in bytes of the
// pack a second, and bytes.
#include <fmt/format.h>
#include <isa-l/erasure_code.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <numeric>
#include <random>
#include <vector>

#include "foundation/base/bytes.hpp"
#include "preserve/erasure/code.hpp"

namespace {

using tesseras::base::Bytes;
using tesseras::base::ByteSpan;
using tesseras::base::MutableByteSpan;
using tesseras::erasure::Transform;

constexpr std::size_t fragment_bytes = std::size_t{1} << 20U;
constexpr std::array<std::size_t, 7> strips = {512, 1024, 2048, 4096, 8192, 16'384, 65'536};

// Seconds that one call takes, at its fastest of several.
double fastest(const std::function<void()>& call) {
  double best = 1e9;
  for (int round = 0; round < 15; ++round) {
    const auto begun = std::chrono::steady_clock::now();
    call();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    best = std::min(best, took.count());
  }
  return best;
}

struct Buffers {
  explicit Buffers(unsigned count) : bytes(count, Bytes(fragment_bytes)) {
    std::mt19937_64 random(count);
    for (auto& one : bytes)
      for (auto& byte : one) byte = static_cast<std::byte>(random() & 0xffU);
  }
  std::vector<unsigned char*> at(std::size_t offset) {
    std::vector<unsigned char*> all;
    for (auto& one : bytes) all.push_back(reinterpret_cast<unsigned char*>(one.data()) + offset);
    return all;
  }
  std::vector<Bytes> bytes;
};

// As ISA-L's own documentation has it, with nothing of ours.
double isa_l(std::vector<unsigned char>& rows, unsigned data, unsigned targets, Buffers& from,
             Buffers& to, std::size_t strip) {
  std::vector<unsigned char> tables(std::size_t{32} * data * targets);
  ec_init_tables(static_cast<int>(data), static_cast<int>(targets), rows.data(), tables.data());
  return fastest([&] {
    for (std::size_t at = 0; at < fragment_bytes; at += strip) {
      auto sources = from.at(at), made = to.at(at);
      ec_encode_data(static_cast<int>(strip), static_cast<int>(data), static_cast<int>(targets),
                     tables.data(), sources.data(), made.data());
    }
  });
}

double ours(const Transform& transform, Buffers& from, Buffers& to) {
  const std::vector<ByteSpan> sources(from.bytes.begin(), from.bytes.end());
  const std::vector<MutableByteSpan> targets(to.bytes.begin(), to.bytes.end());
  return fastest([&] { transform.apply(sources, targets); });
}

void compare(const char* what, const Transform& transform, std::vector<unsigned char> rows,
             unsigned data, unsigned parity) {
  Buffers from(data), to(parity);
  const double we = ours(transform, from, to);
  double they = 1e9;
  std::size_t best_strip = 0;
  for (const std::size_t strip : strips) {
    const double took = isa_l(rows, data, parity, from, to, strip);
    if (took < they) best_strip = strip;
    they = std::min(they, took);
  }
  const double pack_bytes = static_cast<double>(data * fragment_bytes);
  fmt::print("{} {}+{} {:.0f} {:.0f} {}\n", what, data, parity, pack_bytes / we, pack_bytes / they,
             best_strip);
}

}  // namespace

int main() {
  for (const auto& [data, parity] : {std::pair{16U, 8U}, std::pair{48U, 24U}}) {
    std::vector<unsigned char> matrix(std::size_t{data + parity} * data);
    gf_gen_cauchy1_matrix(matrix.data(), static_cast<int>(data + parity), static_cast<int>(data));
    const auto below = matrix.begin() + static_cast<std::ptrdiff_t>(data * data);
    compare("encode", Transform::encoding(data, parity), {below, matrix.end()}, data, parity);

    // The first pieces are lost, as many as may be: what is left makes them again.
    std::vector<unsigned> lost(parity), have(data);
    std::iota(lost.begin(), lost.end(), 0U);
    std::iota(have.begin(), have.end(), parity);
    const auto rows_left = matrix.begin() + static_cast<std::ptrdiff_t>(parity * data);
    std::vector<unsigned char> left(rows_left,
                                    rows_left + static_cast<std::ptrdiff_t>(data * data));
    std::vector<unsigned char> inverse(left.size());
    gf_invert_matrix(left.data(), inverse.data(), static_cast<int>(data));
    inverse.resize(std::size_t{parity} * data);
    compare("decode", Transform::rebuilding(data, have, lost).value(), inverse, data, parity);
  }
}

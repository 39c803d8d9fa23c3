#include "preserve/erasure/code.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <numeric>
#include <random>

#include "foundation/base/vector_fixture.hpp"

namespace tesseras::erasure {
namespace {

using base::Bytes;
using base::ByteSpan;
using base::Code;
using base::MutableByteSpan;

// The arithmetic again, by hand: bit by bit, and the inverse by trying.
std::uint8_t times(std::uint8_t a, std::uint8_t b) {
  unsigned product = 0, factor = a;
  for (unsigned bit = 0; bit < 8; ++bit) {
    if ((unsigned{b} >> bit & 1U) != 0) product ^= factor;
    factor = factor << 1U ^ ((factor & 0x80U) != 0 ? 0x11dU : 0U);
  }
  return static_cast<std::uint8_t>(product);
}

std::uint8_t inverse(std::uint8_t a) {
  for (unsigned b = 1; b < 256; ++b)
    if (times(a, static_cast<std::uint8_t>(b)) == 1) return static_cast<std::uint8_t>(b);
  return 0;
}

std::vector<Bytes> random_fragments(unsigned count, std::size_t size_bytes, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<Bytes> all(count, Bytes(size_bytes));
  for (auto& one : all)
    for (auto& byte : one) byte = static_cast<std::byte>(random() & 0xffU);
  return all;
}

std::vector<Bytes> apply(const Transform& transform, const std::vector<Bytes>& from) {
  std::vector<Bytes> to(transform.targets(), Bytes(from.front().size()));
  const std::vector<ByteSpan> sources(from.begin(), from.end());
  const std::vector<MutableByteSpan> targets(to.begin(), to.end());
  transform.apply(sources, targets);
  return to;
}

// All fragments of a random pack.
std::vector<Bytes> encoded(unsigned data, unsigned parity, std::size_t size_bytes,
                           std::uint64_t seed = 1) {
  auto all = random_fragments(data, size_bytes, seed);
  for (auto& one : apply(Transform::encoding(data, parity), all)) all.push_back(std::move(one));
  return all;
}

TEST(Encoding, IsTheCauchyMatrix) {
  for (const auto& [data, parity] : {std::pair{16U, 8U}, std::pair{48U, 24U}, std::pair{1U, 1U}}) {
    const auto all = encoded(data, parity, 33);
    for (unsigned row = data; row < data + parity; ++row) {
      for (std::size_t at = 0; at < 33; ++at) {
        std::uint8_t sum = 0;
        for (unsigned column = 0; column < data; ++column) {
          sum ^= times(inverse(static_cast<std::uint8_t>(row ^ column)),
                       std::to_integer<std::uint8_t>(all[column][at]));
        }
        ASSERT_EQ(std::to_integer<std::uint8_t>(all[row][at]), sum) << row << " " << at;
      }
    }
  }
}

TEST(Encoding, DoesNotDependOnStrips) {
  const auto all = encoded(16, 8, 10'001);
  for (const std::size_t cut : {std::size_t{1}, std::size_t{4096}, std::size_t{9999}}) {
    auto first = std::vector<Bytes>(16), rest = std::vector<Bytes>(16);
    for (unsigned i = 0; i < 16; ++i) {
      first[i].assign(all[i].begin(), all[i].begin() + static_cast<std::ptrdiff_t>(cut));
      rest[i].assign(all[i].begin() + static_cast<std::ptrdiff_t>(cut), all[i].end());
    }
    const auto transform = Transform::encoding(16, 8);
    const auto begin = apply(transform, first), end = apply(transform, rest);
    for (unsigned i = 0; i < 8; ++i) {
      Bytes joined = begin[i];
      joined.insert(joined.end(), end[i].begin(), end[i].end());
      EXPECT_TRUE(joined == all[16 + i]);
    }
  }
}

TEST(Rebuilding, AnyEnoughMakeAllTheOthers) {
  std::mt19937_64 random(7);
  for (const auto& [data, parity] : {std::pair{16U, 8U}, std::pair{48U, 24U}}) {
    const unsigned count = data + parity;
    const auto all = encoded(data, parity, 100);
    std::vector<unsigned> order(count);
    std::iota(order.begin(), order.end(), 0U);
    for (int round = 0; round < 300; ++round) {
      std::ranges::shuffle(order, random);
      const auto have = std::span(order).first(data), wanted = std::span(order).subspan(data);
      std::vector<Bytes> there;
      for (const unsigned one : have) there.push_back(all[one]);
      const auto made = apply(Transform::rebuilding(data, have, wanted).value(), there);
      for (std::size_t i = 0; i < wanted.size(); ++i)
        ASSERT_TRUE(made[i] == all[wanted[i]]) << "round " << round << ", " << wanted[i];
    }
  }
}

TEST(Rebuilding, CopiesWhatIsThere) {
  const auto all = encoded(4, 2, 50);
  const std::vector<unsigned> have = {5, 1, 4, 2}, wanted = {1, 0, 5};
  const auto made =
      apply(Transform::rebuilding(4, have, wanted).value(), {all[5], all[1], all[4], all[2]});
  EXPECT_TRUE(made[0] == all[1]);
  EXPECT_TRUE(made[1] == all[0]);
  EXPECT_TRUE(made[2] == all[5]);
}

// spec/vectors/plan, made by other code than ours: see make.py there.
TEST(CodeVectors, Hold) {
  int held = 0;
  const std::filesystem::path folder = TESSERAS_SOURCE_DIR "/spec/vectors/plan";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().stem();
    if (entry.path().extension() != ".txt" || !name.starts_with("code-")) continue;
    SCOPED_TRACE(name);
    auto vector = base::read_vector(entry.path());
    const unsigned data = name.starts_with("code-16-8-") ? 16 : 48, parity = data / 2;
    Bytes pack = base::bytes_of_vector(vector["pack"]);
    std::vector<Bytes> expected;
    for (unsigned i = 0; i < data + parity; ++i)
      expected.push_back(base::bytes_of_vector(vector["fragment-" + std::to_string(i)]));
    const std::size_t size_bytes = expected.front().size();
    pack.resize(size_bytes * data);
    std::vector<Bytes> all(data);
    for (unsigned i = 0; i < data; ++i) {
      const auto piece = ByteSpan(pack).subspan(i * size_bytes, size_bytes);
      all[i].assign(piece.begin(), piece.end());
    }
    for (auto& one : apply(Transform::encoding(data, parity), all)) all.push_back(std::move(one));
    EXPECT_TRUE(all == expected);
    ++held;
  }
  EXPECT_GE(held, 8);
}

// The bytes of fragment j where only byte 0 of piece j is 1 are the coefficients.
TEST(CodeVectors, HaveTheMatrixWrittenOut) {
  for (const unsigned data : {16U, 48U}) {
    const unsigned parity = data / 2;
    auto vector = base::read_vector(
        fmt::format("{}/spec/vectors/plan/matrix-{}-{}.txt", TESSERAS_SOURCE_DIR, data, parity));
    std::vector<Bytes> unit(data, Bytes(data));
    for (unsigned i = 0; i < data; ++i) unit[i][i] = std::byte{1};
    const auto made = apply(Transform::encoding(data, parity), unit);
    for (unsigned i = 0; i < parity; ++i)
      EXPECT_EQ(base::to_hex(made[i]), vector["row-" + std::to_string(data + i)]);
  }
}

TEST(Rebuilding, RefusesWhatCannotBe) {
  const std::vector<unsigned> two = {0, 1}, twice = {1, 1}, beyond = {0, 255}, none;
  const auto code = [](const Result<Transform>& result) {
    return result ? std::optional<Code>() : result.error().code;
  };
  EXPECT_EQ(code(Transform::rebuilding(2, two, two)), std::nullopt);
  EXPECT_EQ(code(Transform::rebuilding(3, two, two)), Code::invalid);
  EXPECT_EQ(code(Transform::rebuilding(2, twice, two)), Code::invalid);
  EXPECT_EQ(code(Transform::rebuilding(2, beyond, two)), Code::invalid);
  EXPECT_EQ(code(Transform::rebuilding(2, two, beyond)), Code::invalid);
  EXPECT_EQ(code(Transform::rebuilding(2, two, none)), Code::invalid);
  EXPECT_EQ(code(Transform::rebuilding(0, none, two)), Code::invalid);
}

}  // namespace
}  // namespace tesseras::erasure

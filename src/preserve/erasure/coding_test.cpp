#include "preserve/erasure/coding.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <random>

namespace tesseras::erasure {
namespace {

using base::Bytes;
using base::ByteSpan;
using base::Code;
using base::fail;
using base::MutableByteSpan;

Bytes random_bytes(std::size_t size_bytes) {
  std::mt19937_64 random(size_bytes);
  Bytes bytes(size_bytes);
  for (auto& byte : bytes) byte = static_cast<std::byte>(random() & 0xffU);
  return bytes;
}

ReadPack reading(const Bytes& pack) {
  return [&pack](std::uint64_t offset, MutableByteSpan into) -> Result<void> {
    EXPECT_LE(offset + into.size(), pack.size());
    std::ranges::copy(ByteSpan(pack).subspan(offset, into.size()), into.begin());
    return {};
  };
}

using Fragments = std::map<unsigned, Bytes>;

TakeFragment into(Fragments& fragments) {
  return [&fragments](unsigned fragment, ByteSpan bytes) -> Result<void> {
    fragments[fragment].insert(fragments[fragment].end(), bytes.begin(), bytes.end());
    return {};
  };
}

ReadFragment reading(const Fragments& fragments) {
  return [&fragments](unsigned fragment, std::uint64_t offset, MutableByteSpan to) -> Result<void> {
    std::ranges::copy(ByteSpan(fragments.at(fragment)).subspan(offset, to.size()), to.begin());
    return {};
  };
}

// Sizes that end within a window, at one, within a piece and before the last pieces.
const std::pair<Tier, std::size_t> cases[] = {
    {Tier::copies, 1},         {Tier::copies, 300'000}, {Tier::medium, 16 * 262'144},
    {Tier::medium, 5'000'001}, {Tier::medium, 18},      {Tier::large, 48 * 262'144 + 1},
    {Tier::large, 13'000'000},
};

TEST(Coding, DataFragmentsAreThePack) {
  for (const auto& [tier, size_bytes] : cases) {
    const Bytes pack = random_bytes(size_bytes);
    const Shape shape(tier, size_bytes);
    Fragments fragments;
    ASSERT_TRUE(encode(shape, reading(pack), into(fragments)));
    EXPECT_EQ(fragments.size(), tier == Tier::copies ? 1 : shape.fragments());
    Bytes joined;
    for (unsigned i = 0; i < shape.data(); ++i)
      joined.insert(joined.end(), fragments[i].begin(), fragments[i].end());
    for (const auto& [number, bytes] : fragments) EXPECT_EQ(bytes.size(), shape.fragment_bytes());
    for (std::size_t i = size_bytes; i < joined.size(); ++i) ASSERT_EQ(joined[i], std::byte{0});
    joined.resize(size_bytes);
    EXPECT_TRUE(joined == pack);
  }
}

TEST(Coding, EnoughFragmentsMakeTheRest) {
  std::mt19937_64 random(3);
  for (const auto& [tier, size_bytes] : cases) {
    const Shape shape(tier, size_bytes);
    const Bytes pack = random_bytes(size_bytes);
    Fragments all;
    ASSERT_TRUE(encode(shape, reading(pack), into(all)));
    if (tier == Tier::copies)
      for (unsigned i = 1; i < shape.fragments(); ++i) all[i] = all[0];
    std::vector<unsigned> order(shape.fragments());
    std::iota(order.begin(), order.end(), 0U);
    std::ranges::shuffle(order, random);
    const auto have = std::span(order).first(shape.data());
    const auto wanted = std::span(order).subspan(shape.data());
    Fragments made;
    ASSERT_TRUE(rebuild(shape, have, wanted, reading(all), into(made)));
    EXPECT_EQ(made.size(), wanted.size());
    for (const auto& [number, bytes] : made) EXPECT_TRUE(bytes == all[number]) << number;
  }
}

TEST(Coding, RefusesFragmentsThatAreNot) {
  const Shape medium(Tier::medium, 5'000'000), copies(Tier::copies, 100);
  Fragments made;
  const auto read = [](unsigned, std::uint64_t, MutableByteSpan) -> Result<void> {
    ADD_FAILURE();
    return {};
  };
  const auto code = [&](const Shape& shape, std::vector<unsigned> have,
                        std::vector<unsigned> wanted) {
    const auto done = rebuild(shape, have, wanted, read, into(made));
    return done ? Code::internal : done.error().code;
  };
  std::vector<unsigned> enough(16);
  std::iota(enough.begin(), enough.end(), 0U);
  EXPECT_EQ(code(medium, enough, {24}), Code::invalid);
  EXPECT_EQ(code(medium, {0, 1}, {2}), Code::invalid);
  enough[3] = 24;
  EXPECT_EQ(code(medium, enough, {20}), Code::invalid);
  EXPECT_EQ(code(copies, {0, 1}, {2}), Code::invalid);
  EXPECT_EQ(code(copies, {0}, {7}), Code::invalid);
  EXPECT_EQ(code(copies, {0}, {}), Code::invalid);
}

TEST(Coding, TheFirstErrorEndsIt) {
  const Shape shape(Tier::medium, 10'000'000);
  int reads = 0;
  const auto breaks = [&](std::uint64_t, MutableByteSpan) -> Result<void> {
    if (++reads == 20) return fail(Code::io, "the disk is gone");
    return {};
  };
  Fragments made;
  EXPECT_EQ(encode(shape, breaks, into(made)).error().code, Code::io);
  EXPECT_EQ(reads, 20);

  const Bytes pack = random_bytes(10'000'000);
  int takes = 0;
  const auto full = [&](unsigned, ByteSpan) -> Result<void> {
    if (++takes == 30) return fail(Code::exhausted, "the disk is full");
    return {};
  };
  EXPECT_EQ(encode(shape, reading(pack), full).error().code, Code::exhausted);
  EXPECT_EQ(takes, 30);
}

}  // namespace
}  // namespace tesseras::erasure

// For tests: a family's shares.
#pragma once

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "preserve/heirs/recovery.hpp"

namespace tesseras::heirs {

inline identity::RootSeed seed_of(unsigned char value) {
  return identity::RootSeed::copy_of(base::Bytes(identity::RootSeed::size_bytes, std::byte{value}));
}

// Made on 2026-02-15.
inline std::vector<Share> shares_of(unsigned char seed, unsigned threshold, unsigned total) {
  const auto noon = base::from_rfc3339_seconds("2026-02-15T12:00:00Z");
  auto shares = make_shares(seed_of(seed), threshold, total, noon.value());
  EXPECT_TRUE(shares) << shares.error().message;
  return *std::move(shares);
}

inline Share copy_of(const Share& share) {
  return {.set = share.set,
          .part = {share.part.index, crypto::SecretBuffer::copy_of(share.part.data.span())}};
}

}  // namespace tesseras::heirs

#include "preserve/sealing/content_key.hpp"

#include <gtest/gtest.h>

namespace tesseras::sealing {
namespace {

TEST(ContentKey, IsNewEachTime) {
  EXPECT_NE(new_content_key(), new_content_key());
  EXPECT_NE(new_capsule_id(), new_capsule_id());
}

TEST(ContentKey, IsCommittedToTogetherWithItsCapsule) {
  const auto key = new_content_key();
  const auto capsule = new_capsule_id();
  EXPECT_EQ(commitment_to(key, capsule), commitment_to(key, capsule));
  EXPECT_NE(commitment_to(key, capsule), commitment_to(key, new_capsule_id()));
  EXPECT_NE(commitment_to(key, capsule), commitment_to(new_content_key(), capsule));
}

TEST(ContentKey, CommitmentSaysNothingOfWhatElseIsDerived) {
  const auto key = new_content_key();
  const auto capsule = new_capsule_id();
  const auto commitment = commitment_to(key, capsule);
  const auto stream = derive("tesseras content stream v1", key, capsule);
  EXPECT_FALSE(std::ranges::equal(commitment.bytes, stream.span()));
  EXPECT_FALSE(std::ranges::equal(commitment.bytes, key.span()));
}

TEST(AssociatedData, HoldsKindCapsuleAndDate) {
  Capsule capsule;
  capsule.id.bytes.fill(std::byte{0xab});
  std::string hex_id;
  for (int i = 0; i < 32; ++i) hex_id += "ab";
  EXPECT_EQ(base::to_hex(associated_data("kind", capsule)),
            "6b696e640a" + hex_id + "00" + "0000000000000000");
  capsule.open_after = base::WallTime{-2, 0};
  EXPECT_EQ(base::to_hex(associated_data("kind", capsule)),
            "6b696e640a" + hex_id + "01" + "feffffffffffffff");
  capsule.open_after = base::WallTime{0x0102, 0};
  EXPECT_EQ(base::to_hex(associated_data("kind", capsule)),
            "6b696e640a" + hex_id + "01" + "0201000000000000");
}

}  // namespace
}  // namespace tesseras::sealing

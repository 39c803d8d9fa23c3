#include "preserve/tessera/manifest_head.hpp"

#include <gtest/gtest.h>

namespace tesseras::tessera {
namespace {

const std::string key(64, 'a'), hash(64, '5');

std::string head_of(std::string_view created = "2026-02-14T09:30:00Z") {
  return "TESSERA MANIFEST v1\ncreated: " + std::string(created) + "\ncreator: " + key +
         "\ncreator-mldsa65: " + hash + "\n";
}

TEST(ManifestHead, IsThatOfAManifest) {
  ManifestHeader header;
  header.created = *base::from_rfc3339_seconds("1999-12-31T23:59:59Z");
  header.creator = *CreatorKey::from_hex(key);
  header.creator_mldsa65 = *crypto::Blake3Hash::from_hex(hash);
  header.title = "Anything";
  const std::string text = encode(header);
  const auto head = parse_manifest_head(text);
  ASSERT_TRUE(head);
  EXPECT_EQ(*head, (ManifestHead{header.created, header.creator, header.creator_mldsa65}));
  EXPECT_EQ(parse_manifest_head(text.substr(0, manifest_head_bytes)).value(), *head);
  EXPECT_FALSE(parse_manifest_head(text.substr(0, manifest_head_bytes - 1)));
}

TEST(ManifestHead, NothingElseIsTaken) {
  ASSERT_EQ(head_of().size(), manifest_head_bytes);
  ASSERT_TRUE(parse_manifest_head(head_of()));
  for (std::size_t i = 0; i < manifest_head_bytes; ++i) {
    std::string changed = head_of();
    changed[i] = 'X';
    EXPECT_FALSE(parse_manifest_head(changed)) << i;
    EXPECT_FALSE(parse_manifest_head(head_of().substr(0, i))) << i;
    EXPECT_FALSE(parse_manifest_head(head_of().erase(i, 1))) << i;
  }
  EXPECT_FALSE(parse_manifest_head(head_of("2026-02-30T09:30:00Z")));
  EXPECT_FALSE(parse_manifest_head(""));
}

}  // namespace
}  // namespace tesseras::tessera

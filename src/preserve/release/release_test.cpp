#include "preserve/release/release.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>

#include "foundation/wire/body.hpp"
#include "foundation/wire/limits.hpp"
#include "foundation/wire/message_pack.hpp"
#include "preserve/release/release_fixture.hpp"
#include "preserve/sealing/limits.hpp"

namespace tesseras::release {
namespace {

using base::Code;

TEST(Release, OfAKeyHoldsForItsTesseraAlone) {
  const SealedTessera tessera, other;
  const auto release = Release::of_key(tessera.manifest, tessera.key);
  ASSERT_TRUE(release) << release.error().message;
  ASSERT_NE(release->key(), nullptr);
  EXPECT_EQ(*release->key(), tessera.key);
  EXPECT_EQ(Release::of_key(tessera.manifest, other.key).error().code, Code::invalid);
}

TEST(Release, OfPartsBecomesAKeyAtTheThreshold) {
  const SealedTessera tessera(5, 3);
  auto release = tessera.release_of(4);
  EXPECT_EQ(release.key(), nullptr);
  EXPECT_EQ(release.merge(tessera.release_of(4)), false);
  EXPECT_EQ(release.merge(tessera.release_of(0)), true);
  EXPECT_EQ(release.parts().size(), 2U);
  EXPECT_EQ(release.merge(tessera.release_of(2)), true);
  ASSERT_NE(release.key(), nullptr);
  EXPECT_EQ(*release.key(), tessera.key);
  EXPECT_TRUE(release.parts().empty());
  EXPECT_EQ(release.merge(tessera.release_of(1)), false);
}

TEST(Release, OfAThresholdOfOneIsAKeyAtOnce) {
  const SealedTessera tessera(2, 1);
  EXPECT_NE(tessera.release_of(1).key(), nullptr);
}

TEST(Release, TakesAKeyInThePlaceOfParts) {
  const SealedTessera tessera;
  auto release = tessera.release_of(1);
  EXPECT_EQ(release.merge(tessera.with_key()), true);
  EXPECT_NE(release.key(), nullptr);
}

TEST(Release, RefusesAPartThatDoesNotHold) {
  const SealedTessera tessera;
  auto part = tessera.part_of(0);
  part.data.mutable_span()[3] ^= std::byte{1};
  EXPECT_EQ(Release::of_part(tessera.deposit(), part).error().code, Code::invalid);
  part = tessera.part_of(0);
  part.index = static_cast<std::uint8_t>(part.index % 3 + 1);
  EXPECT_EQ(Release::of_part(tessera.deposit(), part).error().code, Code::invalid);
  part.index = 200;
  EXPECT_EQ(Release::of_part(tessera.deposit(), part).error().code, Code::invalid);
}

// A creator who is not honest: the parts hold, and are those of another key.
TEST(Release, TakesNoPartThatWouldMakeAnotherKey) {
  SealedTessera tessera;
  tessera.key = sealing::new_content_key();
  tessera.manifest = tessera.manifest_with(tessera::Visibility::sealed, tessera.witnesses);
  auto release = tessera.release_of(0);
  EXPECT_EQ(release.merge(tessera.release_of(1)).error().code, Code::invalid);
  EXPECT_EQ(release.parts().size(), 1U);
}

TEST(Release, IsReadAsItIsWritten) {
  const SealedTessera tessera(5, 3);
  auto parts = tessera.release_of(0);
  ASSERT_TRUE(parts.merge(tessera.release_of(3)));
  const auto read = Release::decode(parts.encoded());
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->parts().size(), 2U);
  EXPECT_EQ(read->encoded(), parts.encoded());

  const auto key = Release::decode(tessera.with_key().encoded());
  ASSERT_TRUE(key) << key.error().message;
  EXPECT_EQ(*key->key(), tessera.key);
}

TEST(Release, HasEachPartOnce) {
  const SealedTessera tessera(5, 3);
  const auto part = tessera.part_of(1);
  const auto bytes = wire::pack_body([&](wire::MapWriter& map) {
    map.bytes("manifest", base::as_bytes(tessera.manifest));
    map.list("parts", std::array{1, 2}, [&](wire::ArrayWriter& out, int) {
      out.map([&](wire::MapWriter& one) {
        one.bytes("data", part.data.span());
        one.number("index", part.index);
      });
    });
    map.bytes("witnesses", tessera.witnesses);
  });
  EXPECT_EQ(Release::decode(bytes).error().message,
            fmt::format("it has part {} twice", part.index));
}

TEST(Release, OfAsManyWitnessesAsThereMayBeFitsAMessage) {
  const SealedTessera tessera(sealing::Limits::witnesses_max, sealing::Limits::witnesses_max);
  auto release = tessera.release_of(0);
  for (std::size_t i = 1; i + 1 < tessera.keys.size(); ++i)
    ASSERT_TRUE(release.merge(tessera.release_of(i)));
  EXPECT_EQ(release.key(), nullptr);
  EXPECT_TRUE(Release::decode(release.encoded()));
}

// Whatever byte is changed, it is refused; or it is the MANIFEST of another tessera with the same
// key, which nobody has.
TEST(Release, ChangedAnywhereIsRefused) {
  const SealedTessera tessera;
  for (const auto& whole : {tessera.with_key(), tessera.release_of(2)}) {
    const auto bytes = whole.encoded();
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      auto changed = bytes;
      changed[at] ^= std::byte{0x10};
      const auto read = Release::decode(changed);
      EXPECT_TRUE(!read || read->content_hash() != whole.content_hash()) << at;
    }
    for (std::size_t size = 0; size < bytes.size(); size += 13)
      EXPECT_FALSE(Release::decode(base::ByteSpan(bytes).first(size))) << size;
  }
}

TEST(Release, LiesAtAPlaceOfItsOwn) {
  const SealedTessera one, other;
  EXPECT_EQ(place_of(one.content_hash()), place_of(one.content_hash()));
  EXPECT_NE(place_of(one.content_hash()), place_of(other.content_hash()));
  EXPECT_NE(place_of(one.content_hash()), dht::key_of(one.content_hash()));
}

}  // namespace
}  // namespace tesseras::release

#include "preserve/replica/retraction.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "foundation/base/vector_fixture.hpp"
#include "preserve/replica/replica_fixture.hpp"

namespace tesseras::replica {
namespace {

using base::Bytes;
using base::Code;

const base::WallTime noon = *base::from_rfc3339_seconds("2026-07-01T12:00:00Z");

TEST(Retraction, StandsAsTheSpecificationShowsIt) {
  const Retraction retraction{{}, 1234, *base::from_rfc3339_seconds("2026-02-14T09:30:00Z")};
  const std::string text = "tesseras retraction v1\ncontent: " + std::string(64, '0') +
                           "\nmanifest: 1234\nretracted: 2026-02-14T09:30:00Z\n";
  EXPECT_EQ(encode(retraction), text);
  EXPECT_EQ(parse_retraction(text).value(), retraction);
  EXPECT_FALSE(parse_retraction(text + std::string(300, ' ')));
}

TEST(Retraction, IsReadAsMade) {
  const auto author = author_from(7);
  for (const std::size_t size_bytes : {500UL, 1024UL, 1025UL, 5000UL, 1'000'000UL}) {
    const std::string manifest = manifest_of(author, size_bytes);
    const auto made = SignedRetraction::make(manifest, {noon.unix_seconds, 5}, author).value();
    EXPECT_EQ(made.content_hash().hex(), crypto::blake3(base::as_bytes(manifest)).hex());
    EXPECT_EQ(made.retraction().retracted_at, noon);
    const Bytes bytes = made.encoded();
    EXPECT_LE(bytes.size(), signed_retraction_bytes_max);
    const auto read = SignedRetraction::decode(bytes);
    ASSERT_TRUE(read) << size_bytes << ": " << read.error().message;
    EXPECT_EQ(read->retraction(), made.retraction());
    EXPECT_EQ(read->author(), author.public_keys().ed25519);
    EXPECT_TRUE(read->encoded() == bytes);
    EXPECT_TRUE(SignedRetraction::make(manifest, noon, author)->encoded() == bytes);
  }
}

TEST(Retraction, IsMadeByTheAuthorOnly) {
  const std::string manifest = manifest_of(author_from(7));
  EXPECT_EQ(SignedRetraction::make(manifest, noon, author_from(8)).error().code, Code::denied);
  EXPECT_FALSE(SignedRetraction::make(std::string(5000, 'x'), noon, author_from(7)));
}

// A plan carries the same proof: neither may pass for the other.
TEST(Retraction, IsNoPlan) {
  const auto plan = small_sample(1).plan;
  EXPECT_FALSE(SignedRetraction::decode(plan.encoded()));
  const auto author = author_from(7);
  const auto made = SignedRetraction::make(manifest_of(author), noon, author).value();
  EXPECT_FALSE(SignedPlan::decode(made.encoded()));
}

TEST(Retraction, NoBitMayBeAnother) {
  const auto author = author_from(7);
  const Bytes good = SignedRetraction::make(manifest_of(author), noon, author)->encoded();
  for (std::size_t at = 0; at < good.size(); at += 53) {
    Bytes bad = good;
    bad[at] ^= std::byte{0x20};
    EXPECT_FALSE(SignedRetraction::decode(bad)) << at;
    EXPECT_FALSE(SignedRetraction::decode(base::ByteSpan(good).first(at))) << at;
  }
  EXPECT_FALSE(SignedRetraction::decode(Bytes(signed_retraction_bytes_max + 1)));
}

identity::Identity author_of(base::VectorFields& v) {
  return identity::Identity::from_seed(
      identity::RootSeed::copy_of(base::bytes_of_vector(v["seed"])));
}

bool is_as_expected(base::VectorFields& v) {
  const Bytes text = base::bytes_of_vector(v["text"]);
  const Bytes bytes = base::bytes_of_vector(v["signed"]);
  const auto parsed = parse_retraction(base::as_text(text));
  const auto read = SignedRetraction::decode(bytes);
  if (v["expect"] != "valid") {
    EXPECT_FALSE(parsed);
    EXPECT_FALSE(read);
    EXPECT_EQ((bytes.empty() ? parsed.error() : read.error()).code, Code::corrupt);
    return false;
  }
  EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().message);
  EXPECT_TRUE(read) << (read ? "" : read.error().message);
  if (!read || !parsed) return false;
  EXPECT_EQ(read->retraction(), *parsed);
  EXPECT_EQ(encode(*parsed), base::as_text(text));
  EXPECT_TRUE(read->encoded() == bytes);
  // We sign the same text with Ed25519, and both of ours hold as those of the vector do.
  const auto author = author_of(v);
  const Bytes manifest = base::bytes_of_vector(v["manifest"]);
  const auto made = SignedRetraction::make(base::as_text(manifest), parsed->retracted_at, author);
  EXPECT_TRUE(made);
  if (!made) return false;
  EXPECT_EQ(made->retraction(), *parsed);
  EXPECT_EQ(read->author(), author.public_keys().ed25519);
  EXPECT_TRUE(SignedRetraction::decode(made->encoded()));
  return true;
}

TEST(RetractionVectors, Hold) {
  int valid = 0, refused = 0;
  const std::filesystem::path folder = TESSERAS_SOURCE_DIR "/spec/vectors/retraction";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".txt") continue;
    SCOPED_TRACE(entry.path().filename());
    auto v = base::read_vector(entry.path());
    ++(is_as_expected(v) ? valid : refused);
  }
  EXPECT_GE(valid, 4);
  EXPECT_GE(refused, 24);
}

}  // namespace
}  // namespace tesseras::replica

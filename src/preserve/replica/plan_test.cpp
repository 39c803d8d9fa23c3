#include "preserve/replica/plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/wire/message_pack.hpp"
#include "preserve/replica/replica_fixture.hpp"

namespace tesseras::replica {
namespace {

using base::Bytes;
using base::Code;
using erasure::Shape;
using erasure::Tier;

constexpr std::uint64_t mib = std::uint64_t{1} << 20U;

Plan plan_of(std::string_view manifest, std::uint64_t pack_bytes = 40 * mib) {
  const auto bytes = base::as_bytes(manifest);
  Plan plan{base::ContentHash{crypto::blake3(bytes).bytes},
            bytes.size(),
            Shape(erasure::tier_of(pack_bytes), pack_bytes),
            {}};
  const bool is_copied = plan.shape.tier() == Tier::copies;
  for (unsigned i = 0; i < (is_copied ? 1 : plan.shape.fragments()); ++i) {
    const std::array one = {static_cast<std::byte>(i)};
    plan.fragments.push_back(crypto::blake3(one));
  }
  return plan;
}

class PlanText : public ::testing::Test {
 protected:
  static Code refusal(const std::string& text) {
    const auto plan = parse_plan(text);
    return plan ? Code::internal : plan.error().code;
  }
  // The text with one piece of it changed.
  static std::string with(std::string text, std::string_view what, std::string_view by) {
    const auto at = text.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    return text.replace(at, what.size(), by);
  }
};

TEST_F(PlanText, IsReadAsWritten) {
  for (const std::uint64_t pack_bytes : {std::uint64_t{1}, 4 * mib - 1, 4 * mib, 300 * mib}) {
    const Plan plan = plan_of("any", pack_bytes);
    const auto read = parse_plan(encode(plan));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, plan);
    for (unsigned i = 0; i < plan.shape.fragments(); ++i)
      EXPECT_EQ(read->hash_of(i), plan.hash_of(i));
  }
}

TEST_F(PlanText, StandsAsTheSpecificationShowsIt) {
  const Plan plan{base::ContentHash{}, 1234, Shape(Tier::copies, 8192), {crypto::Blake3Hash{}}};
  const std::string zeros(64, '0');
  EXPECT_EQ(encode(plan), "tesseras plan v1\ncontent: " + zeros +
                              "\nmanifest: 1234\npack: 8192\ncode: copies 7\n" + zeros + "\n");
}

TEST_F(PlanText, HasOneForm) {
  const std::string good = encode(plan_of("any"));
  const std::string hash(good, good.size() - 65, 64);
  ASSERT_TRUE(parse_plan(good));
  for (const auto& bad : {std::string(),
                          good + "\n",
                          good.substr(0, good.size() - 1),
                          good + hash + "\n",
                          good.substr(0, good.size() - 65),
                          "\n" + good,
                          with(good, "v1", "v2"),
                          with(good, "v1\n", "v1 \n"),
                          with(good, "\n", "\r\n"),
                          with(good, "manifest: ", "manifest: 0"),
                          with(good, "manifest: 3", "manifest: 0"),
                          with(good, "manifest: 3", "manifest: 268435457"),
                          with(good, "pack: ", "pack: +"),
                          with(good, "pack: 41943040", "pack: 0"),
                          with(good, "pack: 41943040", "pack: 300"),
                          with(good, "pack: 41943040", "pack: 9223372036854775808"),
                          with(good, "16+8", "48+24"),
                          with(good, "cauchy 16+8", "copies 7"),
                          with(good, "content: ", "Content: "),
                          with(good, "content: ", "content:  "),
                          with(good, hash, std::string(64, 'A')),
                          with(good, hash, hash.substr(1)),
                          std::string(10'000, 'x')})
    EXPECT_EQ(refusal(bad), Code::corrupt) << bad.substr(0, 200);
}

class SignedPlanTest : public ::testing::Test {
 protected:
  struct Parts {
    Bytes chunk, ed25519_key, ed25519_signature, mldsa65_key, mldsa65_signature, plan;
    std::vector<Bytes> path;
  };
  static Parts parts_of(const Bytes& encoded) {
    const auto map = wire::unpack_map(encoded).value();
    const auto bytes = [&](std::string_view key) {
      const auto span = map.bytes(key, 10'000).value();
      return Bytes(span.begin(), span.end());
    };
    Parts parts{bytes("chunk"),
                bytes("ed25519_key"),
                bytes("ed25519_signature"),
                bytes("mldsa65_key"),
                bytes("mldsa65_signature"),
                bytes("plan"),
                {}};
    const auto path = map.array("path", 60).value();
    for (const auto one : path) {
      const auto span = one.bytes(32).value();
      parts.path.emplace_back(span.begin(), span.end());
    }
    return parts;
  }
  static Bytes join(const Parts& parts) {
    return wire::pack_map([&](wire::MapWriter& map) {
             map.bytes("chunk", parts.chunk);
             map.bytes("ed25519_key", parts.ed25519_key);
             map.bytes("ed25519_signature", parts.ed25519_signature);
             map.bytes("mldsa65_key", parts.mldsa65_key);
             map.bytes("mldsa65_signature", parts.mldsa65_signature);
             map.list("path", parts.path,
                      [](wire::ArrayWriter& out, const Bytes& one) { out.bytes(one); });
             map.bytes("plan", parts.plan);
           })
        .value();
  }
  static Code refusal(const Parts& parts) {
    const auto plan = SignedPlan::decode(join(parts));
    return plan ? Code::internal : plan.error().code;
  }

  const identity::Identity author_ = author_from(7);
  const std::string manifest_ = manifest_of(author_);
  const SignedPlan made_ = SignedPlan::make(plan_of(manifest_), manifest_, author_).value();
};

TEST_F(SignedPlanTest, IsReadAsMade) {
  for (const std::size_t size_bytes : {500UL, 1024UL, 1025UL, 5000UL, 1'000'000UL}) {
    const std::string manifest = manifest_of(author_, size_bytes);
    const Plan plan = plan_of(manifest, 300 * mib);
    const auto made = SignedPlan::make(plan, manifest, author_).value();
    const Bytes bytes = made.encoded();
    EXPECT_LE(bytes.size(), signed_plan_bytes_max);
    const auto read = SignedPlan::decode(bytes);
    ASSERT_TRUE(read) << size_bytes << ": " << read.error().message;
    EXPECT_EQ(read->plan(), plan);
    EXPECT_EQ(read->id(), made.id());
    EXPECT_EQ(read->id().hex(), crypto::blake3(base::as_bytes(encode(plan))).hex());
    EXPECT_EQ(read->author(), author_.public_keys().ed25519);
    EXPECT_TRUE(read->encoded() == bytes);
    EXPECT_TRUE(SignedPlan::make(plan, manifest, author_)->encoded() == bytes);
  }
}

TEST_F(SignedPlanTest, IsMadeByTheAuthorOnly) {
  const auto plan = plan_of(manifest_);
  EXPECT_EQ(SignedPlan::make(plan, manifest_, author_from(8)).error().code, Code::denied);
  EXPECT_EQ(SignedPlan::make(plan, manifest_ + "x", author_).error().code, Code::invalid);
  EXPECT_EQ(SignedPlan::make(plan_of("other"), manifest_, author_).error().code, Code::invalid);
}

TEST_F(SignedPlanTest, NoPartMayBeAnother) {
  const Parts good = parts_of(made_.encoded());
  ASSERT_EQ(refusal(good), Code::internal);
  const auto changed = [&](auto change) {
    Parts parts = good;
    change(parts);
    return refusal(parts);
  };
  const auto flip = [](Bytes& bytes, std::size_t at) { bytes.at(at) ^= std::byte{1}; };
  EXPECT_EQ(changed([&](Parts& p) { flip(p.chunk, 900); }), Code::corrupt);
  EXPECT_EQ(changed([&](Parts& p) { p.chunk.pop_back(); }), Code::corrupt);
  EXPECT_EQ(changed([&](Parts& p) { flip(p.ed25519_key, 3); }), Code::corrupt);
  EXPECT_EQ(changed([&](Parts& p) { flip(p.mldsa65_key, 3); }), Code::corrupt);
  EXPECT_EQ(changed([&](Parts& p) { flip(p.ed25519_signature, 3); }), Code::corrupt);
  EXPECT_EQ(changed([&](Parts& p) { flip(p.mldsa65_signature, 3); }), Code::corrupt);
  EXPECT_EQ(changed([&](Parts& p) { flip(p.path.at(1), 3); }), Code::corrupt);
  EXPECT_EQ(changed([&](Parts& p) { p.path.pop_back(); }), Code::corrupt);
  EXPECT_EQ(changed([&](Parts& p) { p.path.emplace_back(32); }), Code::corrupt);
  EXPECT_EQ(changed([&](Parts& p) { flip(p.plan, p.plan.size() - 2); }), Code::corrupt);
  EXPECT_EQ(changed([&](Parts& p) { p.ed25519_signature.pop_back(); }), Code::corrupt);
}

// Somebody signs a plan for a tessera that is not theirs, with keys that are.
TEST_F(SignedPlanTest, NobodyElseSigns) {
  const auto stranger = author_from(9);
  Parts forged = parts_of(made_.encoded());
  const auto signatures = stranger.sign(forged.plan);
  const auto& keys = stranger.public_keys();
  const auto put = [](Bytes& into, const auto& from) { into.assign(from.begin(), from.end()); };
  put(forged.ed25519_key, keys.ed25519.bytes);
  put(forged.mldsa65_key, keys.mldsa65.bytes);
  put(forged.ed25519_signature, signatures.ed25519.bytes);
  put(forged.mldsa65_signature, signatures.mldsa65.bytes);
  EXPECT_EQ(refusal(forged), Code::corrupt);
  // Nor does it help to bring a MANIFEST along that names them.
  const std::string theirs = manifest_of(stranger);
  put(forged.chunk, base::as_bytes(theirs).first(1024));
  EXPECT_EQ(refusal(forged), Code::corrupt);
}

TEST_F(SignedPlanTest, OneSignatureIsNotEnough) {
  const Parts good = parts_of(made_.encoded());
  const auto other = author_.sign(base::as_bytes("tesseras plan v1\nsomething else"));
  Parts first = good, second = good;
  first.ed25519_signature.assign(other.ed25519.bytes.begin(), other.ed25519.bytes.end());
  second.mldsa65_signature.assign(other.mldsa65.bytes.begin(), other.mldsa65.bytes.end());
  EXPECT_EQ(refusal(first), Code::corrupt);
  EXPECT_EQ(refusal(second), Code::corrupt);
}

TEST_F(SignedPlanTest, AnyBytesAreRefused) {
  EXPECT_FALSE(SignedPlan::decode({}));
  Bytes bytes = made_.encoded();
  for (std::size_t size = 0; size < bytes.size(); size += 97)
    EXPECT_FALSE(SignedPlan::decode(base::ByteSpan(bytes).first(size)));
  bytes.resize(signed_plan_bytes_max + 1);
  EXPECT_FALSE(SignedPlan::decode(bytes));
}

}  // namespace
}  // namespace tesseras::replica

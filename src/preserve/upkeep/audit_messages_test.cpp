#include "preserve/upkeep/audit_messages.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "foundation/base/vector_fixture.hpp"
#include "foundation/crypto/limits.hpp"
#include "foundation/wire/frame.hpp"
#include "preserve/upkeep/limits.hpp"

namespace tesseras::upkeep {
namespace {

using base::Bytes;

constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();

Challenge challenge_of(std::uint64_t number) {
  Challenge challenge;
  challenge.content_hash.bytes.fill(std::byte{1});
  challenge.name.plan.bytes.fill(std::byte{2});
  challenge.name.fragment = replica::fragment_max;
  challenge.chunk = Limits::chunk_end - 1 - number;
  return challenge;
}

TEST(AuditMessages, FitIntoAFrameHoweverFull) {
  ProveRequest request;
  ProveResponse response;
  const ChunkProof longest{
      Bytes(crypto::blake3_chunk_size_bytes),
      std::vector<crypto::ChainingValue>(crypto::Limits::blake3_tree_depth_max)};
  for (std::uint64_t i = 0; i < Limits::challenges_max; ++i) {
    request.challenges.push_back(challenge_of(i));
    response.proofs.emplace_back(longest);
  }
  const auto asked = encode(request);
  EXPECT_TRUE(wire::encode(wire::Request{{most}, ProveRequest::method, asked}));
  EXPECT_EQ(decode<ProveRequest>(asked), request);
  const auto answered = encode(response);
  EXPECT_TRUE(wire::encode(wire::Response{{most}, answered}));
  const auto again = decode<ProveResponse>(answered);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(encode(*again), answered);
}

// Other code than ours has made them: see make.py there.
template <class Message>
bool is_as_expected(base::VectorFields& v) {
  const Bytes body = base::bytes_of_vector(v["body"]);
  const auto message = decode<Message>(body);
  EXPECT_EQ(message ? "valid" : base::name_of(message.error().code), v["expect"])
      << (message ? "" : message.error().message);
  if (!message) return false;
  if (!v.contains("further")) {
    EXPECT_EQ(base::to_hex(encode(*message)), base::to_hex(body));
  }
  return true;
}

TEST(AuditVectors, Hold) {
  int valid = 0, refused = 0;
  const std::filesystem::path folder = TESSERAS_SOURCE_DIR "/spec/vectors/audit";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".txt") continue;
    SCOPED_TRACE(entry.path().filename());
    auto v = base::read_vector(entry.path());
    const bool holds = v["message"] == "request" ? is_as_expected<ProveRequest>(v)
                                                 : is_as_expected<ProveResponse>(v);
    ++(holds ? valid : refused);
  }
  EXPECT_GE(valid, 8);
  EXPECT_GE(refused, 20);
}

}  // namespace
}  // namespace tesseras::upkeep

#include "preserve/upkeep/audit_messages.hpp"

#include <algorithm>
#include <utility>

#include "foundation/base/assert.hpp"
#include "foundation/crypto/limits.hpp"
#include "foundation/wire/body.hpp"
#include "foundation/wire/message_pack.hpp"
#include "preserve/upkeep/limits.hpp"

namespace tesseras::upkeep {
namespace {

using base::Bytes;
using base::ByteSpan;
using base::Code;
using base::fail;
using crypto::ChainingValue;
using wire::ArrayWriter;
using wire::MapView;
using wire::MapWriter;
using wire::Value;

constexpr std::size_t path_bytes_max =
    crypto::Limits::blake3_tree_depth_max * ChainingValue::size_bytes;

Bytes joined(const std::vector<ChainingValue>& path) {
  ASSERT(path.size() <= crypto::Limits::blake3_tree_depth_max);
  Bytes all;
  for (const auto& one : path) all.insert(all.end(), one.bytes.begin(), one.bytes.end());
  return all;
}

Result<std::vector<ChainingValue>> parted(ByteSpan bytes) {
  if (bytes.size() % ChainingValue::size_bytes != 0)
    return fail(Code::corrupt, "path: {} bytes are no chaining values", bytes.size());
  std::vector<ChainingValue> path;
  for (; !bytes.empty(); bytes = bytes.subspan(ChainingValue::size_bytes))
    path.push_back(*ChainingValue::from_bytes(bytes.first(ChainingValue::size_bytes)));
  return path;
}

Result<Challenge> read_challenge(Value value) {
  const MapView map = TRY(value.map());
  Challenge challenge;
  challenge.chunk = TRY(map.number("chunk", Limits::chunk_end - 1));
  challenge.content_hash = TRY(map.id<base::ContentHash>("content"));
  challenge.name.fragment =
      static_cast<unsigned>(TRY(map.number("fragment", replica::fragment_max)));
  challenge.name.plan = TRY(map.id<base::PlanId>("plan_id"));
  return challenge;
}

Result<std::optional<ChunkProof>> read_proof(Value value) {
  const MapView map = TRY(value.map());
  if (!map.has("bytes")) return std::nullopt;
  const auto bytes = TRY(map.bytes("bytes", crypto::blake3_chunk_size_bytes));
  if (bytes.empty()) return fail(Code::corrupt, "bytes: no chunk is empty");
  auto path = TRY(parted(TRY(map.bytes("path", path_bytes_max))));
  return ChunkProof{{bytes.begin(), bytes.end()}, std::move(path)};
}

bool has_one_twice(std::vector<Challenge> challenges) {
  std::ranges::sort(challenges);
  return std::ranges::adjacent_find(challenges) != challenges.end();
}

}  // namespace

Bytes encode(const ProveRequest& request) {
  ASSERT(!request.challenges.empty() && request.challenges.size() <= Limits::challenges_max);
  return wire::pack_body([&](MapWriter& map) {
    map.list("challenges", request.challenges, [](ArrayWriter& list, const Challenge& one) {
      ASSERT(one.chunk < Limits::chunk_end && one.name.fragment <= replica::fragment_max);
      list.map([&](MapWriter& fields) {
        fields.number("chunk", one.chunk);
        fields.bytes("content", one.content_hash.bytes);
        fields.number("fragment", one.name.fragment);
        fields.bytes("plan_id", one.name.plan.bytes);
      });
    });
  });
}

template <>
Result<ProveRequest> decode(ByteSpan body) {
  const MapView map = TRY(wire::unpack_body(body));
  ProveRequest request;
  request.challenges = TRY(map.list("challenges", Limits::challenges_max, &read_challenge));
  if (request.challenges.empty()) return fail(Code::corrupt, "challenges: there are none");
  if (has_one_twice(request.challenges))
    return fail(Code::corrupt, "challenges: there is one twice");
  return request;
}

Bytes encode(const ProveResponse& response) {
  ASSERT(!response.proofs.empty() && response.proofs.size() <= Limits::challenges_max);
  return wire::pack_body([&](MapWriter& map) {
    map.list("proofs", response.proofs, [](ArrayWriter& list, const auto& one) {
      list.map([&](MapWriter& fields) {
        if (!one) return;
        fields.bytes("bytes", one->chunk);
        fields.bytes("path", joined(one->path));
      });
    });
  });
}

template <>
Result<ProveResponse> decode(ByteSpan body) {
  const MapView map = TRY(wire::unpack_body(body));
  ProveResponse response;
  response.proofs = TRY(map.list("proofs", Limits::challenges_max, &read_proof));
  if (response.proofs.empty()) return fail(Code::corrupt, "proofs: there are none");
  return response;
}

}  // namespace tesseras::upkeep

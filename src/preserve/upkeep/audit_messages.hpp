// What nodes say to one another of audits (spec/audit.md, section 1): bodies of wire's request and
// response. Pure. Decoding returns corrupt for what is not of the form.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "foundation/base/strong_id.hpp"
#include "preserve/replica/fragment_store.hpp"
#include "preserve/replica/reference.hpp"

namespace tesseras::upkeep {

using base::Result;
using replica::ChunkProof;
using replica::FragmentName;

// A chunk that is to be proved.
struct Challenge {
  base::ContentHash content_hash;
  FragmentName name;
  std::uint64_t chunk = 0;  // below Limits::chunk_end

  auto operator<=>(const Challenge&) const = default;
};

struct ProveResponse {
  // In the order of the challenges. nullopt: it is not kept. What a proof leads to is not checked.
  std::vector<std::optional<ChunkProof>> proofs;
};
struct ProveRequest {
  static constexpr std::string_view method = "prove_chunks";
  using Response = ProveResponse;
  std::vector<Challenge> challenges;  // 1 to Limits::challenges_max, none twice

  bool operator==(const ProveRequest&) const = default;
};

base::Bytes encode(const ProveRequest& request);
base::Bytes encode(const ProveResponse& response);

// One of the two above.
template <class Message>
Result<Message> decode(base::ByteSpan body);
template <>
Result<ProveRequest> decode(base::ByteSpan body);
template <>
Result<ProveResponse> decode(base::ByteSpan body);

}  // namespace tesseras::upkeep

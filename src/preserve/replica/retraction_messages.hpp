// What nodes say to one another of retractions (spec/retraction.md, section 2): bodies of wire's
// requests and responses. Pure. A retraction is not looked into: whoever takes it decodes it.
#pragma once

#include <cstdint>
#include <string_view>

#include "foundation/base/bytes.hpp"
#include "foundation/base/strong_id.hpp"
#include "preserve/replica/messages.hpp"

namespace tesseras::replica {

// What comes of telling a node. Their numbers are on the wire and may never change.
enum class RetractAnswer : std::uint8_t {
  dropped = 0,
  not_kept = 1,  // nothing was known of it there
  later = 2,
};

struct RetractResponse {
  RetractAnswer answer = RetractAnswer::later;

  bool operator==(const RetractResponse&) const = default;
};
struct RetractRequest {
  static constexpr std::string_view method = "retract";
  using Response = RetractResponse;
  base::Bytes retraction;  // signed; at most signed_retraction_bytes_max

  bool operator==(const RetractRequest&) const = default;
};

struct GetRetractionResponse {
  base::Bytes retraction;  // signed; empty: the node has none

  bool operator==(const GetRetractionResponse&) const = default;
};
struct GetRetractionRequest {
  static constexpr std::string_view method = "get_retraction";
  using Response = GetRetractionResponse;
  base::ContentHash content_hash;

  bool operator==(const GetRetractionRequest&) const = default;
};

base::Bytes encode(const RetractRequest& request);
base::Bytes encode(const RetractResponse& response);
base::Bytes encode(const GetRetractionRequest& request);
base::Bytes encode(const GetRetractionResponse& response);

template <>
Result<RetractRequest> decode(base::ByteSpan body);
template <>
Result<RetractResponse> decode(base::ByteSpan body);
template <>
Result<GetRetractionRequest> decode(base::ByteSpan body);
template <>
Result<GetRetractionResponse> decode(base::ByteSpan body);

}  // namespace tesseras::replica

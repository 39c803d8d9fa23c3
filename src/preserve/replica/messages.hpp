// What nodes say to one another of fragments (spec/transfer.md): bodies of wire's requests and
// responses. Each request names its method, and the type of its answer. Pure.
//
// Decoding returns corrupt for what is not of the form. A plan that is offered is not looked into:
// whoever takes it decodes it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "foundation/base/strong_id.hpp"
#include "preserve/dht/fragment_set.hpp"

namespace tesseras::replica {

using base::Result;

// What comes of an offer. Their numbers are on the wire and may never change.
enum class Answer : std::uint8_t {
  wanted = 0,
  kept = 1,
  no_room = 2,
  over_limit = 3,
  not_wanted = 4,
  later = 5,
  taken_back = 6,  // by its author (retraction.hpp)
};

struct OfferResponse {
  Answer answer = Answer::later;
  std::uint64_t offset = 0;  // when wanted: from where to send; below 2⁶³

  bool operator==(const OfferResponse&) const = default;
};
struct OfferRequest {
  static constexpr std::string_view method = "offer_fragment";
  using Response = OfferResponse;
  unsigned fragment = 0;   // at most 255
  base::Bytes plan;        // at most signed_plan_bytes_max
  bool is_repair = false;  // it was lost elsewhere

  bool operator==(const OfferRequest&) const = default;
};

struct SendResponse {
  Answer answer = Answer::later;

  bool operator==(const SendResponse&) const = default;
};
// The bytes follow the frame.
struct SendRequest {
  static constexpr std::string_view method = "send_fragment";
  using Response = SendResponse;
  unsigned fragment = 0;
  std::uint64_t offset = 0;
  base::PlanId plan;

  bool operator==(const SendRequest&) const = default;
};

struct GetPlanResponse {
  dht::FragmentSet fragments;  // of the plan, that the node keeps; none: it has no plan either
  base::Bytes plan;            // signed

  bool operator==(const GetPlanResponse&) const = default;
};
struct GetPlanRequest {
  static constexpr std::string_view method = "get_plan";
  using Response = GetPlanResponse;
  base::ContentHash content_hash;
  std::optional<base::PlanId> plan;  // nullopt: that of which the node keeps most

  bool operator==(const GetPlanRequest&) const = default;
};

struct GetFragmentResponse {
  // Of the whole fragment; its bytes from the offset on follow the frame. nullopt: it is not kept.
  std::optional<std::uint64_t> size_bytes;

  bool operator==(const GetFragmentResponse&) const = default;
};
struct GetFragmentRequest {
  static constexpr std::string_view method = "get_fragment";
  using Response = GetFragmentResponse;
  base::ContentHash content_hash;
  unsigned fragment = 0;
  std::uint64_t offset = 0;
  base::PlanId plan;

  bool operator==(const GetFragmentRequest&) const = default;
};

base::Bytes encode(const OfferRequest& request);
base::Bytes encode(const OfferResponse& response);
base::Bytes encode(const SendRequest& request);
base::Bytes encode(const SendResponse& response);
base::Bytes encode(const GetPlanRequest& request);
base::Bytes encode(const GetPlanResponse& response);
base::Bytes encode(const GetFragmentRequest& request);
base::Bytes encode(const GetFragmentResponse& response);

// One of the types above.
template <class Message>
Result<Message> decode(base::ByteSpan body);
template <>
Result<OfferRequest> decode(base::ByteSpan body);
template <>
Result<OfferResponse> decode(base::ByteSpan body);
template <>
Result<SendRequest> decode(base::ByteSpan body);
template <>
Result<SendResponse> decode(base::ByteSpan body);
template <>
Result<GetPlanRequest> decode(base::ByteSpan body);
template <>
Result<GetPlanResponse> decode(base::ByteSpan body);
template <>
Result<GetFragmentRequest> decode(base::ByteSpan body);
template <>
Result<GetFragmentResponse> decode(base::ByteSpan body);

}  // namespace tesseras::replica

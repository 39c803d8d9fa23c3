// What programs ask a daemon about tesserae that it is not to keep (spec/control.md), as
// control_messages.hpp.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "foundation/base/strong_id.hpp"
#include "foundation/runtime/endpoint.hpp"
#include "node/control_messages.hpp"
#include "preserve/dht/node_id.hpp"

namespace tesseras::node {

struct RetractAnswer {
  bool operator==(const RetractAnswer&) const = default;
};
// Let go of this tessera, and tell all holders that its author has taken it back. Answered when
// that is on the medium here. corrupt: it is no retraction.
struct RetractRequest {
  static constexpr std::string_view method = "retract";
  using Response = RetractAnswer;
  base::Bytes retraction;  // signed; at most replica::signed_retraction_bytes_max

  bool operator==(const RetractRequest&) const = default;
};

struct RetractionAnswer {
  struct Holder {
    dht::NodeId id;
    std::vector<runtime::Endpoint> endpoints;  // at most dht::Limits::endpoints_max
    bool has_let_go = false;

    bool operator==(const Holder&) const = default;
  };
  std::int64_t retracted_seconds = 0;  // since 1970, by the author's clock
  bool is_busy = false;                // they are being told, for the first time
  // That were told, or are to be told; none for one that was taken before the daemon's last start.
  std::vector<Holder> holders;  // at most ControlMessageLimits::holders_per_answer

  bool operator==(const RetractionAnswer&) const = default;
};
// What has come of a retraction? not_found: none is known of this tessera.
struct RetractionRequest {
  static constexpr std::string_view method = "retraction";
  using Response = RetractionAnswer;
  base::ContentHash content_hash;

  bool operator==(const RetractionRequest&) const = default;
};

struct BlockAnswer {
  std::uint64_t fragments = 0;  // that were kept, and have gone

  bool operator==(const BlockAnswer&) const = default;
};
// Keep nothing of this tessera for others. conflict: it is blocked already, or this daemon gives it
// to others for its user.
struct BlockRequest {
  static constexpr std::string_view method = "block";
  using Response = BlockAnswer;
  base::ContentHash content_hash;

  bool operator==(const BlockRequest&) const = default;
};

struct UnblockAnswer {
  bool operator==(const UnblockAnswer&) const = default;
};
// It may be kept again. not_found: it is not blocked.
struct UnblockRequest {
  static constexpr std::string_view method = "unblock";
  using Response = UnblockAnswer;
  base::ContentHash content_hash;

  bool operator==(const UnblockRequest&) const = default;
};

struct BlockedAnswer {
  struct Tessera {
    base::ContentHash content_hash;
    std::int64_t since_seconds = 0;  // since 1970; 0: not known any more

    bool operator==(const Tessera&) const = default;
  };
  std::vector<Tessera> tesserae;  // by hash; at most ControlMessageLimits::blocked_per_answer
  bool has_more = false;

  bool operator==(const BlockedAnswer&) const = default;
};
// Which are blocked? As PeersRequest: from the one with this number on.
struct BlockedRequest {
  static constexpr std::string_view method = "blocked";
  using Response = BlockedAnswer;
  std::uint32_t first = 0;

  bool operator==(const BlockedRequest&) const = default;
};

base::Bytes encode(const RetractRequest& request);
base::Bytes encode(const RetractAnswer& answer);
base::Bytes encode(const RetractionRequest& request);
base::Bytes encode(const RetractionAnswer& answer);
base::Bytes encode(const BlockRequest& request);
base::Bytes encode(const BlockAnswer& answer);
base::Bytes encode(const UnblockRequest& request);
base::Bytes encode(const UnblockAnswer& answer);
base::Bytes encode(const BlockedRequest& request);
base::Bytes encode(const BlockedAnswer& answer);

template <>
base::Result<RetractRequest> decode(base::ByteSpan body);
template <>
base::Result<RetractAnswer> decode(base::ByteSpan body);
template <>
base::Result<RetractionRequest> decode(base::ByteSpan body);
template <>
base::Result<RetractionAnswer> decode(base::ByteSpan body);
template <>
base::Result<BlockRequest> decode(base::ByteSpan body);
template <>
base::Result<BlockAnswer> decode(base::ByteSpan body);
template <>
base::Result<UnblockRequest> decode(base::ByteSpan body);
template <>
base::Result<UnblockAnswer> decode(base::ByteSpan body);
template <>
base::Result<BlockedRequest> decode(base::ByteSpan body);
template <>
base::Result<BlockedAnswer> decode(base::ByteSpan body);

}  // namespace tesseras::node

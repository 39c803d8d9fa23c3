// What nodes ask one another (spec/dht.md, section 5): bodies of wire's requests and responses.
// Each request names its method, and the type of its answer.
//
// Decoding returns corrupt for what is not of the form, and whatever decode_node_info() and
// decode_endpoint() do. Numbers of things are bounded before memory is taken.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "foundation/runtime/endpoint.hpp"
#include "preserve/dht/node_id.hpp"
#include "preserve/dht/node_info.hpp"

namespace tesseras::dht {

struct PingResponse {
  NodeInfo self;
  runtime::Endpoint seen_at;  // where the asking node is, as seen from the other

  bool operator==(const PingResponse&) const = default;
};
// The first thing that two nodes say on a connection, and how one is found to be there.
struct PingRequest {
  static constexpr std::string_view method = "ping";
  using Response = PingResponse;
  NodeInfo self;

  bool operator==(const PingRequest&) const = default;
};

struct FindNodeResponse {
  // Nearest first, each with an endpoint, none twice; at most Limits::nodes_per_answer.
  std::vector<NodeInfo> nodes;

  bool operator==(const FindNodeResponse&) const = default;
};
// Which nodes nearest to a key do you know?
struct FindNodeRequest {
  static constexpr std::string_view method = "find_node";
  using Response = FindNodeResponse;
  Key key;

  bool operator==(const FindNodeRequest&) const = default;
};

// A holder record, as its holder signed it. Not opened yet: whoever asked many nodes opens each
// once.
struct AgedRecord {
  std::chrono::seconds age{0};  // since the answering node received it; at most Limits::ttl_max
  base::Bytes record;           // at most Limits::holder_record_bytes_max

  bool operator==(const AgedRecord&) const = default;
};
struct FindValueResponse {
  std::vector<NodeInfo> nodes;      // as in FindNodeResponse: a search goes on, to find all holders
  std::vector<AgedRecord> records;  // at most Limits::entries_per_key

  bool operator==(const FindValueResponse&) const = default;
};
// Who keeps what has this key, and who may know more?
struct FindValueRequest {
  static constexpr std::string_view method = "find_value";
  using Response = FindValueResponse;
  Key key;

  bool operator==(const FindValueRequest&) const = default;
};

struct StoreResponse {
  bool is_kept = false;
  std::chrono::seconds ttl{0};  // when kept: for how long, at most Limits::ttl_max
  std::string reason;           // when not: for a person; cut to Limits::reason_bytes_max

  bool operator==(const StoreResponse&) const = default;
};
// Keep this record of mine.
struct StoreRequest {
  static constexpr std::string_view method = "store";
  using Response = StoreResponse;
  base::Bytes record;  // at most Limits::holder_record_bytes_max

  bool operator==(const StoreRequest&) const = default;
};

struct DialBackResponse {
  bool was_reached = false;

  bool operator==(const DialBackResponse&) const = default;
};
// Open a new connection to me there, and tell whether my key answered. Only for an address that the
// request itself comes from (may_dial_back()).
struct DialBackRequest {
  static constexpr std::string_view method = "dial_back";
  using Response = DialBackResponse;
  runtime::Endpoint at;

  bool operator==(const DialBackRequest&) const = default;
};

base::Bytes encode(const PingRequest& request);
base::Bytes encode(const PingResponse& response);
base::Bytes encode(const FindNodeRequest& request);
base::Bytes encode(const FindNodeResponse& response);
base::Bytes encode(const FindValueRequest& request);
base::Bytes encode(const FindValueResponse& response);
base::Bytes encode(const StoreRequest& request);
base::Bytes encode(const StoreResponse& response);
base::Bytes encode(const DialBackRequest& request);
base::Bytes encode(const DialBackResponse& response);

using Request =
    std::variant<PingRequest, FindNodeRequest, FindValueRequest, StoreRequest, DialBackRequest>;

// Whether a method is one of these; nothing follows the frame of any.
bool is_method(std::string_view method);
// unsupported: a method that is none of these.
base::Result<Request> decode_request(std::string_view method, base::ByteSpan body, ProofMemo& memo);

// The answer to a request of the type that names this one.
template <class Response>
base::Result<Response> decode_response(base::ByteSpan body, ProofMemo& memo);
template <>
base::Result<PingResponse> decode_response(base::ByteSpan body, ProofMemo& memo);
template <>
base::Result<FindNodeResponse> decode_response(base::ByteSpan body, ProofMemo& memo);
template <>
base::Result<FindValueResponse> decode_response(base::ByteSpan body, ProofMemo& memo);
template <>
base::Result<StoreResponse> decode_response(base::ByteSpan body, ProofMemo& memo);
template <>
base::Result<DialBackResponse> decode_response(base::ByteSpan body, ProofMemo& memo);

// Whether somebody who asks from `from` may have us dial `at`: the same address, at any port.
// denied otherwise, or nodes would be sent to a third party.
base::Result<void> may_dial_back(const runtime::Endpoint& from, const runtime::Endpoint& at);

}  // namespace tesseras::dht

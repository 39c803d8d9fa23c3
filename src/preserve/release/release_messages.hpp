// What nodes say to one another of keys that are due (spec/key-publication.md, sections 3 to 5):
// bodies of wire's requests and responses. Pure. Deposits and releases are not looked into: whoever
// takes them decodes them.
//
// Decoding returns corrupt for what is not of the form.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "foundation/base/strong_id.hpp"
#include "foundation/base/time.hpp"
#include "foundation/crypto/ed25519.hpp"

namespace tesseras::release {

using base::Result;

// What comes of giving a node something. Their numbers are on the wire and may never change.
enum class GiveAnswer : std::uint8_t {
  kept = 0,
  not_wanted = 1,  // a deposit with no part for this node
  later = 2,       // it has no room, or too much was asked of it
};

struct GiveResponse {
  GiveAnswer answer = GiveAnswer::later;

  bool operator==(const GiveResponse&) const = default;
};

// Be a witness of this tessera. invalid: it is none that has witnesses, or not its author's.
struct KeepDepositRequest {
  static constexpr std::string_view method = "keep_deposit";
  using Response = GiveResponse;
  std::string manifest;
  crypto::Ed25519Signature signature;  // identity/signature.ed25519.sig
  base::Bytes witnesses;

  bool operator==(const KeepDepositRequest&) const = default;
};

// Keep this for whoever asks. invalid: it does not hold.
struct GiveReleaseRequest {
  static constexpr std::string_view method = "give_release";
  using Response = GiveResponse;
  base::Bytes release;  // Release::encoded()

  bool operator==(const GiveReleaseRequest&) const = default;
};

struct GetReleaseResponse {
  base::Bytes release;  // empty: the node has nothing of it

  bool operator==(const GetReleaseResponse&) const = default;
};
struct GetReleaseRequest {
  static constexpr std::string_view method = "get_release";
  using Response = GetReleaseResponse;
  base::ContentHash content_hash;

  bool operator==(const GetReleaseRequest&) const = default;
};

struct ClockResponse {
  base::WallTime time;  // whole seconds, from 1970 on

  bool operator==(const ClockResponse&) const = default;
};
// What time is it?
struct ClockRequest {
  static constexpr std::string_view method = "clock";
  using Response = ClockResponse;

  bool operator==(const ClockRequest&) const = default;
};

base::Bytes encode(const GiveResponse& response);
base::Bytes encode(const KeepDepositRequest& request);
base::Bytes encode(const GiveReleaseRequest& request);
base::Bytes encode(const GetReleaseRequest& request);
base::Bytes encode(const GetReleaseResponse& response);
base::Bytes encode(const ClockRequest& request);
base::Bytes encode(const ClockResponse& response);

template <class Message>
Result<Message> decode(base::ByteSpan body);
template <>
Result<GiveResponse> decode(base::ByteSpan body);
template <>
Result<KeepDepositRequest> decode(base::ByteSpan body);
template <>
Result<GiveReleaseRequest> decode(base::ByteSpan body);
template <>
Result<GetReleaseRequest> decode(base::ByteSpan body);
template <>
Result<GetReleaseResponse> decode(base::ByteSpan body);
template <>
Result<ClockRequest> decode(base::ByteSpan body);
template <>
Result<ClockResponse> decode(base::ByteSpan body);

}  // namespace tesseras::release

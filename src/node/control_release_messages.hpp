// What programs ask a daemon about keys of sealed tesserae (spec/control.md), as
// control_messages.hpp.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "foundation/base/strong_id.hpp"
#include "foundation/crypto/ed25519.hpp"
#include "foundation/crypto/secret.hpp"
#include "node/control_messages.hpp"
#include "preserve/dht/node_id.hpp"
#include "preserve/sealing/limits.hpp"

namespace tesseras::node {

struct KeepCapsuleAnswer {
  bool operator==(const KeepCapsuleAnswer&) const = default;
};
// Look after this sealed tessera: give these witnesses their deposits, and publish the key, where
// one is given, when its date has come. Answered when that is on the medium. invalid: it is not
// sealed, or the key or the witnesses are another's.
struct KeepCapsuleRequest {
  static constexpr std::string_view method = "keep_capsule";
  using Response = KeepCapsuleAnswer;
  std::string manifest;
  base::Bytes witnesses;               // identity/witnesses.bin; empty: there are none
  crypto::Ed25519Signature signature;  // identity/signature.ed25519.sig, for the witnesses
  std::vector<dht::NodeId> nodes;      // at most sealing::Limits::witnesses_max
  crypto::SecretBuffer key;            // 32 bytes, or none

  bool operator==(const KeepCapsuleRequest&) const = default;
};

struct CapsuleAnswer {
  struct Witness {
    dht::NodeId id;
    bool has_deposit = false;

    bool operator==(const Witness&) const = default;
  };
  bool has_key = false;            // and will publish it
  bool is_published = false;       // as far as is known here
  std::vector<Witness> witnesses;  // daemons

  bool operator==(const CapsuleAnswer&) const = default;
};
// What do you do for this sealed tessera, and is its key known? Nobody is asked for it.
struct CapsuleRequest {
  static constexpr std::string_view method = "capsule";
  using Response = CapsuleAnswer;
  base::ContentHash content_hash;

  bool operator==(const CapsuleRequest&) const = default;
};

struct PublishKeyAnswer {
  std::uint64_t asked = 0;  // nodes nearest to its place
  std::uint64_t kept = 0;   // by so many of them

  bool operator==(const PublishKeyAnswer&) const = default;
};
// Publish this key, or part of one, now and from now on. invalid: it does not hold.
struct PublishKeyRequest {
  static constexpr std::string_view method = "publish_key";
  using Response = PublishKeyAnswer;
  base::Bytes release;  // release::Release::encoded()

  bool operator==(const PublishKeyRequest&) const = default;
};

struct FindKeyAnswer {
  base::Bytes release;  // release::Release::encoded(); it may have parts alone

  bool operator==(const FindKeyAnswer&) const = default;
};
// Has anybody the key of this tessera? not_found: nobody near its place.
struct FindKeyRequest {
  static constexpr std::string_view method = "find_key";
  using Response = FindKeyAnswer;
  base::ContentHash content_hash;

  bool operator==(const FindKeyRequest&) const = default;
};

// As a witness: its date has come, says this operator. Release the part. not_found: this daemon is
// no witness of it. denied: by the machine's own clock, its date has not come.
struct OpenDepositRequest {
  static constexpr std::string_view method = "open_deposit";
  using Response = PublishKeyAnswer;
  base::ContentHash content_hash;

  bool operator==(const OpenDepositRequest&) const = default;
};

// There may be a key in it, which whoever has it zeroises.
base::Bytes encode(const KeepCapsuleRequest& request);
base::Bytes encode(const KeepCapsuleAnswer& answer);
base::Bytes encode(const CapsuleRequest& request);
base::Bytes encode(const CapsuleAnswer& answer);
base::Bytes encode(const PublishKeyRequest& request);
base::Bytes encode(const PublishKeyAnswer& answer);
base::Bytes encode(const FindKeyRequest& request);
base::Bytes encode(const FindKeyAnswer& answer);
base::Bytes encode(const OpenDepositRequest& request);

template <>
base::Result<KeepCapsuleRequest> decode(base::ByteSpan body);
template <>
base::Result<KeepCapsuleAnswer> decode(base::ByteSpan body);
template <>
base::Result<CapsuleRequest> decode(base::ByteSpan body);
template <>
base::Result<CapsuleAnswer> decode(base::ByteSpan body);
template <>
base::Result<PublishKeyRequest> decode(base::ByteSpan body);
template <>
base::Result<PublishKeyAnswer> decode(base::ByteSpan body);
template <>
base::Result<FindKeyRequest> decode(base::ByteSpan body);
template <>
base::Result<FindKeyAnswer> decode(base::ByteSpan body);
template <>
base::Result<OpenDepositRequest> decode(base::ByteSpan body);

}  // namespace tesseras::node

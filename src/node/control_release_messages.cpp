#include "node/control_release_messages.hpp"

#include "foundation/base/assert.hpp"
#include "foundation/wire/body.hpp"
#include "foundation/wire/message_pack.hpp"
#include "node/control_bodies.hpp"
#include "preserve/release/limits.hpp"
#include "preserve/sealing/content_key.hpp"

namespace tesseras::node {
namespace {

using base::Bytes;
using base::ByteSpan;
using base::Result;
using wire::ArrayWriter;
using wire::MapView;
using wire::MapWriter;

constexpr std::size_t witnesses_max = sealing::Limits::witnesses_max;

Result<CapsuleAnswer::Witness> read_witness(wire::Value value) {
  const MapView map = TRY(value.map());
  CapsuleAnswer::Witness witness;
  witness.has_deposit = TRY(map.boolean("has"));
  witness.id = TRY(map.id<dht::NodeId>("node"));
  return witness;
}

Bytes encode_release(const Bytes& release) {
  return wire::pack_body([&](MapWriter& map) { map.bytes("release", release); });
}

Result<Bytes> read_release(ByteSpan body) {
  const MapView map = TRY(wire::unpack_body(body));
  const auto bytes = TRY(map.bytes("release", wire::Limits::body_bytes_max));
  return Bytes(bytes.begin(), bytes.end());
}

}  // namespace

Bytes encode(const KeepCapsuleRequest& request) {
  ASSERT(request.nodes.size() <= witnesses_max);
  return wire::pack_body([&](MapWriter& map) {
    if (request.key.size() > 0) map.bytes("key", request.key.span());
    map.bytes("manifest", base::as_bytes(request.manifest));
    map.list("nodes", request.nodes,
             [](ArrayWriter& out, const dht::NodeId& id) { out.bytes(id.bytes); });
    map.bytes("signature", request.signature.bytes);
    map.bytes("witnesses", request.witnesses);
  });
}

template <>
Result<KeepCapsuleRequest> decode(ByteSpan body) {
  const MapView map = TRY(wire::unpack_body(body));
  KeepCapsuleRequest request;
  if (map.has("key")) {
    request.key = crypto::SecretBuffer::copy_of(
        TRY(map.bytes_exactly("key", sealing::ContentKey::size_bytes)));
  }
  request.manifest = base::as_text(TRY(map.bytes("manifest", release::Limits::manifest_bytes_max)));
  request.nodes = TRY(
      map.list("nodes", witnesses_max, [](wire::Value value) { return value.id<dht::NodeId>(); }));
  request.signature = TRY(map.id<crypto::Ed25519Signature>("signature"));
  const auto witnesses = TRY(map.bytes("witnesses", release::Limits::witnesses_bytes_max));
  request.witnesses.assign(witnesses.begin(), witnesses.end());
  return request;
}

Bytes encode(const KeepCapsuleAnswer&) {
  return wire::pack_body([](MapWriter&) {});
}

template <>
Result<KeepCapsuleAnswer> decode(ByteSpan body) {
  TRY(wire::unpack_body(body));
  return KeepCapsuleAnswer{};
}

Bytes encode(const CapsuleRequest& request) { return encode_hash(request.content_hash); }

template <>
Result<CapsuleRequest> decode(ByteSpan body) {
  return CapsuleRequest{TRY(read_hash(body))};
}

Bytes encode(const CapsuleAnswer& answer) {
  return wire::pack_body([&](MapWriter& map) {
    map.boolean("has_key", answer.has_key);
    map.boolean("published", answer.is_published);
    map.list("witnesses", answer.witnesses,
             [](ArrayWriter& out, const CapsuleAnswer::Witness& witness) {
               out.map([&](MapWriter& one) {
                 one.boolean("has", witness.has_deposit);
                 one.bytes("node", witness.id.bytes);
               });
             });
  });
}

template <>
Result<CapsuleAnswer> decode(ByteSpan body) {
  const MapView map = TRY(wire::unpack_body(body));
  CapsuleAnswer answer;
  answer.has_key = TRY(map.boolean("has_key"));
  answer.is_published = TRY(map.boolean("published"));
  answer.witnesses = TRY(map.list("witnesses", witnesses_max, read_witness));
  return answer;
}

Bytes encode(const PublishKeyRequest& request) { return encode_release(request.release); }

template <>
Result<PublishKeyRequest> decode(ByteSpan body) {
  return PublishKeyRequest{TRY(read_release(body))};
}

Bytes encode(const PublishKeyAnswer& answer) {
  return wire::pack_body([&](MapWriter& map) {
    map.number("asked", answer.asked);
    map.number("kept", answer.kept);
  });
}

template <>
Result<PublishKeyAnswer> decode(ByteSpan body) {
  const MapView map = TRY(wire::unpack_body(body));
  const auto asked = TRY(map.number("asked"));
  return PublishKeyAnswer{asked, TRY(map.number("kept"))};
}

Bytes encode(const FindKeyRequest& request) { return encode_hash(request.content_hash); }

template <>
Result<FindKeyRequest> decode(ByteSpan body) {
  return FindKeyRequest{TRY(read_hash(body))};
}

Bytes encode(const FindKeyAnswer& answer) { return encode_release(answer.release); }

template <>
Result<FindKeyAnswer> decode(ByteSpan body) {
  return FindKeyAnswer{TRY(read_release(body))};
}

Bytes encode(const OpenDepositRequest& request) { return encode_hash(request.content_hash); }

template <>
Result<OpenDepositRequest> decode(ByteSpan body) {
  return OpenDepositRequest{TRY(read_hash(body))};
}

}  // namespace tesseras::node

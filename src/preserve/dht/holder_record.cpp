#include "preserve/dht/holder_record.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "foundation/base/assert.hpp"
#include "foundation/wire/message_pack.hpp"
#include "preserve/dht/address_policy.hpp"
#include "preserve/dht/node_info.hpp"

namespace tesseras::dht {
namespace {

using base::Bytes;
using base::ByteSpan;
using base::Code;
using base::fail;
using base::Result;
using std::chrono::seconds;

// Every kind of thing that we sign begins with its own words, so that no signature fits two.
constexpr std::string_view signed_prefix = "tesseras holder v1\n";

Bytes signed_bytes(ByteSpan body) {
  Bytes bytes = base::to_bytes(signed_prefix);
  bytes.insert(bytes.end(), body.begin(), body.end());
  return bytes;
}

Result<Bytes> encode_body(const HolderRecord& record) {
  return wire::pack_map([&](wire::MapWriter& map) {
    write_endpoints(map, record.endpoints);
    if (record.share) map.bytes("fragments", encode(record.share->fragments));
    map.number("issue", record.issue);
    map.bytes("key", record.key.bytes);
    map.bytes("node_key", record.node_key.bytes);
    map.number("nonce", record.nonce);
    if (record.share) map.bytes("plan", record.share->plan.bytes);
    map.number("ttl", static_cast<std::uint64_t>(record.ttl.count()));
  });
}

Result<std::optional<PlanShare>> read_share(const wire::MapView& map) {
  if (map.has("fragments") != map.has("plan"))
    return fail(Code::corrupt, "fragments without a plan, or a plan without fragments");
  if (!map.has("plan")) return std::optional<PlanShare>();
  const auto fragments =
      TRY(decode_fragment_set(TRY(map.bytes("fragments", fragment_set_bytes_max))));
  if (fragments.none())
    return fail(Code::corrupt, "fragments: none; the whole tessera has no plan");
  return PlanShare{TRY(map.id<PlanId>("plan")), fragments};
}

Result<seconds> read_ttl(const wire::MapView& map) {
  const std::uint64_t ttl = TRY(map.number("ttl"));
  if (ttl < static_cast<std::uint64_t>(Limits::ttl_min.count()) ||
      ttl > static_cast<std::uint64_t>(Limits::ttl_max.count())) {
    return fail(Code::invalid, "the record is to be kept for {} s; {} to {} are allowed", ttl,
                Limits::ttl_min.count(), Limits::ttl_max.count());
  }
  return seconds(ttl);
}

Result<HolderRecord> read_body(ByteSpan body) {
  const wire::MapView map = TRY(wire::unpack_map(body));
  HolderRecord record;
  record.endpoints = TRY(read_endpoints(map));
  if (record.endpoints.empty())
    return fail(Code::corrupt, "endpoints: a holder that is nowhere keeps nothing");
  record.share = TRY(read_share(map));
  record.issue = TRY(map.number("issue"));
  record.key = TRY(map.id<Key>("key"));
  record.node_key = TRY(map.id<NodePublicKey>("node_key"));
  record.nonce = TRY(map.number("nonce"));
  record.node = node_id_of(record.node_key, record.nonce);
  record.ttl = TRY(read_ttl(map));
  return record;
}

struct Parts {
  ByteSpan body;
  crypto::Ed25519Signature signature;
};

Result<Parts> read_parts(ByteSpan bytes) {
  if (bytes.size() > Limits::holder_record_bytes_max)
    return fail(Code::exhausted, "a holder record has {} bytes; {} are allowed", bytes.size(),
                Limits::holder_record_bytes_max);
  const wire::MapView map = TRY(wire::unpack_map(bytes));
  return Parts{TRY(map.bytes("record", Limits::holder_record_bytes_max)),
               TRY(map.id<crypto::Ed25519Signature>("signature"))};
}

}  // namespace

Bytes sign(const HolderRecord& record, const crypto::Ed25519Key& key) {
  ASSERT(record.node_key == key.public_key());
  ASSERT(!record.endpoints.empty() && (!record.share || record.share->fragments.any()));
  ASSERT(record.ttl >= Limits::ttl_min && record.ttl <= Limits::ttl_max);
  const auto body = encode_body(record);
  ASSERT(body.has_value());
  const auto signature = key.sign(signed_bytes(*body));
  auto bytes = wire::pack_map([&](wire::MapWriter& map) {
    map.bytes("record", *body);
    map.bytes("signature", signature.bytes);
  });
  ASSERT(bytes && bytes->size() <= Limits::holder_record_bytes_max);
  return *std::move(bytes);
}

Result<HolderRecord> decode_holder_record(ByteSpan bytes) {
  return read_body(TRY(read_parts(bytes)).body);
}

Result<HolderRecord> open_holder_record(ByteSpan bytes) {
  const Parts parts = TRY(read_parts(bytes));
  HolderRecord record = TRY(read_body(parts.body));
  TRY(check_nonce(record.node_key, record.nonce));
  if (!crypto::verify(record.node_key, signed_bytes(parts.body), parts.signature))
    return fail(Code::denied, "the record is forged: its signature is not that of node {}",
                record.node.hex());
  return record;
}

Result<void> check_sender(const HolderRecord& record, const NodePublicKey& peer,
                          const Endpoint& from) {
  if (record.node_key != peer)
    return fail(Code::denied, "only node {} itself may have its record kept", record.node.hex());
  bool has_senders = false;
  std::optional<IpAddress> other_family;
  for (const Endpoint& endpoint : record.endpoints) {
    const IpAddress& address = endpoint.address;
    if (!may_tell(from.address, address))
      return fail(Code::denied, "{} is no address for a peer at {} to tell", address.text(),
                  from.address.text());
    if (address == from.address) {
      has_senders = true;
    } else if (address.is_v4() == from.address.is_v4()) {
      // Or a holder could send its visitors to a victim.
      return fail(Code::denied, "the record names {}, and comes from {}", address.text(),
                  from.address.text());
    } else if (other_family.value_or(address) != address) {
      return fail(Code::denied, "the record names both {} and {}, and comes from neither",
                  other_family->text(), address.text());
    } else {
      other_family = address;
    }
  }
  if (!has_senders)
    return fail(Code::denied, "the record does not name {}, which it comes from",
                from.address.text());
  return {};
}

Result<seconds> remaining(const HolderRecord& record, seconds age) {
  if (age >= record.ttl)
    return fail(Code::invalid, "the record of node {} has expired", record.node.hex());
  return record.ttl - age;
}

}  // namespace tesseras::dht

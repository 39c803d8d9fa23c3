#include "node/control_fragment_messages.hpp"

#include "foundation/base/assert.hpp"
#include "foundation/wire/body.hpp"
#include "foundation/wire/message_pack.hpp"
#include "node/control_bodies.hpp"
#include "preserve/dht/node_info.hpp"
#include "preserve/replica/plan.hpp"
#include "preserve/replica/roster.hpp"

namespace tesseras::node {
namespace {

using base::Bytes;
using base::ByteSpan;
using base::Result;
using wire::ArrayWriter;
using wire::MapView;
using wire::MapWriter;

constexpr std::uint64_t seconds_max = (std::uint64_t{1} << 62U) - 1;

Result<HoldersAnswer::Holder> read_holder(wire::Value value) {
  const MapView map = TRY(value.map());
  HoldersAnswer::Holder holder;
  holder.endpoints = TRY(dht::read_endpoints(map));
  holder.fragments =
      TRY(dht::decode_fragment_set(TRY(map.bytes("fragments", dht::fragment_set_bytes_max))));
  holder.id = TRY(map.id<dht::NodeId>("id"));
  holder.proved_seconds = static_cast<std::int64_t>(TRY(map.number("proved", seconds_max)));
  holder.since_seconds = static_cast<std::int64_t>(TRY(map.number("since", seconds_max)));
  return holder;
}

Result<LedgerAnswer::Account> read_account(wire::Value value) {
  const MapView map = TRY(value.map());
  LedgerAnswer::Account account;
  account.kept_for_it = TRY(map.number("kept_for_it"));
  account.kept_for_us = TRY(map.number("kept_for_us"));
  account.key = TRY(map.id<dht::NodePublicKey>("key"));
  return account;
}

}  // namespace

Bytes encode(const SpreadRequest& request) {
  return wire::pack_body([&](MapWriter& map) { map.bytes("plan", request.plan); });
}

template <>
Result<SpreadRequest> decode(ByteSpan body) {
  const auto plan = TRY(TRY(wire::unpack_body(body)).bytes("plan", replica::signed_plan_bytes_max));
  return SpreadRequest{{plan.begin(), plan.end()}};
}

Bytes encode(const SpreadAnswer&) {
  return wire::pack_body([](MapWriter&) {});
}

template <>
Result<SpreadAnswer> decode(ByteSpan body) {
  TRY(wire::unpack_body(body));
  return SpreadAnswer{};
}

Bytes encode(const HoldersRequest& request) { return encode_hash(request.content_hash); }

template <>
Result<HoldersRequest> decode(ByteSpan body) {
  return HoldersRequest{TRY(read_hash(body))};
}

Bytes encode(const HoldersAnswer& answer) {
  ASSERT(answer.holders.size() <= replica::Roster::holders_max);
  return wire::pack_body([&](MapWriter& map) {
    map.list("holders", answer.holders, [](ArrayWriter& out, const HoldersAnswer::Holder& holder) {
      out.map([&](MapWriter& one) {
        dht::write_endpoints(one, holder.endpoints);
        one.bytes("fragments", dht::encode(holder.fragments));
        one.bytes("id", holder.id.bytes);
        one.number("proved", static_cast<std::uint64_t>(holder.proved_seconds));
        one.number("since", static_cast<std::uint64_t>(holder.since_seconds));
      });
    });
    map.boolean("ours", answer.is_ours);
  });
}

template <>
Result<HoldersAnswer> decode(ByteSpan body) {
  const MapView map = TRY(wire::unpack_body(body));
  HoldersAnswer answer;
  answer.holders = TRY(map.list("holders", replica::Roster::holders_max, read_holder));
  answer.is_ours = TRY(map.boolean("ours"));
  return answer;
}

Bytes encode(const FetchRequest& request) { return encode_hash(request.content_hash); }

template <>
Result<FetchRequest> decode(ByteSpan body) {
  return FetchRequest{TRY(read_hash(body))};
}

Bytes encode(const FetchAnswer& answer) {
  return wire::pack_body([&](MapWriter& map) {
    map.number("come", answer.come_bytes);
    map.number("holders", answer.holders);
    map.number("needed", answer.needed_bytes);
    map.boolean("ready", answer.is_ready);
  });
}

template <>
Result<FetchAnswer> decode(ByteSpan body) {
  const MapView map = TRY(wire::unpack_body(body));
  FetchAnswer answer;
  answer.come_bytes = TRY(map.number("come"));
  answer.holders = TRY(map.number("holders"));
  answer.needed_bytes = TRY(map.number("needed"));
  answer.is_ready = TRY(map.boolean("ready"));
  return answer;
}

Bytes encode(const CollectRequest& request) { return encode_hash(request.content_hash); }

template <>
Result<CollectRequest> decode(ByteSpan body) {
  return CollectRequest{TRY(read_hash(body))};
}

Bytes encode(const CollectAnswer& answer) {
  return wire::pack_body([&](MapWriter& map) { map.number("size", answer.size_bytes); });
}

template <>
Result<CollectAnswer> decode(ByteSpan body) {
  return CollectAnswer{TRY(TRY(wire::unpack_body(body)).number("size"))};
}

Bytes encode(const LedgerRequest& request) {
  return wire::pack_body([&](MapWriter& map) { map.number("first", request.first); });
}

template <>
Result<LedgerRequest> decode(ByteSpan body) {
  return LedgerRequest{TRY(TRY(wire::unpack_body(body)).number_to<std::uint32_t>("first"))};
}

Bytes encode(const LedgerAnswer& answer) {
  ASSERT(answer.accounts.size() <= ControlMessageLimits::accounts_per_answer);
  return wire::pack_body([&](MapWriter& map) {
    map.list("accounts", answer.accounts,
             [](ArrayWriter& out, const LedgerAnswer::Account& account) {
               out.map([&](MapWriter& one) {
                 one.number("kept_for_it", account.kept_for_it);
                 one.number("kept_for_us", account.kept_for_us);
                 one.bytes("key", account.key.bytes);
               });
             });
    map.boolean("has_more", answer.has_more);
  });
}

template <>
Result<LedgerAnswer> decode(ByteSpan body) {
  const MapView map = TRY(wire::unpack_body(body));
  LedgerAnswer answer;
  answer.accounts =
      TRY(map.list("accounts", ControlMessageLimits::accounts_per_answer, read_account));
  answer.has_more = TRY(map.boolean("has_more"));
  return answer;
}

}  // namespace tesseras::node

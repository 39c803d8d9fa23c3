// What programs ask a daemon about tesserae that others keep in fragments (spec/control.md), as
// control_messages.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "foundation/base/strong_id.hpp"
#include "foundation/runtime/endpoint.hpp"
#include "node/control_messages.hpp"
#include "preserve/dht/fragment_set.hpp"
#include "preserve/dht/node_id.hpp"

namespace tesseras::node {

struct SpreadAnswer {
  bool operator==(const SpreadAnswer&) const = default;
};
// Give this tessera to others, as its author's plan says, now and from now on. corrupt: it is no
// plan. not_found: the vault does not have the tessera.
struct SpreadRequest {
  static constexpr std::string_view method = "spread";
  using Response = SpreadAnswer;
  base::Bytes plan;  // signed; at most replica::signed_plan_bytes_max

  bool operator==(const SpreadRequest&) const = default;
};

struct HoldersAnswer {
  struct Holder {
    dht::NodeId id;
    std::vector<runtime::Endpoint> endpoints;  // at most dht::Limits::endpoints_max
    dht::FragmentSet fragments;
    std::int64_t since_seconds = 0;   // since 1970: when it took the first
    std::int64_t proved_seconds = 0;  // when it last proved one; 0: never

    bool operator==(const Holder&) const = default;
  };
  // They are all that keep it, since this daemon gives it to them; else it keeps some, too, and has
  // heard of these.
  bool is_ours = false;
  std::vector<Holder> holders;  // at most replica::Roster::holders_max

  bool operator==(const HoldersAnswer&) const = default;
};
// Who has told this daemon that it keeps fragments of the tessera? not_found: it has no plan of it.
struct HoldersRequest {
  static constexpr std::string_view method = "holders";
  using Response = HoldersAnswer;
  base::ContentHash content_hash;

  bool operator==(const HoldersRequest&) const = default;
};

struct FetchAnswer {
  std::uint64_t come_bytes = 0;
  std::uint64_t needed_bytes = 0;  // 0: not known yet
  std::uint64_t holders = 0;       // that say that they keep some of it
  bool is_ready = false;           // to be collected

  bool operator==(const FetchAnswer&) const = default;
};
// Bring this tessera back, and say how far that is. Errors as Fetching::fetch().
struct FetchRequest {
  static constexpr std::string_view method = "fetch";
  using Response = FetchAnswer;
  base::ContentHash content_hash;

  bool operator==(const FetchRequest&) const = default;
};

struct CollectAnswer {
  std::uint64_t size_bytes = 0;

  bool operator==(const CollectAnswer&) const = default;
};
// Give me what was fetched: so many bytes of a tar follow the answer. not_found: it is not ready.
struct CollectRequest {
  static constexpr std::string_view method = "collect";
  using Response = CollectAnswer;
  base::ContentHash content_hash;

  bool operator==(const CollectRequest&) const = default;
};

struct LedgerAnswer {
  struct Account {
    dht::NodePublicKey key;
    std::uint64_t kept_for_it = 0;  // bytes, by this node
    std::uint64_t kept_for_us = 0;  // bytes, by it

    bool operator==(const Account&) const = default;
  };
  // By key; at most ControlMessageLimits::accounts_per_answer.
  std::vector<Account> accounts;
  bool has_more = false;

  bool operator==(const LedgerAnswer&) const = default;
};
// What do you and each of your peers keep for one another? As PeersRequest: from the account with
// this number on.
struct LedgerRequest {
  static constexpr std::string_view method = "ledger";
  using Response = LedgerAnswer;
  std::uint32_t first = 0;

  bool operator==(const LedgerRequest&) const = default;
};

base::Bytes encode(const SpreadRequest& request);
base::Bytes encode(const SpreadAnswer& answer);
base::Bytes encode(const HoldersRequest& request);
base::Bytes encode(const HoldersAnswer& answer);
base::Bytes encode(const FetchRequest& request);
base::Bytes encode(const FetchAnswer& answer);
base::Bytes encode(const CollectRequest& request);
base::Bytes encode(const CollectAnswer& answer);
base::Bytes encode(const LedgerRequest& request);
base::Bytes encode(const LedgerAnswer& answer);

template <>
base::Result<SpreadRequest> decode(base::ByteSpan body);
template <>
base::Result<SpreadAnswer> decode(base::ByteSpan body);
template <>
base::Result<HoldersRequest> decode(base::ByteSpan body);
template <>
base::Result<HoldersAnswer> decode(base::ByteSpan body);
template <>
base::Result<FetchRequest> decode(base::ByteSpan body);
template <>
base::Result<FetchAnswer> decode(base::ByteSpan body);
template <>
base::Result<CollectRequest> decode(base::ByteSpan body);
template <>
base::Result<CollectAnswer> decode(base::ByteSpan body);
template <>
base::Result<LedgerRequest> decode(base::ByteSpan body);
template <>
base::Result<LedgerAnswer> decode(base::ByteSpan body);

}  // namespace tesseras::node

// What the daemon answers to its user's programs: the methods of spec/control.md.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "foundation/runtime/loop.hpp"
#include "foundation/runtime/task.hpp"
#include "node/control.hpp"
#include "node/control_fragment_messages.hpp"
#include "node/fetching.hpp"
#include "node/inbox.hpp"
#include "node/own_plans.hpp"
#include "node/publications.hpp"
#include "node/refusal_methods.hpp"
#include "node/release_methods.hpp"
#include "node/spreading.hpp"
#include "node/upkeep.hpp"
#include "preserve/dht/service.hpp"
#include "preserve/vault/vault.hpp"

namespace tesseras::node {

class ControlMethods {
 public:
  // What they ask. All of it outlives the methods, and the tasks that answer() returns.
  struct Parts {
    dht::Service& dht;
    Publications& publications;
    Inbox& inbox;
    OwnPlans& plans;
    replica::Rosters& rosters;
    Spreading& spreading;
    Fetching& fetching;
    replica::Ledger& ledger;
    Upkeep& upkeep;
    RefusalMethods& refusals;
    ReleaseMethods& releases;
  };
  ControlMethods(runtime::Loop& loop, const Parts& parts, OpenVault open_vault,
                 std::function<NodeInfoAnswer()> info, std::string node_card);

  // unsupported: there is no such method. Else as the request says.
  runtime::Task<base::Result<ControlAnswer>> answer(std::string method, base::Bytes body,
                                                    runtime::ByteStream& stream);

 private:
  runtime::Task<base::Result<base::Bytes>> body_of_answer(std::string method, base::Bytes body,
                                                          runtime::ByteStream& stream);
  base::Result<base::Bytes> node_info(base::ByteSpan body) const;
  base::Result<base::Bytes> node_card(base::ByteSpan body) const;
  base::Result<PeersAnswer> peers(const PeersRequest& request) const;
  runtime::Task<base::Result<PublishAnswer>> publish(PublishRequest request);
  base::Result<OfferAnswer> offer(const OfferRequest& request);
  runtime::Task<base::Result<FindAnswer>> find(FindRequest request);
  base::Result<StatusAnswer> status(const StatusRequest& request);
  base::Result<SpreadAnswer> spread(const SpreadRequest& request);
  base::Result<HoldersAnswer> holders(const HoldersRequest& request) const;
  std::optional<base::PlanId> plan_of(const base::ContentHash& content_hash) const;
  std::optional<std::chrono::seconds> proved_ago(const base::ContentHash& content_hash) const;
  LedgerAnswer ledger(const LedgerRequest& request) const;
  base::Result<FetchAnswer> fetch(const FetchRequest& request);
  base::Result<ControlAnswer> collect(const CollectRequest& request);

  runtime::Loop& loop_;
  dht::Service& dht_;
  Publications& publications_;
  Inbox& inbox_;
  OwnPlans& plans_;
  replica::Rosters& rosters_;
  Spreading& spreading_;
  Fetching& fetching_;
  replica::Ledger& ledger_;
  Upkeep& upkeep_;
  RefusalMethods& refusals_;
  ReleaseMethods& releases_;
  OpenVault open_vault_;
  std::function<NodeInfoAnswer()> info_;
  std::string node_card_;
};

}  // namespace tesseras::node

// What the daemon answers to its user's programs: the methods of spec/control.md.
#pragma once

#include <functional>
#include <string>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "foundation/runtime/loop.hpp"
#include "foundation/runtime/task.hpp"
#include "node/control_messages.hpp"
#include "node/inbox.hpp"
#include "node/publications.hpp"
#include "preserve/dht/service.hpp"
#include "preserve/vault/vault.hpp"

namespace tesseras::node {

class ControlMethods {
 public:
  // All that is given outlives it, and the tasks that answer() returns.
  ControlMethods(runtime::Loop& loop, dht::Service& dht, OpenVault open_vault,
                 Publications& publications, Inbox& inbox, std::function<NodeInfoAnswer()> info);

  // The body of the answer. unsupported: there is no such method. Else as the request says.
  runtime::Task<base::Result<base::Bytes>> answer(std::string method, base::Bytes body,
                                                  runtime::ByteStream& stream);

 private:
  base::Result<PeersAnswer> peers(const PeersRequest& request) const;
  runtime::Task<base::Result<PublishAnswer>> publish(PublishRequest request);
  base::Result<OfferAnswer> offer(const OfferRequest& request);
  runtime::Task<base::Result<FindAnswer>> find(FindRequest request);
  base::Result<StatusAnswer> status(const StatusRequest& request);

  runtime::Loop& loop_;
  dht::Service& dht_;
  OpenVault open_vault_;
  Publications& publications_;
  Inbox& inbox_;
  std::function<NodeInfoAnswer()> info_;
};

}  // namespace tesseras::node

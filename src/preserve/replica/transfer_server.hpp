// Answers what peers ask of fragments (spec/transfer.md): which method is whose, and how each
// stream ends. On the thread of the loop.
#pragma once

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "foundation/transport/exchange.hpp"
#include "foundation/transport/transport.hpp"
#include "preserve/replica/giver.hpp"
#include "preserve/replica/receiver.hpp"

namespace tesseras::replica {

class TransferServer {
 public:
  // Shared with what is being answered when this goes.
  TransferServer(std::shared_ptr<Receiver> receiver, std::shared_ptr<Giver> giver,
                 runtime::Loop& loop)
      : receiver_(std::move(receiver)), giver_(std::move(giver)), loop_(&loop) {}

  // This node's own: private networks of these have no limit but their peers'.
  void set_own_addresses(const std::vector<runtime::IpAddress>& addresses) {
    receiver_->set_own_addresses(addresses);
    giver_->set_own_addresses(addresses);
  }

  static bool is_method(std::string_view method);
  // One request whose method is one of these, on the stream that it came on. What is refused is
  // told to the peer.
  Task<void> serve(std::shared_ptr<transport::Session> session,
                   std::unique_ptr<transport::Stream> stream,
                   transport::ReceivedRequest request) const;

 private:
  std::shared_ptr<Receiver> receiver_;
  std::shared_ptr<Giver> giver_;
  runtime::Loop* loop_;
};

}  // namespace tesseras::replica

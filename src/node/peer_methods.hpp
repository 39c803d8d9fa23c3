// Requests of peers that fit into a frame, and so do their answers: read to their end, counted
// against what one peer and one network may ask, and answered. On the thread of the loop.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string_view>
#include <vector>

#include "foundation/runtime/loop.hpp"
#include "foundation/transport/router.hpp"
#include "preserve/dht/rate_limit.hpp"
#include "preserve/replica/caller.hpp"

namespace tesseras::node {

class PeerMethods {
 public:
  // The body of the answer to a body, which is there for as long as the task. Errors as
  // transport::answer_or_refuse().
  using Answer =
      std::function<runtime::Task<base::Result<base::Bytes>>(replica::Caller, base::ByteSpan)>;

  PeerMethods(runtime::Loop& loop, const dht::RateLimitOptions& rate) : loop_(loop), rate_(rate) {}

  // `method` is a constant.
  void add(std::string_view method, Answer answer) { answers_[method] = std::move(answer); }
  // From then on peers are answered; it outlives the router.
  void add_to(transport::Router& router);
  void set_own_addresses(const std::vector<runtime::IpAddress>& addresses) {
    rate_.set_own_addresses(addresses);
  }

 private:
  runtime::Task<void> serve(std::shared_ptr<transport::Session> session,
                            std::unique_ptr<transport::Stream> stream,
                            transport::ReceivedRequest request);
  runtime::Task<base::Result<base::Bytes>> answer(replica::Caller caller, transport::Stream& stream,
                                                  const wire::Request& request);

  runtime::Loop& loop_;
  dht::RateLimit rate_;
  std::map<std::string_view, Answer> answers_;
};

}  // namespace tesseras::node

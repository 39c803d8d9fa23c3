#include "foundation/transport/router.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tesseras::transport {

using base::Code;
using runtime::Task;

Router::Router(runtime::Loop& loop, Transport& transport) : loop_(loop), transport_(transport) {
  transport_.serve(this);
}

Router::~Router() { transport_.serve(nullptr); }

void Router::add(IsMethod is_method, Serve serve) {
  routes_.emplace_back(std::move(is_method), std::move(serve));
}

Task<void> Router::on_stream(std::shared_ptr<Session> session, std::unique_ptr<Stream> stream) {
  const auto deadline = loop_.now() + request_time_max;
  auto asked = co_await read_request(*stream, deadline);
  if (!asked) co_return;  // the peer has been told why
  const auto method = asked->request.method;
  const auto at = std::ranges::find_if(routes_, [&](const auto& one) { return one.first(method); });
  if (at == routes_.end()) {
    co_await refuse(*stream, asked->request.id,
                    {Code::unsupported, fmt::format("there is no method '{}'", method)}, deadline);
    co_return;
  }
  co_await at->second(std::move(session), std::move(stream), *std::move(asked));
}

}  // namespace tesseras::transport

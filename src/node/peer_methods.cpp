#include "node/peer_methods.hpp"

#include <chrono>
#include <utility>

#include "foundation/transport/exchange.hpp"
#include "foundation/transport/frame_stream.hpp"

namespace tesseras::node {
namespace {

using base::Bytes;
using base::Code;
using base::fail;
using base::Result;
using runtime::Task;

constexpr std::chrono::seconds patience{10};

}  // namespace

void PeerMethods::add_to(transport::Router& router) {
  router.add([this](std::string_view method) { return answers_.contains(method); },
             [this](auto session, auto stream, auto request) {
               return serve(std::move(session), std::move(stream), std::move(request));
             });
}

Task<void> PeerMethods::serve(std::shared_ptr<transport::Session> session,
                              std::unique_ptr<transport::Stream> stream,
                              transport::ReceivedRequest request) {
  auto body = co_await answer(replica::caller_of(*session), *stream, request.request);
  co_await transport::answer_or_refuse(*stream, request.request.id, std::move(body),
                                       loop_.now() + patience);
}

Task<Result<Bytes>> PeerMethods::answer(replica::Caller caller, transport::Stream& stream,
                                        const wire::Request& request) {
  CO_TRY(co_await transport::expect_end(stream, loop_.now() + patience));
  if (!rate_.admit(loop_.now(), replica::rate_name(caller.key), caller.from))
    co_return fail(Code::unavailable, "enough was asked for now; ask again later");
  co_return co_await answers_.find(request.method)->second(caller, request.body);
}

}  // namespace tesseras::node

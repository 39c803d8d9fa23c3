#include "preserve/upkeep/auditor.hpp"

#include <utility>

#include "foundation/transport/exchange.hpp"
#include "foundation/wire/frame.hpp"
#include "preserve/upkeep/limits.hpp"

namespace tesseras::upkeep {
namespace {

// A frame of this body; the id has one byte, as all that are in use.
std::uint64_t frame_bytes(std::string_view method, base::ByteSpan body) {
  const auto frame = wire::encode(wire::Request{{1}, method, body});
  return frame ? frame->size() : 0;
}
std::uint64_t frame_bytes(base::ByteSpan body) {
  const auto frame = wire::encode(wire::Response{{1}, body});
  return frame ? frame->size() : 0;
}

Task<Asked> ask_for(std::shared_ptr<transport::Session> session, runtime::Loop& loop,
                    base::Bytes request) {
  Asked asked{base::fail(base::Code::internal, "nothing was asked"),
              frame_bytes(ProveRequest::method, request)};
  const auto body = co_await transport::exchange(*session, ProveRequest::method, request,
                                                 loop.now() + Limits::answer_time_max);
  if (body) {
    asked.wire_bytes += frame_bytes(*body);
    asked.answer = decode<ProveResponse>(*body);
  } else {
    asked.answer = base::fail(body.error());
  }
  co_return asked;
}

}  // namespace

Task<Asked> ask(std::shared_ptr<transport::Session> session, runtime::Loop& loop,
                std::span<const Sample> samples) {
  ProveRequest request;
  for (const auto& one : samples) request.challenges.push_back(one.challenge);
  return ask_for(std::move(session), loop, encode(request));
}

}  // namespace tesseras::upkeep

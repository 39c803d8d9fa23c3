#include "preserve/replica/transfer_server.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "foundation/transport/frame_stream.hpp"
#include "preserve/replica/limits.hpp"

namespace tesseras::replica {
namespace {

using base::Bytes;
using base::fail;
using transport::ReceivedRequest;
using transport::Session;
using transport::Stream;

// What is being answered; it holds all that it uses.
struct Call {
  std::shared_ptr<Receiver> receiver;
  std::shared_ptr<Giver> giver;
  runtime::Loop* loop;
  std::shared_ptr<Session> session;
  std::unique_ptr<Stream> stream;
  ReceivedRequest request;

  base::Instant soon() const { return loop->now() + Limits::silence_max; }
};

template <class Request>
Task<Result<Request>> read_body(Call& call) {
  CO_TRY(co_await transport::expect_end(*call.stream, call.soon()));
  co_return decode<Request>(call.request.request.body);
}

Task<void> answer(Call& call, Result<Bytes> body) {
  // Not an answer: nobody may be there who reads it.
  if (!body && body.error().code == base::Code::timeout) {
    call.stream->reset(wire::ErrorCode::overloaded);
    co_return;
  }
  co_await transport::answer_or_refuse(*call.stream, call.request.request.id, std::move(body),
                                       call.soon());
}

template <class Response>
Result<Bytes> encoded(const Result<Response>& response) {
  if (!response) return fail(response.error());
  return encode(*response);
}

Task<Result<OfferResponse>> offer(Call& call) {
  auto request = CO_TRY(co_await read_body<OfferRequest>(call));
  co_return co_await call.receiver->offer(caller_of(*call.session), std::move(request));
}

Task<Result<SendResponse>> send(Call& call) {
  const auto request = CO_TRY(decode<SendRequest>(call.request.request.body));
  co_return co_await call.receiver->receive(caller_of(*call.session), request, *call.stream);
}

Task<Result<GetPlanResponse>> plan(Call& call) {
  const auto request = CO_TRY(co_await read_body<GetPlanRequest>(call));
  co_return co_await call.giver->plan(request);
}

Task<Result<Giver::Gift>> open(Call& call) {
  const auto request = CO_TRY(co_await read_body<GetFragmentRequest>(call));
  co_return co_await call.giver->open(caller_of(*call.session), request);
}

Task<void> give(Call& call) {
  auto gift = co_await open(call);
  if (!gift || gift->opened == nullptr) {
    // Not within the call: GCC 14 makes the temporaries of both sides of a choice there.
    auto body = gift ? Result<Bytes>(encode(gift->response)) : Result<Bytes>(fail(gift.error()));
    co_await answer(call, std::move(body));
    co_return;
  }
  const auto written = co_await transport::write_answer(*call.stream, call.request.request.id,
                                                        encode(gift->response), call.soon());
  if (!written) co_return;
  // Only what came to its end was whole.
  const auto given = co_await call.giver->give(*std::move(gift), *call.stream);
  if (given) {
    call.stream->finish();
  } else {
    call.stream->reset(wire::ErrorCode::overloaded);
  }
}

}  // namespace

bool TransferServer::is_method(std::string_view method) {
  constexpr std::array known = {OfferRequest::method, SendRequest::method, GetPlanRequest::method,
                                GetFragmentRequest::method};
  return std::ranges::contains(known, method);
}

Task<void> TransferServer::serve(std::shared_ptr<Session> session, std::unique_ptr<Stream> stream,
                                 ReceivedRequest request) const {
  Call call{receiver_, giver_, loop_, std::move(session), std::move(stream), std::move(request)};
  const auto method = call.request.request.method;
  if (method == OfferRequest::method) {
    co_await answer(call, encoded(co_await offer(call)));
  } else if (method == SendRequest::method) {
    co_await answer(call, encoded(co_await send(call)));
  } else if (method == GetPlanRequest::method) {
    co_await answer(call, encoded(co_await plan(call)));
  } else {
    co_await give(call);
  }
}

}  // namespace tesseras::replica

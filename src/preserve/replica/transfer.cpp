#include "preserve/replica/transfer.hpp"

#include <utility>

#include "foundation/transport/exchange.hpp"
#include "foundation/transport/frame_stream.hpp"
#include "preserve/replica/limits.hpp"

namespace tesseras::replica {
namespace {

using base::Bytes;
using base::Code;
using base::fail;
using base::Instant;
using runtime::Offload;
using transport::Session;
using transport::Stream;

Instant in(const Offload& offload, std::chrono::seconds time) {
  return offload.loop().now() + time;
}

// The answer, and nothing behind it.
Task<Result<Bytes>> last_answer(Stream& stream, Instant deadline) {
  auto answer = CO_TRY(co_await transport::read_answer(stream, deadline));
  CO_TRY(co_await transport::expect_end(stream, deadline));
  co_return answer;
}

Task<Result<Answer>> send_fragment(std::shared_ptr<Session> session, Offload offload, Gift gift,
                                   std::uint64_t offset) {
  auto read = CO_TRY(co_await offload.run([open = gift.open, offset] { return open(offset); }));
  const auto stream = CO_TRY(co_await session->open_stream(in(offload, Limits::silence_max)));
  const auto request = encode(SendRequest{gift.fragment, offset, gift.plan_id});
  CO_TRY(co_await transport::write_request(*stream, SendRequest::method, request,
                                           in(offload, Limits::silence_max)));
  const auto size_bytes = gift.size_bytes - offset;
  std::uint64_t sent_bytes = 0;
  const auto sent = co_await write_flow(*stream, offload, size_bytes, std::move(read), sent_bytes);
  // The peer reads no further, and says why.
  const bool is_refused = !sent && sent.error().code == Code::cancelled;
  if (!is_refused) CO_TRY(sent);
  if (!is_refused && sent_bytes != size_bytes)
    co_return fail(Code::corrupt, "the fragment has {} bytes behind {}, and should have {}",
                   sent_bytes, offset, size_bytes);
  if (!is_refused) stream->finish();
  const auto body =
      CO_TRY(co_await last_answer(*stream, in(offload, Limits::answer_time_after(sent_bytes))));
  const auto answer = CO_TRY(decode<SendResponse>(body)).answer;
  if (answer == Answer::wanted)
    co_return fail(Code::corrupt, "the peer wants again what it was sent");
  co_return answer;
}

}  // namespace

Task<Result<Answer>> give_fragment(std::shared_ptr<Session> session, Offload offload, Gift gift) {
  const auto request = encode(OfferRequest{gift.fragment, *gift.plan, gift.is_repair});
  const auto body = CO_TRY(co_await transport::exchange(*session, OfferRequest::method, request,
                                                        in(offload, Limits::answer_time_max)));
  const auto offered = CO_TRY(decode<OfferResponse>(body));
  if (offered.answer != Answer::wanted) co_return offered.answer;
  if (offered.offset >= gift.size_bytes)
    co_return fail(Code::corrupt, "the peer has more of the fragment than there is");
  co_return co_await send_fragment(std::move(session), offload, std::move(gift), offered.offset);
}

Task<Result<GetPlanResponse>> get_plan(std::shared_ptr<Session> session, Offload offload,
                                       GetPlanRequest request) {
  const auto body = CO_TRY(co_await transport::exchange(
      *session, GetPlanRequest::method, encode(request), in(offload, Limits::answer_time_max)));
  co_return decode<GetPlanResponse>(body);
}

Task<Result<void>> get_fragment(std::shared_ptr<Session> session, Offload offload,
                                GetFragmentRequest request, std::uint64_t size_bytes,
                                TakeNext take) {
  const auto stream = CO_TRY(co_await session->open_stream(in(offload, Limits::silence_max)));
  CO_TRY(co_await transport::write_request(*stream, GetFragmentRequest::method, encode(request),
                                           in(offload, Limits::answer_time_max)));
  stream->finish();
  const auto body =
      CO_TRY(co_await transport::read_answer(*stream, in(offload, Limits::answer_time_max)));
  const auto answer = CO_TRY(decode<GetFragmentResponse>(body));
  if (!answer.size_bytes) co_return fail(Code::not_found, "the peer does not keep this fragment");
  if (*answer.size_bytes != size_bytes || request.offset > size_bytes) {
    stream->reset(wire::ErrorCode::invalid);
    co_return fail(Code::corrupt, "the peer has {} bytes for a fragment of {}", *answer.size_bytes,
                   size_bytes);
  }
  std::uint64_t received_bytes = 0;
  co_return co_await read_flow(*stream, offload, size_bytes - request.offset, std::move(take),
                               received_bytes);
}

}  // namespace tesseras::replica

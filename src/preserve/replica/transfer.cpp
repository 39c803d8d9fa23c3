#include "preserve/replica/transfer.hpp"

#include <algorithm>
#include <utility>

#include "foundation/transport/exchange.hpp"
#include "foundation/transport/frame_stream.hpp"
#include "preserve/replica/limits.hpp"

namespace tesseras::replica {
namespace {

using base::Bytes;
using base::ByteSpan;
using base::Code;
using base::fail;
using base::Instant;
using runtime::Offload;
using transport::Session;
using transport::Stream;

Instant in(const Offload& offload, std::chrono::seconds time) {
  return offload.loop().now() + time;
}

struct Sent {
  std::uint64_t bytes = 0;
  bool is_refused = false;  // the peer reads no further, and says why
};

// Sends what `next` reads to its end.
Task<Result<Sent>> send_all(Stream& stream, Offload offload, std::uint64_t size_bytes,
                            ReadNext next) {
  Sent sent;
  const auto end = in(offload, Limits::time_for(size_bytes));
  const auto read = std::make_shared<ReadNext>(std::move(next));
  const auto piece = std::make_shared<Bytes>(Limits::piece_bytes);
  while (true) {
    const auto count = CO_TRY(co_await offload.run([read, piece] { return (*read)(*piece); }));
    if (count == 0) co_return sent;
    const auto bytes = ByteSpan(*piece).first(count);
    const auto written =
        co_await stream.write(bytes, std::min(end, in(offload, Limits::silence_max)));
    if (!written && written.error().code == Code::cancelled) {
      sent.is_refused = true;
      co_return sent;
    }
    CO_TRY(written);
    sent.bytes += count;
  }
}

// Reads exactly `size_bytes` and the end behind them.
Task<Result<void>> receive_all(Stream& stream, Offload offload, std::uint64_t size_bytes,
                               TakeNext next) {
  const auto take = std::make_shared<TakeNext>(std::move(next));
  const auto piece = std::make_shared<Bytes>(Limits::piece_bytes);
  const auto end = in(offload, Limits::time_for(size_bytes));
  for (std::uint64_t left = size_bytes; left > 0;) {
    const auto room = std::min<std::uint64_t>(piece->size(), left);
    const auto count =
        CO_TRY(co_await stream.read(base::MutableByteSpan(*piece).first(room),
                                    std::min(end, in(offload, Limits::silence_max))));
    if (count == 0) co_return fail(Code::corrupt, "the peer sent {} bytes too few", left);
    CO_TRY(co_await offload.run(
        [take, piece, count] { return (*take)(ByteSpan(*piece).first(count)); }));
    left -= count;
  }
  co_return co_await transport::expect_end(stream, in(offload, Limits::silence_max));
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
  const auto sent =
      CO_TRY(co_await send_all(*stream, offload, gift.size_bytes - offset, std::move(read)));
  if (!sent.is_refused && sent.bytes != gift.size_bytes - offset)
    co_return fail(Code::corrupt, "the fragment has {} bytes behind {}, and should have {}",
                   sent.bytes, offset, gift.size_bytes - offset);
  if (!sent.is_refused) stream->finish();
  const auto body = CO_TRY(co_await last_answer(*stream, in(offload, Limits::keeping_time_max)));
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
  co_return co_await receive_all(*stream, offload, size_bytes - request.offset, std::move(take));
}

}  // namespace tesseras::replica

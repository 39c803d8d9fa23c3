// A message that is taken is written again as one that says the same, and fits into a frame. The
// first byte says which kind of message it is.
#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>

#include "foundation/base/assert.hpp"
#include "foundation/wire/limits.hpp"
#include "preserve/dht/messages.hpp"

namespace tesseras {
namespace {

template <class Request>
void check_request(base::ByteSpan body, dht::ProofMemo& memo) {
  const auto request = dht::decode_request(Request::method, body, memo);
  if (!request) return;
  const base::Bytes again = dht::encode(std::get<Request>(*request));
  ASSERT(again.size() <= wire::Limits::body_bytes_max);
  ASSERT(dht::decode_request(Request::method, again, memo).value() == *request);
}

template <class Response>
void check_response(base::ByteSpan body, dht::ProofMemo& memo) {
  const auto response = dht::decode_response<Response>(body, memo);
  if (!response) return;
  const base::Bytes again = dht::encode(*response);
  ASSERT(again.size() <= wire::Limits::body_bytes_max);
  ASSERT(dht::decode_response<Response>(again, memo).value() == *response);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto body = std::as_bytes(std::span(data, size)).subspan(1);
  dht::ProofMemo memo;
  switch (data[0] % 10) {
    case 0: check_request<dht::PingRequest>(body, memo); break;
    case 1: check_request<dht::FindNodeRequest>(body, memo); break;
    case 2: check_request<dht::FindValueRequest>(body, memo); break;
    case 3: check_request<dht::StoreRequest>(body, memo); break;
    case 4: check_request<dht::DialBackRequest>(body, memo); break;
    case 5: check_response<dht::PingResponse>(body, memo); break;
    case 6: check_response<dht::FindNodeResponse>(body, memo); break;
    case 7: check_response<dht::FindValueResponse>(body, memo); break;
    case 8: check_response<dht::StoreResponse>(body, memo); break;
    default: check_response<dht::DialBackResponse>(body, memo); break;
  }
  return 0;
}

}  // namespace tesseras

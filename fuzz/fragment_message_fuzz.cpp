// What nodes say to one another of fragments and retractions, of any bytes: what is understood says
// something that can be said, and is the same when it is said again.
#include <cstddef>
#include <cstdint>
#include <span>

#include "foundation/base/assert.hpp"
#include "preserve/replica/messages.hpp"
#include "preserve/replica/retraction_messages.hpp"

namespace tesseras {
namespace {

template <class Message>
void check(base::ByteSpan bytes) {
  const auto message = replica::decode<Message>(bytes);
  if (!message) {
    ASSERT(message.error().code == base::Code::corrupt ||
           message.error().code == base::Code::exhausted);
    return;
  }
  const auto again = replica::decode<Message>(replica::encode(*message));
  ASSERT(again && *again == *message);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  check<replica::OfferRequest>(bytes);
  check<replica::OfferResponse>(bytes);
  check<replica::SendRequest>(bytes);
  check<replica::SendResponse>(bytes);
  check<replica::GetPlanRequest>(bytes);
  check<replica::GetPlanResponse>(bytes);
  check<replica::GetFragmentRequest>(bytes);
  check<replica::GetFragmentResponse>(bytes);
  check<replica::RetractRequest>(bytes);
  check<replica::RetractResponse>(bytes);
  check<replica::GetRetractionRequest>(bytes);
  check<replica::GetRetractionResponse>(bytes);
  return 0;
}

}  // namespace tesseras

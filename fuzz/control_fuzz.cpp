// What a program asks a daemon, and what it answers: a message that is taken is written again as
// one that says the same, and fits into a frame. The first byte says which kind of message it is.
#include <cstddef>
#include <cstdint>
#include <span>

#include "foundation/base/assert.hpp"
#include "foundation/wire/limits.hpp"
#include "node/control_messages.hpp"
#include "node/control_refusal_messages.hpp"

namespace tesseras {
namespace {

template <class Message>
void check(base::ByteSpan body) {
  const auto message = node::decode<Message>(body);
  if (!message) return;
  const base::Bytes again = node::encode(*message);
  ASSERT(again.size() <= wire::Limits::body_bytes_max);
  ASSERT(node::decode<Message>(again).value() == *message);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto body = std::as_bytes(std::span(data, size)).subspan(1);
  switch (data[0] % 21) {
    case 0: check<node::NodeInfoRequest>(body); break;
    case 1: check<node::PeersRequest>(body); break;
    case 2: check<node::PublishRequest>(body); break;
    case 3: check<node::FindRequest>(body); break;
    case 4: check<node::StatusRequest>(body); break;
    case 5: check<node::NodeInfoAnswer>(body); break;
    case 6: check<node::PeersAnswer>(body); break;
    case 7: check<node::PublishAnswer>(body); break;
    case 8: check<node::FindAnswer>(body); break;
    case 9: check<node::StatusAnswer>(body); break;
    case 10: check<node::OfferRequest>(body); break;
    case 11: check<node::OfferAnswer>(body); break;
    case 12: check<node::TakeRequest>(body); break;
    case 13: check<node::TakeAnswer>(body); break;
    case 14: check<node::RetractRequest>(body); break;
    case 15: check<node::RetractionRequest>(body); break;
    case 16: check<node::RetractionAnswer>(body); break;
    case 17: check<node::BlockRequest>(body); break;
    case 18: check<node::BlockedRequest>(body); break;
    case 19: check<node::NodeCardAnswer>(body); break;
    default: check<node::BlockedAnswer>(body); break;
  }
  return 0;
}

}  // namespace tesseras

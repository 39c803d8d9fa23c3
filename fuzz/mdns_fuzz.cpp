// What a neighbour says, of any bytes: it is understood within its limits or refused, is the same
// when it is written and read again, and sends us nowhere but to its own network.
#include <cstddef>
#include <cstdint>
#include <span>

#include "foundation/base/assert.hpp"
#include "foundation/dns/announcement.hpp"
#include "foundation/dns/limits.hpp"
#include "foundation/dns/message.hpp"
#include "foundation/dns/neighbours.hpp"

namespace tesseras {

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using runtime::IpAddress;
  const auto message = dns::decode_message(std::as_bytes(std::span(data, size)));
  if (!message) {
    ASSERT(message.error().code == base::Code::corrupt && !message.error().message.empty());
    return 0;
  }
  ASSERT(message->questions.size() <= dns::Limits::message_questions_max);
  ASSERT(message->records.size() <= dns::Limits::message_records_max);
  const auto bytes = dns::encode_message(*message);
  // Names that came as pointers can need more room than one message has.
  if (bytes.size() <= dns::Limits::message_bytes_max) {
    const auto again = dns::decode_message(bytes);
    ASSERT(again && *again == *message);
  }

  const auto service = dns::Name::of("_tesseras._udp.local");
  const dns::Announcement own{service,
                              service.child("me"),
                              dns::Name::of("me.local"),
                              4433,
                              {"v=1"},
                              {IpAddress::v4(192, 168, 1, 7)}};
  if (const auto reply = dns::reply_to(*message, own)) {
    ASSERT(!message->questions.empty() && !reply->records.empty());
    (void)dns::encode_message(dns::legacy_reply(*message, *reply));
  }
  const runtime::LinkAddress here{IpAddress::v4(192, 168, 1, 7), 96 + 24};
  dns::Neighbours neighbours(service, own.instance, {2, "lan0", false, {here}});
  for (const auto& found : neighbours.take({1}, message->records)) {
    ASSERT(found.instance.is_child_of(service) && found.instance != own.instance);
    ASSERT(!found.endpoints.empty() &&
           found.endpoints.size() <= dns::Limits::neighbour_endpoints_max);
    for (const auto& endpoint : found.endpoints)
      ASSERT(endpoint.port != 0 && here.is_on_link(endpoint.address));
  }
  ASSERT(neighbours.size() <= dns::Limits::neighbours_max);
  ASSERT(neighbours.known({1}).size() <= dns::Limits::known_answers_max);
  (void)dns::encode_message({0, false, neighbours.missing(), {}});
  return 0;
}

}  // namespace tesseras

// What nodes say to one another of audits, of any bytes: what is understood says something that can
// be said, is the same when it is said again, and proves nothing by chance.
#include <cstddef>
#include <cstdint>
#include <span>

#include "foundation/base/assert.hpp"
#include "preserve/upkeep/audit_messages.hpp"
#include "preserve/upkeep/challenges.hpp"

namespace tesseras {
namespace {

template <class Message>
void check(base::ByteSpan bytes) {
  const auto message = upkeep::decode<Message>(bytes);
  if (!message) {
    ASSERT(message.error().code == base::Code::corrupt ||
           message.error().code == base::Code::exhausted);
    return;
  }
  const auto written = upkeep::encode(*message);
  const auto again = upkeep::decode<Message>(written);
  ASSERT(again && upkeep::encode(*again) == written);
}

// As an answer to questions about a fragment that nobody has.
void judge(base::ByteSpan bytes) {
  const auto answer = upkeep::decode<upkeep::ProveResponse>(bytes);
  if (!answer) return;
  std::vector<upkeep::Sample> samples(answer->proofs.size());
  for (std::size_t i = 0; i < samples.size(); ++i) {
    samples[i].size_bytes = std::uint64_t{1} << (3 * i);
    samples[i].challenge.chunk = i % crypto::blake3_chunk_count(samples[i].size_bytes);
  }
  for (const auto finding : upkeep::judge(samples, answer))
    ASSERT(finding == upkeep::Finding::not_kept || finding == upkeep::Finding::lied);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  check<upkeep::ProveRequest>(bytes);
  check<upkeep::ProveResponse>(bytes);
  judge(bytes);
  return 0;
}

}  // namespace tesseras

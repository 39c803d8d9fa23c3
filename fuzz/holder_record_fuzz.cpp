// What has the form of a holder record says what can be said: whatever is signed so again is the
// same record. No bytes made by chance are taken for signed ones.
#include <cstddef>
#include <cstdint>
#include <span>

#include "foundation/base/assert.hpp"
#include "foundation/crypto/ed25519.hpp"
#include "preserve/dht/holder_record.hpp"

namespace tesseras {

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  const auto opened = dht::open_holder_record(bytes);
  auto record = dht::decode_holder_record(bytes);
  ASSERT(record || !opened);
  if (!record) return 0;
  ASSERT(!opened || *opened == *record);
  ASSERT(!record->endpoints.empty() && (!record->share || record->share->fragments.any()));
  (void)dht::check_sender(*record, record->node_key, record->endpoints[0]);
  // Signed by a key that we have.
  static const auto key = crypto::Ed25519Key::from_seed(crypto::SecretBytes<32>());
  record->node_key = key.public_key();
  record->node = dht::node_id_of(record->node_key, record->nonce);
  const auto again = dht::decode_holder_record(dht::sign(*record, key));
  ASSERT(again && *again == *record);
  return 0;
}

}  // namespace tesseras

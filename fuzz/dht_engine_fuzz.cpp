// A node stands whatever a peer says to it, as a request or as an answer to one of its own; it
// answers a request once at most, and dials nobody but where the peer comes from, or whom it was
// told of in an answer. The first byte says which.
#include <cstddef>
#include <cstdint>
#include <span>

#include "foundation/base/assert.hpp"
#include "foundation/runtime/disk_memory.hpp"
#include "preserve/dht/engine.hpp"

namespace tesseras {
namespace {

using base::Instant;

const crypto::Ed25519Key& own_key() {
  static const auto key = crypto::Ed25519Key::from_seed(crypto::SecretBytes<32>());
  return key;
}

std::uint64_t own_nonce() {
  static const std::uint64_t nonce = dht::find_nonce(own_key().public_key()).value();
  return nonce;
}

// The key that most of the corpus is of: 32 bytes of 1.
dht::NodePublicKey peer_key() {
  dht::NodePublicKey key;
  key.bytes.fill(std::byte{1});
  return key;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto envelope = std::as_bytes(std::span(data, size)).subspan(1);
  const bool is_request = data[0] % 2 == 0;
  runtime::MemoryDisk disk;
  auto store = dht::PointerStore::open(disk, "/pointers", {}, {}, {}, {}, {});
  ASSERT(store.has_value());
  dht::ProofMemo memo;
  dht::Engine engine(own_key(), own_nonce(), *store, memo, {}, Instant{});
  const dht::Endpoint seed{runtime::IpAddress::v4(192, 0, 2, 1), 4433};
  engine.bootstrap({}, {seed}, {});
  engine.find({}, {});
  while (engine.poll({})) {
  }
  dht::Peer peer{peer_key(), seed, true, {}};
  if (is_request) peer.stream = 7;
  engine.on_message({}, peer, envelope);
  std::size_t answers = 0;
  while (const auto out = engine.poll({})) {
    if (out->is_answer) ++answers;
    if (!out->is_answer && is_request) ASSERT(out->endpoints.at(0).address == seed.address);
  }
  ASSERT(answers <= (is_request ? 1U : 0U));
  for (int i = 0; i < 4; ++i) {
    engine.on_deadline(engine.deadline());
    while (engine.poll(engine.deadline())) {
    }
  }
  return 0;
}

}  // namespace tesseras

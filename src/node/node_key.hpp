// Who a node is: a key of its own, random and independent of every author's, and the proof of work
// that gives it its one NodeId.
//
//   DATA_DIR/identity.key      public key, 32 bytes, and nonce, 8 bytes little-endian
//   DATA_DIR/identity.secret   the private key (RFC 8032), 32 bytes, mode 0600
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "foundation/crypto/ed25519.hpp"
#include "foundation/crypto/xwing.hpp"
#include "foundation/runtime/disk.hpp"
#include "preserve/dht/node_id.hpp"

namespace tesseras::node {

struct NodeKey {
  crypto::Ed25519Key key;
  crypto::SecretBytes<32> seed;  // of the key; what the transport makes its certificate with
  std::uint64_t nonce = 0;
  dht::NodeId id;
  bool is_new = false;  // made just now
};

// The node that lives in `data_dir` (which must be there); on its first run, or when identity.key
// was deleted, a new one, whose key `fill_random` draws: an identity.secret that is left over is
// kept aside as identity.secret.old. Under the lock of who runs the node.
// Errors: corrupt: the files do not belong together or one was changed; not_found: identity.secret
// alone is gone; denied: others may read identity.secret, or we may not; else the disk's.
base::Result<NodeKey> open_node_key(runtime::Disk& disk, const runtime::path& data_dir,
                                    const std::function<void(base::MutableByteSpan)>& fill_random);

// What decides in this node's store of pointers who stays under a full key; the same at each start.
crypto::SecretBytes<32> pointer_secret(const NodeKey& node);

// With which this node opens its parts of keys, where it is a witness (spec/witness.md, section 5);
// the same at each start.
crypto::XWingKey node_xwing_key(const NodeKey& node);
// The node's card, to be given to whoever wants it as a witness (spec/contact.md, section 4).
std::string card_of(const NodeKey& node);

}  // namespace tesseras::node

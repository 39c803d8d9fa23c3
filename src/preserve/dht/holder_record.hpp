// "I keep this": what a holder signs, and nodes near the key keep for it (spec/dht.md, section 4).
// A pointer to a tessera is all such records under its key.
//
// It names no content hash: who keeps it does not learn what it points to, and a holder answers
// only those who know the whole hash.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "foundation/base/strong_id.hpp"
#include "foundation/crypto/ed25519.hpp"
#include "foundation/runtime/endpoint.hpp"
#include "preserve/dht/fragment_set.hpp"
#include "preserve/dht/limits.hpp"
#include "preserve/dht/node_id.hpp"

namespace tesseras::dht {

using base::PlanId;

// Fragments of one plan.
struct PlanShare {
  PlanId plan;
  FragmentSet fragments;  // at least one

  bool operator==(const PlanShare&) const = default;
};

struct HolderRecord {
  Key key;
  NodePublicKey node_key;
  std::uint64_t nonce = 0;
  NodeId node;  // of the two; not in the bytes
  // The holder's own, 1 to Limits::endpoints_max, none twice.
  std::vector<runtime::Endpoint> endpoints;
  std::optional<PlanShare> share;  // without one: the whole tessera
  // Grows with every record of this holder for this key. Seconds since 1970 will do, when no two
  // fall together: only the order counts, and it is compared with nobody's clock.
  std::uint64_t issue = 0;
  // From receipt on: no clock is compared with another's.
  std::chrono::seconds ttl{0};

  bool operator==(const HolderRecord&) const = default;
};

// The signed record: what is sent, kept and passed on, to the byte. `key` is that of the record's
// node_key, and all maxima are kept.
base::Bytes sign(const HolderRecord& record, const crypto::Ed25519Key& key);

// What stands in it, of the form that it must have; neither proof of work nor signature is checked,
// so it is for what we checked before.
// exhausted: more than Limits::holder_record_bytes_max. corrupt: not of the form. invalid: an
// endpoint is none, or it asks to be kept for longer or shorter than the limits.
base::Result<HolderRecord> decode_holder_record(base::ByteSpan bytes);

// And invalid: the proof of work is wrong (as check_nonce()). denied: it is forged: the signature
// is not of the node that it names. For everything that comes from outside.
base::Result<HolderRecord> open_holder_record(base::ByteSpan bytes);

// Whether the peer with this key, which speaks to us from `from`, may have us keep the record.
// denied, with the reason: it is another's record; none of its endpoints has the address that it
// comes from; one has an address that is not the sender's (another of the same family, a second one
// of the other family, or one of narrower reach: may_tell()).
base::Result<void> check_sender(const HolderRecord& record, const NodePublicKey& peer,
                                const runtime::Endpoint& from);

// How long a record that somebody received `age` ago is still good; invalid when it has expired.
base::Result<std::chrono::seconds> remaining(const HolderRecord& record, std::chrono::seconds age);

}  // namespace tesseras::dht

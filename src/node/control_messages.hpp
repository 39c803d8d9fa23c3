// What programs ask a daemon over its socket (spec/control.md): bodies of wire's requests and
// responses. Each request names its method, and the type of its answer.
//
// Decoding returns corrupt for what is not of the form. Numbers of things are bounded before memory
// is taken.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "foundation/base/strong_id.hpp"
#include "foundation/runtime/endpoint.hpp"
#include "preserve/dht/capabilities.hpp"
#include "preserve/dht/fragment_set.hpp"
#include "preserve/dht/node_id.hpp"

namespace tesseras::node {

struct NodeInfoAnswer {
  dht::NodeId id;
  dht::NodePublicKey key;
  std::string version;   // of the program
  std::string data_dir;  // absolute
  std::vector<runtime::Endpoint> listening;
  std::vector<runtime::Endpoint> reached_at;  // by others; none: they cannot, or have not tried
  std::optional<runtime::Endpoint> metrics;   // nullopt: off
  bool is_bootstrapped = false;               // it knows somebody
  std::uint64_t contacts = 0;                 // in its table
  std::uint64_t pointers = 0;                 // keys that it keeps for others
  std::uint64_t published = 0;                // tesserae of which it says that it keeps them
  std::chrono::seconds uptime{0};

  bool operator==(const NodeInfoAnswer&) const = default;
};
// Who are you?
struct NodeInfoRequest {
  static constexpr std::string_view method = "node_info";
  using Response = NodeInfoAnswer;

  bool operator==(const NodeInfoRequest&) const = default;
};

struct NodeCardAnswer {
  std::string card;  // a text (spec/contact.md, section 4)

  bool operator==(const NodeCardAnswer&) const = default;
};
// By which card can somebody name you a witness?
struct NodeCardRequest {
  static constexpr std::string_view method = "node_card";
  using Response = NodeCardAnswer;

  bool operator==(const NodeCardRequest&) const = default;
};

struct PeersAnswer {
  struct Peer {
    dht::NodeId id;
    std::vector<runtime::Endpoint> endpoints;  // best first; at most dht::Limits::endpoints_max
    dht::Capabilities capabilities;
    std::chrono::seconds seen_ago{0};
    std::uint32_t failures = 0;  // since then, in a row

    bool operator==(const Peer&) const = default;
  };
  std::vector<Peer> peers;
  bool has_more = false;

  bool operator==(const PeersAnswer&) const = default;
};
// Whom do you know? An answer has some of them, from the one with this number on.
struct PeersRequest {
  static constexpr std::string_view method = "peers";
  using Response = PeersAnswer;
  std::uint32_t first = 0;

  bool operator==(const PeersRequest&) const = default;
};

struct PublishAnswer {
  std::uint64_t asked = 0;  // nodes near the key
  std::uint64_t kept = 0;   // by so many, this one included
  bool is_reachable = false;

  bool operator==(const PublishAnswer&) const = default;
};
// Tell the network that you keep this tessera, now and from now on. not_found: its vault does not
// have it.
struct PublishRequest {
  static constexpr std::string_view method = "publish";
  using Response = PublishAnswer;
  base::ContentHash content_hash;

  bool operator==(const PublishRequest&) const = default;
};

struct OfferAnswer {
  bool is_wanted = false;  // the vault does not have it

  bool operator==(const OfferAnswer&) const = default;
};
// May I give you this tessera, in a tar of so many bytes? exhausted: there is no room for it.
struct OfferRequest {
  static constexpr std::string_view method = "offer";
  using Response = OfferAnswer;
  base::ContentHash content_hash;
  std::uint64_t size_bytes = 0;

  bool operator==(const OfferRequest&) const = default;
};

struct TakeAnswer {
  std::uint64_t files = 0;

  bool operator==(const TakeAnswer&) const = default;
};
// Take it: the tar's bytes follow the request, and then comes the answer. Errors as Inbox::take().
struct TakeRequest {
  static constexpr std::string_view method = "take";
  using Response = TakeAnswer;
  base::ContentHash content_hash;
  std::uint64_t size_bytes = 0;

  bool operator==(const TakeRequest&) const = default;
};

struct FindAnswer {
  struct Holder {
    dht::NodeId id;
    std::vector<runtime::Endpoint> endpoints;  // at most dht::Limits::endpoints_max
    dht::FragmentSet fragments;                // none: it keeps the whole

    bool operator==(const Holder&) const = default;
  };
  std::vector<Holder> holders;  // at most ControlMessageLimits::holders_per_answer
  std::uint64_t asked = 0;      // nodes that answered
  std::uint32_t hops = 0;       // to the first that told of a holder

  bool operator==(const FindAnswer&) const = default;
};
// Who keeps this tessera?
struct FindRequest {
  static constexpr std::string_view method = "find";
  using Response = FindAnswer;
  base::ContentHash content_hash;

  bool operator==(const FindRequest&) const = default;
};

// What came of the nodes near a key being told.
struct Round {
  std::uint64_t asked = 0;
  std::uint64_t kept = 0;
  std::chrono::seconds ago{0};

  bool operator==(const Round&) const = default;
};
// How a tessera is kept in fragments, as this daemon knows, which has its plan.
struct KeptByOthers {
  std::uint64_t fragments = 0;                     // that it has
  std::uint64_t needed = 0;                        // any so many of them are enough
  std::uint64_t kept = 0;                          // by somebody
  std::uint64_t holders = 0;                       // that keep them, and are there or expected back
  bool is_here = false;                            // this node is one of them
  std::uint64_t missing = 0;                       // others that do not answer, or prove nothing
  bool is_in_need = false;                         // what is missing is to be made again
  std::optional<std::uint64_t> may_vanish;         // holders; nullopt: they are not enough as it is
  std::optional<std::chrono::seconds> proved_ago;  // the latest proof of one of them
  bool is_busy = false;                            // more is being given to them now
  bool breaks_diversity = false;                   // more than two of them are in one network
  std::string trouble;                             // why not all are kept; empty: nothing is wrong

  bool operator==(const KeptByOthers&) const = default;
};
struct StatusAnswer {
  bool is_in_vault = false;
  bool is_published = false;
  std::optional<Round> last_round;     // nullopt: none has ended since the daemon started
  std::optional<KeptByOthers> others;  // nullopt: it neither gave it to others, nor keeps some
  // Its author has taken it back then, in seconds since 1970; 0: it is not known when.
  std::optional<std::int64_t> retracted_seconds;
  bool is_blocked = false;  // by the operator

  bool operator==(const StatusAnswer&) const = default;
};
// What do you know of this tessera, without asking anybody?
struct StatusRequest {
  static constexpr std::string_view method = "status";
  using Response = StatusAnswer;
  base::ContentHash content_hash;

  bool operator==(const StatusRequest&) const = default;
};

struct ControlMessageLimits {
  // In one answer; the largest peer has some 240 bytes.
  static constexpr std::size_t peers_per_answer = 128;
  // Of the ledger; one has some 80 bytes.
  static constexpr std::size_t accounts_per_answer = 512;
  // The largest has some 300 bytes.
  static constexpr std::size_t holders_per_answer = 160;
  // One has some 70 bytes.
  static constexpr std::size_t blocked_per_answer = 512;
  // Of our own: eight that are listened on, with both families for each.
  static constexpr std::size_t endpoints_max = 16;
  static constexpr std::size_t text_bytes_max = 4096;
};

base::Bytes encode(const NodeInfoRequest& request);
base::Bytes encode(const NodeInfoAnswer& answer);
base::Bytes encode(const NodeCardRequest& request);
base::Bytes encode(const NodeCardAnswer& answer);
base::Bytes encode(const PeersRequest& request);
base::Bytes encode(const PeersAnswer& answer);
base::Bytes encode(const PublishRequest& request);
base::Bytes encode(const PublishAnswer& answer);
base::Bytes encode(const OfferRequest& request);
base::Bytes encode(const OfferAnswer& answer);
base::Bytes encode(const TakeRequest& request);
base::Bytes encode(const TakeAnswer& answer);
base::Bytes encode(const FindRequest& request);
base::Bytes encode(const FindAnswer& answer);
base::Bytes encode(const StatusRequest& request);
base::Bytes encode(const StatusAnswer& answer);

// A request or an answer, whichever type is asked for.
template <class Message>
base::Result<Message> decode(base::ByteSpan body);
template <>
base::Result<NodeInfoRequest> decode(base::ByteSpan body);
template <>
base::Result<NodeInfoAnswer> decode(base::ByteSpan body);
template <>
base::Result<NodeCardRequest> decode(base::ByteSpan body);
template <>
base::Result<NodeCardAnswer> decode(base::ByteSpan body);
template <>
base::Result<PeersRequest> decode(base::ByteSpan body);
template <>
base::Result<PeersAnswer> decode(base::ByteSpan body);
template <>
base::Result<PublishRequest> decode(base::ByteSpan body);
template <>
base::Result<PublishAnswer> decode(base::ByteSpan body);
template <>
base::Result<OfferRequest> decode(base::ByteSpan body);
template <>
base::Result<OfferAnswer> decode(base::ByteSpan body);
template <>
base::Result<TakeRequest> decode(base::ByteSpan body);
template <>
base::Result<TakeAnswer> decode(base::ByteSpan body);
template <>
base::Result<FindRequest> decode(base::ByteSpan body);
template <>
base::Result<FindAnswer> decode(base::ByteSpan body);
template <>
base::Result<StatusRequest> decode(base::ByteSpan body);
template <>
base::Result<StatusAnswer> decode(base::ByteSpan body);

}  // namespace tesseras::node

// How retractions get around (spec/retraction.md, sections 2 and 4): takes those that peers bring
// and gives them to who asks, tells the holders of what was taken back, and asks others whether
// something was. On the thread of the loop.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "foundation/runtime/log.hpp"
#include "foundation/runtime/offload.hpp"
#include "foundation/runtime/tasks.hpp"
#include "foundation/transport/router.hpp"
#include "foundation/transport/transport.hpp"
#include "node/refusing.hpp"
#include "preserve/dht/rate_limit.hpp"
#include "preserve/dht/service.hpp"
#include "preserve/replica/caller.hpp"
#include "preserve/replica/retraction_messages.hpp"

namespace tesseras::node {

struct RecallingOptions {
  // Who was not reached is told again after so long, and then after twice as long each time.
  std::chrono::seconds first_retry{20};
  std::chrono::seconds retry_max{86'400};
  std::chrono::hours telling_time{24 * 30};
};

// Tells one node that a tessera was taken back: what comes of it. Errors of Transport::open(), of
// exchange(), and corrupt for an answer that is none.
runtime::Task<base::Result<replica::RetractAnswer>> tell_of_retraction(
    runtime::Loop& loop, transport::Transport& transport, dht::NodeInfo node,
    base::Bytes retraction);

class Recalling {
 public:
  // Retractions whose holders are being told; of more the holders learn by asking. Each has as many
  // holders as a few rosters.
  static constexpr std::size_t tellings_max = 256;
  // Of holders that are told, or asked, at once.
  static constexpr std::size_t calls_max = 8;
  // Of the holders of a plan that are asked at a time.
  static constexpr std::size_t asked_max = 3;

  // All that is given outlives it.
  Recalling(runtime::Offload offload, transport::Transport& transport, dht::Service& dht,
            Refusing& refusing, RecallingOptions options, runtime::Log log);

  // From then on peers are answered.
  void add_to(transport::Router& router);
  void set_own_addresses(const std::vector<runtime::IpAddress>& addresses) {
    rate_.set_own_addresses(addresses);
  }

  // Lets go of what is kept, and tells the others from then on. Errors of Refusing::retract(), and
  // of what could not be let go of; the others are told all the same.
  runtime::Task<base::Result<void>> take(replica::SignedRetraction retraction);

  // What has come of telling.
  struct Told {
    dht::NodeInfo node;
    bool has_let_go = false;
  };
  struct Report {
    bool is_busy = false;  // not all have been asked once
    std::vector<Told> holders;
  };
  // Empty for one that was taken before the last start.
  Report report(const base::ContentHash& content_hash) const;

  // Asks some of these whether it was taken back, and takes that where it is so. Comes back at
  // once.
  void ask(const base::ContentHash& content_hash, std::vector<dht::NodeInfo> holders);
  // Asks this one, and takes what it shows. Whether it was taken back.
  runtime::Task<bool> is_taken_back(dht::NodeInfo node, base::ContentHash content_hash);
  // Asks some of those who say to the network that they keep it, and takes what one of them shows.
  // Whether it was taken back; where nobody is found, no.
  runtime::Task<bool> was_taken_back(base::ContentHash content_hash);
  // Asks all of these for who wants to fetch it. nullopt: none of them knows of a retraction.
  runtime::Task<std::optional<base::Error>> why_taken_back(base::ContentHash content_hash,
                                                           std::vector<transport::Peer> peers);

 private:
  struct Telling {
    std::shared_ptr<const base::Bytes> retraction;
    std::map<dht::NodePublicKey, Told> holders;
    bool was_told_once = false;
  };

  runtime::Task<void> serve(std::shared_ptr<transport::Session> session,
                            std::unique_ptr<transport::Stream> stream,
                            transport::ReceivedRequest request);
  runtime::Task<base::Result<base::Bytes>> answer(replica::Caller caller, transport::Stream& stream,
                                                  const wire::Request& request);
  runtime::Task<base::Result<replica::RetractResponse>> on_retract(base::Bytes body);
  base::Result<replica::GetRetractionResponse> on_get(base::ByteSpan body) const;

  runtime::Task<void> keep_telling(base::ContentHash content_hash);
  runtime::Task<void> look_for_more(base::ContentHash content_hash);
  runtime::Task<void> tell_all(base::ContentHash content_hash);
  runtime::Task<void> tell(base::ContentHash content_hash, dht::NodeInfo node);
  runtime::Task<bool> learn(base::ContentHash content_hash, std::vector<transport::Peer> peers);
  runtime::Task<void> ask_some(base::ContentHash content_hash, std::vector<transport::Peer> peers);
  // not_found: none of them has a retraction.
  runtime::Task<base::Result<replica::SignedRetraction>> find(base::ContentHash content_hash,
                                                              std::vector<transport::Peer> peers);
  runtime::Task<void> ask_one(base::ContentHash content_hash, transport::Peer peer,
                              std::optional<replica::SignedRetraction>& found);
  runtime::Task<base::Result<replica::SignedRetraction>> answer_of(base::ContentHash content_hash,
                                                                   transport::Peer peer);

  base::Instant in(base::nanoseconds time) const { return offload_.loop().now() + time; }

  runtime::Offload offload_;
  transport::Transport& transport_;
  dht::Service& dht_;
  Refusing& refusing_;
  RecallingOptions options_;
  runtime::Log log_;
  dht::RateLimit rate_;
  std::map<base::ContentHash, Telling> tellings_;
  std::size_t asking_ = 0;
  runtime::Tasks tasks_;  // dropped first
};

}  // namespace tesseras::node

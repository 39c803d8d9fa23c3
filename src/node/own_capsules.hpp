// Looks after its user's sealed tesserae until their dates: gives their witnesses the deposits,
// tells them where its author has taken one back, and publishes a key that was left here when it is
// due. On the thread of the loop.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <vector>

#include "foundation/runtime/log.hpp"
#include "foundation/runtime/loop.hpp"
#include "foundation/runtime/tasks.hpp"
#include "foundation/transport/transport.hpp"
#include "node/capsule_notes.hpp"
#include "node/peer_clocks.hpp"
#include "node/releasing.hpp"
#include "node/witnessing.hpp"
#include "preserve/dht/service.hpp"
#include "preserve/replica/refusals.hpp"

namespace tesseras::node {

class OwnCapsules {
 public:
  // All of it outlives this.
  struct Parts {
    transport::Transport& transport;
    dht::Service& dht;
    CapsuleNotes& notes;
    Releasing& releasing;
    PeerClocks& clocks;
    const replica::Refusals& refusals;
  };
  // A witness that was not reached is tried again after a while, and then ever more seldom, at
  // least each time that `again_every` has passed; one that has its deposit is offered it again
  // each time that thirty times as much has.
  OwnCapsules(runtime::Loop& loop, const Parts& parts, std::chrono::seconds again_every,
              AskIfTakenBack ask_if_taken_back, runtime::Log log);

  // From now on it is looked after; together with what is known of it, of which nothing is
  // forgotten. It is sealed. Durable when this returns. conflict: it was taken back, or is blocked
  // here. exhausted: more witnesses were named for it, in all, than one can have. Errors of the
  // disk.
  base::Result<void> keep(Capsule capsule);
  // Its author has taken it back: its key is not published, and its witnesses are told. One that
  // nothing is known of is none. Durable when this returns. Errors of the disk.
  base::Result<void> take_back(const base::ContentHash& content_hash);

  // nullptr: nothing is to be done for it.
  const Capsule* find(const base::ContentHash& content_hash) const;
  // By content hash.
  std::vector<base::ContentHash> all() const;
  // It was taken back, and not all of its witnesses were told, or found to be away, once.
  bool is_busy_taking_back(const base::ContentHash& content_hash) const;

 private:
  bool is_to_be_told(const Capsule& capsule, const Capsule::Witness& witness) const;
  bool has_somebody_to_tell(const Capsule& capsule) const;
  std::optional<base::ContentHash> next_to_tell();
  runtime::Task<void> keep_telling();
  runtime::Task<void> tell_all(base::ContentHash content_hash);
  runtime::Task<void> tell(base::ContentHash content_hash, dht::NodeId node);
  runtime::Task<void> give_deposit(base::ContentHash content_hash, dht::NodeInfo node);
  runtime::Task<void> tell_of_retraction(base::ContentHash content_hash, dht::NodeInfo node);
  void note(const Capsule& capsule);
  runtime::Task<base::Result<dht::NodeInfo>> locate(dht::NodeId node);

  runtime::Task<void> keep_publishing();
  std::vector<base::ContentHash> due() const;
  // Whether its key is here and may be published, at that time.
  bool is_due(const base::ContentHash& content_hash, base::WallTime now) const;
  base::Result<void> publish(const base::ContentHash& content_hash);

  runtime::Loop& loop_;
  Parts parts_;
  std::chrono::seconds again_every_;
  AskIfTakenBack ask_if_taken_back_;
  runtime::Log log_;
  struct Turn {
    base::Instant next;
    std::chrono::seconds pause{0};
    bool was_tried = false;
  };
  std::map<base::ContentHash, Turn> turns_;  // of those who are still to be told
  runtime::Tasks tasks_;                     // dropped first
};

}  // namespace tesseras::node

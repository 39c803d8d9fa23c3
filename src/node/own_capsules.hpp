// Looks after its user's sealed tesserae until their dates: gives their witnesses the deposits, and
// publishes a key that was left here when it is due. On the thread of the loop.
#pragma once

#include <chrono>
#include <map>

#include "foundation/runtime/log.hpp"
#include "foundation/runtime/loop.hpp"
#include "foundation/runtime/tasks.hpp"
#include "foundation/transport/transport.hpp"
#include "node/capsule_notes.hpp"
#include "node/peer_clocks.hpp"
#include "node/releasing.hpp"
#include "preserve/dht/service.hpp"

namespace tesseras::node {

class OwnCapsules {
 public:
  // All that is given outlives it. A witness that was not reached is tried again after a while, and
  // then ever more seldom, at least each time that `again_every` has passed.
  OwnCapsules(runtime::Loop& loop, transport::Transport& transport, dht::Service& dht,
              CapsuleNotes& notes, Releasing& releasing, PeerClocks& clocks,
              std::chrono::seconds again_every, runtime::Log log);

  // From now on it is looked after; together with what is known of it, of which nothing is
  // forgotten. It is sealed. Durable when this returns. exhausted: more witnesses were named for
  // it, in all, than one can have. Errors of the disk.
  base::Result<void> keep(Capsule capsule);
  // nullptr: nothing is to be done for it.
  const Capsule* find(const base::ContentHash& content_hash) const;

 private:
  runtime::Task<void> keep_telling();
  runtime::Task<void> tell_all(base::ContentHash content_hash);
  runtime::Task<void> tell(base::ContentHash content_hash, dht::NodeId node);
  runtime::Task<base::Result<dht::NodeInfo>> locate(dht::NodeId node);

  runtime::Task<void> keep_publishing();
  std::vector<base::ContentHash> due() const;
  runtime::Task<base::Result<void>> publish(base::ContentHash content_hash);

  runtime::Loop& loop_;
  transport::Transport& transport_;
  dht::Service& dht_;
  CapsuleNotes& notes_;
  Releasing& releasing_;
  PeerClocks& clocks_;
  std::chrono::seconds again_every_;
  runtime::Log log_;
  struct Turn {
    base::Instant next;
    std::chrono::seconds pause{0};
  };
  std::map<base::ContentHash, Turn> turns_;
  runtime::Tasks tasks_;  // dropped first
};

}  // namespace tesseras::node

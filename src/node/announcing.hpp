// Telling the network what this node keeps for others: as it is after a start, and whenever that
// has changed. On the thread of the loop.
#pragma once

#include "foundation/base/strong_id.hpp"
#include "foundation/runtime/loop.hpp"
#include "foundation/runtime/tasks.hpp"
#include "node/holding.hpp"
#include "node/publications.hpp"
#include "preserve/dht/service.hpp"
#include "preserve/replica/refusals.hpp"

namespace tesseras::node {

class Announcing {
 public:
  // All that is given outlives it. It begins with all that is kept now.
  Announcing(runtime::Loop& loop, dht::Service& dht, Holding& holding,
             const Publications& publications, const replica::Refusals& refusals);

  // More of this tessera is kept than before, or less, or it is published no longer. Of what this
  // node's user has published the network knows already that all of it is here. What is refused has
  // come too late to be refused on the way, and is dropped.
  void changed(const base::ContentHash& content_hash) { tasks_.spawn(announce(content_hash)); }

 private:
  runtime::Task<void> announce_all();
  runtime::Task<void> announce(base::ContentHash content_hash);

  runtime::Loop& loop_;
  dht::Service& dht_;
  Holding& holding_;
  const Publications& publications_;
  const replica::Refusals& refusals_;
  runtime::Tasks tasks_;  // dropped first
};

}  // namespace tesseras::node

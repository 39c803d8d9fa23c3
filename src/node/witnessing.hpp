// What a witness does (spec/key-publication.md, section 3): keeps deposits, and releases its part
// of each when the date has come. On the thread of the loop.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "foundation/crypto/xwing.hpp"
#include "foundation/runtime/log.hpp"
#include "foundation/runtime/loop.hpp"
#include "foundation/runtime/tasks.hpp"
#include "node/peer_clocks.hpp"
#include "node/peer_methods.hpp"
#include "node/releasing.hpp"
#include "preserve/release/deposit_store.hpp"

namespace tesseras::node {

class Witnessing {
 public:
  // All that is given outlives it. `key`: this node's, which parts are wrapped for.
  Witnessing(runtime::Loop& loop, release::DepositStore& store, Releasing& releasing,
             PeerClocks& clocks, const crypto::XWingKey& key, runtime::Log log);

  void add_to(PeerMethods& methods);
  void set_own_addresses(std::vector<runtime::IpAddress> addresses) {
    own_addresses_ = std::move(addresses);
  }

  // For an operator who says that the date has come, where too few others can be asked. not_found:
  // no deposit of it is here. denied: by this machine's clock it has not. Errors of
  // Releasing::publish().
  runtime::Task<base::Result<Releasing::Given>> open(base::ContentHash content_hash);

  struct Counts {
    std::size_t deposits = 0;    // now
    std::uint64_t released = 0;  // parts, since the start
  };
  Counts counts() const { return {store_.all().size(), released_count_}; }

 private:
  runtime::Task<base::Result<base::Bytes>> on_deposit(replica::Caller caller, base::ByteSpan body);
  base::Result<release::GiveAnswer> keep(const replica::Caller& caller, base::ByteSpan body);

  runtime::Task<void> keep_watching();
  // Those whose date has come by this clock, and whose part is still to be released.
  std::vector<base::ContentHash> due() const;
  // The same of one, at another time.
  bool is_due(const base::ContentHash& content_hash, base::WallTime now) const;
  void let_go_of_what_is_done();
  runtime::Task<void> release_when_due(base::ContentHash content_hash);
  runtime::Task<base::Result<Releasing::Given>> release_part(base::ContentHash content_hash);

  runtime::Loop& loop_;
  release::DepositStore& store_;
  Releasing& releasing_;
  PeerClocks& clocks_;
  const crypto::XWingKey& key_;
  runtime::Log log_;
  std::vector<runtime::IpAddress> own_addresses_;
  // When each is looked at again that was due; never, of one that was released, or that its creator
  // has made so that it cannot be.
  std::map<base::ContentHash, base::Instant> next_;
  std::uint64_t released_count_ = 0;
  runtime::Tasks tasks_;  // dropped first
};

}  // namespace tesseras::node

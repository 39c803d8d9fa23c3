// What a witness does (spec/key-publication.md, section 3): keeps deposits, and releases its part
// of each when the date has come, unless its author has taken the tessera back. On the thread of
// the loop.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "foundation/crypto/xwing.hpp"
#include "foundation/runtime/log.hpp"
#include "foundation/runtime/offload.hpp"
#include "foundation/runtime/tasks.hpp"
#include "node/peer_clocks.hpp"
#include "node/peer_methods.hpp"
#include "node/releasing.hpp"
#include "preserve/release/deposit_store.hpp"
#include "preserve/replica/refusals.hpp"

namespace tesseras::node {

// Asks others whether a tessera was taken back. Whether it was; where nobody says so, no.
using AskIfTakenBack = std::function<runtime::Task<bool>(base::ContentHash)>;

class Witnessing {
 public:
  // Tesserae of which others are asked at once whether they were taken back.
  static constexpr std::size_t at_once_max = 8;

  // All of it outlives the witness.
  struct Parts {
    release::DepositStore& store;
    Releasing& releasing;
    PeerClocks& clocks;
    const replica::Refusals& refusals;
  };
  // `key`: this node's, which parts are wrapped for.
  Witnessing(runtime::Offload offload, const Parts& parts,
             std::shared_ptr<const crypto::XWingKey> key, AskIfTakenBack ask_if_taken_back,
             runtime::Log log);

  void add_to(PeerMethods& methods);
  void set_own_addresses(std::vector<runtime::IpAddress> addresses) {
    own_addresses_ = std::move(addresses);
  }

  // For an operator who says that the date has come, where too few others can be asked. not_found:
  // no deposit of it is here. denied: by this machine's clock it has not. conflict: it was taken
  // back. Errors of Releasing::keep(). Nobody reached is no error: it is tried again.
  runtime::Task<base::Result<Releasing::Given>> open(base::ContentHash content_hash);

  bool has(const base::ContentHash& content_hash) const;
  // By content hash.
  std::vector<base::ContentHash> all() const;
  // Its author has taken it back, or the operator refuses it: the deposit goes. Durable when this
  // returns. Errors of the disk.
  base::Result<void> let_go(const base::ContentHash& content_hash);

  struct Counts {
    std::size_t deposits = 0;    // now
    std::uint64_t released = 0;  // parts, since the start
  };
  Counts counts() const { return {parts_.store.all().size(), released_count_}; }

 private:
  runtime::Task<base::Result<base::Bytes>> on_deposit(replica::Caller caller, base::ByteSpan body);
  runtime::Task<base::Result<release::GiveAnswer>> keep(replica::Caller caller,
                                                        base::ByteSpan body);
  runtime::Task<base::Result<sealing::KeyPart>> open_part(
      std::shared_ptr<const release::Deposit> deposit);

  runtime::Task<void> keep_watching();
  // Those whose date has come by this clock, and whose part is still to be released; who waits
  // longest is the first.
  std::vector<base::ContentHash> due() const;
  // Whether one is, at another time.
  bool is_due(const base::ContentHash& content_hash, base::WallTime now) const;
  void let_go_of_what_is_done();
  runtime::Task<void> release_all(base::WallTime agreed);
  runtime::Task<void> ask(base::ContentHash content_hash, std::set<base::ContentHash>& taken_back);
  runtime::Task<void> release_when_due(base::ContentHash content_hash);
  runtime::Task<base::Result<void>> release_part(base::ContentHash content_hash);

  runtime::Loop& loop() const { return offload_.loop(); }

  runtime::Offload offload_;
  Parts parts_;
  std::shared_ptr<const crypto::XWingKey> key_;  // shared with who opens parts
  AskIfTakenBack ask_if_taken_back_;
  runtime::Log log_;
  std::vector<runtime::IpAddress> own_addresses_;
  // When each is looked at again that was due; never, of one that was released, or that its creator
  // has made so that it cannot be.
  std::map<base::ContentHash, base::Instant> next_;
  std::uint64_t released_count_ = 0;
  runtime::Tasks tasks_;  // dropped first
};

}  // namespace tesseras::node

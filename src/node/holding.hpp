// What this node keeps for others: the fragments, who brought them, and the answers to peers that
// bring some or want some. On the thread of the loop.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "foundation/runtime/disk.hpp"
#include "foundation/runtime/log.hpp"
#include "foundation/runtime/offload.hpp"
#include "foundation/transport/router.hpp"
#include "node/config.hpp"
#include "preserve/dht/holder_record.hpp"
#include "preserve/replica/fragment_store.hpp"
#include "preserve/replica/giver.hpp"
#include "preserve/replica/ledger.hpp"
#include "preserve/replica/receiver.hpp"
#include "preserve/replica/refusals.hpp"
#include "preserve/replica/transfer_server.hpp"

namespace tesseras::node {

class Holding {
 public:
  // What others know, or are to know; each may be unset.
  struct Hooks {
    // Whether a tessera is refused; unset: none is.
    std::function<std::optional<replica::Refusal>(const base::ContentHash&)> refusal;
    // Whether nobody but this peer, which offers it, keeps a fragment, as far as is known here;
    // unset: nobody does.
    std::function<bool(const dht::NodePublicKey&, const replica::FragmentName&)> is_lost;
    // A fragment of this tessera has come; where it is refused since, it is to be dropped.
    std::function<void(const base::ContentHash&)> on_kept;
    replica::Giver::OnGiving on_giving;
    replica::OwnTesserae own;
  };

  // `folder` belongs to nobody else. `disk` and what runs the work outlive it, and the work
  // outlives this where some is under way. Errors as FragmentStore::open().
  static base::Result<std::unique_ptr<Holding>> open(runtime::Offload offload, runtime::Disk& disk,
                                                     const runtime::path& folder,
                                                     const Config& config, Hooks hooks,
                                                     const runtime::Log& log);

  // From then on the peers' requests are answered; the router goes first.
  void add_to(transport::Router& router);

  // Where this node is, as others have shown: private networks of these have no limit of their own.
  void set_own_addresses(const std::vector<runtime::IpAddress>& addresses) {
    server_.set_own_addresses(addresses);
  }

  const std::shared_ptr<replica::FragmentStore>& store() const { return store_; }
  const std::shared_ptr<replica::Ledger>& ledger() const { return ledger_; }

  // What to tell the network of a tessera, and of all.
  struct Share {
    base::ContentHash content_hash;
    dht::PlanShare share;
  };
  // Where there are several plans of it, the one of which most is kept. not_found: nothing is.
  runtime::Task<base::Result<Share>> share_of(base::ContentHash content_hash);
  runtime::Task<base::Result<std::vector<Share>>> shares();

  // Lets go of all that is kept of it, and of what stood for that on anybody's account. How many
  // fragments that were. Errors of the disk; then some may still be there.
  runtime::Task<base::Result<std::size_t>> drop_all(base::ContentHash content_hash);

  struct Counts {
    std::uint64_t fragments = 0;
    std::uint64_t quarantined = 0;  // of these
    std::uint64_t size_bytes = 0;   // on disk
    replica::Receiver::Counts received;
    replica::Giver::Counts given;
  };
  Counts counts() const;

 private:
  Holding(runtime::Offload offload, std::shared_ptr<replica::FragmentStore> store,
          const Config& config, Hooks hooks, const runtime::Log& log);

  runtime::Offload offload_;
  std::shared_ptr<replica::FragmentStore> store_;
  std::shared_ptr<replica::Ledger> ledger_;
  std::shared_ptr<replica::Receiver> receiver_;
  std::shared_ptr<replica::Giver> giver_;
  replica::TransferServer server_;
};

}  // namespace tesseras::node

// A node that runs: its key, its transport, its part of the DHT, its vault, and the doors for its
// user's programs and for Prometheus.
//
//   DATA_DIR/daemon.lock   held while it runs
//   DATA_DIR/identity.*    node_key.hpp
//   DATA_DIR/dht/          pointers and contacts (dht::Service)
//   DATA_DIR/published     publications.hpp
//   DATA_DIR/control/      control.hpp
//   DATA_DIR/incoming/     inbox.hpp
//   DATA_DIR/fragments/    what it keeps for others (holding.hpp)
//   DATA_DIR/plans/        own_plans.hpp
//   DATA_DIR/refused/      what it does not keep (replica/refusals.hpp)
//   DATA_DIR/rosters/      who keeps what of them (replica/rosters.hpp)
//   DATA_DIR/audits/       what they have proved (upkeep/audit_notes.hpp)
//   DATA_DIR/spool/        what is being given away (spreading.hpp)
//   DATA_DIR/repair/       what is being made again (upkeep/repairing.hpp)
//   DATA_DIR/fetched/      what is being brought back (fetching.hpp)
//   DATA_DIR/releases/     keys that are due, for whoever asks (releases.hpp)
//   DATA_DIR/deposits/     what it is a witness of
//   DATA_DIR/capsules/     what it is to do for its user's sealed tesserae
//   DATA_DIR/db, blobs     the vault
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "foundation/dns/mdns.hpp"
#include "foundation/dns/resolver.hpp"
#include "foundation/http/server.hpp"
#include "foundation/runtime/disk.hpp"
#include "foundation/runtime/log.hpp"
#include "foundation/runtime/system_loop.hpp"
#include "foundation/runtime/tasks.hpp"
#include "foundation/runtime/workers.hpp"
#include "foundation/transport/quic_transport.hpp"
#include "foundation/transport/router.hpp"
#include "node/announcing.hpp"
#include "node/bootstrap.hpp"
#include "node/config.hpp"
#include "node/control.hpp"
#include "node/control_methods.hpp"
#include "node/fetching.hpp"
#include "node/holding.hpp"
#include "node/inbox.hpp"
#include "node/metrics.hpp"
#include "node/node_key.hpp"
#include "node/own_plans.hpp"
#include "node/publications.hpp"
#include "node/recalling.hpp"
#include "node/refusal_methods.hpp"
#include "node/refusing.hpp"
#include "node/release_methods.hpp"
#include "node/releases.hpp"
#include "node/spreading.hpp"
#include "node/upkeep.hpp"
#include "node/withdrawal.hpp"
#include "preserve/dht/service.hpp"
#include "preserve/replica/refusals.hpp"
#include "preserve/replica/rosters.hpp"
#include "preserve/vault/index_home.hpp"
#include "preserve/vault/vault.hpp"

namespace tesseras::node {

// Where a daemon lives when nobody says otherwise: ~/.local/share/tesseras, or on macOS
// ~/Library/Application Support/tesseras.
std::filesystem::path default_daemon_dir(const std::filesystem::path& home);

// Where it listens: `listen`, and 0.0.0.0 beside each [::] that has no such companion, since the
// sockets of both families are separate here on every system.
std::vector<runtime::Endpoint> listeners_of(const std::vector<runtime::Endpoint>& listen);

struct DaemonOptions {
  std::filesystem::path data_dir;  // absolute
  Config config;
  // A list of the command line, HOST:PORT each, for the config's names and its domain both.
  std::optional<std::vector<std::string>> bootstrap;
  ControlAccess access = ControlAccess::owner;
  std::string version;
  bool is_leaving = false;  // it takes nothing from others any more; see Daemon::leave()
};

class Daemon {
 public:
  // Makes the data dir (0700) with an identity and a vault where they are missing, and serves until
  // it is dropped. What is given outlives it. Errors, each saying what to do: unavailable: another
  // daemon runs there; conflict, denied, invalid, unsupported: an address that cannot be listened
  // on; those of open_node_key(), Vault, Publications, dht::Service and ControlServer. A busy port
  // for metrics is a warning.
  static base::Result<std::unique_ptr<Daemon>> start(runtime::SystemLoop& loop, runtime::Disk& disk,
                                                     DaemonOptions options,
                                                     runtime::LogLines& lines);
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  // What of a new config can be had at once, is; the log names what waits for the next start.
  void reload(const Config& config);

  // For a daemon that was started for it: gives all that it keeps for others to other nodes, as
  // soon as it knows some. Comes back when nothing whole is left here. Errors as
  // HandingOver::run().
  runtime::Task<base::Result<void>> leave();

  // Takes no more requests, lets those under way end until `deadline`, and writes what would be
  // lost. Then the daemon may be dropped.
  runtime::Task<void> finish(base::Instant deadline);

  NodeInfoAnswer info() const;
  Figures figures() const;

 private:
  Daemon(runtime::SystemLoop& loop, runtime::Disk& disk, DaemonOptions options,
         runtime::LogLines& lines, NodeKey key);

  base::Result<void> open();
  base::Result<std::unique_ptr<transport::QuicTransport>> listen(
      const std::vector<runtime::Endpoint>& endpoints) const;
  base::Result<void> open_transport();
  base::Result<std::unique_ptr<vault::Vault>> open_vault();
  base::Result<Withdrawal::IsGone> look_into_vault();
  runtime::Task<void> keep_withdrawing();
  base::Result<void> open_dht();
  base::Result<void> open_holding();
  base::Result<void> open_spreading();
  void begin_upkeep();
  void begin_refusing();
  base::Result<void> open_releases();
  void route();
  base::Result<void> open_doors();
  void open_metrics();
  void begin_bootstrap();
  void meet_neighbours();

  runtime::SystemLoop& loop_;
  runtime::Disk& disk_;
  DaemonOptions options_;
  runtime::LogLines& lines_;
  runtime::Log log_;
  NodeKey key_;
  base::Instant started_;
  bool is_stopping_ = false;

  // Dropped from the last to the first.
  std::unique_ptr<runtime::Lock> lock_;
  std::unique_ptr<vault::IndexHome> indexes_;
  std::optional<Publications> publications_;
  std::optional<OwnPlans> plans_;
  std::optional<replica::Rosters> rosters_;
  std::optional<upkeep::AuditNotes> audit_notes_;
  std::optional<replica::Refusals> refusals_;
  std::unique_ptr<runtime::Workers> workers_;  // what they do may use what stands above
  std::unique_ptr<Inbox> inbox_;
  std::unique_ptr<transport::QuicTransport> transport_;
  std::unique_ptr<dht::Service> dht_;
  std::unique_ptr<Holding> holding_;
  std::unique_ptr<Spreading> spreading_;
  std::unique_ptr<Fetching> fetching_;
  std::unique_ptr<Announcing> announcing_;
  std::unique_ptr<Upkeep> upkeep_;
  std::unique_ptr<Releases> releases_;
  std::unique_ptr<Refusing> refusing_;
  std::unique_ptr<Recalling> recalling_;
  std::unique_ptr<transport::Router> router_;
  std::unique_ptr<RefusalMethods> refusal_methods_;
  std::unique_ptr<ReleaseMethods> release_methods_;
  std::unique_ptr<ControlMethods> methods_;
  std::unique_ptr<ControlServer> control_;
  std::unique_ptr<http::Server> metrics_;
  std::unique_ptr<dns::Resolver> resolver_;
  std::unique_ptr<Bootstrap> bootstrap_;
  std::unique_ptr<dns::Mdns> mdns_;
  runtime::Tasks tasks_;
};

}  // namespace tesseras::node

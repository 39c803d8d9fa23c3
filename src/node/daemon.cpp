#include "node/daemon.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "foundation/base/assert.hpp"
#include "foundation/base/text.hpp"
#include "foundation/runtime/own_folder.hpp"
#include "foundation/runtime/waiter.hpp"
#include "node/neighbours.hpp"
#include "node/own_packs.hpp"
#include "preserve/dht/messages.hpp"

namespace tesseras::node {
namespace {

using base::Code;
using base::fail;
using base::Result;
using runtime::Endpoint;
using runtime::IpAddress;
using runtime::Task;
using std::filesystem::path;

std::string shown(const path& at) { return base::to_printable(at.native()); }

dht::ServiceOptions dht_options_of(const Config& config, runtime::Loop& loop) {
  dht::ServiceOptions options;
  const auto& dht = config.dht;
  options.engine.table.bucket_size = dht.k;
  options.engine.table.ping_failure_threshold = dht.ping_failure_threshold;
  options.engine.lookup.width = dht.k;
  options.engine.lookup.alpha = dht.alpha;
  options.engine.refresh_every = dht.bucket_refresh_interval;
  options.engine.republish_every = dht.republish_interval;
  options.engine.pointer_ttl = dht.pointer_ttl;
  if (config.storage.max_bytes > 0)
    options.engine.capabilities.bits |= dht::Capabilities{dht::Capability::replicate}.bits;
  options.engine.first_issue = static_cast<std::uint64_t>(loop.wall_now().unix_seconds);
  loop.fill_random(std::as_writable_bytes(std::span(&options.engine.seed, 1)));
  options.store.keys_max = dht.max_stored_pointers;
  options.store.ttl_max = dht.pointer_ttl;
  return options;
}

// What went wrong when listening, with what to do.
base::Error cannot_listen(base::Error error) {
  if (error.code == Code::conflict) {
    error.message += "; is a daemon running already? Another port: --listen 0.0.0.0:5000";
  }
  return error;
}

// How often it is looked for what was removed from the vault; and the pause between two portions,
// with which the most that there may be take some three minutes.
constexpr std::chrono::milliseconds look_at_vault_every = std::chrono::minutes(10);
constexpr std::chrono::milliseconds look_on_after{50};

// They hash, read and wait for disks, so that the loop need not.
constexpr std::size_t worker_threads = 4;

}  // namespace

path default_daemon_dir(const path& home) {
#ifdef __APPLE__
  return home / "Library" / "Application Support" / "tesseras";
#else
  return home / ".local" / "share" / "tesseras";
#endif
}

std::vector<Endpoint> listeners_of(const std::vector<Endpoint>& listen) {
  auto all = listen;
  for (const auto& endpoint : listen) {
    const bool is_any_v6 = endpoint.address.is_unspecified() && !endpoint.address.is_v4();
    const bool has_v4 = std::ranges::any_of(listen, [&](const Endpoint& other) {
      return other.address.is_v4() && other.port == endpoint.port;
    });
    if (is_any_v6 && !has_v4) all.push_back({IpAddress::v4(0, 0, 0, 0), endpoint.port});
  }
  return all;
}

Result<std::unique_ptr<Daemon>> Daemon::start(runtime::SystemLoop& loop, runtime::Disk& disk,
                                              DaemonOptions options, runtime::LogLines& lines) {
  const path& folder = options.data_dir;
  const auto mode = control_modes(options.access).data_dir;
  const bool is_new = !disk.status(folder);
  TRY(disk.make_folders(folder, mode));
  if (is_new) TRY(runtime::make_own_folder(folder, mode));  // the umask may keep the group out
  auto lock = disk.lock(folder / "daemon.lock", std::chrono::milliseconds(0));
  if (!lock && lock.error().code == Code::unavailable && options.is_leaving) {
    return fail(Code::unavailable, "a daemon runs on {}; end it first, then start it with --leave",
                shown(folder));
  }
  if (!lock && lock.error().code == Code::unavailable) {
    return fail(Code::unavailable, "another daemon runs on {}; ask it with `tes --daemon {} peers`",
                shown(folder), shown(folder));
  }
  if (!lock) return fail(lock.error());
  auto key = TRY(open_node_key(disk, folder, [&](auto into) { loop.fill_random(into); }));
  std::unique_ptr<Daemon> daemon(new Daemon(loop, disk, std::move(options), lines, std::move(key)));
  daemon->lock_ = *std::move(lock);
  TRY(daemon->open());
  return daemon;
}

Daemon::Daemon(runtime::SystemLoop& loop, runtime::Disk& disk, DaemonOptions options,
               runtime::LogLines& lines, NodeKey key)
    : loop_(loop),
      disk_(disk),
      options_(std::move(options)),
      lines_(lines),
      log_(lines, "tesseras_daemon"),
      key_(std::move(key)),
      started_(loop.now()),
      tasks_(loop) {
  // Whoever is about to go has no room for anybody.
  if (options_.is_leaving) options_.config.storage.max_bytes = 0;
}

Daemon::~Daemon() = default;

Result<void> Daemon::open() {
  if (key_.is_new) log_.info("a new node", {{"node_id", key_.id.hex()}});
  indexes_ = vault::sqlite_index_home(options_.data_dir / "db");
  TRY(vault::Vault::create(disk_, options_.data_dir, *indexes_));
  TRY(open_vault());
  publications_ = TRY(Publications::open(disk_, options_.data_dir / "published"));
  TRY(open_transport());
  plans_ = TRY(OwnPlans::open(disk_, options_.data_dir / "plans"));
  rosters_ = TRY(replica::Rosters::open(disk_, options_.data_dir / "rosters", log_));
  audit_notes_ =
      TRY(upkeep::AuditNotes::open(disk_, options_.data_dir / "audits",
                                   tempo_of(options_.config, loop_), loop_.wall_now(), log_));
  refusals_ = TRY(replica::Refusals::open(disk_, options_.data_dir / "refused"));
  TRY(open_dht());
  TRY(open_holding());
  TRY(open_spreading());
  announcing_ = std::make_unique<Announcing>(loop_, *dht_, *holding_, *publications_, *refusals_);
  begin_upkeep();
  TRY(open_releases());
  begin_refusing();
  route();
  TRY(open_doors());
  open_metrics();
  begin_bootstrap();
  meet_neighbours();
  tasks_.spawn(keep_withdrawing());
  if (options_.config.nat != Config::Nat{}) {
    log_.warn("the keys in [nat] have no effect yet: this release does not pass through NAT");
  }
  for (const auto& endpoint : transport_->local()) {
    log_.info("listening", {{"at", endpoint.text()}});
  }
  log_.info("daemon ready", {{"node_id", key_.id.hex()},
                             {"data_dir", options_.data_dir.native()},
                             {"version", options_.version}});
  return {};
}

Result<std::unique_ptr<transport::QuicTransport>> Daemon::listen(
    const std::vector<Endpoint>& endpoints) const {
  transport::QuicOptions options;
  options.listen = endpoints;
  return transport::QuicTransport::make(loop_, key_.seed, options);
}

Result<void> Daemon::open_transport() {
  auto endpoints = listeners_of(options_.config.node.listen);
  auto made = listen(endpoints);
  if (!made && made.error().code == Code::unsupported) {
    // A machine without IPv6 is no reason not to run.
    std::erase_if(endpoints, [](const Endpoint& one) { return !one.address.is_v4(); });
    if (!endpoints.empty()) {
      log_.warn("this machine has no IPv6; listening on IPv4 only");
      made = listen(endpoints);
    }
  }
  if (!made) return fail(cannot_listen(made.error()));
  transport_ = *std::move(made);
  return {};
}

Result<std::unique_ptr<vault::Vault>> Daemon::open_vault() {
  return vault::Vault::open(disk_, options_.data_dir, *indexes_);
}

// What was removed from the vault is ours to tell of no longer. Only what is certainly gone: a
// vault that cannot be read says nothing.
Result<Withdrawal::IsGone> Daemon::look_into_vault() {
  std::shared_ptr<vault::Vault> vault = TRY(open_vault());
  return [vault](const base::ContentHash& hash) {
    const auto tessera = vault->tessera(hash);
    return !tessera && tessera.error().code == Code::not_found;
  };
}

Task<void> Daemon::keep_withdrawing() {
  Withdrawal withdrawal(
      *publications_, [this] { return look_into_vault(); },
      [this](const base::ContentHash& hash) {
        dht_->withdraw(dht::key_of(hash));
        log_.info("withdrawn: the vault has it no longer", {{"content_hash", hash.hex()}});
        announcing_->changed(hash);  // what it may keep of it for others
      });
  for (;;) {
    const auto is_last = withdrawal.look_on();
    if (!is_last) log_.warn("the vault cannot be looked at", {{"why", is_last.error().message}});
    const auto pause = is_last && !*is_last ? look_on_after : look_at_vault_every;
    co_await runtime::sleep_until(loop_, loop_.now() + pause);
  }
}

Result<void> Daemon::open_dht() {
  const auto dial_back = [this]() -> Result<std::unique_ptr<transport::Transport>> {
    auto endpoints = transport_->local();
    for (auto& endpoint : endpoints) endpoint.port = 0;
    return TRY(listen(endpoints));
  };
  auto options = dht_options_of(options_.config, loop_);
  options.on_reached = [this](const std::vector<Endpoint>& endpoints) {
    std::vector<IpAddress> own;
    own.reserve(endpoints.size());
    for (const auto& endpoint : endpoints) own.push_back(endpoint.address);
    holding_->set_own_addresses(own);
    upkeep_->set_own_addresses(own);
    recalling_->set_own_addresses(own);
    releases_->set_own_addresses(own);
  };
  dht_ = TRY(dht::Service::open(loop_, disk_, options_.data_dir / "dht", *transport_, dial_back,
                                key_.key, key_.nonce, pointer_secret(key_), std::move(options),
                                runtime::Log(lines_, "tesseras_dht")));
  for (const auto& hash : publications_->all()) dht_->publish_in_turn(dht::key_of(hash), {});
  return {};
}

Result<void> Daemon::open_holding() {
  workers_ = std::make_unique<runtime::Workers>(worker_threads);
  // Who asks comes over the router, which is there no longer than the upkeep.
  Holding::Hooks hooks{
      .refusal = [this](const auto& hash) { return refusals_->of(hash); },
      .is_lost = [this](const auto& by, const auto& name) { return upkeep_->is_lost(by, name); },
      .on_kept = [this](const auto& hash) { announcing_->changed(hash); },
      .on_giving = [this](const auto& to, const auto& plan) { upkeep_->on_giving(to, plan); },
      .own = own_tesserae(*publications_, *plans_, *refusals_, [this] { return open_vault(); })};
  holding_ = TRY(Holding::open(runtime::Offload(loop_, workers_.get()), disk_,
                               options_.data_dir / "fragments", options_.config, std::move(hooks),
                               runtime::Log(lines_, "tesseras_replica")));
  return {};
}

Result<void> Daemon::open_spreading() {
  const runtime::Offload offload(loop_, workers_.get());
  const auto& config = options_.config.replication;
  const runtime::Log log(lines_, "tesseras_replica");
  spreading_ = std::make_unique<Spreading>(
      offload, disk_, options_.data_dir / "spool", *transport_, *dht_, *plans_, *rosters_,
      holding_->ledger(), [this] { return open_vault(); },
      SpreadingOptions{
          .transfers_max = config.concurrent_transfers,
          .look_every = config.repair_interval,
          .look_jitter = config.repair_jitter,
          .on_taken_back = [this](const auto& hash,
                                  const auto& node) { recalling_->ask(hash, {node}); }},
      log);
  fetching_ = TRY(Fetching::open(
      offload, disk_, options_.data_dir / "fetched", *transport_, *dht_, holding_->store(),
      [this] { return open_vault(); },
      [this](const auto& hash) { return why_refused(*refusals_, hash, Code::not_found); },
      [this](auto hash, auto peers) { return recalling_->why_taken_back(hash, std::move(peers)); },
      log));
  return {};
}

void Daemon::begin_upkeep() {
  Upkeep::Parts parts{*transport_,   *dht_,       *plans_,  *rosters_,
                      *audit_notes_, *spreading_, *holding_};
  upkeep_ = std::make_unique<Upkeep>(
      runtime::Offload(loop_, workers_.get()), disk_, options_.data_dir / "repair", parts,
      options_.config, [this](const base::ContentHash& hash) { announcing_->changed(hash); },
      [this](const auto& hash, auto holders) { recalling_->ask(hash, std::move(holders)); },
      [this](auto node, auto hash) { return recalling_->is_taken_back(std::move(node), hash); },
      runtime::Log(lines_, "tesseras_upkeep"));
}

void Daemon::begin_refusing() {
  const runtime::Offload offload(loop_, workers_.get());
  const runtime::Log log(lines_, "tesseras_replica");
  refusing_ = std::make_unique<Refusing>(
      offload,
      Refusing::Parts{*refusals_, *holding_, *plans_, *publications_, *rosters_, *spreading_,
                      *upkeep_, *releases_, *dht_},
      log);
  recalling_ = std::make_unique<Recalling>(
      offload, *transport_, *dht_, *refusing_,
      RecallingOptions{.retry_max = options_.config.replication.repair_interval}, log);
  refusal_methods_ = std::make_unique<RefusalMethods>(*refusing_, *recalling_, *releases_);
}

Result<void> Daemon::open_releases() {
  Releases::Parts parts{*transport_, *dht_, *refusals_,
                        [this](auto hash) { return recalling_->was_taken_back(hash); }};
  releases_ =
      TRY(Releases::open(runtime::Offload(loop_, workers_.get()), disk_, options_.data_dir, parts,
                         node_xwing_key(key_), options_.config.replication.repair_interval,
                         runtime::Log(lines_, "tesseras_release")));
  release_methods_ = std::make_unique<ReleaseMethods>(*releases_);
  return {};
}

void Daemon::route() {
  router_ = std::make_unique<transport::Router>(loop_, *transport_);
  router_->add(dht::is_method, [this](auto session, auto stream, auto request) {
    return dht_->serve(std::move(session), std::move(stream), std::move(request));
  });
  holding_->add_to(*router_);
  upkeep_->add_to(*router_);
  recalling_->add_to(*router_);
  releases_->add_to(*router_);
}

Result<void> Daemon::open_doors() {
  inbox_ = std::make_unique<Inbox>(loop_, disk_, options_.data_dir / "incoming",
                                   [this] { return open_vault(); });
  methods_ = std::make_unique<ControlMethods>(
      loop_,
      ControlMethods::Parts{*dht_, *publications_, *inbox_, *plans_, *rosters_, *spreading_,
                            *fetching_, *holding_->ledger(), *upkeep_, *refusal_methods_,
                            *release_methods_},
      [this] { return open_vault(); }, [this] { return info(); }, card_of(key_));
  control_ = TRY(ControlServer::open(
      loop_, disk_, options_.data_dir, options_.access,
      [this](std::string method, base::Bytes body, runtime::ByteStream& stream) {
        return methods_->answer(std::move(method), std::move(body), stream);
      },
      runtime::Log(lines_, "tesseras_control")));
  return {};
}

void Daemon::open_metrics() {
  metrics_.reset();
  const auto& endpoint = options_.config.observability.metrics;
  if (!endpoint) return;
  auto listener = loop_.listen(*endpoint);
  if (!listener) {
    log_.warn("metrics are off: their address cannot be listened on",
              {{"metrics_addr", endpoint->text()}, {"why", listener.error().message}});
    return;
  }
  metrics_ = std::make_unique<http::Server>(
      loop_, *std::move(listener),
      [this](std::string_view target) { return page_of(target, figures()); });
}

void Daemon::begin_bootstrap() {
  bootstrap_.reset();
  if (resolver_ == nullptr) {
    auto made = dns::make_resolver(loop_);
    if (made) {
      resolver_ = *std::move(made);
    } else {
      log_.warn("names cannot be looked up", {{"why", made.error().message}});
    }
  }
  bootstrap_ = std::make_unique<Bootstrap>(
      loop_, disk_, resolver_.get(),
      bootstrap_options(options_.config, options_.bootstrap, options_.data_dir),
      [this](const std::vector<Endpoint>& peers) {
        dht_->add_bootstrap(peers, dht::HintOrigin::configuration);
      },
      [this] { return dht_->needs_peers(); }, runtime::Log(lines_, "tesseras_bootstrap"));
}

void Daemon::meet_neighbours() {
  mdns_.reset();
  if (!options_.config.network.enable_mdns) return;
  mdns_ = std::make_unique<dns::Mdns>(
      loop_, neighbour_options(key_.id, transport_->local()),
      [this](const dns::Neighbour& neighbour) {
        const auto peers = meeting_points(neighbour, key_.id);
        if (!peers.empty()) dht_->add_bootstrap(peers, dht::HintOrigin::neighbours);
      },
      runtime::Log(lines_, "tesseras_mdns"));
}

void Daemon::reload(const Config& config) {
  const auto& now = options_.config;
  if (config.node != now.node) log_.warn("[node] takes effect when the daemon starts again");
  if (config.dht != now.dht) log_.warn("[dht] takes effect when the daemon starts again");
  if (config.storage != now.storage)
    log_.warn("[storage] takes effect when the daemon starts again");
  if (config.replication != now.replication)
    log_.warn("[replication] takes effect when the daemon starts again");
  const bool has_other_metrics = config.observability.metrics != now.observability.metrics;
  const bool has_other_peers = config.bootstrap != now.bootstrap;
  const bool has_other_network = config.network != now.network;
  options_.config.bootstrap = config.bootstrap;
  options_.config.network = config.network;
  options_.config.observability = config.observability;
  if (has_other_metrics) open_metrics();
  if (has_other_peers) begin_bootstrap();
  if (has_other_network) meet_neighbours();
  log_.info("config read again");
}

Task<Result<void>> Daemon::leave() {
  ASSERT(options_.is_leaving);
  const auto kept = holding_->counts().fragments;
  log_.info("leaving: what is kept here for others goes to other nodes", {{"fragments", kept}});
  constexpr std::chrono::milliseconds pause(200);
  while (kept > 0 && !dht_->is_bootstrapped())
    co_await runtime::sleep_until(loop_, loop_.now() + pause);
  CO_TRY(co_await upkeep_->hand_over());
  log_.info("nothing of others' is left here; this node may go");
  co_return Result<void>();
}

Task<void> Daemon::finish(base::Instant deadline) {
  is_stopping_ = true;
  log_.info("stopping", {{"requests_under_way", control_->under_way()}});
  control_->stop_accepting();
  bootstrap_.reset();
  mdns_.reset();
  constexpr std::chrono::milliseconds pause(20);
  while (control_->under_way() > 0 && loop_.now() < deadline) {
    co_await runtime::sleep_until(loop_, loop_.now() + pause);
  }
  if (const auto saved = dht_->save(); !saved) {
    log_.warn("contacts and pointers could not be written", {{"why", saved.error().message}});
  }
}

NodeInfoAnswer Daemon::info() const {
  NodeInfoAnswer answer;
  answer.id = key_.id;
  answer.key = key_.key.public_key();
  answer.version = options_.version;
  answer.data_dir = options_.data_dir.native();
  answer.listening = transport_->local();
  answer.reached_at = dht_->engine().self().endpoints;
  if (metrics_ != nullptr) {
    answer.metrics = {options_.config.observability.metrics->address, metrics_->port()};
  }
  answer.is_bootstrapped = dht_->is_bootstrapped();
  answer.contacts = dht_->engine().table().size();
  answer.pointers = dht_->store().key_count();
  answer.published = publications_->all().size();
  answer.uptime = std::chrono::duration_cast<std::chrono::seconds>(loop_.now() - started_);
  return answer;
}

Figures Daemon::figures() const {
  return {.node = info(),
          .dht = dht_->engine().counts(),
          .pointer_bytes = dht_->store().disk_bytes(),
          .damaged_pointers = dht_->store().damage_count(),
          .quic = transport_->counts(),
          .holding = holding_->counts(),
          .spreading = spreading_->counts(),
          .fetching = fetching_->counts(),
          .auditing = upkeep_->auditing().counts(),
          .proving = upkeep_->prover().counts(),
          .repairing = upkeep_->repairing().counts(),
          .scrubbing = upkeep_->scrubbing().counts(),
          .handing_over = upkeep_->handing_over().counts(),
          .releasing = releases_->releasing().counts(),
          .witnessing = releases_->witnessing().counts(),
          .is_stopping = is_stopping_};
}

}  // namespace tesseras::node

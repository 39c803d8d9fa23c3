// A node of the distributed hash table on a loop: what the engine wants to say goes out over the
// transport, and what comes in goes to the engine. The table's contacts stand in a file, so that a
// restart begins with whom it knew.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "foundation/runtime/disk.hpp"
#include "foundation/runtime/log.hpp"
#include "foundation/runtime/loop.hpp"
#include "foundation/runtime/tasks.hpp"
#include "foundation/runtime/waiter.hpp"
#include "foundation/transport/exchange.hpp"
#include "foundation/transport/transport.hpp"
#include "preserve/dht/engine.hpp"
#include "preserve/dht/pointer_store.hpp"

namespace tesseras::dht {

struct ServiceOptions {
  EngineOptions engine;
  PointerStoreOptions store;
  // Whom to ask first, beside those who stood in the file; none: this node is somebody's seed.
  std::vector<Endpoint> bootstrap;
  std::chrono::seconds save_every{300};  // the file of contacts, and the store's journal
  // The contacts alone, until then, when some have come or gone: a node that is killed in its first
  // minutes knows whom to ask.
  std::chrono::seconds save_contacts_every{15};
  // Others have shown where they reach this node; none: nobody does any more.
  std::function<void(const std::vector<Endpoint>&)> on_reached;
  // Of several nodes in one process, which it outlives; null: each has one of its own.
  ProofMemo* memo = nullptr;
};

class Service {
 public:
  // A transport on another port, for a call whose success shows that a peer can be reached.
  using MakeTransport = std::function<base::Result<std::unique_ptr<transport::Transport>>()>;

  // Runs until it is dropped; `folder` (made when missing) holds its pointers and contacts, and
  // belongs to nobody else. All that is given by reference outlives it. Errors: as
  // PointerStore::open(); a file of contacts that is damaged is set aside, with a word to the log.
  static base::Result<std::unique_ptr<Service>> open(
      runtime::Loop& loop, runtime::Disk& disk, const runtime::path& folder,
      transport::Transport& transport, MakeTransport make_transport, const crypto::Ed25519Key& key,
      std::uint64_t nonce, crypto::SecretBytes<32> store_secret, ServiceOptions options,
      runtime::Log log);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  // Answers a request of ours (dht::is_method) on the stream that it came on. Not for longer than
  // the service.
  runtime::Task<void> serve(std::shared_ptr<transport::Session> session,
                            std::unique_ptr<transport::Stream> stream,
                            transport::ReceivedRequest request);

  // Has our record kept near the key, and renewed from then on: what came of the first round.
  // cancelled: the service ends.
  runtime::Task<base::Result<Published>> publish(Key key, std::optional<PlanShare> share,
                                                 base::Instant deadline);
  // The same, sooner or later, without waiting: for what was published before a restart.
  void publish_in_turn(Key key, std::optional<PlanShare> share) {
    engine_.publish_in_turn(loop_.now(), key, share);
  }
  void withdraw(const Key& key) { engine_.withdraw(key); }
  // All holders of which anybody near the key knows.
  runtime::Task<base::Result<Found>> find(Key key, base::Instant deadline);
  // The same, and as many of those nearest to the key as a lookup can tell of: for whoever looks
  // for holders.
  runtime::Task<base::Result<Found>> survey(Key key, base::Instant deadline);

  // As Engine::add_bootstrap().
  void add_bootstrap(std::span<const Endpoint> endpoints, HintOrigin origin);
  // Knows nobody: is of no use to anybody before it is told of some.
  bool needs_peers() const { return engine_.table().size() == 0; }

  const Engine& engine() const { return engine_; }
  const PointerStore& store() const { return *store_; }
  // Whether somebody is known, by now.
  bool is_bootstrapped() const { return engine_.is_bootstrapped(); }
  base::Instant started_at() const { return started_at_; }

  // What would be lost by ending now is written. Errors of the disk.
  base::Result<void> save();

 private:
  using Answer = runtime::Waiter<base::Bytes>;
  using Answers = std::map<std::uint64_t, Answer*>;  // by the number of the stream that waits
  template <class T>
  using Waiting = std::multimap<Key, std::weak_ptr<runtime::Waiter<T>>>;

  Service(runtime::Loop& loop, runtime::Disk& disk, runtime::path folder,
          transport::Transport& transport, MakeTransport make_transport,
          std::unique_ptr<PointerStore> store, const crypto::Ed25519Key& key, std::uint64_t nonce,
          ServiceOptions options, runtime::Log log);

  void begin(std::vector<KnownNode> known);
  // Everything that the engine has to say by now, and the moment when it wants to be called.
  void pump();
  void pump_soon();
  void wait();
  void tell(const Event& event);
  runtime::Task<void> ask(Outgoing request);
  runtime::Task<base::Result<void>> exchange(Outgoing request);
  runtime::Task<void> keep_saving();
  base::Result<void> save_contacts();
  template <class T>
  void give(Waiting<T>& waiting, const Key& key, const T& value);
  template <class T>
  runtime::Task<base::Result<T>> wait(Waiting<T>& waiting, Key key, base::Instant deadline);

  runtime::Loop& loop_;
  runtime::Disk& disk_;
  runtime::path folder_;
  transport::Transport& transport_;
  MakeTransport make_transport_;
  std::unique_ptr<PointerStore> store_;
  ServiceOptions options_;
  runtime::Log log_;
  ProofMemo memo_;  // empty where there is another
  Engine engine_;
  base::Instant started_at_;
  std::uint64_t saved_changes_ = 0;  // of the table
  bool is_pumping_ = false;

  std::uint64_t last_stream_ = 0;
  std::shared_ptr<Answers> answers_ = std::make_shared<Answers>();
  Waiting<Published> publishing_;
  Waiting<Found> finding_;
  Waiting<Found> surveying_;
  base::Instant timer_at_;
  std::unique_ptr<runtime::Timer> timer_;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);  // for what was posted
  runtime::Tasks tasks_;                                   // dropped first
};

}  // namespace tesseras::dht

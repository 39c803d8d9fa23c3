// Where a node finds its first peers (spec/bootstrap.md), beside those whom it knew before: it asks
// and asks again, and gives endpoints as they become known. All of them are hints: whoever is there
// has to prove itself.
//
// In a daemon, on its loop, once the dht::Service is open (it brings those known before by itself;
// its options.bootstrap stay empty):
//
//   auto resolver = dns::make_resolver(loop);          // an error: log it, and give a null
//   Bootstrap bootstrap(
//       loop, disk, resolver ? resolver->get() : nullptr,
//       bootstrap_options(config, list_of_the_command_line, data_dir),
//       [&](std::vector<runtime::Endpoint> peers) {
//         service->add_bootstrap(peers, dht::HintOrigin::configuration);
//       },
//       [&] { return service->needs_peers(); }, runtime::Log(lines, "tesseras_bootstrap"));
//
// Dropped before the service and the resolver. After a reload of the configuration: drop it, and
// make it anew.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "foundation/dns/resolver.hpp"
#include "foundation/runtime/disk.hpp"
#include "foundation/runtime/log.hpp"
#include "foundation/runtime/loop.hpp"
#include "foundation/runtime/tasks.hpp"
#include "node/config.hpp"
#include "node/peer_names.hpp"

namespace tesseras::node {

struct BootstrapLimits {
  // Names in the TXT records of a domain, and endpoints that one round of asking gives: far more
  // than it takes to find a network, and few enough to knock at.
  static constexpr std::size_t text_peers_max = 64;
  static constexpr std::size_t endpoints_per_round_max = 256;
  // Names that are being looked up at once.
  static constexpr std::size_t questions_max = 16;
};

struct BootstrapOptions {
  std::vector<std::string> peers = {};    // HOST:PORT
  std::string dns_domain = {};            // whose TXT records name peers; empty: none is asked
  std::filesystem::path peers_file = {};  // empty: there is none
  std::chrono::seconds question_timeout{10};
  // How often it is looked whether the node knows anybody.
  std::chrono::seconds look_every{5};
  // After which it is said that nobody could be reached.
  std::chrono::seconds patience{15};
  // Until all are asked again while the node knows nobody; then twice as long each time, up to the
  // second. With a jitter of a quarter.
  std::chrono::seconds retry_first{30};
  std::chrono::seconds retry_max{1800};
};

// What the configuration says; a list, such as that of --bootstrap, stands for its names and its
// domain both, so that an empty one turns them off. The peers file stays, it is
// DATA_DIR/peers.txt.
BootstrapOptions bootstrap_options(const Config& config,
                                   const std::optional<std::vector<std::string>>& list,
                                   const std::filesystem::path& data_dir);

class Bootstrap {
 public:
  // Called on the loop's thread, with one endpoint at least, each of which can be dialled; the same
  // ones again whenever they were asked for again.
  using Give = std::function<void(std::vector<runtime::Endpoint>)>;
  using NeedsPeers = std::function<bool()>;

  // Begins soon, and goes on until it is dropped. All that is given by reference outlives it.
  // Without a resolver, only addresses are of use.
  Bootstrap(runtime::Loop& loop, runtime::Disk& disk, dns::Resolver* resolver,
            BootstrapOptions options, Give give, NeedsPeers needs_peers, runtime::Log log);
  ~Bootstrap();
  Bootstrap(const Bootstrap&) = delete;
  Bootstrap& operator=(const Bootstrap&) = delete;

 private:
  runtime::Task<void> keep_asking();
  // One round: ends when every question has its answer.
  runtime::Task<void> ask_all();
  runtime::Task<void> ask_domain();
  // A copy of it, so that it is there for as long as the task is.
  runtime::Task<void> ask_names(std::vector<PeerName> peers);
  runtime::Task<void> ask_name(PeerName peer);
  // Runs them beside one another.
  runtime::Task<void> all(std::vector<runtime::Task<void>> parts);
  std::vector<PeerName> read_file();
  void give(std::vector<runtime::Endpoint> endpoints);
  base::nanoseconds with_jitter(base::nanoseconds span);
  // To the log; each time but the first only for those who look closely.
  void tell_failed(std::string_view what, const base::Error& why) const;

  runtime::Loop& loop_;
  runtime::Disk& disk_;
  dns::Resolver* resolver_;
  BootstrapOptions options_;
  Give give_;
  NeedsPeers needs_peers_;
  runtime::Log log_;
  bool is_first_round_ = true;
  std::size_t given_this_round_ = 0;
  std::string file_said_of_;  // the text whose bad lines were named
  runtime::Tasks tasks_;      // dropped first
};

}  // namespace tesseras::node

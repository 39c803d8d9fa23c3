// Bringing tesserae back for this node's user: finds who keeps one, gathers its fragments, and has
// its pack ready for the program that asked. What was gathered stays for a while, so that who asks
// again goes on there. On the thread of the loop.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "foundation/runtime/byte_stream.hpp"
#include "foundation/runtime/log.hpp"
#include "foundation/runtime/offload.hpp"
#include "foundation/runtime/tasks.hpp"
#include "foundation/transport/transport.hpp"
#include "node/inbox.hpp"
#include "preserve/dht/service.hpp"
#include "preserve/replica/fetch.hpp"

namespace tesseras::node {

struct FetchingLimits {
  // At once; each has a few connections and open files.
  static constexpr std::size_t jobs_max = 8;
  // A program that has not asked for so long is gone; its fetch ends, and can be gone on with.
  static constexpr std::chrono::seconds silence_max{60};
  // What was gathered and nobody went on with goes after so long.
  static constexpr std::chrono::hours leftover_age{24 * 7};
};

struct FetchState {
  std::uint64_t come_bytes = 0;
  std::uint64_t needed_bytes = 0;  // 0: not known yet
  std::size_t holders = 0;         // that say that they keep some of it
  bool is_ready = false;           // to be collected
};

// Whether the author has taken a tessera back, as this node knows: the error that says so.
using WhyRefused = std::function<std::optional<base::Error>(const base::ContentHash&)>;
// The same, as these say who keep some of it.
using AskWhetherRefused = std::function<runtime::Task<std::optional<base::Error>>(
    base::ContentHash, std::vector<transport::Peer>)>;

class Fetching {
 public:
  // What is given outlives it. `folder` (made when missing) belongs to nobody else. Errors of the
  // disk.
  static base::Result<std::unique_ptr<Fetching>> open(runtime::Offload offload, runtime::Disk& disk,
                                                      runtime::path folder,
                                                      transport::Transport& transport,
                                                      dht::Service& dht,
                                                      std::shared_ptr<replica::FragmentStore> store,
                                                      OpenVault open_vault, WhyRefused why_refused,
                                                      AskWhetherRefused ask, runtime::Log log);

  // Begins, where it has not begun; how far it is. To be asked again, every now and then, until it
  // is ready.
  // not_found: nobody says that they keep it, or nobody gives a plan of it, or its author has taken
  // it back. unavailable: too few
  // fragments can be got now. exhausted: as many as may be are under way. The next call after an
  // error begins anew, with what was gathered. Errors of the disk.
  base::Result<FetchState> fetch(const base::ContentHash& content_hash);

  // The pack of one that is ready: how large it is, for who writes all of it next.
  // not_found: it is not ready.
  base::Result<std::uint64_t> size_bytes(const base::ContentHash& content_hash) const;
  // Writes it to the stream; then it is gone from here. Errors of the stream, after which it can be
  // collected again, and of the disk, after which it is fetched anew.
  runtime::Task<base::Result<void>> collect(base::ContentHash content_hash,
                                            runtime::ByteStream& stream);

  struct Counts {
    std::size_t under_way = 0;  // now; those that are ready do not count
    std::uint64_t fetched = 0;  // since the start
    std::uint64_t failed = 0;   // since the start
  };
  Counts counts() const;

 private:
  struct Job {
    explicit Job(runtime::Loop& loop) : task(loop) {}
    FetchState state;
    std::uint64_t pack_bytes = 0;  // when it is ready
    replica::OpenPack open_pack;   // then, too
    std::optional<base::Error> error;
    base::Instant asked_at;
    runtime::Tasks task;  // dropped first
  };

  Fetching(runtime::Offload offload, runtime::Disk& disk, runtime::path folder,
           transport::Transport& transport, dht::Service& dht,
           std::shared_ptr<replica::FragmentStore> store, OpenVault open_vault,
           WhyRefused why_refused, AskWhetherRefused ask, runtime::Log log);

  runtime::path folder_of(const base::ContentHash& hash) const { return folder_ / hash.hex(); }
  runtime::Task<void> run(base::ContentHash content_hash, Job& job);
  runtime::Task<base::Result<void>> gather(base::ContentHash content_hash, Job& job);
  void clear_leftovers();
  runtime::Task<void> keep_clearing();

  runtime::Offload offload_;
  runtime::Disk& disk_;
  runtime::path folder_;
  transport::Transport& transport_;
  dht::Service& dht_;
  std::shared_ptr<replica::FragmentStore> store_;
  OpenVault open_vault_;
  WhyRefused why_refused_;
  AskWhetherRefused ask_;
  runtime::Log log_;
  std::map<base::ContentHash, Job> jobs_;
  std::uint64_t fetched_ = 0;
  std::uint64_t failed_ = 0;
  runtime::Tasks tasks_;  // dropped first
};

}  // namespace tesseras::node

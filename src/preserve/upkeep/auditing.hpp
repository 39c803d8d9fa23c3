// Asking all peers that keep something of our plans for proofs, again and again (spec/audit.md,
// section 2). On the thread of the loop.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "foundation/runtime/log.hpp"
#include "foundation/runtime/loop.hpp"
#include "foundation/runtime/task.hpp"
#include "foundation/runtime/tasks.hpp"
#include "foundation/transport/transport.hpp"
#include "preserve/upkeep/tempo.hpp"
#include "preserve/upkeep/watch.hpp"

namespace tesseras::upkeep {

using runtime::Task;

class Auditing {
 public:
  struct Counts {
    std::uint64_t asked = 0;   // requests
    std::uint64_t proved = 0;  // chunks, and so on
    std::uint64_t not_kept = 0;
    std::uint64_t lied = 0;
    std::uint64_t unanswered = 0;  // requests that met silence, or nobody
    std::uint64_t wire_bytes = 0;  // of the frames
  };

  // Whether the author of a tessera, of which this node says that it keeps nothing, has taken that
  // back, as the node can show. Who let go for that has lost nothing.
  using IsTakenBack = std::function<Task<bool>(dht::NodeInfo, base::ContentHash)>;

  // Asks until it is dropped; all that is given outlives it. `is_online`: others are reached at
  // all, so that who is not reached now is off.
  Auditing(runtime::Loop& loop, transport::Transport& transport, Watch& watch, Tempo tempo,
           std::function<bool()> is_online, IsTakenBack is_taken_back, runtime::Log log);

  const Counts& counts() const { return counts_; }

 private:
  Task<void> keep_asking();
  Task<void> ask_one(dht::NodePublicKey peer);
  bool is_due(const dht::NodePublicKey& key, const WatchedPeer& peer,
              std::chrono::seconds round) const;
  Task<std::vector<Finding>> findings_of(const dht::NodePublicKey& peer,
                                         const std::vector<Sample>& samples);
  Task<void> leave_out_what_was_taken_back(const dht::NodePublicKey& peer,
                                           std::vector<Sample>& samples,
                                           std::vector<Finding>& findings) const;
  void note(const dht::NodePublicKey& peer, const std::vector<Sample>& samples,
            const std::vector<Finding>& findings);
  std::uint64_t fresh_seed();
  base::WallTime now() const { return tempo_.stretched(loop_.wall_now()); }

  runtime::Loop& loop_;
  transport::Transport& transport_;
  Watch& watch_;
  Tempo tempo_;
  std::function<bool()> is_online_;
  IsTakenBack is_taken_back_;
  runtime::Log log_;
  std::uint64_t own_seed_;
  std::size_t asking_ = 0;
  std::optional<dht::NodePublicKey> last_asked_;  // others have to wait behind it
  Counts counts_;
  runtime::Tasks tasks_;  // dropped first
};

}  // namespace tesseras::upkeep

// Transport in a simulated world: sessions as messages over the world's network. There is no
// cryptography and no packet; what there is, is as it is over QUIC: who is called and who answers,
// delay, rate, what is lost and comes later, order, windows, limits, silence. So whole nodes run by
// the thousand, and one seed gives one history.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "foundation/runtime/tasks.hpp"
#include "foundation/transport/dialer.hpp"
#include "foundation/transport/limits.hpp"
#include "foundation/transport/stream_state.hpp"
#include "foundation/transport/transport.hpp"
#include "sim/world.hpp"

namespace tesseras::sim {

using transport::PeerId;

class SimTransport;

// Who listens where, in one world. Outlives the world's nodes.
class Switchboard {
 public:
  SimTransport* find(const Endpoint& where) const {
    const auto found = listening_.find(where);
    return found == listening_.end() ? nullptr : found->second;
  }

 private:
  friend class SimTransport;
  std::map<Endpoint, SimTransport*> listening_;
};

class SimSession;

class SimTransport final : public transport::Transport {
 public:
  // `port` 0: one that is free. Errors as Loop::bind_datagrams. All that is given outlives it.
  static base::Result<std::unique_ptr<SimTransport>> make(World& world, Switchboard& board,
                                                          Node& node, const PeerId& self,
                                                          std::uint16_t port,
                                                          const transport::Limits& limits = {});
  // The peers are told, as long as the node has power.
  ~SimTransport() override;
  SimTransport(const SimTransport&) = delete;
  SimTransport& operator=(const SimTransport&) = delete;

  const PeerId& self() const override { return self_; }
  std::vector<Endpoint> local() const override { return {local_}; }
  runtime::Task<base::Result<std::shared_ptr<transport::Session>>> open(
      transport::Peer peer, base::Instant deadline) override;
  runtime::Task<base::Result<std::shared_ptr<transport::Session>>> meet(
      std::vector<Endpoint> endpoints, base::Instant deadline) override {
    return dialer_->meet(std::move(endpoints), deadline);
  }
  void serve(transport::Handler* handler) override { handler_ = handler; }

  std::size_t sessions() const { return sessions_.size(); }

 private:
  friend class SimSession;

  struct Deaf final : runtime::DatagramHandler {
    void on_datagrams(std::span<const runtime::IncomingDatagrams>) override {}
    void on_writable() override {}
  };

  SimTransport(World& world, Switchboard& board, Node& node, const PeerId& self,
               const transport::Limits& limits);

  // One of ours is called by somebody's session; what it answers goes back through it.
  void on_call(const std::shared_ptr<SimSession>& caller);
  // A message came for a session that is not here any more.
  void on_stranger(const std::weak_ptr<SimSession>& from);
  base::Result<void> dial(const transport::Dialer::Attempt& attempt);
  bool has_room();
  void offer(SimSession& session);
  void on_established(SimSession& session);
  void on_ended(SimSession& session, bool was_attempt, const base::Error& why);
  void bury(std::unique_ptr<runtime::Tasks> tasks);

  World& world_;
  Switchboard& board_;
  Node& node_;
  PeerId self_;
  transport::Limits limits_;
  Deaf deaf_;
  std::unique_ptr<runtime::DatagramSocket> port_;  // keeps it from others
  Endpoint local_;
  transport::Handler* handler_ = nullptr;
  std::unique_ptr<transport::Dialer> dialer_;
  std::uint64_t next_serial_ = 0;
  std::map<std::uint64_t, std::shared_ptr<SimSession>> sessions_;  // in the order of their making
  std::map<std::uint64_t, SimSession*> calling_;     // those of ours, not answered yet
  std::map<PeerId, std::vector<SimSession*>> open_;  // in the order of their opening
  std::map<PeerId, SimSession*> by_peer_;            // the one that open() gives
  std::vector<std::unique_ptr<runtime::Tasks>> buried_;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);  // for what was posted
};

}  // namespace tesseras::sim

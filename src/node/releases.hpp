// That sealed tesserae open at their dates, whoever is gone by then: puts together what this node
// does for its user's, as a witness of others', and for the keys that are due. On the thread of the
// loop.
#pragma once

#include <memory>

#include "foundation/crypto/xwing.hpp"
#include "foundation/runtime/disk.hpp"
#include "foundation/runtime/log.hpp"
#include "foundation/runtime/loop.hpp"
#include "node/own_capsules.hpp"
#include "node/peer_clocks.hpp"
#include "node/peer_methods.hpp"
#include "node/releasing.hpp"
#include "node/witnessing.hpp"

namespace tesseras::node {

class Releases {
 public:
  // Its notes lie in three folders of `data_dir`: releases, deposits, capsules. All that is given
  // outlives it. `again_every`: how often what is kept is given again to those nearest by then.
  // Errors of the disk.
  static base::Result<std::unique_ptr<Releases>> open(runtime::Loop& loop, runtime::Disk& disk,
                                                      const runtime::path& data_dir,
                                                      transport::Transport& transport,
                                                      dht::Service& dht, crypto::XWingKey key,
                                                      std::chrono::seconds again_every,
                                                      runtime::Log log);

  void add_to(transport::Router& router) { methods_.add_to(router); }
  void set_own_addresses(const std::vector<runtime::IpAddress>& addresses);

  Releasing& releasing() { return releasing_; }
  Witnessing& witnessing() { return witnessing_; }
  OwnCapsules& own() { return own_; }
  const Releasing& releasing() const { return releasing_; }
  const Witnessing& witnessing() const { return witnessing_; }

 private:
  struct Stores {
    release::ReleaseStore releases;
    release::DepositStore deposits;
    CapsuleNotes capsules;
  };
  Releases(runtime::Loop& loop, transport::Transport& transport, dht::Service& dht,
           crypto::XWingKey key, Stores stores, std::chrono::seconds again_every,
           const runtime::Log& log);

  crypto::XWingKey key_;
  Stores stores_;
  PeerMethods methods_;
  PeerClocks clocks_;
  Releasing releasing_;
  Witnessing witnessing_;
  OwnCapsules own_;
};

}  // namespace tesseras::node

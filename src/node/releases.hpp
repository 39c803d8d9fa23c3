// That sealed tesserae open at their dates, whoever is gone by then: puts together what this node
// does for its user's, as a witness of others', and for the keys that are due. On the thread of the
// loop.
#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include "foundation/crypto/xwing.hpp"
#include "foundation/runtime/disk.hpp"
#include "foundation/runtime/log.hpp"
#include "foundation/runtime/offload.hpp"
#include "node/own_capsules.hpp"
#include "node/peer_clocks.hpp"
#include "node/peer_methods.hpp"
#include "node/releasing.hpp"
#include "node/witnessing.hpp"

namespace tesseras::node {

class Releases {
 public:
  // What is given outlives it, but for the hook.
  struct Parts {
    transport::Transport& transport;
    dht::Service& dht;
    const replica::Refusals& refusals;
    AskIfTakenBack ask_if_taken_back;  // asked of what is due; called from the loop
  };
  // Its notes lie in three folders of `data_dir`: releases, deposits, capsules. `disk` outlives it.
  // `again_every`: how often what is kept is given again to those nearest by then. Errors of the
  // disk.
  static base::Result<std::unique_ptr<Releases>> open(runtime::Offload offload, runtime::Disk& disk,
                                                      const runtime::path& data_dir,
                                                      const Parts& parts, crypto::XWingKey key,
                                                      std::chrono::seconds again_every,
                                                      runtime::Log log);

  void add_to(transport::Router& router) { methods_.add_to(router); }
  void set_own_addresses(const std::vector<runtime::IpAddress>& addresses);

  // Whether a deposit of it is here, or its user has had it looked after.
  bool knows(const base::ContentHash& content_hash) const {
    return witnessing_.has(content_hash) || own_.find(content_hash) != nullptr;
  }
  // All of these.
  std::vector<base::ContentHash> known() const;
  // Of one that is refused: no part of it is released here, and no key; the user's witnesses are
  // told where its author took it back. Durable when this returns. Errors of the disk.
  base::Result<void> let_go(const base::ContentHash& content_hash);

  Releasing& releasing() { return releasing_; }
  Witnessing& witnessing() { return witnessing_; }
  OwnCapsules& own() { return own_; }
  PeerClocks& clocks() { return clocks_; }
  const OwnCapsules& own() const { return own_; }
  const Releasing& releasing() const { return releasing_; }
  const Witnessing& witnessing() const { return witnessing_; }

 private:
  struct Stores {
    release::ReleaseStore releases;
    release::DepositStore deposits;
    CapsuleNotes capsules;
  };
  Releases(runtime::Offload offload, const Parts& parts, crypto::XWingKey key, Stores stores,
           std::chrono::seconds again_every, const runtime::Log& log);

  const replica::Refusals& refusals_;
  Stores stores_;
  PeerMethods methods_;
  PeerClocks clocks_;
  Releasing releasing_;
  Witnessing witnessing_;
  OwnCapsules own_;
};

}  // namespace tesseras::node

// Giving a tessera to others to keep: what `tes publish` does, and `tes create` where it is to
// publish what it has made.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <optional>

#include "apps/tes/daemon_link.hpp"
#include "apps/tes/session.hpp"
#include "preserve/identity/identity.hpp"

namespace tesseras::tes {

struct PublishOptions {
  // The author, where that one is at hand. Else the identity is opened when a plan is to be signed.
  const identity::Identity* author = nullptr;
  std::filesystem::path passphrase_file;
  // With an author: the daemon gets the key of a sealed tessera, to publish it at its date.
  bool is_key_left = false;
  // Until others keep it, or the daemon has done what it can for now.
  bool is_waited_for = true;
};

struct Published {
  base::ContentHash content_hash;
  dht::NodeId node_id;  // of the daemon
  node::PublishAnswer told;
  bool is_ours = false;                      // else another author's, who alone can sign its plan
  std::optional<node::KeptByOthers> others;  // nullopt: it was not waited for, or is not ours
};

// Hands it to the daemon's vault with a plan that its author signs, and has it tell the network.
// unavailable: the daemon has it, could tell nobody yet, and goes on trying. cancelled: Ctrl-C; it
// goes on, too. Else errors of hand_over(), of DaemonLink, and of opening the identity.
Result<Published> publish(Session& session, DaemonLink& link, const base::ContentHash& hash,
                          const PublishOptions& options);

nlohmann::ordered_json to_json(const Published& published);
void print(Terminal& terminal, const Published& published);

}  // namespace tesseras::tes

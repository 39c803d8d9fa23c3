// What a sealed tessera needs of the daemon besides being kept: its witnesses told, and its key
// published when it is due.
#pragma once

#include "apps/tes/daemon_link.hpp"
#include "apps/tes/session.hpp"
#include "node/control_release_messages.hpp"
#include "preserve/identity/identity.hpp"

namespace tesseras::tes {

// Has the daemon tell the witnesses that were chosen when it was made; with `author`, it gets the
// key, too, to publish at the date. Nothing for a tessera that is not sealed, but invalid with an
// author: there is no date. Errors of the vault, of opening the envelope, and of DaemonLink.
Result<void> keep_capsule(Session& session, DaemonLink& link, const base::ContentHash& hash,
                          const identity::Identity* author);

// What the daemon does for it; nothing, where it is of an earlier release that has nothing to do
// with keys. Errors of DaemonLink.
Result<node::CapsuleAnswer> capsule_of(DaemonLink& link, const base::ContentHash& hash);

// How its key is kept, in one line for `tes status`; empty when the daemon has nothing to do with
// it. Errors of DaemonLink.
Result<std::string> key_line_of(DaemonLink& link, const base::ContentHash& hash,
                                bool is_taken_back);

}  // namespace tesseras::tes

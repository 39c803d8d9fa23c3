// Giving a tessera to the daemon that is to keep it and speak of it.
#pragma once

#include "apps/tes/daemon_link.hpp"
#include "apps/tes/session.hpp"

namespace tesseras::tes {

// The daemon can only vouch for what lies in its own vault. What we have ourselves is handed over
// in any case: where its copy is whole, that costs a look; where it is damaged, ours mends it.
// not_found: neither has it. Errors of custody::hand_over, and of DaemonLink.
Result<void> hand_over(Session& session, DaemonLink& link, const base::ContentHash& hash);

}  // namespace tesseras::tes

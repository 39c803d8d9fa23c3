// Whom a fragment may be given to, as distribution.hpp wants it.
#pragma once

#include <span>

#include "preserve/replica/distribution.hpp"
#include "preserve/replica/ledger.hpp"

namespace tesseras::replica {

// How far a peer can be relied on, by what is on its account.
Standing standing_of(const Account& account);

// A node that keeps these of the plan already. What it has room for, it says when it is asked.
// `own`: where this node is.
Recipient recipient_of(const dht::NodeInfo& node, std::span<const runtime::Endpoint> own,
                       const Account& account, const Fragments& kept);

}  // namespace tesseras::replica

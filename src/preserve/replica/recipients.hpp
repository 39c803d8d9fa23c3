// Whom a fragment may be given to, as distribution.hpp wants it.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "preserve/dht/service.hpp"
#include "preserve/replica/distribution.hpp"
#include "preserve/replica/ledger.hpp"
#include "preserve/replica/roster.hpp"

namespace tesseras::replica {

// How far a peer can be relied on, by what is on its account.
Standing standing_of(const Account& account);

// A node that keeps these of the plan already. What it has room for, it says when it is asked.
// `own`: where this node is.
Recipient recipient_of(const dht::NodeInfo& node, std::span<const runtime::Endpoint> own,
                       const Account& account, const Fragments& kept);

// What counts of that which a node keeps of the plan, by its roster; nullopt: it is given nothing.
using Counted =
    std::function<std::optional<Fragments>(const dht::NodePublicKey&, const Fragments&)>;

// The nodes nearest to a tessera that take fragments, the nearest first, and then the holders that
// are not among them. Not those that say that they have all of it: they would lose both at once.
std::vector<Recipient> recipients_of(const dht::Found& found, const Roster& roster,
                                     std::span<const runtime::Endpoint> own, const Ledger& ledger,
                                     const Counted& counted);

}  // namespace tesseras::replica

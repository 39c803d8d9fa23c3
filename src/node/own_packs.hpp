// The packs of the tesserae that this node gives to others for its user, as its vault has them.
#pragma once

#include "foundation/base/strong_id.hpp"
#include "node/inbox.hpp"
#include "node/own_plans.hpp"
#include "node/publications.hpp"
#include "preserve/replica/own_tesserae.hpp"
#include "preserve/replica/pack_fragments.hpp"
#include "preserve/replica/refusals.hpp"

namespace tesseras::node {

// Opens the vault each time. not_found: it has no such tessera. corrupt: its MANIFEST or a
// signature is damaged, and when reading: a file is missing or has another size. Errors of the
// vault.
replica::OpenPack opens_pack(OpenVault open_vault, const base::ContentHash& content_hash);

// Those that are published, and have a plan of this node's user; of what was taken back, or is
// blocked, there is nothing. All that is given outlives it.
replica::OwnTesserae own_tesserae(const Publications& publications, const OwnPlans& plans,
                                  const replica::Refusals& refusals, OpenVault open_vault);

}  // namespace tesseras::node

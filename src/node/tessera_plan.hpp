// The plan of a tessera that a vault has, made by its author: what is to be given to others is
// checked first, for a plan binds what it was made of for good.
#pragma once

#include "foundation/base/strong_id.hpp"
#include "preserve/custody/tools.hpp"
#include "preserve/identity/identity.hpp"
#include "preserve/replica/plan.hpp"
#include "preserve/vault/vault.hpp"

namespace tesseras::node {

// denied: it is what somebody opened of an encrypted tessera, so that anybody could read it. The
// encrypted one may be given.
base::Result<void> check_may_be_given(const vault::TesseraInfo& tessera);

// Reads every file twice. The same plan each time.
// not_found: the vault has no such tessera. denied: another author's, or as
// check_may_be_given. exhausted: it has more media
// than one tessera may that others are to keep; the message says what to do. corrupt: the vault's
// copy is damaged. cancelled: tools.stop. Errors of the vault.
base::Result<replica::SignedPlan> plan_tessera(vault::Vault& vault,
                                               const base::ContentHash& content_hash,
                                               const identity::Identity& author,
                                               custody::Tools& tools);

}  // namespace tesseras::node

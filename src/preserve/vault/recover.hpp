// Settles what a crashed writer left behind the committed end of the packs.
#pragma once

#include "preserve/vault/store.hpp"

namespace tesseras::vault {

// Called with the writers' lock held, before anything else is written: takes over what was
// complete, cuts off what was not, deletes packs that were rewritten elsewhere. When nothing
// crashed it costs a list of the packs.
Result<void> recover(Store& store);

}  // namespace tesseras::vault

// Whether others would keep a tessera, by its size alone: known before it is given to anybody.
#pragma once

#include "foundation/base/result.hpp"
#include "preserve/tessera/manifest.hpp"

namespace tesseras::custody {

// exhausted: it has more media than others keep of one tessera; or, what counts for an encrypted
// one, whose media nobody sees, its pack is larger than those of such tesserae are (Limits). The
// message says what to do.
base::Result<void> check_published_size(const tessera::Manifest& manifest);

}  // namespace tesseras::custody

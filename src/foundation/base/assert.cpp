#include "foundation/base/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace tesseras::base {

void assertion_failed(const char* expression, const char* file, int line) noexcept {
  std::fprintf(stderr, "%s:%d: assertion failed: %s\nthis is a fault of ours; please report it\n",
               file, line, expression);
  std::abort();
}

}  // namespace tesseras::base

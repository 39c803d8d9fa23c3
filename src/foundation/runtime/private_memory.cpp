#include "foundation/runtime/private_memory.hpp"

#include <sys/resource.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TESSERAS_IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define TESSERAS_IS_SANITIZED 1
#endif
#endif

namespace tesseras::runtime {

void keep_memory_private() {
  // The hard limit too: nothing that this process runs may raise it again.
  constexpr rlimit none{.rlim_cur = 0, .rlim_max = 0};
  // Refused only in a sandbox that allows no change of limits, as that of our systemd units, which
  // set this one.
  static_cast<void>(::setrlimit(RLIMIT_CORE, &none));
#if defined(__linux__) && !defined(TESSERAS_IS_SANITIZED)
  // A core_pattern that is a pipe is not bound by the limit, but by this.
  static_cast<void>(::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0));
#endif
}

}  // namespace tesseras::runtime

// ASSERT is for our own mistakes, never for bytes from outside. It stays on in release
// builds: a wrong archive is worse than a stopped program. It prints the place and aborts.
#pragma once

namespace tesseras::base {

[[noreturn]] void assertion_failed(const char* expression, const char* file, int line) noexcept;

}  // namespace tesseras::base

#define ASSERT(expression)             \
  ((expression) ? static_cast<void>(0) \
                : ::tesseras::base::assertion_failed(#expression, __FILE__, __LINE__))

// Result<T>: a value, or an Error that says what the caller can do next.
//
//   Result<Manifest> parse(std::string_view text);
//   auto manifest = TRY(parse(text));       // returns the error to our own caller
//   return fail(Code::invalid, "line {}: {}", line, reason);
#pragma once

#include <fmt/format.h>

#include <expected>
#include <string>
#include <utility>

namespace tesseras::base {

// Chosen by what the caller can do next, not by what went wrong inside. Their number stays
// small; apps map each to an exit status, the API to an HTTP status, the wire to a peer's word.
enum class Code {
  invalid,      // the input is wrong: mend it
  corrupt,      // stored or received bytes are not what was promised: use another copy
  not_found,    // there is no such thing: look elsewhere
  conflict,     // something else is there already: choose another name, or look at it
  denied,       // not permitted: permissions, a wrong passphrase
  unsupported,  // this version cannot: use another way or a newer release
  exhausted,    // space, memory or a limit: make room
  unavailable,  // busy or away now: try again
  timeout,      // took longer than allowed: try again
  cancelled,    // somebody asked us to stop
  io,           // the system failed at reading or writing
  internal,     // our own mistake
};

// The code's own name, as written above.
constexpr const char* name_of(Code code) {
  switch (code) {
    case Code::invalid: return "invalid";
    case Code::corrupt: return "corrupt";
    case Code::not_found: return "not_found";
    case Code::conflict: return "conflict";
    case Code::denied: return "denied";
    case Code::unsupported: return "unsupported";
    case Code::exhausted: return "exhausted";
    case Code::unavailable: return "unavailable";
    case Code::timeout: return "timeout";
    case Code::cancelled: return "cancelled";
    case Code::io: return "io";
    case Code::internal: return "internal";
  }
  return "internal";
}

struct Error {
  Code code = Code::internal;
  std::string message;  // lower case, names the thing, says what to do next

  bool operator==(const Error&) const = default;
};

// std::expected that the compiler does not let one ignore (GCC's own is not nodiscard).
template <class T>
class [[nodiscard]] Result : public std::expected<T, Error> {
 public:
  using std::expected<T, Error>::expected;
  // Not explicit: what returns an expected is to be returned as a Result without a word.
  Result(std::expected<T, Error> other)  // NOLINT(google-explicit-constructor)
      : std::expected<T, Error>(std::move(other)) {}
};

inline std::unexpected<Error> fail(Error error) { return std::unexpected(std::move(error)); }

template <class... Args>
std::unexpected<Error> fail(Code code, fmt::format_string<Args...> format, Args&&... args) {
  return std::unexpected(Error{code, fmt::format(format, std::forward<Args>(args)...)});
}

// The same error with "context: " before its message.
template <class... Args>
std::unexpected<Error> fail_in(Error error, fmt::format_string<Args...> format, Args&&... args) {
  error.message = fmt::format(format, std::forward<Args>(args)...) + ": " + error.message;
  return std::unexpected(std::move(error));
}

}  // namespace tesseras::base

#define TESSERAS_JOIN_(a, b) a##b
#define TESSERAS_JOIN(a, b) TESSERAS_JOIN_(a, b)
#define TESSERAS_TRY(name, ...)                                 \
  __extension__({                                               \
    auto name = (__VA_ARGS__);                                  \
    if (!name) return std::unexpected(std::move(name).error()); \
    std::move(name).value();                                    \
  })

// The value of a Result, or a return of its error from the enclosing function.
// Not for coroutines.
#define TRY(...) TESSERAS_TRY(TESSERAS_JOIN(try_result_, __COUNTER__), __VA_ARGS__)

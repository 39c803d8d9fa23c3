// What is asked over HTTP, of any bytes and of any beginning of them: waited for, but not without
// end; refused with a reason; or answered.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "foundation/base/assert.hpp"
#include "foundation/base/text.hpp"
#include "foundation/http/limits.hpp"
#include "foundation/http/server.hpp"

namespace tesseras {
namespace {

http::Response echo(std::string_view target) {
  return {.status = target == "/healthz" ? 200U : 404U, .body = std::string(target)};
}

void check(std::string_view request, std::string_view reply) {
  ASSERT(reply.starts_with("HTTP/1.1 "));
  const auto end = reply.find("\r\n\r\n");
  ASSERT(end != std::string_view::npos);
  // Nothing of the request stands in the head of the reply, where it could end a line.
  for (std::size_t i = 0; i < end; ++i)
    ASSERT(reply[i] == '\r' || reply[i] == '\n' || (reply[i] >= ' ' && reply[i] <= '~'));
  const bool is_taken = reply.starts_with("HTTP/1.1 200 ") || reply.starts_with("HTTP/1.1 404 ");
  ASSERT(!is_taken || request.starts_with("GET ") || reply.size() == end + 4);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto request = base::as_text(std::as_bytes(std::span(data, size)));
  const auto whole = http::answer(request, echo);
  if (whole) check(request, *whole);
  ASSERT(whole || size < http::Limits::header_bytes_max);
  for (std::size_t count = 0; count < size && count < 512; ++count) {
    const auto early = http::answer(request.substr(0, count), echo);
    if (!early) continue;
    check(request.substr(0, count), *early);
    break;
  }
  return 0;
}

}  // namespace tesseras

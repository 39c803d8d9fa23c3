#include "foundation/http/server.hpp"

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include <algorithm>
#include <utility>

#include "foundation/base/text.hpp"
#include "foundation/http/limits.hpp"
#include "foundation/runtime/waiter.hpp"

namespace tesseras::http {
namespace {

namespace beast = boost::beast;
using base::Result;
using runtime::Task;

std::string_view reason_of(unsigned status) {
  const auto reason = beast::http::obsolete_reason(static_cast<beast::http::status>(status));
  return {reason.data(), reason.size()};
}

std::string to_text(const Response& response, bool with_body) {
  return fmt::format(
      "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: close\r\n"
      "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n\r\n{}",
      response.status, reason_of(response.status), response.content_type, response.body.size(),
      with_body ? response.body : std::string());
}

std::string refusal(unsigned status, std::string_view why) {
  return to_text({.status = status, .body = fmt::format("{}\n", why)}, true);
}

}  // namespace

std::optional<std::string> answer(std::string_view request, const Handler& handler) {
  beast::http::request_parser<beast::http::empty_body> parser;
  parser.header_limit(static_cast<std::uint32_t>(Limits::header_bytes_max));
  parser.body_limit(Limits::body_bytes_max);
  parser.eager(true);
  beast::error_code error;
  parser.put(boost::asio::buffer(request.data(), request.size()), error);
  if (error == beast::http::error::need_more && request.size() < Limits::header_bytes_max) {
    return std::nullopt;
  }
  if (error == beast::http::error::header_limit || error == beast::http::error::need_more) {
    return refusal(431, "the request is too long");
  }
  if (error == beast::http::error::body_limit || error == beast::http::error::unexpected_body) {
    return refusal(413, "the request has a body, which nothing here takes");
  }
  if (error || !parser.is_header_done()) return refusal(400, "the request is no HTTP");
  const auto& message = parser.get();
  const bool is_head = message.method() == beast::http::verb::head;
  if (!is_head && message.method() != beast::http::verb::get) {
    return refusal(405, "only GET and HEAD");
  }
  const auto target = message.target();
  return to_text(handler({target.data(), target.size()}), !is_head);
}

Server::Server(runtime::Loop& loop, std::unique_ptr<runtime::StreamListener> listener,
               Handler handler)
    : loop_(loop),
      listener_(std::move(listener)),
      handler_(std::move(handler)),
      connections_(loop),
      accepting_(loop) {
  accepting_.spawn(accept_all());
}

Task<void> Server::accept_all() {
  for (;;) {
    auto stream = co_await listener_->accept(base::Instant::never());
    if (stream && connections_.size() < Limits::connections_max) {
      connections_.spawn(serve(*std::move(stream)));
    } else if (!stream) {
      // Descriptors are used up: some will come free.
      co_await runtime::sleep_until(loop_, loop_.now() + std::chrono::seconds(1));
    }
  }
}

Task<void> Server::serve(std::unique_ptr<runtime::ByteStream> stream) {
  const auto deadline = loop_.now() + Limits::request_timeout;
  std::string request;
  base::Bytes piece(4096);
  for (;;) {
    const auto got = co_await stream->read(piece, deadline);
    if (!got || *got == 0) co_return;
    request += base::as_text(base::ByteSpan(piece).first(*got));
    const auto response = answer(request, handler_);
    if (!response) continue;
    (void)co_await stream->write(base::as_bytes(*response), loop_.now() + Limits::response_timeout);
    stream->finish();
    co_return;
  }
}

}  // namespace tesseras::http

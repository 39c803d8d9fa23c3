// A small HTTP/1.1 server (RFC 9112) for what a machine's own programs ask: one request a
// connection, GET and HEAD only.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "foundation/runtime/byte_stream.hpp"
#include "foundation/runtime/loop.hpp"
#include "foundation/runtime/tasks.hpp"

namespace tesseras::http {

struct Response {
  unsigned status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
};

// `target` is the path as it was asked for, with its query: any bytes.
using Handler = std::function<Response(std::string_view target)>;

class Server {
 public:
  // Serves until it is dropped. `loop` outlives it.
  Server(runtime::Loop& loop, std::unique_ptr<runtime::StreamListener> listener, Handler handler);

  std::uint16_t port() const { return listener_->port(); }

 private:
  runtime::Task<void> accept_all();
  runtime::Task<void> serve(std::unique_ptr<runtime::ByteStream> stream);

  runtime::Loop& loop_;
  std::unique_ptr<runtime::StreamListener> listener_;
  Handler handler_;
  runtime::Tasks connections_;
  runtime::Tasks accepting_;  // dropped first
};

// The answer to a whole request, or to the part of one that makes it clear that it is none:
// 400, 405 and 431 are said with a reason. nullopt: more is to come. Pure.
std::optional<std::string> answer(std::string_view request, const Handler& handler);

}  // namespace tesseras::http

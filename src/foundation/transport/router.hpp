// Reads what a peer asks on each of its streams, and gives it to the part of the node whose method
// it is.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "foundation/runtime/loop.hpp"
#include "foundation/transport/exchange.hpp"
#include "foundation/transport/transport.hpp"

namespace tesseras::transport {

class Router final : public Handler {
 public:
  using IsMethod = std::function<bool(std::string_view method)>;
  // Answers one request, all of whose frame has been read, on the stream that it came on. The
  // streams of a session end with it, and with the transport.
  using Serve = std::function<runtime::Task<void>(std::shared_ptr<Session>, std::unique_ptr<Stream>,
                                                  ReceivedRequest)>;

  // A frame of 64 KiB takes no longer on a slow line.
  static constexpr std::chrono::seconds request_time_max{20};

  // Serves the peers of `transport` until it is dropped. Both outlive it.
  Router(runtime::Loop& loop, Transport& transport);
  ~Router() override;
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;

  // The first that takes a method has it. What nobody takes is refused as unsupported.
  void add(IsMethod is_method, Serve serve);

  runtime::Task<void> on_stream(std::shared_ptr<Session> session,
                                std::unique_ptr<Stream> stream) override;

 private:
  runtime::Loop& loop_;
  Transport& transport_;
  std::vector<std::pair<IsMethod, Serve>> routes_;
};

}  // namespace tesseras::transport

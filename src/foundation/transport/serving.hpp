// Answering a stream that a peer opened: the same for every body of a session.
#pragma once

#include <memory>

#include "foundation/runtime/task.hpp"
#include "foundation/transport/stream_state.hpp"
#include "foundation/transport/transport.hpp"

namespace tesseras::transport {

// Gives `stream` to the handler, or resets it where there is none, and tells the session with
// on_served() when nothing answers it any more. What answers may hold the last of the session, and
// end after it has, before this is dropped: so this holds it too.
template <class Body>
runtime::Task<void> serve(std::shared_ptr<Body> session, Handler* handler,
                          std::shared_ptr<StreamState> stream) {
  auto handle = std::make_unique<StreamHandle>(stream);
  if (handler == nullptr) {
    handle->reset(wire::ErrorCode::unsupported);
    handle.reset();
  } else {
    co_await handler->on_stream(session, std::move(handle));
  }
  stream->is_served = false;
  session->on_served(*stream);
}

}  // namespace tesseras::transport

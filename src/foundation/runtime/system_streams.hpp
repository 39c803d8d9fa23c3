// Byte streams on the operating system's sockets. For system_loop.cpp.
#pragma once

#include <memory>

#include "foundation/runtime/byte_stream.hpp"
#include "foundation/runtime/loop.hpp"
#include "foundation/runtime/stream_socket.hpp"

namespace boost::asio {
class io_context;
}

namespace tesseras::runtime {

// `context` drives `loop`; both outlive what is made.
std::unique_ptr<ByteStream> make_stream(boost::asio::io_context& context, Loop& loop,
                                        StreamSocket socket);
std::unique_ptr<StreamListener> make_listener(boost::asio::io_context& context, Loop& loop,
                                              StreamSocket socket);
Task<base::Result<std::unique_ptr<ByteStream>>> connect_stream(boost::asio::io_context& context,
                                                               Loop& loop, Endpoint to,
                                                               base::Instant deadline);

}  // namespace tesseras::runtime

// How nodes reach each other: sessions between two keys, and streams in them (spec/transport.md).
//
//   auto session = CO_TRY(co_await transport.open({key, endpoints}, deadline));
//   auto stream = CO_TRY(co_await session->open_stream(deadline));
//   CO_TRY(co_await stream->write(request, deadline));
//   stream->finish();
//   const std::size_t count = CO_TRY(co_await stream->read(buffer, deadline));   // 0: the end
//
// Bodies: QUIC (quic_transport.hpp), and a simulated one (sim/transport.hpp) in which whole nodes
// run by the thousand. transport_suite.hpp and stream_suite.hpp hold both to what stands here. All
// calls are for the loop's thread. What waits is woken soon, never from inside of another call.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "foundation/base/strong_id.hpp"
#include "foundation/base/time.hpp"
#include "foundation/runtime/byte_stream.hpp"
#include "foundation/runtime/endpoint.hpp"
#include "foundation/runtime/task.hpp"
#include "foundation/wire/frame.hpp"

namespace tesseras::transport {

struct PeerIdTag;
// A node's Ed25519 public key: what a session shows to be its peer's own.
using PeerId = base::StrongId<PeerIdTag, 32>;

struct Peer {
  PeerId id;
  std::vector<runtime::Endpoint> endpoints;  // tried in this order
};

// Bytes both ways, in order, whole, with an end each way; one request and its answer, as a rule.
// One read and one write at a time. Dropping it resets what has not been finished, and wakes who
// waits with cancelled.
class Stream : public runtime::ByteStream {
 public:
  // What has come, at least a byte, at the front of `into` (not empty); 0: the peer has finished.
  // timeout: nothing came. cancelled: closed by us, or the peer wants it no longer. unavailable:
  // the session has ended. Another code: the peer has reset the stream for that (see reset).
  runtime::Task<base::Result<std::size_t>> read(base::MutableByteSpan into,
                                                base::Instant deadline) override = 0;
  // Comes back once all of `bytes` have been taken over, which is when the peer reads fast enough.
  // timeout: some part of them was taken; the stream is of no use any more. Else as read().
  runtime::Task<base::Result<void>> write(base::ByteSpan bytes,
                                          base::Instant deadline) override = 0;
  // Nothing more is written; what was, still goes out, even when the stream is dropped now.
  void finish() override = 0;
  // Ends both ways at once and tells the peer why: its calls end with wire::code_of(why), ours
  // with cancelled.
  virtual void reset(wire::ErrorCode why) = 0;
};

// A connection to one peer, both sides sure of the other's key.
class Session {
 public:
  virtual ~Session() = default;

  virtual const PeerId& peer() const = 0;
  // Where the peer is now; it may move.
  virtual runtime::Endpoint remote() const = 0;
  virtual bool is_open() const = 0;
  // We opened it, so that the peer can be reached at remote(); otherwise it has called us.
  virtual bool is_dialled() const = 0;

  // The peer learns of the stream with its first bytes, or its end.
  // timeout: the peer has as many streams of ours as it wants at once. unavailable: the session
  // has ended.
  virtual runtime::Task<base::Result<std::unique_ptr<Stream>>> open_stream(
      base::Instant deadline) = 0;
  // Ends all streams, and the coroutines that serve them, which are dropped soon. What was written
  // may be lost. The peer is told.
  virtual void close() = 0;
};

// What answers the peers' streams. Outlives the transport, or is taken back by serve(nullptr).
class Handler {
 public:
  virtual ~Handler() = default;
  // Runs until it ends, or the session does: then it is dropped where it waits.
  virtual runtime::Task<void> on_stream(std::shared_ptr<Session> session,
                                        std::unique_ptr<Stream> stream) = 0;
};

// Dropping it closes its sessions; those who still hold one find it closed. It is not dropped from
// inside of what it serves.
class Transport {
 public:
  virtual ~Transport() = default;

  virtual const PeerId& self() const = 0;
  // Where it listens: one each for IPv4 and IPv6, or several.
  virtual std::vector<runtime::Endpoint> local() const = 0;

  // An open session to that key that was dialled from here, at one of the endpoints rather than
  // elsewhere; otherwise a new one, to the first endpoint that answers with that key. Without
  // endpoints, one that the peer has opened.
  // invalid: no endpoints that can be one peer's, or our own key. denied: what answers has another
  // key. unsupported: it speaks no version of ours. exhausted: our own limits. unavailable: nobody
  // there takes us. timeout: nobody answered.
  virtual runtime::Task<base::Result<std::shared_ptr<Session>>> open(Peer peer,
                                                                     base::Instant deadline) = 0;
  // A new session to whoever answers first at one of these: for first contact, with an address that
  // somebody has written down without a key. What is said there is said to a stranger.
  // invalid: no endpoints, or they are our own. Else as open().
  virtual runtime::Task<base::Result<std::shared_ptr<Session>>> meet(
      std::vector<runtime::Endpoint> endpoints, base::Instant deadline) = 0;
  // From now on the peers' streams go to `handler`; until then, and with null, they are reset as
  // unsupported.
  virtual void serve(Handler* handler) = 0;
};

}  // namespace tesseras::transport

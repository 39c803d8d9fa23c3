#include "node/control.hpp"

#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "foundation/base/text.hpp"
#include "foundation/crypto/wipe.hpp"
#include "foundation/runtime/waiter.hpp"
#include "foundation/transport/frame_stream.hpp"
#include "foundation/wire/body.hpp"
#include "foundation/wire/frame.hpp"
#include "foundation/wire/message_pack.hpp"
#include "node/control_trust.hpp"

namespace tesseras::node {
namespace {

using base::Code;
using base::fail;
using base::Result;
using runtime::Task;
using std::filesystem::path;

constexpr std::uint32_t group_may_enter = 0010;
constexpr auto unknown_user = std::numeric_limits<std::uint32_t>::max();  // which no user has

// A request is under way no longer, also when its connection is dropped.
struct Leave {
  std::size_t& count;
  ~Leave() { --count; }
};

// What was wrong, as the body of an answer: unlike a peer, whoever asks here may know all of it.
base::Bytes error_body(const base::Error& error) {
  auto message = base::to_utf8_lossy(error.message);
  if (message.size() > ControlLimits::message_bytes_max) message = "its reason is too long to tell";
  return wire::pack_body([&](wire::MapWriter& map) {
    map.map("error", [&](wire::MapWriter& inner) {
      inner.text("code", base::name_of(error.code));
      inner.text("message", message);
    });
  });
}

Code code_named(std::string_view name) {
  for (int number = 0; number <= static_cast<int>(Code::internal); ++number) {
    if (name == base::name_of(static_cast<Code>(number))) return static_cast<Code>(number);
  }
  return Code::internal;  // of a later release
}

// The body, or the error that stands in it.
Result<base::Bytes> body_of(base::ByteSpan body) {
  const auto map = wire::unpack_map(body);
  if (!map || !map->has("error")) return base::Bytes(body.begin(), body.end());
  const auto error = TRY(map->map("error"));
  const auto name = TRY(error.text("code", wire::Limits::key_bytes_max));
  const auto message = TRY(error.text("message", ControlLimits::message_bytes_max));
  return fail(base::Error{code_named(name), std::string(message)});
}

std::string shown(const path& at) { return base::to_printable(at.native()); }

// Whether the group may come in, and will believe who answers there.
Result<void> check_data_dir(const path& data_dir) {
  const auto way = TRY(control_way_of(data_dir));
  constexpr auto mode = control_modes(ControlAccess::group).data_dir;
  if ((way.data_dir.permissions & group_may_enter) == 0) {
    return fail(Code::denied, "the group cannot enter {}: chmod {:o} it", shown(data_dir), mode);
  }
  if (!is_trusted(runtime::current_user(), unknown_user, way)) {
    return fail(Code::denied,
                "others may put a daemon of theirs into {}, so the group would not trust one "
                "there: chown it to this one's user, and chmod {:o} it",
                shown(data_dir), mode);
  }
  return {};
}

}  // namespace

path control_socket_of(const path& data_dir) { return data_dir / "control" / "daemon.sock"; }

Result<std::unique_ptr<ControlServer>> ControlServer::open(
    runtime::SystemLoop& loop, runtime::Disk& disk, const path& data_dir, ControlAccess access,
    ControlHandler handler, runtime::Log log) {
  const path socket = control_socket_of(data_dir);
  const auto modes = control_modes(access);
  // So that nobody else even sees the socket.
  TRY(runtime::make_own_folder(socket.parent_path(), modes.folder));
  if (access == ControlAccess::group) TRY(check_data_dir(data_dir));
  auto listener = loop.listen_local(socket, modes.socket);
  if (!listener && listener.error().code == Code::conflict) {
    static_cast<void>(
        disk.remove(socket));  // of a daemon that was killed; the lock says that none runs
    listener = loop.listen_local(socket, modes.socket);
  }
  if (!listener) return fail(listener.error());
  return std::unique_ptr<ControlServer>(
      new ControlServer(loop, disk, *std::move(listener), socket, access, std::move(handler), log));
}

ControlServer::ControlServer(runtime::SystemLoop& loop, runtime::Disk& disk,
                             std::unique_ptr<runtime::StreamListener> listener, path socket,
                             ControlAccess access, ControlHandler handler, runtime::Log log)
    : loop_(loop),
      disk_(disk),
      listener_(std::move(listener)),
      socket_(std::move(socket)),
      access_(access),
      handler_(std::move(handler)),
      log_(log),
      accepting_(std::in_place, loop) {
  accepting_->spawn(accept_all());
}

ControlServer::~ControlServer() { stop_accepting(); }

void ControlServer::stop_accepting() {
  if (!accepting_) return;
  accepting_.reset();
  listener_.reset();
  static_cast<void>(disk_.remove(socket_));
}

bool ControlServer::may_ask(const runtime::ByteStream& stream) const {
  // The mode of the socket says who of the group may come; the kernel holds it.
  if (access_ == ControlAccess::group) return true;
  const auto user = stream.peer_user();
  return user == runtime::current_user() || user == runtime::root_user;
}

bool ControlServer::make_room_for(std::uint32_t user) {
  std::erase_if(connections_, [](const Connection& one) { return one.task.size() == 0; });
  std::vector<ControlSeat> taken;
  for (const auto& one : connections_) taken.push_back(one.seat);
  const auto given = seat_for(user, runtime::current_user(), taken);
  if (given.leaves) {
    connections_.erase(std::next(connections_.begin(), static_cast<std::ptrdiff_t>(*given.leaves)));
  }
  return given.is_let_in;
}

Task<void> ControlServer::accept_all() {
  for (;;) {
    auto stream = co_await listener_->accept(base::Instant::never());
    if (!stream) {
      // Descriptors are used up: some will come free.
      co_await runtime::sleep_until(loop_, loop_.now() + std::chrono::seconds(1));
      continue;
    }
    const auto user = (*stream)->peer_user().value_or(unknown_user);
    if (!may_ask(**stream)) {
      log_.warn("somebody else's program was turned away", {{"user", user}});
    } else if (make_room_for(user)) {
      auto& connection = connections_.emplace_back(loop_, ControlSeat{user, loop_.now()});
      connection.task.spawn(serve(*std::move(stream), connection.seat));
    } else {
      log_.debug("a program was turned away: its user asks too much at once", {{"user", user}});
    }
  }
}

Task<void> ControlServer::serve(std::unique_ptr<runtime::ByteStream> stream, ControlSeat& seat) {
  for (;;) {
    seat.idle_since = loop_.now();
    auto envelope =
        co_await transport::read_envelope(*stream, loop_.now() + ControlLimits::idle_max);
    if (!envelope || !*envelope) co_return;
    const crypto::Wiper wiper(**envelope);  // there may be a key in it
    seat.idle_since.reset();
    const auto request = wire::decode_request(**envelope);
    if (!request) {
      if (const auto refusal = wire::refusal_of(**envelope, request.error())) {
        (void)co_await stream->write(*refusal, loop_.now() + ControlLimits::write_max);
      }
      co_return;
    }
    log_.debug("asked", {{"method", request->method}});
    ++under_way_;
    const Leave leave{under_way_};
    auto answer =
        co_await handler_(std::string(request->method),
                          base::Bytes(request->body.begin(), request->body.end()), *stream);
    const auto deadline = loop_.now() + ControlLimits::write_max;
    auto frame = wire::encode(
        wire::Response{request->id, answer ? answer->body : error_body(answer.error())});
    // More than a frame holds.
    if (!frame) frame = wire::refusal_of(request->id, frame.error());
    if (!co_await stream->write(*frame, deadline)) co_return;
    if (answer && answer->bytes && !co_await answer->bytes(*stream)) co_return;
  }
}

namespace {

Task<Result<base::Bytes>> ask(runtime::SystemLoop& loop, const path& data_dir,
                              std::string_view method, base::ByteSpan body, base::Instant deadline,
                              const ControlBytes& bytes, const ControlRead& read) {
  const auto stream = loop.connect_local(control_socket_of(data_dir));
  if (!stream) {
    const bool is_absent =
        stream.error().code == Code::not_found || stream.error().code == Code::unavailable;
    if (stream.error().code == Code::denied) {
      co_return fail(Code::denied,
                     "the daemon of {} is another user's; ask as that user, or have it started "
                     "with --group and join its group",
                     shown(data_dir));
    }
    if (!is_absent) co_return fail(stream.error());
    co_return fail(Code::unavailable,
                   "no daemon runs on {}; start one with `tesseras-daemon --data-dir {}`",
                   shown(data_dir), shown(data_dir));
  }
  CO_TRY(check_server((*stream)->peer_user(), data_dir));
  constexpr wire::RequestId only_request{1};
  auto frame = CO_TRY(wire::encode(wire::Request{only_request, method, body}));
  const crypto::Wiper wiper(frame);  // there may be a key in it
  const auto broken_off = fail(Code::unavailable,
                               "the daemon of {} broke off: it has ended, or too many ask it at "
                               "once; ask again",
                               shown(data_dir));
  const auto sent = co_await (*stream)->write(frame, deadline);
  if (!sent) co_return broken_off;
  if (bytes) CO_TRY(co_await bytes(**stream));
  const auto envelope = co_await transport::read_envelope(**stream, deadline);
  if (!envelope && envelope.error().code == Code::timeout) co_return fail(envelope.error());
  if (!envelope || !*envelope) co_return broken_off;
  auto answer = CO_TRY(body_of(CO_TRY(wire::decode_answer(**envelope, only_request))));
  if (read) CO_TRY(co_await read(answer, **stream));
  co_return answer;
}

}  // namespace

Result<base::Bytes> ask_daemon(runtime::SystemLoop& loop, const path& data_dir,
                               std::string_view method, base::ByteSpan body,
                               base::nanoseconds patience, const std::stop_token& stop,
                               const ControlBytes& bytes, const ControlRead& read) {
  std::optional<Result<base::Bytes>> answer;
  const auto keep = [&]() -> Task<void> {
    answer = co_await ask(loop, data_dir, method, body, loop.now() + patience, bytes, read);
    loop.stop();
  };
  runtime::Tasks tasks(loop);
  tasks.spawn(keep());
  if (!answer && !stop.stop_requested()) {
    // Posted: what stops a loop before it runs is forgotten when it does.
    const std::stop_callback on_stop(stop, [&loop] { loop.post([&loop] { loop.stop(); }); });
    loop.run();
  }
  if (!answer) return fail(Code::cancelled, "interrupted; the daemon goes on with what it began");
  return *std::move(answer);
}

}  // namespace tesseras::node

#include "apps/tes/daemon_link.hpp"

#include <algorithm>
#include <thread>

#include "apps/command_line/home.hpp"
#include "foundation/base/ascii.hpp"
#include "foundation/base/text.hpp"
#include "foundation/runtime/task.hpp"
#include "node/control_fragment_messages.hpp"
#include "node/daemon.hpp"

namespace tesseras::tes {
namespace {

using base::Code;
using base::fail;
using std::filesystem::path;

// A daemon answers within 45 seconds or so when it has to ask others first.
constexpr std::chrono::seconds patience{100};
// It checks what it was given before it says that it has it.
constexpr std::chrono::hours sending_patience{12};

constexpr std::size_t piece_bytes = std::size_t{256} << 10U;
// On its way from the thread that hears the daemon to the one that takes it in.
constexpr std::size_t pipe_bytes = std::size_t{4} << 20U;

std::string shown(const path& at) { return base::to_printable(at.native()); }

}  // namespace

DaemonLink::DaemonLink(Session& session, path folder)
    : session_(&session), folder_(std::move(folder)), loop_(runtime::make_system_loop()) {}

Result<DaemonLink> DaemonLink::open(Session& session) {
  std::vector<path> folders;
  if (!session.daemon_dir().empty()) {
    folders = {session.daemon_dir()};
  } else {
    folders = {session.data_dir(), node::default_daemon_dir(TRY(command_line::home_folder()))};
  }
  for (const auto& folder : folders) {
    DaemonLink link(session, folder);
    // One that runs there is the one that is meant, also when it refuses us.
    const auto door = link.loop_->connect_local(node::control_socket_of(folder));
    const bool is_there =
        door || (door.error().code != Code::not_found && door.error().code != Code::unavailable);
    if (!is_there) continue;
    link.info_ = TRY(link.ask(node::NodeInfoRequest{}));
    return link;
  }
  if (folders.size() == 1) {
    return fail(Code::unavailable, "no daemon runs on {0}; start one: tesseras-daemon -d {0}",
                shown(folders.front()));
  }
  return fail(Code::unavailable,
              "no daemon runs, neither on {} nor on {}; start one: tesseras-daemon &",
              shown(folders[0]), shown(folders[1]));
}

Result<base::Bytes> DaemonLink::ask(std::string_view method, base::ByteSpan body) {
  return node::ask_daemon(*loop_, folder_, method, body, patience, session_->stop());
}

Result<void> DaemonLink::send(const base::ContentHash& content_hash, custody::Pack& pack) {
  const auto size_bytes = pack.size_bytes();
  auto& progress = session_->terminal().progress();
  progress.stage("giving it to the daemon", size_bytes);
  const auto write_all = [&](runtime::ByteStream& stream) -> runtime::Task<Result<void>> {
    base::Bytes piece(piece_bytes);
    for (std::uint64_t at = 0; at < size_bytes;) {
      const auto count = CO_TRY(pack.read_at(at, piece));
      CO_TRY(co_await stream.write(base::ByteSpan(piece).first(count), loop_->now() + patience));
      at += count;
      progress.advance(count);
    }
    co_return Result<void>();
  };
  TRY(node::ask_daemon(*loop_, folder_, node::TakeRequest::method,
                       encode(node::TakeRequest{content_hash, size_bytes}), sending_patience,
                       session_->stop(), write_all));
  return {};
}

Result<void> DaemonLink::collect(const base::ContentHash& content_hash, const Take& take) {
  runtime::BytePipe pipe(pipe_bytes);
  const std::jthread receiving([&] { pipe.end(receive(content_hash, pipe)); });
  const custody::Source source = [&](base::MutableByteSpan into) { return pipe.read(into); };
  auto taken = take(source);
  // The daemon forgets what it has given to the end.
  base::Bytes rest(piece_bytes);
  while (taken && source(rest).value_or(0) > 0) {
  }
  pipe.close();
  return taken;
}

Result<void> DaemonLink::receive(const base::ContentHash& content_hash,
                                 runtime::BytePipe& pipe) const {
  const auto loop = runtime::make_system_loop();
  const auto read_all = [&](base::ByteSpan body,
                            runtime::ByteStream& stream) -> runtime::Task<Result<void>> {
    auto left = CO_TRY(node::decode<node::CollectAnswer>(body)).size_bytes;
    base::Bytes piece(piece_bytes);
    while (left > 0) {
      const auto room = std::min<std::uint64_t>(piece.size(), left);
      const auto count = CO_TRY(
          co_await stream.read(base::MutableByteSpan(piece).first(room), loop->now() + patience));
      if (count == 0) co_return fail(Code::unavailable, "the daemon broke off; fetch it again");
      CO_TRY(pipe.write(base::ByteSpan(piece).first(count)));
      left -= count;
    }
    co_return Result<void>();
  };
  TRY(node::ask_daemon(*loop, folder_, node::CollectRequest::method,
                       encode(node::CollectRequest{content_hash}), sending_patience,
                       session_->stop(), nullptr, read_all));
  return {};
}

Result<void> DaemonLink::pause(std::chrono::milliseconds time) {
  const auto timer = loop_->call_at(loop_->now() + time, [this] { loop_->stop(); });
  const std::stop_callback on_stop(session_->stop(),
                                   [this] { loop_->post([this] { loop_->stop(); }); });
  if (!session_->stop().stop_requested()) loop_->run();
  if (!session_->stop().stop_requested()) return {};
  return fail(Code::cancelled, "interrupted; the daemon goes on with what it began");
}

Result<base::ContentHash> content_hash_of(Session& session, const DaemonLink& link,
                                          const std::string& text) {
  if (const auto whole = base::ContentHash::from_hex(base::to_lower(text))) return *whole;
  auto own = session.open_vault();
  auto found = own ? (*own)->find(text) : fail(own.error());
  const bool is_elsewhere = !found && found.error().code == Code::not_found;
  if (!is_elsewhere) return found;
  if (link.data_dir() != session.data_dir()) {
    auto theirs = session.open_vault_at(link.data_dir());
    if (theirs) found = (*theirs)->find(text);
  }
  if (found || found.error().code != Code::not_found) return found;
  return fail(Code::not_found,
              "no tessera in the vault begins with {}; of one that is elsewhere give all 64 digits",
              base::to_printable(base::to_lower(text)));
}

Result<std::unique_ptr<vault::Vault>> vault_with(Session& session, const DaemonLink& link,
                                                 const base::ContentHash& hash) {
  auto vault = session.open_vault();
  if (vault && !(*vault)->tessera(hash)) vault = session.open_vault_at(link.data_dir());
  return vault;
}

}  // namespace tesseras::tes

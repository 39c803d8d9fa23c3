// A holder that lies: what the end-to-end tests put in the place of a daemon that has taken
// fragments.
//
//   lying_holder --data-dir FOLDER --listen ADDRESS:PORT --bootstrap IGNORED
//
// It lives on with that daemon's key, contacts and fragments, and answers all that it would. Only
// when it is asked for a fragment, or for proofs of one, it gives other bytes of the same size. It
// logs as the daemon does, and ends on a signal.
#include <signal.h>

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "foundation/base/assert.hpp"
#include "foundation/crypto/blake3_tree.hpp"
#include "foundation/crypto/random.hpp"
#include "foundation/runtime/clock.hpp"
#include "foundation/runtime/disk.hpp"
#include "foundation/runtime/log.hpp"
#include "foundation/runtime/offload.hpp"
#include "foundation/runtime/system_loop.hpp"
#include "foundation/runtime/tasks.hpp"
#include "foundation/runtime/workers.hpp"
#include "foundation/transport/exchange.hpp"
#include "foundation/transport/quic_transport.hpp"
#include "foundation/transport/router.hpp"
#include "node/config.hpp"
#include "node/holding.hpp"
#include "node/node_key.hpp"
#include "preserve/dht/service.hpp"
#include "preserve/replica/byte_flow.hpp"
#include "preserve/replica/messages.hpp"
#include "preserve/upkeep/audit_messages.hpp"

namespace {

using namespace tesseras;
using base::Result;
using runtime::Task;
using std::chrono::seconds;
using Session = std::shared_ptr<transport::Session>;
using Stream = std::unique_ptr<transport::Stream>;

constexpr seconds patience{60};

class LyingHolder {
 public:
  LyingHolder(runtime::SystemLoop& loop, runtime::Disk& disk, const runtime::path& folder,
              const runtime::Endpoint& listen, runtime::LogLines& lines)
      : loop_(loop),
        log_(lines, "lying_holder"),
        offload_(loop, &workers_),
        key_(node::open_node_key(disk, folder, [&](auto into) { loop.fill_random(into); }).value()),
        transport_(listening(listen)),
        dht_(dht::Service::open(loop, disk, folder / "dht", *transport_, nobody(), key_.key,
                                key_.nonce, node::pointer_secret(key_), dht_options(), log_)
                 .value()),
        holding_(node::Holding::open(offload_, disk, folder / "fragments", {}, {}, log_).value()),
        router_(loop, *transport_),
        tasks_(loop) {
    // The first that takes a method has it.
    router_.add([](auto method) { return method == upkeep::ProveRequest::method; },
                [this](Session session, Stream stream, transport::ReceivedRequest request) {
                  return prove(std::move(session), std::move(stream), std::move(request));
                });
    router_.add([](auto method) { return method == replica::GetFragmentRequest::method; },
                [this](Session session, Stream stream, transport::ReceivedRequest request) {
                  return give(std::move(session), std::move(stream), std::move(request));
                });
    router_.add(dht::is_method, [this](auto session, auto stream, auto request) {
      return dht_->serve(std::move(session), std::move(stream), std::move(request));
    });
    holding_->add_to(router_);
    tasks_.spawn(say_what_is_kept());
  }

 private:
  std::unique_ptr<transport::QuicTransport> listening(const runtime::Endpoint& at) {
    transport::QuicOptions options;
    options.listen = {at};
    return transport::QuicTransport::make(loop_, key_.seed, options).value();
  }
  // It dials nobody back.
  static dht::Service::MakeTransport nobody() {
    return []() -> Result<std::unique_ptr<transport::Transport>> {
      return base::fail(base::Code::unavailable, "not now");
    };
  }
  dht::ServiceOptions dht_options() {
    dht::ServiceOptions options;
    options.engine.capabilities.bits |= dht::Capabilities{dht::Capability::replicate}.bits;
    options.engine.first_issue = static_cast<std::uint64_t>(loop_.wall_now().unix_seconds);
    loop_.fill_random(std::as_writable_bytes(std::span(&options.engine.seed, 1)));
    return options;
  }

  Task<void> say_what_is_kept() {
    const auto shares = co_await holding_->shares();
    ASSERT(shares.has_value());
    for (const auto& one : *shares) dht_->publish_in_turn(dht::key_of(one.content_hash), one.share);
  }

  // As long as a proof is, and none.
  Task<void> prove(Session /*session*/, Stream stream, transport::ReceivedRequest request) {
    const auto asked = upkeep::decode<upkeep::ProveRequest>(request.request.body);
    if (!asked) co_return;
    upkeep::ProveResponse response;
    for (std::size_t i = 0; i < asked->challenges.size(); ++i) {
      replica::ChunkProof proof;
      proof.chunk.resize(crypto::blake3_chunk_size_bytes);
      crypto::fill_random(proof.chunk);
      response.proofs.emplace_back(std::move(proof));
    }
    log_.info("a lie was told", {{"method", upkeep::ProveRequest::method}});
    co_await transport::answer_or_refuse(*stream, request.request.id, upkeep::encode(response),
                                         loop_.now() + patience);
  }

  Task<void> give(Session /*session*/, Stream stream, transport::ReceivedRequest request) {
    const auto asked = replica::decode<replica::GetFragmentRequest>(request.request.body);
    if (!asked) co_return;
    std::uint64_t size_bytes = 0;
    for (const auto& one : holding_->store()->references())
      if (one.name == replica::FragmentName{asked->plan, asked->fragment})
        size_bytes = one.size_bytes;
    if (size_bytes <= asked->offset) co_return;
    log_.info("a lie was told", {{"method", replica::GetFragmentRequest::method}});
    const replica::GetFragmentResponse response{size_bytes};
    const auto answered = co_await transport::write_answer(
        *stream, request.request.id, replica::encode(response), loop_.now() + patience);
    if (!answered) co_return;
    auto left = size_bytes - asked->offset;
    const auto given = co_await replica::write_flow(
        *stream, offload_, left,
        [left](base::MutableByteSpan into) mutable -> Result<std::size_t> {
          const auto count = std::min<std::uint64_t>(left, into.size());
          crypto::fill_random(into.first(static_cast<std::size_t>(count)));
          left -= count;
          return static_cast<std::size_t>(count);
        },
        given_bytes_);
    if (given) stream->finish();
  }

  runtime::SystemLoop& loop_;
  runtime::Log log_;
  runtime::Workers workers_{2};
  runtime::Offload offload_;
  node::NodeKey key_;
  std::unique_ptr<transport::QuicTransport> transport_;
  std::unique_ptr<dht::Service> dht_;
  std::unique_ptr<node::Holding> holding_;
  transport::Router router_;
  std::uint64_t given_bytes_ = 0;
  runtime::Tasks tasks_;  // dropped first
};

std::string_view option(const std::vector<std::string_view>& words, std::string_view name) {
  for (std::size_t i = 0; i + 1 < words.size(); ++i)
    if (words[i] == name) return words[i + 1];
  std::fprintf(stderr, "lying_holder --data-dir FOLDER --listen ADDRESS:PORT\n");
  std::exit(2);
}

}  // namespace

int main(int argc, char** argv) {
  signal(SIGPIPE, SIG_IGN);
  const std::vector<std::string_view> words(argv + 1, argv + argc);
  const auto loop = runtime::make_system_loop();
  runtime::LogWriter lines(
      runtime::system_clock(), runtime::LogFilter(runtime::LogLevel::info), true,
      [](std::string_view line) { (void)std::fwrite(line.data(), 1, line.size(), stderr); });
  loop->on_signals([&](runtime::Signal) { loop->stop(); });
  const auto listen = runtime::Endpoint::parse(option(words, "--listen"));
  ASSERT(listen.has_value());
  const LyingHolder holder(*loop, runtime::posix_disk(), option(words, "--data-dir"), *listen,
                           lines);
  runtime::Log(lines, "lying_holder").info("daemon ready");
  loop->run();
  return 0;
}

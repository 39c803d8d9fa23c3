#include "node/bootstrap.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <span>
#include <utility>

#include "foundation/base/bytes.hpp"
#include "foundation/runtime/waiter.hpp"
#include "foundation/runtime/whole_file.hpp"

namespace tesseras::node {
namespace {

using base::Code;
using base::Instant;
using runtime::Endpoint;
using runtime::Task;

bool can_be_dialled(const Endpoint& endpoint) {
  return endpoint.port != 0 && !endpoint.address.is_unspecified() &&
         !endpoint.address.is_multicast();
}

}  // namespace

BootstrapOptions bootstrap_options(const Config& config,
                                   const std::optional<std::vector<std::string>>& list,
                                   const std::filesystem::path& data_dir) {
  BootstrapOptions options;
  options.peers = list ? *list : config.bootstrap.hardcoded;
  if (!list) options.dns_domain = config.bootstrap.dns_domain;
  options.peers_file = data_dir / "peers.txt";
  return options;
}

Bootstrap::Bootstrap(runtime::Loop& loop, runtime::Disk& disk, dns::Resolver* resolver,
                     BootstrapOptions options, Give give, NeedsPeers needs_peers, runtime::Log log)
    : loop_(loop),
      disk_(disk),
      resolver_(resolver),
      options_(std::move(options)),
      give_(std::move(give)),
      needs_peers_(std::move(needs_peers)),
      log_(log),
      tasks_(loop) {
  tasks_.spawn(keep_asking());
}

Bootstrap::~Bootstrap() = default;

Task<void> Bootstrap::keep_asking() {
  // Whoever makes this may not have finished.
  co_await runtime::sleep_until(loop_, loop_.now());
  base::nanoseconds pause = options_.retry_first;
  for (bool has_warned = false;;) {
    const Instant began_at = loop_.now();
    co_await ask_all();
    const Instant again_at = loop_.now() + with_jitter(pause);
    pause = std::min<base::nanoseconds>(2 * pause, options_.retry_max);
    for (bool knew_some = false;;) {
      co_await runtime::sleep_until(loop_, loop_.now() + options_.look_every);
      if (!needs_peers_()) {
        knew_some = true;
        has_warned = false;
        pause = options_.retry_first;
        continue;
      }
      // Names are asked anew: who stood behind them may have moved.
      if (knew_some && loop_.now() - began_at >= options_.retry_first) {
        log_.info("no peer is left; asking for others");
        break;
      }
      if (!has_warned && !knew_some && loop_.now() - began_at >= options_.patience) {
        has_warned = true;
        log_.warn("no peer could be reached; this node is ready for others, and goes on trying");
      }
      if (!knew_some && loop_.now() >= again_at) break;
    }
  }
}

Task<void> Bootstrap::ask_all() {
  given_this_round_ = 0;
  std::vector<PeerName> peers = read_file();
  for (const std::string& text : options_.peers) {
    if (auto peer = parse_peer_name(text)) peers.push_back(*std::move(peer));
  }
  std::vector<Task<void>> parts;
  parts.push_back(ask_names(std::move(peers)));
  if (!options_.dns_domain.empty()) parts.push_back(ask_domain());
  co_await all(std::move(parts));
  is_first_round_ = false;
}

Task<void> Bootstrap::ask_domain() {
  if (resolver_ == nullptr) co_return;
  const auto texts =
      co_await resolver_->texts(options_.dns_domain, loop_.now() + options_.question_timeout);
  if (!texts) {
    tell_failed(options_.dns_domain, texts.error());
    co_return;
  }
  std::vector<PeerName> peers;
  for (const std::string& text : *texts) {
    for (auto& peer : parse_peer_text(text)) {
      if (peers.size() < BootstrapLimits::text_peers_max) peers.push_back(std::move(peer));
    }
  }
  log_.debug("a domain names peers", {{"domain", options_.dns_domain}, {"peers", peers.size()}});
  co_await ask_names(std::move(peers));
}

Task<void> Bootstrap::ask_names(std::vector<PeerName> peers) {
  std::vector<Endpoint> literals;
  for (const PeerName& peer : peers) {
    if (peer.literal) literals.push_back(*peer.literal);
  }
  give(std::move(literals));
  if (resolver_ == nullptr) co_return;
  std::erase_if(peers, [](const PeerName& peer) { return peer.literal.has_value(); });
  for (auto rest = std::span(peers); !rest.empty();) {
    const auto some = rest.first(std::min(rest.size(), BootstrapLimits::questions_max));
    std::vector<Task<void>> questions;
    for (const PeerName& peer : some) questions.push_back(ask_name(peer));
    co_await all(std::move(questions));
    rest = rest.subspan(some.size());
  }
}

Task<void> Bootstrap::ask_name(PeerName peer) {
  const auto addresses =
      co_await resolver_->resolve(peer.host, loop_.now() + options_.question_timeout);
  if (!addresses) {
    tell_failed(peer.host, addresses.error());
    co_return;
  }
  std::vector<Endpoint> endpoints;
  for (const auto& address : *addresses) endpoints.push_back({address, peer.port});
  give(std::move(endpoints));
}

Task<void> Bootstrap::all(std::vector<Task<void>> parts) {
  runtime::Waiter<void> done(loop_);
  std::size_t left = parts.size();
  const auto run = [&](Task<void> part) -> Task<void> {
    co_await std::move(part);
    if (--left == 0) done.set({});
  };
  runtime::Tasks running(loop_);
  for (auto& part : parts) running.spawn(run(std::move(part)));
  if (left > 0) (void)co_await done.wait(Instant::never());
}

std::vector<PeerName> Bootstrap::read_file() {
  if (options_.peers_file.empty()) return {};
  const auto bytes =
      runtime::read_whole(disk_, options_.peers_file, PeerNameLimits::file_bytes_max);
  if (!bytes) {
    if (bytes.error().code != Code::not_found)
      tell_failed(options_.peers_file.native(), bytes.error());
    return {};
  }
  const auto text = base::as_text(*bytes);
  PeersFile file = parse_peers_file(text);
  if (text != file_said_of_) {
    for (const auto& line : file.bad_lines) {
      log_.warn(
          "a line is no peer; write HOST:PORT",
          {{"file", options_.peers_file.native()}, {"line", line.number}, {"text", line.text}});
    }
    file_said_of_ = text;
  }
  return std::move(file.peers);
}

void Bootstrap::give(std::vector<Endpoint> endpoints) {
  std::erase_if(endpoints, [](const Endpoint& endpoint) { return !can_be_dialled(endpoint); });
  const auto room = BootstrapLimits::endpoints_per_round_max - given_this_round_;
  if (endpoints.size() > room) {
    log_.debug("more peers are named than are asked", {{"left out", endpoints.size() - room}});
    endpoints.resize(room);
  }
  given_this_round_ += endpoints.size();
  if (!endpoints.empty()) give_(std::move(endpoints));
}

base::nanoseconds Bootstrap::with_jitter(base::nanoseconds span) {
  std::array<std::byte, 8> bytes{};
  loop_.fill_random(bytes);
  const auto random = std::bit_cast<std::uint64_t>(bytes);
  return span + base::nanoseconds(random % (static_cast<std::uint64_t>(span.count()) / 4 + 1));
}

void Bootstrap::tell_failed(std::string_view what, const base::Error& why) const {
  if (is_first_round_) {
    log_.info("a place to ask for peers gives none", {{"place", what}, {"why", why.message}});
  } else {
    log_.debug("a place to ask for peers gives none", {{"place", what}, {"why", why.message}});
  }
}

}  // namespace tesseras::node

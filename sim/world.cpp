#include "sim/world.hpp"

#include <algorithm>
#include <cstring>

#include "foundation/base/assert.hpp"

namespace tesseras::sim {
namespace {

using base::Code;
using base::Instant;
using base::nanoseconds;
using base::Result;

constexpr std::int64_t million = 1'000'000;
constexpr std::int64_t nanoseconds_per_second = 1'000'000'000;
constexpr std::int64_t beginning_unix_seconds = 1'767'225'600;  // 2026-01-01T00:00:00Z
constexpr std::uint16_t first_free_port = 49'152;               // RFC 6335, section 6
constexpr std::size_t datagram_bytes_max = 65'507;

// span * ppm / 1,000,000, without overflow for some thousand years.
std::int64_t millionths(std::int64_t span, std::int64_t ppm) {
  return span / million * ppm + span % million * ppm / million;
}

}  // namespace

class Node::Socket final : public runtime::DatagramSocket {
 public:
  Socket(Node& node, std::uint16_t port, runtime::DatagramHandler& handler)
      : node_(node), port_(port), handler_(handler) {
    node_.sockets_[port] = this;
  }
  ~Socket() override { node_.sockets_.erase(port_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  Endpoint local() const override { return {node_.address_, port_}; }

  std::size_t send(std::span<const runtime::OutgoingDatagrams> batch) override {
    if (!node_.has_power()) return batch.size();
    for (const auto& one : batch) node_.world_.send(local(), one);
    return batch.size();
  }

  void give(const runtime::IncomingDatagrams& one) { handler_.on_datagrams({&one, 1}); }

 private:
  Node& node_;
  std::uint16_t port_;
  runtime::DatagramHandler& handler_;
};

Node::Node(World& world, IpAddress address, std::uint64_t seed, ClockFault clock)
    : world_(world), address_(address), dice_(seed), clock_(clock), next_port_(first_free_port) {}

Node::~Node() { program_.reset(); }

void Node::run(MakeProgram make) {
  ASSERT(!is_running());
  make_ = std::move(make);
  restart();
}

void Node::restart() {
  ASSERT(!is_running() && make_);
  has_power_ = true;
  program_ = make_(*this);
  ASSERT(program_ != nullptr);
}

void Node::crash() {
  power_ = std::make_shared<int>(0);
  has_power_ = false;
  program_.reset();
  ASSERT(sockets_.empty());  // all of them are the program's
  disk_.lose_power(dice_.next());
}

Instant Node::now() const {
  const auto passed = world_.now().nanoseconds_since_start;
  return Instant{passed + millionths(passed, clock_.drift_ppm)} + clock_.ahead;
}

Instant Node::in_world(Instant when) const {
  if (when == Instant::never()) return when;
  const auto own = std::max<std::int64_t>((when - now()).count(), 0);
  const auto pace = million + clock_.drift_ppm;
  // Rounded up: a call may be late by a moment, never early.
  return world_.now() +
         nanoseconds(own / pace * million + (own % pace * million + pace - 1) / pace);
}

base::WallTime Node::wall_now() const {
  const auto passed = now().nanoseconds_since_start;
  auto seconds = passed / nanoseconds_per_second, rest = passed % nanoseconds_per_second;
  if (rest < 0) {
    --seconds;
    rest += nanoseconds_per_second;
  }
  return {beginning_unix_seconds + seconds, static_cast<std::int32_t>(rest)};
}

Callback Node::while_powered(Callback then) {
  return [power = std::weak_ptr(power_), then = std::move(then)]() mutable {
    if (!power.expired()) then();
  };
}

std::unique_ptr<runtime::Timer> Node::call_at(Instant when, Callback then) {
  return world_.calls_.add(in_world(when), while_powered(std::move(then)));
}

void Node::post(Callback then) {
  world_.calls_.add_soon(world_.now(), while_powered(std::move(then)));
}

Result<std::unique_ptr<runtime::DatagramSocket>> Node::bind_datagrams(
    const Endpoint& local, runtime::DatagramHandler& handler) {
  if (local.address != address_ && !local.address.is_unspecified()) {
    return base::fail(Code::invalid, "cannot listen on {}: the address is not this node's",
                      local.text());
  }
  std::uint16_t port = local.port;
  while (port == 0) {
    if (!sockets_.contains(next_port_)) port = next_port_;
    next_port_ =
        next_port_ == 65'535 ? first_free_port : static_cast<std::uint16_t>(next_port_ + 1);
  }
  if (sockets_.contains(port)) {
    return base::fail(Code::conflict, "cannot listen on {}: the port is taken", local.text());
  }
  return std::make_unique<Socket>(*this, port, handler);
}

void Node::fill_random(base::MutableByteSpan into) {
  for (std::size_t at = 0; at < into.size(); at += sizeof(std::uint64_t)) {
    const std::uint64_t drawn = dice_.next();
    std::memcpy(into.data() + at, &drawn, std::min(sizeof drawn, into.size() - at));
  }
}

void Node::deliver(const Endpoint& from, const Endpoint& to, base::ByteSpan bytes) {
  const auto socket = sockets_.find(to.port);
  if (socket == sockets_.end()) return;
  socket->second->give({.from = from, .to = to, .bytes = bytes, .segment_bytes = 0});
}

World::World(std::uint64_t seed) : dice_(seed), network_(dice_.next()) {}

World::~World() {
  // Programs may hold timers and talk to other nodes' worlds until they are gone.
  for (const auto& node : nodes_) node->program_.reset();
}

Node& World::add_node(ClockFault clock) {
  const std::size_t number = nodes_.size() + 1;
  return add_node(
      IpAddress::v4(10, static_cast<std::uint8_t>(number >> 16U),
                    static_cast<std::uint8_t>(number >> 8U), static_cast<std::uint8_t>(number)),
      clock);
}

Node& World::add_node(const IpAddress& address, ClockFault clock) {
  ASSERT(!by_address_.contains(address));
  nodes_.push_back(std::unique_ptr<Node>(new Node(*this, address, dice_.next(), clock)));
  by_address_[address] = nodes_.back().get();
  return *nodes_.back();
}

bool World::step(Instant end) {
  const Instant due = calls_.next_due();
  if (due == Instant::never() || due > end) return false;
  now_ = std::max(now_, due);
  auto call = calls_.take_due(now_);
  ++steps_;
  (*call)();
  return true;
}

void World::run_for(nanoseconds span) {
  const Instant end = now_ + span;
  while (step(end)) {
  }
  now_ = end;
}

void World::send(const Endpoint& from, const runtime::OutgoingDatagrams& out) {
  for (auto rest = out.bytes; !rest.empty();) {
    const auto size = out.segment_bytes == 0 ? rest.size() : out.segment_bytes;
    const auto one = rest.first(std::min(size, rest.size()));
    rest = rest.subspan(one.size());
    if (one.size() > datagram_bytes_max) continue;
    const auto arrives = network_.arrival(from.address, out.to.address, one.size(), now_);
    if (!arrives) continue;
    calls_.add_for_good(*arrives,
                        [this, from, to = out.to, bytes = base::Bytes(one.begin(), one.end())] {
                          const auto found = by_address_.find(to.address);
                          if (found != by_address_.end()) found->second->deliver(from, to, bytes);
                        });
  }
}

}  // namespace tesseras::sim

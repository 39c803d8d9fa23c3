// Two nodes that talk QUIC over a network that does to each datagram what the input says: loses,
// doubles, changes or cuts it; and a stranger who sends what is left of the input to both. Whatever
// comes of that session, the nodes must neither fall nor forget how to talk to others.
#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>

#include "foundation/base/assert.hpp"
#include "foundation/base/text.hpp"
#include "foundation/runtime/tasks.hpp"
#include "foundation/transport/quic_fixture.hpp"
#include "sim/world.hpp"

namespace {

using namespace tesseras;
using base::Instant;
using runtime::Endpoint;
using runtime::Task;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t input_bytes_max = 4096;
constexpr std::size_t answer_bytes = 20'000;

class Input {
 public:
  explicit Input(base::ByteSpan bytes) : bytes_(bytes) {}
  bool empty() const { return bytes_.empty(); }
  // 0 behind the end: a network without faults.
  unsigned byte() {
    if (bytes_.empty()) return 0;
    const auto first = std::to_integer<unsigned>(bytes_[0]);
    bytes_ = bytes_.subspan(1);
    return first;
  }
  std::size_t below(std::size_t end) { return (byte() * 256 + byte()) % end; }
  base::ByteSpan take(std::size_t count) {
    const auto taken = bytes_.first(std::min(count, bytes_.size()));
    bytes_ = bytes_.subspan(taken.size());
    return taken;
  }

 private:
  base::ByteSpan bytes_;
};

// What becomes of a datagram, and how many times.
int fate(Input& input, base::Bytes& datagram) {
  switch (const unsigned choice = input.byte() % 16; choice) {
    case 8: return 0;
    case 9: return 2;
    case 10: datagram[input.below(datagram.size())] ^= static_cast<std::byte>(input.byte()); break;
    case 11: datagram.resize(1 + input.below(datagram.size())); break;
    case 12: {
      const auto at = input.below(datagram.size());
      const auto noise = input.take(std::min<std::size_t>(32, datagram.size() - at));
      std::ranges::copy(noise, datagram.begin() + static_cast<std::ptrdiff_t>(at));
      break;
    }
    default: break;
  }
  return 1;
}

class Answering final : public transport::Handler {
 public:
  Task<void> on_stream(std::shared_ptr<transport::Session>,
                       std::unique_ptr<transport::Stream> stream) override {
    std::array<std::byte, 64> asked;
    while (true) {
      const auto count = co_await stream->read(asked, Instant::never());
      if (!count) co_return;
      if (*count == 0) break;
    }
    const base::Bytes answer(answer_bytes, std::byte{'a'});
    if (co_await stream->write(answer, Instant::never())) stream->finish();
  }
};

struct Deaf final : runtime::DatagramHandler {
  void on_datagrams(std::span<const runtime::IncomingDatagrams>) override {}
  void on_writable() override {}
};

std::unique_ptr<transport::QuicTransport> make(transport::FaultyLoop& loop, const sim::Node& node,
                                               std::size_t number) {
  transport::QuicOptions options;
  options.listen = {{node.address(), 4433}};
  options.limits.idle_time_max = seconds(5);
  options.limits.handshake_time_max = seconds(3);
  return transport::QuicTransport::make(loop, transport::key_of(number), options).value();
}

Task<void> ask(transport::QuicTransport& from, const transport::Transport& to, Instant deadline,
               std::size_t& got) {
  const auto session = co_await from.open({to.self(), to.local()}, deadline);
  if (!session) co_return;
  const auto stream = co_await (*session)->open_stream(deadline);
  if (!stream) co_return;
  if (!co_await (*stream)->write(base::as_bytes("how much?"), deadline)) co_return;
  (*stream)->finish();
  std::array<std::byte, 4096> buffer;
  while (true) {
    const auto count = co_await (*stream)->read(buffer, deadline);
    if (!count || *count == 0) co_return;
    got += *count;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(std::as_bytes(std::span(data, std::min(size, input_bytes_max))));
  sim::World world(1);
  sim::Node& ana = world.add_node();
  sim::Node& rui = world.add_node();
  sim::Node& eva = world.add_node();
  transport::FaultyLoop anas(ana), ruis(rui), evas(eva);
  Answering answering;
  Deaf deaf;
  const auto strangers = eva.bind_datagrams({eva.address(), 0}, deaf).value();
  const auto caller = make(anas, ana, 0), called = make(ruis, rui, 1), other = make(evas, eva, 2);
  called->serve(&answering);
  const auto faults = [&](const Endpoint&, base::Bytes& datagram) { return fate(input, datagram); };
  anas.on_sending = faults;
  ruis.on_sending = faults;

  std::size_t got = 0;
  runtime::Tasks tasks(ana);
  tasks.spawn(ask(*caller, *called, world.now() + seconds(8), got));
  world.run_for(milliseconds(500));
  while (!input.empty()) {
    const auto datagram = input.take(1 + input.byte() * 8);
    for (const auto* node : {&ana, &rui}) {
      const runtime::OutgoingDatagrams out{{node->address(), 4433}, datagram};
      strangers->send({&out, 1});
    }
    world.run_for(milliseconds(30));
  }
  world.run_for(seconds(20));
  ASSERT(tasks.size() == 0);
  ASSERT(got <= answer_bytes);
  ASSERT(called->counts().connections == 0 && called->counts().routes == 0);

  // With nobody in between, everything works as before.
  got = 0;
  tasks.spawn(ask(*other, *called, world.now() + seconds(8), got));
  world.run_for(seconds(8));
  ASSERT(got == answer_bytes);
  return 0;
}

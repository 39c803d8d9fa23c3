// A peer that does harm, over real QUIC: what the end-to-end tests set on a daemon.
//
//   hostile_peer ADDRESS:PORT lies              each lie once, by a stranger of its own
//   hostile_peer ADDRESS:PORT store COUNT       records of a holder that keeps to the rules
//   hostile_peer ADDRESS:PORT hang COUNT        streams that begin a frame and never end it
//   hostile_peer ADDRESS:PORT flood SECONDS     as many questions as go out, by several strangers,
//   for that
//                                               long at least
//
// It prints a line of JSON for each thing that it tried: {"what", "code", "words", ...}; code is
// "ok", or the name of the error that the daemon's answer stands for.
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/assert.hpp"
#include "foundation/base/text.hpp"
#include "foundation/crypto/random.hpp"
#include "foundation/runtime/system_loop.hpp"
#include "foundation/runtime/tasks.hpp"
#include "foundation/runtime/waiter.hpp"
#include "foundation/transport/exchange.hpp"
#include "foundation/transport/frame_stream.hpp"
#include "foundation/transport/quic_transport.hpp"
#include "preserve/dht/holder_record.hpp"
#include "preserve/dht/messages.hpp"
#include "preserve/dht/node_info.hpp"

namespace {

using namespace tesseras;
using base::Bytes;
using base::ByteSpan;
using base::Result;
using runtime::Endpoint;
using runtime::IpAddress;
using runtime::Task;
using std::chrono::seconds;

constexpr seconds patience{60};

// A node that nobody knows yet, with a key that it has just made.
class Stranger {
 public:
  Stranger(runtime::SystemLoop& loop, const Endpoint& target) : loop_(loop), target_(target) {
    crypto::SecretBytes<32> seed;
    do {
      crypto::fill_random(seed.mutable_span());
      key_ = std::make_unique<crypto::Ed25519Key>(crypto::Ed25519Key::from_seed(seed));
    } while (!dht::find_nonce(public_key()));
    nonce_ = dht::find_nonce(public_key()).value();
    transport::QuicOptions options;
    options.listen = {{IpAddress::v4(127, 0, 0, 1), 0}};
    transport_ = transport::QuicTransport::make(loop, seed, options).value();
  }

  const crypto::Ed25519Key& key() const { return *key_; }
  crypto::Ed25519PublicKey public_key() const { return key_->public_key(); }
  std::uint64_t nonce() const { return nonce_; }
  Endpoint at() const { return transport_->local().front(); }
  base::Instant deadline() const { return loop_.now() + patience; }

  dht::NodeInfo info() const {
    dht::NodeInfo info;
    info.key = public_key();
    info.nonce = nonce_;
    info.endpoints = {at()};
    return info;
  }

  Task<Result<std::shared_ptr<transport::Session>>> session() {
    if (session_ != nullptr && session_->is_open()) co_return session_;
    const std::vector<Endpoint> endpoints{target_};
    auto met = co_await transport_->meet(endpoints, deadline());
    if (!met) co_return base::fail(met.error());
    session_ = *std::move(met);
    co_return session_;
  }

  Task<Result<Bytes>> ask(std::string method, Bytes body) {
    const auto session = CO_TRY(co_await this->session());
    co_return co_await transport::exchange(*session, method, body, deadline());
  }

  // Whatever bytes, and the answer to them.
  Task<Result<Bytes>> send(Bytes bytes) {
    const auto session = CO_TRY(co_await this->session());
    const auto stream = CO_TRY(co_await session->open_stream(deadline()));
    CO_TRY(co_await stream->write(bytes, deadline()));
    stream->finish();
    const auto envelope = CO_TRY(co_await transport::read_envelope(*stream, deadline()));
    if (!envelope) co_return base::fail(base::Code::unavailable, "no answer");
    const auto body = CO_TRY(wire::decode_answer(*envelope, wire::RequestId{0}));
    co_return Bytes(body.begin(), body.end());
  }

 private:
  runtime::SystemLoop& loop_;
  Endpoint target_;
  std::unique_ptr<crypto::Ed25519Key> key_;
  std::uint64_t nonce_ = 0;
  std::unique_ptr<transport::QuicTransport> transport_;
  std::shared_ptr<transport::Session> session_;
};

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : base::to_printable(text)) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

void tell(std::string_view what, std::string_view code, std::string_view words,
          std::string_view more = {}) {
  fmt::print("{{\"what\": {}, \"code\": {}, \"words\": {}{}}}\n", quoted(what), quoted(code),
             quoted(words), more);
  (void)std::fflush(stdout);
}

template <class T>
void tell(std::string_view what, const Result<T>& result) {
  if (result) return tell(what, "ok", "");
  tell(what, base::name_of(result.error().code), result.error().message);
}

Bytes ping_of(const dht::NodeInfo& info) { return dht::encode(dht::PingRequest{info}); }

dht::HolderRecord record_of(const Stranger& of) {
  dht::HolderRecord record;
  crypto::fill_random(record.key.bytes);
  record.node_key = of.public_key();
  record.nonce = of.nonce();
  record.endpoints = {of.at()};
  record.issue = 1;
  record.ttl = seconds(86'400);
  return record;
}

// The answer to a record: kept, or why not.
Result<dht::StoreResponse> stored(const Result<Bytes>& answer) {
  dht::ProofMemo memo;
  const Bytes body = TRY(answer);
  const auto response = TRY(dht::decode_response<dht::StoreResponse>(body, memo));
  if (!response.is_kept) return base::fail(base::Code::denied, "{}", response.reason);
  return response;
}

// Lies about who one is.
Task<void> lie_of_identity(runtime::SystemLoop& loop, Endpoint target) {
  const auto weak_nonce = [](const Stranger& of) {
    std::uint64_t nonce = 0;
    while (dht::has_proof(dht::node_id_of(of.public_key(), nonce))) ++nonce;
    return nonce;
  };
  {
    Stranger one(loop, target);
    auto info = one.info();
    info.nonce = weak_nonce(one);
    tell("nonce without proof of work", co_await one.ask("ping", ping_of(info)));
  }
  {
    Stranger one(loop, target);
    auto info = one.info();
    do ++info.nonce;
    while (!dht::has_proof(dht::node_id_of(info.key, info.nonce)));
    tell("nonce that is not the smallest", co_await one.ask("ping", ping_of(info)));
  }
  {
    Stranger one(loop, target);
    auto info = one.info();
    info.nonce = dht::Limits::nonce_end;
    tell("nonce beyond the limit", co_await one.ask("ping", ping_of(info)));
  }
  {
    Stranger one(loop, target);
    Stranger other(loop, target);
    tell("somebody else's key", co_await one.ask("ping", ping_of(other.info())));
  }
  {
    Stranger one(loop, target);
    const Endpoint elsewhere{IpAddress::v4(192, 0, 2, 1), 4433};
    tell("dialling back somebody else",
         co_await one.ask("dial_back", dht::encode(dht::DialBackRequest{elsewhere})));
  }
}

// Lies about who keeps what.
Task<void> lie_of_records(runtime::SystemLoop& loop, Endpoint target) {
  const auto store = [](Stranger& one, Bytes record) -> Task<Result<dht::StoreResponse>> {
    co_return stored(co_await one.ask("store", dht::encode(dht::StoreRequest{std::move(record)})));
  };
  {
    Stranger one(loop, target);
    Stranger other(loop, target);
    auto record = record_of(other);
    record.endpoints = {one.at()};
    tell("somebody else's record", co_await store(one, dht::sign(record, other.key())));
  }
  {
    Stranger one(loop, target);
    auto bytes = dht::sign(record_of(one), one.key());
    bytes.back() ^= std::byte{1};
    tell("record with a forged signature", co_await store(one, std::move(bytes)));
  }
  {
    Stranger one(loop, target);
    auto record = record_of(one);
    record.endpoints = {{IpAddress::v4(192, 0, 2, 1), 4433}};
    tell("record that sends readers elsewhere", co_await store(one, dht::sign(record, one.key())));
  }
  {
    Stranger one(loop, target);
    auto record = record_of(one);
    auto older = dht::sign(record, one.key());
    record.issue = 2;
    tell("record that is as it should be", co_await store(one, dht::sign(record, one.key())));
    tell("record that is older than the one kept", co_await store(one, std::move(older)));
  }
}

// What is no message at all.
Task<void> lie_of_form(runtime::SystemLoop& loop, Endpoint target) {
  const auto bytes_of = [](std::initializer_list<unsigned> values) {
    Bytes bytes;
    for (const unsigned value : values) bytes.push_back(static_cast<std::byte>(value));
    return bytes;
  };
  const std::array<std::pair<std::string_view, Bytes>, 8> all = {{
      {"nothing", {}},
      {"a length of zero", bytes_of({0, 0, 0, 0})},
      {"a length of 4 GiB", bytes_of({0xff, 0xff, 0xff, 0xff, 1, 2, 3})},
      {"half a frame", bytes_of({0, 0, 0, 99, 0x95, 1, 0, 0})},
      {"no envelope", bytes_of({0, 0, 0, 4, 0xc1, 0xc1, 0xc1, 0xc1})},
      {"version 2", bytes_of({0, 0, 0, 5, 0x94, 2, 0, 0, 0})},
      {"a kind that is not known", bytes_of({0, 0, 0, 6, 0x95, 1, 0, 9, 0xa0, 0xc4})},
      {"arrays a thousand deep",
       [] {
         Bytes bytes(4 + 1024, std::byte{0x91});
         bytes[0] = bytes[1] = std::byte{0};
         bytes[2] = std::byte{4};
         bytes[3] = std::byte{0};
         return bytes;
       }()},
  }};
  for (const auto& [what, bytes] : all) {
    Stranger one(loop, target);
    tell(what, co_await one.send(bytes));
  }
  {
    Stranger one(loop, target);
    tell("a method that is not known", co_await one.ask("give_me_all", Bytes{}));
  }
  {
    Stranger one(loop, target);
    Bytes body(40'000);
    crypto::fill_random(body);
    tell("a body of noise", co_await one.ask("find_node", std::move(body)));
  }
  {
    Stranger one(loop, target);
    auto bytes = wire::encode(wire::Request{{0}, "ping", ping_of(one.info())}).value();
    bytes.push_back(std::byte{0});
    tell("a byte behind the frame", co_await one.send(std::move(bytes)));
  }
  // And that it was not the daemon who could not hear any more.
  Stranger one(loop, target);
  tell("the truth", co_await one.ask("ping", ping_of(one.info())));
}

Task<void> lies(runtime::SystemLoop& loop, Endpoint target) {
  co_await lie_of_identity(loop, target);
  co_await lie_of_records(loop, target);
  co_await lie_of_form(loop, target);
}

Task<void> store(runtime::SystemLoop& loop, Endpoint target, std::uint64_t count) {
  Stranger one(loop, target);
  for (std::uint64_t i = 0; i < count; ++i) {
    auto bytes = dht::sign(record_of(one), one.key());
    const auto done =
        stored(co_await one.ask("store", dht::encode(dht::StoreRequest{std::move(bytes)})));
    if (done) {
      tell("store", "ok", "", fmt::format(", \"ttl\": {}", done->ttl.count()));
    } else {
      tell("store", done);
    }
  }
}

// Until somebody ends this program.
Task<void> hang(runtime::SystemLoop& loop, Endpoint target, std::uint64_t count) {
  std::vector<std::unique_ptr<Stranger>> strangers;
  std::vector<std::unique_ptr<transport::Stream>> streams;
  constexpr std::array half = {std::byte{0}, std::byte{0}, std::byte{0xff}, std::byte{0xff},
                               std::byte{0x95}};
  while (streams.size() < count) {
    auto& one = *strangers.emplace_back(std::make_unique<Stranger>(loop, target));
    const auto session = co_await one.session();
    if (!session) break;
    for (int i = 0; i < 64 && streams.size() < count; ++i) {
      auto stream = co_await (*session)->open_stream(one.deadline());
      if (!stream) break;
      (void)co_await (*stream)->write(half, one.deadline());
      streams.push_back(*std::move(stream));
    }
  }
  tell("hang", "ok", "", fmt::format(", \"streams\": {}", streams.size()));
  co_await runtime::sleep_until(loop, base::Instant::never());
}

struct Score {
  std::uint64_t answered = 0, refused = 0;
};

// Until `end`, and where the machine is slow until most are refused; but not for ever.
Task<void> ask_on(Stranger& one, base::Instant end, runtime::SystemLoop& loop, Score& score) {
  while (loop.now() < end || (score.refused <= score.answered && loop.now() < end + patience)) {
    dht::Key key;
    crypto::fill_random(key.bytes);
    const auto done = co_await one.ask("find_value", dht::encode(dht::FindValueRequest{key}));
    ++(done ? score.answered : score.refused);
  }
}

Task<void> flood(runtime::SystemLoop& loop, Endpoint target, std::uint64_t for_seconds) {
  constexpr std::size_t strangers = 8, at_once = 32;
  const auto end = loop.now() + seconds(for_seconds);
  std::vector<std::unique_ptr<Stranger>> all;
  Score score;
  runtime::Tasks asking(loop);
  for (std::size_t i = 0; i < strangers; ++i) {
    auto& one = *all.emplace_back(std::make_unique<Stranger>(loop, target));
    if (!co_await one.session()) continue;
    for (std::size_t j = 0; j < at_once; ++j) asking.spawn(ask_on(one, end, loop, score));
  }
  while (asking.size() > 0) {
    co_await runtime::sleep_until(loop, loop.now() + std::chrono::milliseconds(50));
  }
  tell("flood", "ok", "",
       fmt::format(", \"answered\": {}, \"refused\": {}", score.answered, score.refused));
}

Task<void> then_stop(Task<void> task, runtime::SystemLoop& loop) {
  co_await std::move(task);
  loop.stop();
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string_view> words(argv + 1, argv + argc);
  const auto target = words.empty() ? std::nullopt : Endpoint::parse(words[0]);
  std::uint64_t number = 0;
  if (words.size() > 2) std::from_chars(words[2].data(), words[2].data() + words[2].size(), number);
  const auto loop = runtime::make_system_loop();
  if (!target || words.size() < 2) {
    fmt::print(stderr, "hostile_peer ADDRESS:PORT lies|store COUNT|hang COUNT|flood SECONDS\n");
    return 2;
  }
  runtime::Tasks tasks(*loop);
  if (words[1] == "lies")
    tasks.spawn(then_stop(lies(*loop, *target), *loop));
  else if (words[1] == "store")
    tasks.spawn(then_stop(store(*loop, *target, number), *loop));
  else if (words[1] == "hang")
    tasks.spawn(then_stop(hang(*loop, *target, number), *loop));
  else if (words[1] == "flood")
    tasks.spawn(then_stop(flood(*loop, *target, number), *loop));
  else
    return 2;
  loop->run();
  return 0;
}

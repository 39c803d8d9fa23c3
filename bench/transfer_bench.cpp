// Fragments from one process to another, to be timed from outside: transfer_bench serve DIR keeps
// what it is given; transfer_bench give|get ENDPOINT KEY MIB gives it so much in the fragments that
// make a pack of that size, or gets them back, checks them, and throws them away.
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

#include "foundation/runtime/disk.hpp"
#include "foundation/runtime/log.hpp"
#include "foundation/runtime/system_loop.hpp"
#include "foundation/runtime/tasks.hpp"
#include "foundation/runtime/workers.hpp"
#include "foundation/transport/exchange.hpp"
#include "foundation/transport/quic_transport.hpp"
#include "preserve/replica/transfer.hpp"
#include "preserve/replica/transfer_server.hpp"
#include "preserve/tessera/manifest_head.hpp"

namespace {

using namespace tesseras;
using base::Instant;
using base::Result;
using runtime::IpAddress;
using runtime::Task;

std::unique_ptr<transport::QuicTransport> make(runtime::Loop& loop, std::uint8_t number) {
  crypto::SecretBytes<32> key;
  key.mutable_span()[0] = std::byte{number};
  transport::QuicOptions options;
  options.listen = {{IpAddress::v4(127, 0, 0, 1), 0}};
  return transport::QuicTransport::make(loop, std::move(key), options).value();
}

class Holder final : public transport::Handler {
 public:
  Holder(runtime::Offload offload, const runtime::path& folder)
      : store_(replica::FragmentStore::open(runtime::posix_disk(), folder).value()),
        server_(std::make_shared<replica::Receiver>(
                    offload, store_, std::make_shared<replica::Ledger>(), options(), log()),
                std::make_shared<replica::Giver>(offload, store_, log()), offload.loop()) {}

  Task<void> on_stream(std::shared_ptr<transport::Session> session,
                       std::unique_ptr<transport::Stream> stream) override {
    auto request = co_await transport::read_request(*stream, Instant::never());
    if (request) co_await server_.serve(std::move(session), std::move(stream), *std::move(request));
  }

 private:
  static runtime::Log log() { return {runtime::no_log(), "bench"}; }
  static replica::ReceiverOptions options() {
    replica::ReceiverOptions options;
    options.admission.max_bytes = std::uint64_t{1} << 40U;
    options.is_exempt = [](const dht::NodePublicKey&) { return true; };
    return options;
  }

  std::shared_ptr<replica::FragmentStore> store_;
  replica::TransferServer server_;
};

int serve(const char* folder) {
  const auto loop = runtime::make_system_loop();
  runtime::Workers workers(1);
  Holder holder(runtime::Offload(*loop, &workers), folder);
  const auto node = make(*loop, 1);
  node->serve(&holder);
  fmt::print("{} {}\n", node->local().front().text(), node->self().hex());
  std::fflush(stdout);
  loop->run();
  return 0;
}

// A tessera of nothing that exists, whose fragments are text and their number.
class Sample {
 public:
  explicit Sample(std::uint64_t pack_bytes)
      : shape_(erasure::tier_of(pack_bytes), pack_bytes),
        text_(shape_.fragment_bytes(), std::byte{'t'}),
        plan_(sign()) {}

  const replica::SignedPlan& plan() const { return plan_; }
  unsigned needed() const { return shape_.data(); }
  std::uint64_t fragment_bytes() const { return shape_.fragment_bytes(); }

  // Good until the next call.
  base::ByteSpan fragment(unsigned number) {
    std::memcpy(text_.data(), &number, sizeof number);
    return text_;
  }
  replica::Gift gift(unsigned number) {
    return {plan_.id(),
            std::make_shared<const base::Bytes>(plan_.encoded()),
            number,
            fragment_bytes(),
            false,
            [bytes = fragment(number)](std::uint64_t offset) -> Result<replica::ReadNext> {
              return
                  [bytes, at = offset](base::MutableByteSpan into) mutable -> Result<std::size_t> {
                    const auto count = std::min<std::uint64_t>(into.size(), bytes.size() - at);
                    std::memcpy(into.data(), bytes.data() + at, count);
                    at += count;
                    return count;
                  };
            }};
  }

 private:
  replica::SignedPlan sign() {
    const auto author = identity::Identity::from_seed(identity::RootSeed());
    tessera::ManifestHeader header;
    header.created = *base::from_rfc3339_seconds("2026-02-14T09:30:00Z");
    header.creator = author.public_keys().ed25519;
    header.creator_mldsa65 = crypto::blake3(author.public_keys().mldsa65.bytes);
    std::string manifest = tessera::encode(header);
    manifest += std::string(2000, 'm');
    const auto hash = crypto::blake3(base::as_bytes(manifest));
    replica::Plan plan{base::ContentHash{hash.bytes}, manifest.size(), shape_, {}};
    const auto count = shape_.tier() == erasure::Tier::copies ? 1U : shape_.fragments();
    for (unsigned number = 0; number < count; ++number)
      plan.fragments.push_back(crypto::blake3(fragment(number)));
    return replica::SignedPlan::make(plan, manifest, author).value();
  }

  erasure::Shape shape_;
  base::Bytes text_;
  replica::SignedPlan plan_;
};

Task<bool> give_all(std::shared_ptr<transport::Session> session, runtime::Offload offload,
                    Sample& sample) {
  for (unsigned number = 0; number < sample.needed(); ++number) {
    const auto answer = co_await replica::give_fragment(session, offload, sample.gift(number));
    if (!answer || *answer != replica::Answer::kept) co_return false;
  }
  co_return true;
}

Task<bool> get_all(std::shared_ptr<transport::Session> session, runtime::Offload offload,
                   Sample& sample) {
  const auto& plan = sample.plan().plan();
  for (unsigned number = 0; number < sample.needed(); ++number) {
    const auto hasher = std::make_shared<crypto::Blake3>();
    const replica::GetFragmentRequest request{plan.content_hash, number, 0, sample.plan().id()};
    const auto got =
        co_await replica::get_fragment(session, offload, request, sample.fragment_bytes(),
                                       [hasher](base::ByteSpan bytes) -> Result<void> {
                                         hasher->update(bytes);
                                         return {};
                                       });
    if (!got || hasher->hash() != plan.hash_of(number)) co_return false;
  }
  co_return true;
}

Task<void> run(runtime::SystemLoop& loop, runtime::Offload offload, transport::Transport& node,
               transport::Peer peer, bool gives, Sample& sample, bool& is_whole) {
  const auto session = (co_await node.open(peer, loop.now() + std::chrono::seconds(10))).value();
  const auto begun = loop.now();
  if (gives) {
    is_whole = co_await give_all(session, offload, sample);
  } else {
    is_whole = co_await get_all(session, offload, sample);
  }
  const auto took = std::chrono::duration<double>(loop.now() - begun).count();
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  fmt::print("{{\"seconds\": {:.4f}, \"memory_bytes\": {}}}\n", took, usage.ru_maxrss * 1024);
  loop.stop();
}

}  // namespace

int main(int count, char** arguments) {
  const std::string_view how = count > 1 ? arguments[1] : "";
  if (count == 3 && how == "serve") return serve(arguments[2]);
  if (count != 5 || (how != "give" && how != "get")) {
    fmt::print(stderr,
               "usage: transfer_bench serve DIR | transfer_bench give|get ENDPOINT KEY MIB\n");
    return 2;
  }
  const auto endpoint = runtime::Endpoint::parse(arguments[2]);
  const auto id = transport::PeerId::from_hex(arguments[3]);
  std::uint64_t mebibytes = 0;
  const std::string_view size = arguments[4];
  std::from_chars(size.data(), size.data() + size.size(), mebibytes);
  if (!endpoint || !id || mebibytes == 0) return 2;
  Sample sample(mebibytes << 20U);
  const auto loop = runtime::make_system_loop();
  runtime::Workers workers(1);
  const auto node = make(*loop, 2);
  bool is_whole = false;
  {
    runtime::Tasks tasks(*loop);
    const runtime::Offload offload(*loop, &workers);
    tasks.spawn(run(*loop, offload, *node, {*id, {*endpoint}}, how == "give", sample, is_whole));
    loop->run();
  }
  return is_whole ? 0 : 1;
}

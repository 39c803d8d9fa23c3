// Gives a data dir as many pointers as a node keeps at most, as if others had published them:
// fill_pointers DATA_DIR KEYS. For what an idle daemon costs with them.
#include <fmt/format.h>

#include <charconv>
#include <cstdio>
#include <string_view>

#include "foundation/base/text.hpp"
#include "foundation/crypto/blake3.hpp"
#include "foundation/runtime/disk.hpp"
#include "foundation/runtime/prng.hpp"
#include "foundation/runtime/system_loop.hpp"
#include "node/daemon.hpp"
#include "node/node_key.hpp"
#include "preserve/dht/limits.hpp"
#include "preserve/dht/pointer_store.hpp"

namespace {

using namespace tesseras;

template <class Id>
Id random_id(runtime::Prng& dice) {
  Id id;
  for (auto& byte : id.bytes) byte = static_cast<std::byte>(dice.below(256));
  return id;
}

// A public address; few of them are in one network.
runtime::Endpoint random_endpoint(runtime::Prng& dice) {
  const auto byte = [&](std::uint64_t below) {
    return static_cast<std::uint8_t>(dice.below(below));
  };
  return {runtime::IpAddress::v4(static_cast<std::uint8_t>(20 + byte(80)), byte(256), byte(256), 7),
          4433};
}

base::Result<void> fill(const std::filesystem::path& data_dir, std::uint64_t keys) {
  auto& disk = runtime::posix_disk();
  const auto loop = runtime::make_system_loop();
  TRY(disk.make_folders(data_dir / "dht", 0700));
  const auto node =
      TRY(node::open_node_key(disk, data_dir, [&](auto into) { loop->fill_random(into); }));
  auto store =
      TRY(dht::PointerStore::open(disk, data_dir / "dht" / "pointers", node.id,
                                  node::pointer_secret(node), {}, loop->now(), loop->wall_now()));
  runtime::Prng dice(1);
  // Signed by nobody: the store keeps what others have found good.
  const auto signer = crypto::Ed25519Key::from_seed(crypto::SecretBytes<32>());
  for (std::uint64_t i = 0; i < keys; ++i) {
    dht::HolderRecord record;
    record.key = random_id<dht::Key>(dice);
    record.share = {random_id<dht::PlanId>(dice), {}};
    record.ttl = std::chrono::hours(24);
    for (std::size_t entry = 0; entry < dht::Limits::entries_per_key; ++entry) {
      const auto from = random_endpoint(dice);
      record.node_key = signer.public_key();
      record.node = random_id<dht::NodeId>(dice);
      record.endpoints = {from};
      record.share->fragments.reset().set(entry);
      record.issue = entry + 1;
      TRY(store.put(loop->now(), record, dht::sign(record, signer), from));
    }
    if (i % 10'000 == 9'999) fmt::print(stderr, "{} keys\n", i + 1);
  }
  return store.sync();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    fmt::print(stderr, "usage: fill_pointers DATA_DIR KEYS\n");
    return 2;
  }
  std::uint64_t keys = 0;
  const std::string_view number = argv[2];
  std::from_chars(number.data(), number.data() + number.size(), keys);
  const auto done = fill(argv[1], keys);
  if (!done) fmt::print(stderr, "fill_pointers: {}\n", done.error().message);
  return done ? 0 : 1;
}

#include "node/releases.hpp"

#include <utility>

#include "preserve/release/limits.hpp"

namespace tesseras::node {

using base::Result;

Result<std::unique_ptr<Releases>> Releases::open(runtime::Loop& loop, runtime::Disk& disk,
                                                 const runtime::path& data_dir,
                                                 transport::Transport& transport, dht::Service& dht,
                                                 crypto::XWingKey key,
                                                 std::chrono::seconds again_every,
                                                 runtime::Log log) {
  auto releases =
      TRY(release::ReleaseStore::open(disk, data_dir / "releases", dht.engine().self().id, log));
  auto deposits = TRY(release::DepositStore::open(disk, data_dir / "deposits", log));
  auto capsules = TRY(CapsuleNotes::open(disk, data_dir / "capsules", log));
  Stores stores{std::move(releases), std::move(deposits), std::move(capsules)};
  return std::unique_ptr<Releases>(
      new Releases(loop, transport, dht, std::move(key), std::move(stores), again_every, log));
}

Releases::Releases(runtime::Loop& loop, transport::Transport& transport, dht::Service& dht,
                   crypto::XWingKey key, Stores stores, std::chrono::seconds again_every,
                   const runtime::Log& log)
    : key_(std::move(key)),
      stores_(std::move(stores)),
      methods_(loop, {release::Limits::asked_per_peer, release::Limits::asked_per_network}),
      clocks_(loop, transport, dht),
      releasing_(loop, transport, dht, stores_.releases, again_every, log),
      witnessing_(loop, stores_.deposits, releasing_, clocks_, key_, log),
      own_(loop, transport, dht, stores_.capsules, releasing_, clocks_, again_every, log) {
  clocks_.add_to(methods_);
  releasing_.add_to(methods_);
  witnessing_.add_to(methods_);
}

void Releases::set_own_addresses(const std::vector<runtime::IpAddress>& addresses) {
  methods_.set_own_addresses(addresses);
  releasing_.set_own_addresses(addresses);
  witnessing_.set_own_addresses(addresses);
}

}  // namespace tesseras::node

#include "node/releases.hpp"

#include <utility>

#include "preserve/release/limits.hpp"

namespace tesseras::node {

using base::ContentHash;
using base::Result;

Result<std::unique_ptr<Releases>> Releases::open(runtime::Offload offload, runtime::Disk& disk,
                                                 const runtime::path& data_dir, const Parts& parts,
                                                 crypto::XWingKey key,
                                                 std::chrono::seconds again_every,
                                                 runtime::Log log) {
  auto releases = TRY(
      release::ReleaseStore::open(disk, data_dir / "releases", parts.dht.engine().self().id, log));
  auto deposits = TRY(release::DepositStore::open(disk, data_dir / "deposits", log));
  auto capsules = TRY(CapsuleNotes::open(disk, data_dir / "capsules", log));
  Stores stores{std::move(releases), std::move(deposits), std::move(capsules)};
  return std::unique_ptr<Releases>(
      new Releases(offload, parts, std::move(key), std::move(stores), again_every, log));
}

Releases::Releases(runtime::Offload offload, const Parts& parts, crypto::XWingKey key,
                   Stores stores, std::chrono::seconds again_every, const runtime::Log& log)
    : refusals_(parts.refusals),
      stores_(std::move(stores)),
      methods_(offload.loop(),
               {release::Limits::asked_per_peer, release::Limits::asked_per_network}),
      clocks_(offload.loop(), parts.transport, parts.dht),
      releasing_(offload.loop(), parts.transport, parts.dht, stores_.releases, again_every, log),
      witnessing_(offload, {stores_.deposits, releasing_, clocks_, parts.refusals},
                  std::make_shared<const crypto::XWingKey>(std::move(key)), parts.ask_if_taken_back,
                  log),
      own_(offload.loop(),
           {parts.transport, parts.dht, stores_.capsules, releasing_, clocks_, parts.refusals},
           again_every, parts.ask_if_taken_back, log) {
  clocks_.add_to(methods_);
  releasing_.add_to(methods_);
  witnessing_.add_to(methods_);
}

void Releases::set_own_addresses(const std::vector<runtime::IpAddress>& addresses) {
  methods_.set_own_addresses(addresses);
  releasing_.set_own_addresses(addresses);
  witnessing_.set_own_addresses(addresses);
}

std::vector<ContentHash> Releases::known() const {
  auto known = witnessing_.all();
  const auto own = own_.all();
  known.insert(known.end(), own.begin(), own.end());
  return known;
}

Result<void> Releases::let_go(const ContentHash& content_hash) {
  TRY(witnessing_.let_go(content_hash));
  if (!refusals_.retracted().contains(content_hash)) return {};
  return own_.take_back(content_hash);
}

}  // namespace tesseras::node

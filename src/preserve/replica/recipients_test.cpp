#include "preserve/replica/recipients.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <vector>

namespace tesseras::replica {
namespace {

dht::NodeInfo node(std::uint8_t number, bool takes = true) {
  dht::NodeInfo info;
  info.key.bytes.fill(std::byte{number});
  info.id = dht::node_id_of(info.key, 0);
  if (takes) info.capabilities.bits = dht::Capabilities{dht::Capability::replicate}.bits;
  return info;
}

Fragments fragments(std::initializer_list<unsigned> numbers) {
  Fragments all;
  for (const unsigned i : numbers) all.set(i);
  return all;
}

std::vector<dht::NodePublicKey> keys(const std::vector<Recipient>& recipients) {
  std::vector<dht::NodePublicKey> all;
  all.reserve(recipients.size());
  for (const auto& one : recipients) all.push_back(one.node.key);
  return all;
}

std::optional<Fragments> as_it_is(const dht::NodePublicKey&, const Fragments& kept) { return kept; }

TEST(Recipients, TheNearestThatTakeFragmentsAndThenTheOtherHolders) {
  dht::Found found;
  found.nearest = {node(3), node(1, false), node(2)};
  Roster roster;
  roster.add(node(2), 5, 1);
  roster.add(node(4), 6, 1);
  const auto all = recipients_of(found, roster, {}, Ledger(), as_it_is);
  EXPECT_EQ(keys(all), (std::vector{node(3).key, node(2).key, node(4).key}));
  EXPECT_EQ(all[0].candidate.kept, fragments({}));
  EXPECT_EQ(all[1].candidate.kept, fragments({5}));
  EXPECT_EQ(all[2].candidate.kept, fragments({6}));
}

TEST(Recipients, NotWhoHasAllOfIt) {
  dht::Found found;
  found.nearest = {node(1), node(2)};
  found.holders.resize(2);
  found.holders[0].node_key = node(1).key;
  found.holders[1].node_key = node(2).key;
  found.holders[1].share = dht::PlanShare{{}, fragments({0})};
  EXPECT_EQ(keys(recipients_of(found, {}, {}, Ledger(), as_it_is)), (std::vector{node(2).key}));
}

TEST(Recipients, WhoAsksSaysWhatCounts) {
  dht::Found found;
  found.nearest = {node(1), node(2)};
  Roster roster;
  roster.add(node(2), 5, 1);
  roster.add(node(3), 6, 1);
  const auto counted = [](const dht::NodePublicKey& key,
                          const Fragments&) -> std::optional<Fragments> {
    if (key == node(1).key) return std::nullopt;
    return Fragments();
  };
  const auto all = recipients_of(found, roster, {}, Ledger(), counted);
  EXPECT_EQ(keys(all), (std::vector{node(2).key, node(3).key}));
  EXPECT_EQ(all[0].candidate.kept, fragments({}));
}

}  // namespace
}  // namespace tesseras::replica

#include "sim/century/population.hpp"

#include <array>

namespace tesseras::century {
namespace {

constexpr std::size_t number_at = dht::NodeId::size_bytes - 4;
constexpr std::size_t place_at = dht::Limits::proof_zero_bits / 8;

void fill(base::MutableByteSpan into, runtime::Prng& dice) {
  for (auto& one : into) one = static_cast<std::byte>(dice.next() >> 56U);
}

dht::Network network_of(unsigned block) {
  const auto address = runtime::IpAddress::v4(20, static_cast<std::uint8_t>(block / 256),
                                              static_cast<std::uint8_t>(block % 256), 1);
  return dht::network_of({address, 4433});
}

}  // namespace

Time days_until(unsigned mean, runtime::Prng& dice) {
  Time days = 0;
  while (dice.below(mean) != 0) ++days;
  return days * day + static_cast<Time>(dice.below(day));
}

std::uint32_t number_of(const dht::NodeId& id) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i)
    number = number << 8U | std::to_integer<std::uint32_t>(id.bytes.at(number_at + i));
  return number;
}

Node make_node(std::uint32_t number, Time now, unsigned mean_life_days, unsigned liars_percent,
               bool has_networks, runtime::Prng& dice) {
  Node node;
  fill(node.key.bytes, dice);
  fill(node.id.bytes, dice);
  for (std::size_t i = 0; i < place_at; ++i) node.id.bytes.at(i) = std::byte{0};
  for (std::size_t i = 0; i < 8; ++i)
    node.place = node.place << 8U | std::to_integer<std::uint64_t>(node.id.bytes.at(place_at + i));
  for (std::size_t i = 0; i < 4; ++i)
    node.id.bytes.at(number_at + i) = static_cast<std::byte>(number >> (24U - 8U * i));
  node.block = dice.below(10) < 4 ? static_cast<unsigned>(dice.below(large_blocks))
                                  : large_blocks + static_cast<unsigned>(dice.below(small_blocks));
  if (has_networks) node.networks.push_back(network_of(node.block));
  constexpr std::array kinds = {Honesty::forges, Honesty::denies, Honesty::mute};
  if (dice.below(100) < liars_percent) node.honesty = kinds.at(dice.below(kinds.size()));
  node.is_home = node.is_honest() && node.block >= large_blocks;
  node.dies_at = now + days_until(mean_life_days, dice);
  return node;
}

}  // namespace tesseras::century

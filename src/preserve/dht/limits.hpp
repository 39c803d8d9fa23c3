// Every maximum of this library, with its reason. Those that two machines must agree on stand in
// spec/dht.md.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace tesseras::dht {

struct Limits {
  // Zero bits at the front of a NodeId: about 256 hashes to find, under a second on anything.
  static constexpr unsigned proof_zero_bits = 8;
  // A nonce from here on is refused before any work. One honest key in e^256 needs more, and
  // checking that a nonce is the smallest costs as many hashes as the nonce says.
  static constexpr std::uint64_t nonce_end = std::uint64_t{1} << 16U;

  // Both families, a few interfaces. Each is somewhere that others will be sent to.
  static constexpr std::size_t endpoints_max = 8;
  // What a node says of itself needs 330 bytes at most; the rest is for what later releases add.
  static constexpr std::size_t node_info_bytes_max = 512;

  // What we sign has 450 bytes at most; the rest is for what later releases add. A store keeps two
  // million of them.
  static constexpr std::size_t holder_record_bytes_max = 640;
  // Fragments of one plan: an erasure code over a byte has no more.
  static constexpr std::size_t fragments_max = 256;
  // How long a record may ask to be kept. Shorter is noise; longer outlives those who moved away.
  static constexpr std::chrono::seconds ttl_min{60};
  static constexpr std::chrono::seconds ttl_max{7 * 24 * 3600};

  // Contacts in one network: so many in a bucket, so many in the table. A household or an archive
  // fits; who rents a network does not get more of anybody's view for it.
  static constexpr std::size_t network_contacts_per_bucket = 2;
  static constexpr std::size_t network_contacts_per_table = 10;
  // Who waits for a place in a full bucket. More than a few are never asked.
  static constexpr std::size_t waiting_per_bucket = 8;
  // Nodes in a snapshot: 152 buckets can have more, those of a network that fits this planet don't.
  static constexpr std::size_t snapshot_nodes_max = 4096;
};

}  // namespace tesseras::dht

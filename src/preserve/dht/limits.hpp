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

  // Nodes in an answer: Kademlia's k.
  static constexpr std::size_t nodes_per_answer = 20;
  // A word to the holder whose record is not kept.
  static constexpr std::size_t reason_bytes_max = 256;
  // Proofs of work that are remembered, 64 bytes each: a table's nodes, and those of some lookups.
  static constexpr std::size_t remembered_proofs = 1024;

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
  // Of a network, in each path of a lookup, and in what comes of it.
  static constexpr std::size_t network_nodes_per_path = 2;
  // Paths of a lookup; each has its own view of whom there is to ask.
  static constexpr std::size_t paths_max = 8;
  // Holders of one tessera that a search tells of: all nodes near the key, each with other ones.
  static constexpr std::size_t holders_found_max = 256;
  // Requests of ours that wait for an answer, before strangers cannot make us send more.
  static constexpr std::size_t requests_under_way_max = 512;
  // Connections that we open at once because others ask for it.
  static constexpr std::size_t dial_backs_under_way_max = 32;
  // Whom a path remembers, nearest first, beside those that were asked.
  static constexpr std::size_t shortlist_max = 96;
  // Times that a node is asked in one lookup: again when another path tells of other endpoints.
  static constexpr unsigned attempts_max = 2;

  // Who waits for a place in a full bucket. More than a few are never asked.
  static constexpr std::size_t waiting_per_bucket = 8;
  // Entries under one key, in what is kept and in an answer: the 24 fragments of a middle-sized
  // tessera; and so that an answer with twenty node infos beside them is far from 64 KiB.
  static constexpr std::size_t entries_per_key = 24;
  // Of these, from one network: who has one cannot fill a key.
  static constexpr std::size_t network_entries_per_key = 2;
  // With the same fragment: one is the aim, and repairs overlap for a while.
  static constexpr std::size_t fragment_entries_per_key = 3;
  // Whole copies: seven are the aim; the other slots stay for fragments.
  static constexpr std::size_t whole_entries_per_key = 12;
  // Of the keys in a store, one in so many may have come of one network. Keys cost nothing to make
  // up, also near us, where they would displace others.
  static constexpr std::size_t network_share_of_keys = 16;

  // A journal's segment: small enough to be gone through in a blink, and so few that a folder
  // bears them.
  static constexpr std::uint32_t segment_bytes = 4 * 1024 * 1024;
  // What one frame holds: all entries of a key.
  static constexpr std::size_t journal_payload_bytes_max = 20 * 1024;
  // Frames to read for one key, before they are put together into one.
  static constexpr unsigned chain_max = 32;
  // Rubbish in the journal beyond as much as there is of use, before segments are gone through.
  static constexpr std::uint64_t journal_slack_bytes = 16 * 1024 * 1024;
  // Keys whose entries stay in memory, 6 KiB each.
  static constexpr std::size_t cached_keys = 256;
  // Segments that stay open for reading.
  static constexpr std::size_t open_segments = 32;

  // Endpoints to meet the network at that are remembered: those of a configuration; and, in a
  // share of their own, those that anybody on the same network may have named.
  static constexpr std::size_t bootstrap_endpoints_max = 64;
  static constexpr std::size_t neighbour_endpoints_max = 32;

  // Nodes in a snapshot: 152 buckets can have more, those of a network that fits this planet don't.
  static constexpr std::size_t snapshot_nodes_max = 4096;
};

}  // namespace tesseras::dht

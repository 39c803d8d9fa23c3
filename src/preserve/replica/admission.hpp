// Whether this node takes a fragment that somebody offers. Pure. What it asks for is that strangers
// cannot fill a disk, and that who keeps much may have much kept; who gives less is refused more,
// and loses nothing that is kept already.
#pragma once

#include <cstdint>
#include <string_view>

#include "preserve/replica/ledger.hpp"

namespace tesseras::replica {

struct AdmissionOptions {
  std::uint64_t max_bytes = 0;  // what the operator gives, for everybody together
  std::uint64_t min_free_bytes = std::uint64_t{1} << 30U;             // of the disk, after it
  std::uint64_t per_peer_limit_bytes = std::uint64_t{1} << 30U;       // for one peer
  std::uint64_t deficit_allowance_bytes = std::uint64_t{256} << 20U;  // beyond what it keeps for us
  unsigned newcomers_percent = 10;  // of max_bytes, for all peers without history together
  unsigned repairs_percent = 50;    // of max_bytes, for what was lost elsewhere
};

// What is offered, and what there is already; what was promised room counts as kept.
struct Offer {
  std::uint64_t size_bytes = 0;  // as it is charged (Limits::charged_bytes), like all others here
  bool is_repair = false;
  bool is_exempt = false;  // its operator's own, or one that may owe as much as it likes

  std::uint64_t free_bytes = 0;      // of the disk
  std::uint64_t kept_bytes = 0;      // in all
  std::uint64_t repaired_bytes = 0;  // of these, what was lost elsewhere
  Account account;                   // of the peer that offers it
  std::uint64_t fragments = 0;       // that are kept
  // For peers without history: all of them, and those of the address block that it comes from.
  std::uint64_t newcomers_bytes = 0;
  std::uint64_t newcomers_fragments = 0;
  std::uint64_t block_bytes = 0;
};

enum class Admission {
  granted,
  disk_is_full,
  share_is_full,       // max_bytes, or that of repairs
  peer_has_enough,     // per_peer_limit_bytes
  peer_owes_too_much,  // deficit_allowance_bytes
  too_many_newcomers,  // newcomers_percent; or all of its address block owe too much together
  too_many_fragments,  // Limits::references_max, or newcomers_percent of that
};
// For the log of whoever refuses; a part of a sentence.
std::string_view explain(Admission admission);

Admission admit(const Offer& offer, const AdmissionOptions& options);

}  // namespace tesseras::replica

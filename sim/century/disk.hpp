// What a node keeps for others, and who brought it. Whether it takes more is the product's to say
// (replica::admit).
#pragma once

#include <compare>
#include <cstdint>
#include <vector>

namespace tesseras::century {

// The block of addresses that a fragment came from, and how.
struct Brought {
  std::uint16_t from_block = 0;
  bool is_repair = false;

  auto operator<=>(const Brought&) const = default;
};

class Disk {
 public:
  // Whether so many fragments of this size would be taken. Owners keep as much as they give. To who
  // repairs, all are newcomers: a ledger knows what is kept for its own user, and these are gone.
  bool takes(std::uint64_t fragment_bytes, unsigned count, const Brought& by) const;
  void add(std::uint64_t fragment_bytes, const Brought& by);

  // What is gone takes no memory here.
  void close() { by_block_ = {}; }

  std::uint64_t kept_bytes() const { return kept_bytes_; }

 private:
  std::uint64_t kept_bytes_ = 0;
  std::uint64_t repaired_bytes_ = 0;
  std::uint64_t fragments_ = 0;
  std::vector<std::uint64_t> by_block_;  // repairs
};

}  // namespace tesseras::century

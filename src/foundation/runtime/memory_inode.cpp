#include "foundation/runtime/memory_inode.hpp"

#include <algorithm>

namespace tesseras::runtime {
namespace {

constexpr std::uint64_t sector_bytes = 512;

void put_at(base::Bytes& content, std::uint64_t offset, base::ByteSpan bytes) {
  if (bytes.empty()) return;
  if (content.size() < offset + bytes.size()) content.resize(offset + bytes.size());
  std::ranges::copy(bytes, content.begin() + static_cast<std::ptrdiff_t>(offset));
}

void apply(Names& names, const NameChange& change) {
  for (const auto& [name, inode] : change) {
    if (inode) {
      names[name] = inode;
    } else {
      names.erase(name);
    }
  }
}

// One unsynced write, as a disk may have left it.
void apply_torn(base::Bytes& content, const ContentChange& change, Prng& prng) {
  const std::uint64_t fate = prng.below(6);
  if (change.is_truncation) {
    if (fate < 3) content.resize(change.offset);
    return;
  }
  const base::ByteSpan bytes = change.bytes;
  switch (fate) {
    case 0:
    case 1: put_at(content, change.offset, bytes); break;
    case 2: break;
    case 3: put_at(content, change.offset, bytes.first(prng.below(bytes.size()))); break;
    case 4: {
      const std::uint64_t end = change.offset + prng.below(bytes.size());
      const std::uint64_t cut = end - end % sector_bytes;
      if (cut > change.offset) put_at(content, change.offset, bytes.first(cut - change.offset));
      break;
    }
    default: put_at(content, change.offset, base::Bytes(bytes.size())); break;
  }
}

}  // namespace

void Inode::write(std::uint64_t offset, base::ByteSpan bytes) {
  put_at(live, offset, bytes);
  unsynced.push_back({offset, {bytes.begin(), bytes.end()}, false});
}

void Inode::truncate(std::uint64_t size_bytes) {
  live.resize(size_bytes);
  unsynced.push_back({size_bytes, {}, true});
}

void Inode::change_names(NameChange change) {
  apply(names, change);
  unsynced_names.push_back(std::move(change));
}

void Inode::sync() {
  if (!unsynced.empty()) durable = live;
  unsynced.clear();
  for (const NameChange& change : unsynced_names) apply(durable_names, change);
  unsynced_names.clear();
}

void Inode::lose_power(std::uint64_t seed, Prng& prng) {
  for (const ContentChange& change : unsynced) {
    if (seed == 0) break;
    if (seed == 1) {
      if (change.is_truncation) durable.resize(change.offset);
      put_at(durable, change.offset, change.bytes);
    } else {
      apply_torn(durable, change, prng);
    }
  }
  unsynced.clear();
  live = durable;
  for (const NameChange& change : unsynced_names)
    if (seed == 1 || (seed > 1 && prng.below(2) == 0)) apply(durable_names, change);
  unsynced_names.clear();
  names = durable_names;
}

}  // namespace tesseras::runtime

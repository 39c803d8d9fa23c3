// The releases that a node keeps, its own user's and others' (spec/key-publication.md, section 4).
// Threads and durability as Shelf.
#pragma once

#include <map>
#include <set>

#include "preserve/release/release.hpp"
#include "preserve/release/shelf.hpp"

namespace tesseras::release {

class ReleaseStore {
 public:
  // As Shelf::open().
  static Result<ReleaseStore> open(runtime::Disk& disk, runtime::path folder,
                                   const runtime::Log& log);

  const std::map<base::ContentHash, Shelf::Network>& all() const { return shelf_.all(); }
  // Whether the key itself is here.
  bool has_key(const base::ContentHash& hash) const { return with_key_.contains(hash); }
  // not_found: nothing is known of it. corrupt: its file is damaged. Errors of the disk.
  Result<Release> read(const base::ContentHash& hash) const;

  // Together with what is here. Whether anything was new; then it is on the medium. exhausted:
  // there is no room. invalid as Release::merge(). Errors of the disk.
  Result<bool> add(const Release& release, const Shelf::Network& network);
  // The same of what this node itself has to release, for which there is always room.
  Result<bool> add_own(const Release& release);

 private:
  Result<bool> add(const Release& release, const Shelf::Origin& from);
  explicit ReleaseStore(Shelf shelf, std::set<base::ContentHash> with_key)
      : shelf_(std::move(shelf)), with_key_(std::move(with_key)) {}

  Shelf shelf_;
  std::set<base::ContentHash> with_key_;
};

}  // namespace tesseras::release

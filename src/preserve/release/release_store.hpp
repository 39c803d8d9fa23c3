// The releases that a node keeps, its own user's and others' (spec/key-publication.md, section 4).
// Where there is no room for another, the one farthest from this node goes, for which others are
// better placed; never one of its own. Threads and durability as Shelf.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "preserve/dht/node_id.hpp"
#include "preserve/release/release.hpp"
#include "preserve/release/shelf.hpp"

namespace tesseras::release {

class ReleaseStore {
 public:
  // `own` is this node. As Shelf::open().
  static Result<ReleaseStore> open(runtime::Disk& disk, runtime::path folder,
                                   const dht::NodeId& own, const runtime::Log& log);

  // Called with each that is here no more.
  void set_on_gone(std::function<void(const base::ContentHash&)> on_gone) {
    on_gone_ = std::move(on_gone);
  }

  // Who brought each; nullopt: this node itself, or a neighbour.
  const std::map<base::ContentHash, Shelf::Network>& all() const { return shelf_.all(); }
  // Whether the key itself is here.
  bool has_key(const base::ContentHash& hash) const { return with_key_.contains(hash); }
  // not_found: nothing is known of it. corrupt: its file is damaged. Errors of the disk.
  Result<Release> read(const base::ContentHash& hash) const;

  // Together with what is here. Whether anything was new; then it is on the medium. exhausted:
  // there is no room among those that are nearer to this node. invalid as Release::merge(). Errors
  // of the disk.
  Result<bool> add(const Release& release, const Shelf::Network& network);
  // The same of what this node itself has to release, for which there is always room.
  Result<bool> add_own(const Release& release);
  // None is none. Errors of the disk; then it is still there.
  Result<void> remove(const base::ContentHash& hash);

 private:
  // By its distance from this node, so that the farthest stands at the end.
  using Rank = std::pair<dht::Distance, base::ContentHash>;

  ReleaseStore(Shelf shelf, const dht::NodeId& own) : shelf_(std::move(shelf)), own_(own) {}
  Rank rank_of(const base::ContentHash& hash) const;
  Result<bool> add(const Release& release, const Shelf::Origin& from);
  // Who has to make room for it; nullopt: there is room. exhausted: nobody does.
  Result<std::optional<base::ContentHash>> who_makes_room(const base::ContentHash& hash,
                                                          const Shelf::Origin& from) const;

  Shelf shelf_;
  dht::NodeId own_;
  std::set<base::ContentHash> with_key_;
  std::set<Rank> ranks_;  // of all
  std::function<void(const base::ContentHash&)> on_gone_ = [](const base::ContentHash&) {};
};

}  // namespace tesseras::release

#include "preserve/release/release_store.hpp"

#include <algorithm>
#include <ranges>
#include <utility>

#include "preserve/release/limits.hpp"

namespace tesseras::release {
namespace {

using base::Code;
using base::ContentHash;
using base::fail;

constexpr wire::NoteKind kind{"TESSREL", 1, "a released key"};

// What was good when it was written, and has the right name.
Result<Release> decoded(const ContentHash& hash, base::ByteSpan body) {
  auto release = Release::decode(body);
  if (!release) return fail(Code::corrupt, "{}", release.error().message);
  if (release->content_hash() != hash) return fail(Code::corrupt, "it is of another tessera");
  return release;
}

}  // namespace

Result<ReleaseStore> ReleaseStore::open(runtime::Disk& disk, runtime::path folder,
                                        const dht::NodeId& own, const runtime::Log& log) {
  std::set<ContentHash> with_key;
  const auto take = [&](const ContentHash& hash, base::ByteSpan body) -> Result<void> {
    if (TRY(decoded(hash, body)).key() != nullptr) with_key.insert(hash);
    return {};
  };
  constexpr ShelfBounds bounds{Limits::releases_max, Limits::releases_per_network_max};
  ReleaseStore store(TRY(Shelf::open(disk, std::move(folder), kind, bounds, take, log)), own);
  store.with_key_ = std::move(with_key);
  for (const auto& [hash, network] : store.all()) store.ranks_.insert(store.rank_of(hash));
  return store;
}

ReleaseStore::Rank ReleaseStore::rank_of(const ContentHash& hash) const {
  return {dht::distance(own_, place_of(hash)), hash};
}

Result<Release> ReleaseStore::read(const ContentHash& hash) const {
  return decoded(hash, TRY(shelf_.read(hash)));
}

Result<bool> ReleaseStore::add(const Release& release, const Shelf::Network& network) {
  return add(release, Shelf::Origin{network, false});
}

Result<bool> ReleaseStore::add_own(const Release& release) {
  return add(release, Shelf::Origin{std::nullopt, true});
}

Result<bool> ReleaseStore::add(const Release& release, const Shelf::Origin& from) {
  const auto& hash = release.content_hash();
  const bool becomes_own = from.is_own && shelf_.has(hash) && all().at(hash);
  if (has_key(hash) && !becomes_own) return false;
  std::optional<Release> merged;
  bool is_new = true;
  if (shelf_.has(hash)) {
    auto known = read(hash);
    // One that is damaged is none; what the disk does not give now may be whole.
    if (!known && known.error().code != Code::corrupt && known.error().code != Code::not_found)
      return fail(known.error());
    if (known) {
      is_new = TRY(known->merge(release));
      merged = *std::move(known);
    }
  }
  if (!is_new && !becomes_own) return false;
  if (!merged) merged = release;
  const auto goes = TRY(who_makes_room(hash, from));
  TRY(shelf_.put(hash, merged->encoded(), from,
                 goes ? Shelf::Bounds::over_by_one : Shelf::Bounds::kept));
  ranks_.insert(rank_of(hash));
  with_key_.erase(hash);
  if (merged->key() != nullptr) with_key_.insert(hash);
  // Only now, or a disk that is full would take it from both.
  if (goes) TRY(remove(*goes));
  return is_new;
}

Result<std::optional<ContentHash>> ReleaseStore::who_makes_room(const ContentHash& hash,
                                                                const Shelf::Origin& from) const {
  const auto room = shelf_.check_room(hash, from);
  if (room) return std::nullopt;
  const bool of_that_network = shelf_.is_network_full(from.network);
  const auto may_go = [&](const Rank& rank) {
    const auto& network = all().at(rank.second);
    return network && (!of_that_network || network == from.network);
  };
  const auto farthest = std::ranges::find_if(ranks_ | std::views::reverse, may_go).base();
  if (farthest == ranks_.begin() || *std::prev(farthest) < rank_of(hash)) return fail(room.error());
  return std::prev(farthest)->second;
}

Result<void> ReleaseStore::remove(const ContentHash& hash) {
  TRY(shelf_.remove(hash));
  with_key_.erase(hash);
  ranks_.erase(rank_of(hash));
  on_gone_(hash);
  return {};
}

}  // namespace tesseras::release

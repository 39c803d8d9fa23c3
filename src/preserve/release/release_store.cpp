#include "preserve/release/release_store.hpp"

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
                                        const runtime::Log& log) {
  std::set<ContentHash> with_key;
  const auto take = [&](const ContentHash& hash, base::ByteSpan body) -> Result<void> {
    if (TRY(decoded(hash, body)).key() != nullptr) with_key.insert(hash);
    return {};
  };
  constexpr ShelfBounds bounds{Limits::releases_max, Limits::releases_per_network_max};
  auto shelf = TRY(Shelf::open(disk, std::move(folder), kind, bounds, take, log));
  return ReleaseStore(std::move(shelf), std::move(with_key));
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
  if (has_key(hash)) return false;
  std::optional<Release> merged;
  if (shelf_.has(hash)) {
    // One that is damaged is none.
    if (auto known = read(hash)) {
      if (!TRY(known->merge(release))) return false;
      merged = *std::move(known);
    }
  }
  if (!merged) merged = release;
  TRY(shelf_.put(hash, merged->encoded(), from));
  if (merged->key() != nullptr) with_key_.insert(hash);
  return true;
}

}  // namespace tesseras::release

// Notes that others have brought, one for each tessera, within bounds for all and for each network.
// A file each, so that it stands over restarts, with the network that it came from. For one thread;
// writing blocks for as long as a small file needs to reach the medium.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "foundation/base/strong_id.hpp"
#include "foundation/runtime/disk.hpp"
#include "foundation/runtime/log.hpp"
#include "foundation/runtime/note_folder.hpp"
#include "foundation/wire/note.hpp"
#include "preserve/dht/address_policy.hpp"

namespace tesseras::release {

using base::Result;

struct ShelfBounds {
  std::size_t count_max = 0;
  std::size_t per_network_max = 0;
};

class Shelf {
 public:
  // Whose it counts for; nullopt: nobody's, of this node itself and of neighbours.
  using Network = std::optional<dht::Network>;
  // Who brings it.
  struct Origin {
    Network network;
    bool is_own = false;  // this node itself, for which there is always room
  };
  // Called for each that is there. corrupt: it is set aside, with a word to the log.
  using Take = std::function<Result<void>(const base::ContentHash&, base::ByteSpan body)>;

  // `folder` (made when missing) belongs to nobody else; `disk` outlives it. Errors of the disk.
  static Result<Shelf> open(runtime::Disk& disk, runtime::path folder, const wire::NoteKind& kind,
                            const ShelfBounds& bounds, const Take& take, const runtime::Log& log);

  const std::map<base::ContentHash, Network>& all() const { return all_; }
  bool has(const base::ContentHash& hash) const { return all_.contains(hash); }
  // not_found; corrupt: it is damaged. Errors of the disk.
  Result<base::Bytes> read(const base::ContentHash& hash) const;

  // As many of that network as may be.
  bool is_network_full(const Network& network) const;
  // exhausted: there is no room for another, of this network or at all.
  Result<void> check_room(const base::ContentHash& hash, const Origin& from) const;
  // `over_by_one`: whether there is room or not; the caller removes another next.
  enum class Bounds { kept, over_by_one };
  // On the medium when this returns. In the place of one that is there, which goes on counting for
  // who brought it, unless it is now this node's own. exhausted as check_room(); errors of the
  // disk, and then nothing has changed.
  Result<void> put(const base::ContentHash& hash, base::ByteSpan body, const Origin& from,
                   Bounds bounds = Bounds::kept);
  // None is none. Errors of the disk; then it is still there.
  Result<void> remove(const base::ContentHash& hash);

 private:
  Shelf(runtime::NoteFolder folder, const wire::NoteKind& kind, const ShelfBounds& bounds)
      : folder_(std::move(folder)), kind_(kind), bounds_(bounds) {}

  void count(const Network& network);
  void discount(const Network& network);

  runtime::NoteFolder folder_;
  wire::NoteKind kind_;
  ShelfBounds bounds_;
  std::map<base::ContentHash, Network> all_;
  std::map<dht::Network, std::size_t> of_networks_;
};

}  // namespace tesseras::release

#include "preserve/release/shelf.hpp"

#include <utility>

#include "foundation/wire/message_pack.hpp"

namespace tesseras::release {
namespace {

using base::Bytes;
using base::ByteSpan;
using base::Code;
using base::ContentHash;
using base::fail;
using wire::MapView;
using wire::MapWriter;

// What a shelf writes round a body.
constexpr std::size_t note_bytes_max = wire::Limits::message_bytes_max + wire::note_frame_bytes;

struct Note {
  Bytes body;
  Shelf::Network network;
};

Result<Bytes> encode(const wire::NoteKind& kind, ByteSpan body, const Shelf::Network& network) {
  const auto map = TRY(wire::pack_map([&](MapWriter& out) {
    out.bytes("body", body);
    if (!network) return;
    out.bytes("network", network->block.bytes);
    out.number("port", network->port);
  }));
  return wire::seal_note(kind, map);
}

Result<Note> decode(const wire::NoteKind& kind, ByteSpan bytes) {
  const MapView map = TRY(wire::unpack_map(TRY(wire::open_note(kind, bytes))));
  const auto body = TRY(map.bytes("body", wire::Limits::message_bytes_max));
  Note note{{body.begin(), body.end()}, {}};
  if (map.has("network")) {
    const auto block = TRY(map.bytes_exactly("network", 16));
    const auto port = TRY(map.number_to<std::uint16_t>("port"));
    note.network = dht::Network{*runtime::IpAddress::from_bytes(block), port};
  }
  return note;
}

}  // namespace

Result<Shelf> Shelf::open(runtime::Disk& disk, runtime::path folder, const wire::NoteKind& kind,
                          const ShelfBounds& bounds, const Take& take, const runtime::Log& log) {
  Shelf shelf(TRY(runtime::NoteFolder::open(disk, std::move(folder))), kind, bounds);
  const auto take_note = [&](const ContentHash& hash, ByteSpan bytes) -> Result<void> {
    const auto note = TRY(decode(kind, bytes));
    TRY(take(hash, note.body));
    shelf.all_.emplace(hash, note.network);
    shelf.count(note.network);
    return {};
  };
  TRY(shelf.folder_.load<ContentHash>(note_bytes_max, take_note,
                                      "what is kept of a sealed tessera cannot be read; a copy of "
                                      "the file may be put in its place, "
                                      "else it comes again from those who have it",
                                      log));
  return shelf;
}

Result<Bytes> Shelf::read(const ContentHash& hash) const {
  if (!all_.contains(hash)) return fail(Code::not_found, "nothing is kept here of it");
  return TRY(decode(kind_, TRY(folder_.read(hash.hex(), note_bytes_max)))).body;
}

void Shelf::count(const Network& network) {
  if (network) ++of_networks_[*network];
}

void Shelf::discount(const Network& network) {
  if (network && --of_networks_[*network] == 0) of_networks_.erase(*network);
}

bool Shelf::is_network_full(const Network& network) const {
  if (!network) return false;
  const auto at = of_networks_.find(*network);
  return at != of_networks_.end() && at->second >= bounds_.per_network_max;
}

Result<void> Shelf::check_room(const ContentHash& hash, const Origin& from) const {
  if (all_.contains(hash) || from.is_own) return {};
  if (all_.size() >= bounds_.count_max)
    return fail(Code::exhausted, "{} are kept already", all_.size());
  if (is_network_full(from.network))
    return fail(Code::exhausted, "{} of that network are kept already", bounds_.per_network_max);
  return {};
}

Result<void> Shelf::put(const ContentHash& hash, ByteSpan body, const Origin& from, Bounds bounds) {
  if (bounds == Bounds::kept) TRY(check_room(hash, from));
  const auto at = all_.find(hash);
  const bool is_new = at == all_.end();
  const Network network = is_new || from.is_own ? from.network : at->second;
  TRY(folder_.set(hash.hex(), TRY(encode(kind_, body, network))));
  if (!is_new) discount(at->second);
  all_.insert_or_assign(hash, network);
  count(network);
  return {};
}

Result<void> Shelf::remove(const ContentHash& hash) {
  const auto at = all_.find(hash);
  if (at == all_.end()) return {};
  auto removed = folder_.remove(hash.hex());
  if (!removed && removed.error().code != Code::not_found) return removed;
  discount(at->second);
  all_.erase(at);
  return {};
}

}  // namespace tesseras::release

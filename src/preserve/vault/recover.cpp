#include "preserve/vault/recover.hpp"

#include <array>
#include <limits>
#include <map>
#include <vector>

#include "foundation/runtime/free_name.hpp"
#include "preserve/vault/pack_scan.hpp"
#include "preserve/vault/replay.hpp"

namespace tesseras::vault {
namespace {

// A pack whose file goes on beyond what the index knows of it.
struct Tail {
  PackState known;  // number alone when the index does not know the pack at all
  bool is_new = false;
};

Result<void> delete_condemned(Store& store, std::vector<PackState>& packs) {
  Change change;
  for (const PackState& pack : packs) {
    if (!pack.is_condemned) continue;
    TRY(runtime::remove_if_there(store.disk(), store.layout().pack(pack.number)));
    change.gone_packs.push_back(pack.number);
  }
  if (change.gone_packs.empty()) return {};
  std::erase_if(packs, [](const PackState& pack) { return pack.is_condemned; });
  return store.index().apply(change);
}

Result<std::vector<Tail>> find_tails(Store& store, const std::vector<PackState>& packs) {
  std::map<std::uint32_t, PackState> known;
  for (const PackState& pack : packs) known[pack.number] = pack;
  std::vector<Tail> tails;
  // Eight digits sort as numbers do.
  for (const auto& entry : TRY(store.disk().list(store.layout().packs()))) {
    const auto number = pack_number(entry.name);
    if (!number || entry.kind != runtime::FileKind::file) continue;
    const std::uint64_t size = TRY(store.disk().status(store.layout().pack(*number))).size_bytes;
    const auto pack = known.find(*number);
    if (pack == known.end()) {
      tails.push_back({{.number = *number}, true});
    } else if (size > pack->second.committed_bytes) {
      tails.push_back({pack->second, false});
    }
  }
  return tails;
}

// Where the last commit record ends: what stands before it had reached the medium when it was
// written, what stands behind it had perhaps not. committed_bytes when there is none.
Result<PackState> complete_part(Store& store, const Tail& tail) {
  PackState complete = tail.known;
  auto file = TRY(store.disk().open_read(store.layout().pack(tail.known.number)));
  const PackVisitor visitor{[&](const PackRecord& record) -> Result<void> {
                              if (record.kind == RecordKind::blob) return {};
                              complete.committed_bytes = record.end();
                              complete.commit_record_bytes += record.end() - record.offset;
                              return {};
                            },
                            [](const PackDamage&) {}};
  TRY(scan_pack(*file, tail.known.committed_bytes, std::numeric_limits<std::uint64_t>::max(),
                visitor));
  return complete;
}

Result<void> take_over(Store& store, const Tail& tail, const PackState& complete, Replay& replay) {
  auto file = TRY(store.disk().open_read(store.layout().pack(tail.known.number)));
  const PackVisitor visitor{
      [&](const PackRecord& record) { return replay.take(tail.known.number, record); },
      [](const PackDamage&) {}};
  TRY(scan_pack(*file, tail.known.committed_bytes, complete.committed_bytes, visitor));
  replay.take_pack(complete);
  return {};
}

Result<void> cut_off(Store& store, const Tail& tail, const PackState& complete) {
  const runtime::path at = store.layout().pack(tail.known.number);
  if (tail.is_new && complete.committed_bytes == 0)
    return runtime::remove_if_there(store.disk(), at);
  auto file = TRY(store.disk().open_append(at));
  if (TRY(file->status()).size_bytes == complete.committed_bytes) return {};
  TRY(file->truncate(complete.committed_bytes));
  return file->sync();
}

}  // namespace

Result<void> recover(Store& store) {
  std::vector<PackState> packs = TRY(store.index().packs());
  TRY(delete_condemned(store, packs));
  const std::vector<Tail> tails = TRY(find_tails(store, packs));
  if (tails.empty()) return {};

  Replay replay(store.disk(), store.layout(), store.index());
  bool is_anything_complete = false;
  std::vector<PackState> complete;
  for (const Tail& tail : tails) {
    complete.push_back(TRY(complete_part(store, tail)));
    if (complete.back().committed_bytes == tail.known.committed_bytes) continue;
    is_anything_complete = true;
    TRY(take_over(store, tail, complete.back(), replay));
  }
  if (is_anything_complete) {
    // Damage to what was complete is found by check, as all damage is.
    std::vector<Problem> problems;
    TRY(replay.finish(problems));
  }
  for (std::size_t i = 0; i < tails.size(); ++i) TRY(cut_off(store, tails[i], complete[i]));
  return {};
}

}  // namespace tesseras::vault

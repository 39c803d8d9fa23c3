#include "preserve/dht/pointer_store.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "foundation/base/assert.hpp"
#include "foundation/crypto/blake3.hpp"
#include "preserve/dht/limits.hpp"

namespace tesseras::dht {
namespace {

using base::ByteSpan;
using base::Code;
using base::fail;
using base::Result;
using std::chrono::seconds;

// Segments gone through at a time: each may take a tenth of a second when all of it is of use.
constexpr int segments_a_time = 2;

std::uint64_t live_bytes_of(const std::vector<PointerEntry>& entries) {
  std::uint64_t sum = 0;
  for (const PointerEntry& one : entries) sum += PointerJournal::frame_bytes(one.record.size());
  return sum;
}

std::int64_t last_expiry_of(const std::vector<PointerEntry>& entries) {
  std::int64_t last = 0;
  for (const PointerEntry& one : entries) last = std::max(last, one.expires);
  return last;
}

// As they were put, one after another.
void put_in(std::vector<PointerEntry>& entries, PointerEntry entry) {
  const auto before = std::ranges::find(entries, entry.holder, &PointerEntry::holder);
  if (before == entries.end()) {
    entries.push_back(std::move(entry));
  } else {
    *before = std::move(entry);
  }
}

}  // namespace

PointerStore::PointerStore(const NodeId& own, crypto::SecretBytes<32> secret,
                           PointerStoreOptions options, base::Instant now, base::WallTime wall_now)
    : own_(own),
      secret_(std::move(secret)),
      options_(std::move(options)),
      opened_(now),
      opened_seconds_(std::max<std::int64_t>(wall_now.unix_seconds, 0)) {
  ASSERT(options_.keys_max > 0 && options_.ttl_max >= Limits::ttl_min &&
         options_.ttl_max <= Limits::ttl_max);
}

void PointerStore::set_own_addresses(std::vector<IpAddress> addresses) {
  options_.own_addresses = std::move(addresses);
}

std::int64_t PointerStore::seconds_at(base::Instant now) const {
  return opened_seconds_ + std::chrono::duration_cast<seconds>(now - opened_).count();
}

PointerStore::Rank PointerStore::rank_of(const Key& key) const {
  const Distance from_us = distance(own_, key);
  Rank rank;
  std::copy(from_us.bytes.begin() + 1, from_us.bytes.end(), rank.bytes.begin());
  rank.bytes.back() = key.bytes.front();
  return rank;
}

Key PointerStore::key_of_rank(const Rank& rank) const {
  Key key;
  key.bytes.front() = rank.bytes.back();
  for (std::size_t i = 1; i < Key::size_bytes; ++i)
    key.bytes[i] = rank.bytes[i - 1] ^ own_.bytes[i];
  return key;
}

std::uint32_t PointerStore::network_hash(const Endpoint& from) const {
  const Network network = network_of(from);
  if (from.address.is_loopback() || is_exempt(network, options_.own_addresses)) return 0;
  // Keyed, or somebody could look for networks that count as one with a victim's.
  auto hasher = crypto::Blake3::keyed(secret_);
  hasher.update(network.block.bytes);
  const auto hash = hasher.hash();
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i)
    value = value << 8U | std::to_integer<std::uint8_t>(hash.bytes[i]);
  return std::max(value, std::uint32_t{1});
}

Result<PointerStore> PointerStore::open(runtime::Disk& disk, const runtime::path& folder,
                                        const NodeId& own, crypto::SecretBytes<32> secret,
                                        const PointerStoreOptions& options, base::Instant now,
                                        base::WallTime wall_now) {
  PointerStore store(own, std::move(secret), options, now, wall_now);
  store.journal_ = TRY(PointerJournal::open(
      disk, folder, [&](Place place, ByteSpan payload) { return store.replay(place, payload); }));
  store.begin();
  return store;
}

std::int64_t PointerStore::replay(Place place, ByteSpan payload) {
  const auto frame = summarize_pointer_frame(payload);
  // A frame with a checksum that fits is one of ours, or of a later release's.
  if (!frame) return 0;
  const Rank rank = rank_of(frame->key);
  if (frame->is_empty) {
    keys_.erase(rank);
    return 0;
  }
  Pointer& pointer = keys_[rank];
  if (frame->is_group) pointer = {};
  if (pointer.chain == 0) {
    pointer.tail_segment = place.segment;
    pointer.network = network_hash(frame->oldest_from);
  }
  if (frame->previous != Place{})
    pointer.tail_segment = std::min(pointer.tail_segment, frame->previous.segment);
  pointer.head = place;
  ++pointer.chain;
  pointer.live_bytes += PointerJournal::frame_bytes(payload.size());
  pointer.last_expiry = std::max(pointer.last_expiry, frame->last_expiry);
  return frame->last_expiry;
}

void PointerStore::begin() {
  const std::int64_t latest = opened_seconds_ + 2 * options_.ttl_max.count();
  for (auto& [rank, pointer] : keys_) {
    pointer.last_expiry = std::min(pointer.last_expiry, latest);
    account(pointer, true);
  }
  std::erase_if(keys_, [&](const auto& one) {
    const bool is_over = one.second.last_expiry <= opened_seconds_;
    if (is_over) account(one.second, false);
    return is_over;
  });
  while (keys_.size() > options_.keys_max) forget(std::prev(keys_.end()));
}

Result<PointerStore::Entries> PointerStore::read_frames(const Key& key, Place head) {
  std::vector<EntryFrame> chain;
  Entries entries;
  for (Place place = head; place != Place{} && chain.size() <= Limits::chain_max;) {
    const auto payload = journal_->read(place);
    if (!payload) {
      // Its segment went, as all in it had expired; or it is damaged.
      if (payload.error().code == Code::not_found || payload.error().code == Code::corrupt) break;
      // Anything else may pass. What is taken for gone now would be written over.
      return fail(payload.error());
    }
    auto frame = decode_pointer_frame(*payload);
    if (!frame) break;
    if (auto* group = std::get_if<GroupFrame>(&*frame)) {
      if (group->key == key) entries = std::move(group->entries);
      break;
    }
    auto& one = std::get<EntryFrame>(*frame);
    // Backwards only, so that it ends.
    if (one.key != key || one.previous >= place) break;
    place = one.previous;
    chain.push_back(std::move(one));
  }
  while (!chain.empty()) {
    put_in(entries, std::move(chain.back().entry));
    chain.pop_back();
  }
  return entries;
}

void PointerStore::drop_expired(std::int64_t now, Entries& entries) const {
  for (PointerEntry& one : entries) {
    // Written when our clock stood ahead of where it was at the last start.
    if (one.received > now)
      one.expires = std::min(one.expires, opened_seconds_ + options_.ttl_max.count());
  }
  std::erase_if(entries, [&](const PointerEntry& one) { return one.expires <= now; });
  // More than fit can only be after damage to the frame that had fewer.
  if (entries.size() > Limits::entries_per_key)
    entries.erase(entries.begin(),
                  entries.end() - static_cast<std::ptrdiff_t>(Limits::entries_per_key));
}

Result<PointerStore::Entries> PointerStore::read(std::int64_t now, const Rank& rank,
                                                 const Pointer& pointer) {
  Entries entries = TRY(read_frames(key_of_rank(rank), pointer.head));
  drop_expired(now, entries);
  return entries;
}

Result<PointerStore::Entries> PointerStore::load(std::int64_t now, const Rank& rank,
                                                 const Pointer& pointer) {
  const auto at = cached_.find(rank);
  if (at == cached_.end()) {
    cache(rank, TRY(read(now, rank, pointer)));
  } else {
    cache_.splice(cache_.begin(), cache_, at->second);
    drop_expired(now, cache_.front().second);
  }
  return cache_.front().second;
}

void PointerStore::cache(const Rank& rank, Entries entries) {
  uncache(rank);
  if (cache_.size() == Limits::cached_keys) uncache(cache_.back().first);
  cache_.emplace_front(rank, std::move(entries));
  cached_[rank] = cache_.begin();
}

void PointerStore::uncache(const Rank& rank) {
  const auto at = cached_.find(rank);
  if (at == cached_.end()) return;
  const auto entry = at->second;
  cached_.erase(at);
  cache_.erase(entry);
}

Result<seconds> PointerStore::put(base::Instant now, const HolderRecord& record, ByteSpan bytes,
                                  const Endpoint& from) {
  const std::int64_t now_seconds = seconds_at(now);
  const Rank rank = rank_of(record.key);
  const auto at = keys_.find(rank);
  Entries entries;
  if (at != keys_.end()) entries = TRY(load(now_seconds, rank, at->second));
  const seconds ttl = std::min(record.ttl, options_.ttl_max);
  const PointerEntry entry = make_entry(record, bytes, from, now_seconds, ttl.count());
  const Merged merged = TRY(merge(entries, entry, rules()));
  if (merged == Merged::unchanged) {
    const auto there = std::ranges::find(entries, entry.holder, &PointerEntry::holder);
    return seconds(there->expires - now_seconds);
  }
  if (at == keys_.end()) TRY(make_room(rank, network_hash(from)));
  const std::uint32_t segment = journal_->newest_segment();
  if (merged == Merged::displaced) {
    TRY(write_group(rank, entries));
  } else {
    TRY(write_entry(rank, entries, entry));
  }
  cache(rank, std::move(entries));
  // The record is kept; whether rubbish could be cleared away is not its holder's concern, and
  // sweep() will tell.
  if (journal_->newest_segment() != segment) (void)tidy_journal(now_seconds);
  return ttl;
}

Result<void> PointerStore::make_room(const Rank& rank, std::uint32_t network) {
  const std::size_t share =
      std::max<std::size_t>(options_.keys_max / Limits::network_share_of_keys, 1);
  if (network != 0 && keys_of_network_.contains(network) && keys_of_network_[network] >= share)
    return fail(Code::exhausted, "we keep as many keys from that network as we may");
  if (keys_.size() < options_.keys_max) return {};
  const auto farthest = std::prev(keys_.end());
  if (rank > farthest->first)
    return fail(Code::exhausted, "we keep as many keys as we may, all of them nearer to us");
  // Or the next start would find it again.
  TRY(journal_->append(encode(GroupFrame{key_of_rank(farthest->first), {}}), 0));
  forget(farthest);
  return {};
}

Result<void> PointerStore::write_entry(const Rank& rank, const Entries& entries,
                                       const PointerEntry& added) {
  const auto at = keys_.find(rank);
  const Pointer before = at == keys_.end() ? Pointer{} : at->second;
  if (before.chain >= Limits::chain_max) return write_group(rank, entries);
  const EntryFrame frame{key_of_rank(rank), before.head, added};
  const Place place = TRY(journal_->append(encode(frame), added.expires));
  set(rank, {.head = place,
             .tail_segment = before.chain == 0 ? place.segment : before.tail_segment,
             .network = network_hash(entries.front().from),
             .chain = before.chain + 1,
             .live_bytes = live_bytes_of(entries),
             .last_expiry = last_expiry_of(entries)});
  return {};
}

Result<void> PointerStore::write_group(const Rank& rank, const Entries& entries) {
  const std::int64_t last_expiry = last_expiry_of(entries);
  const Place place =
      TRY(journal_->append(encode(GroupFrame{key_of_rank(rank), entries}), last_expiry));
  set(rank, {.head = place,
             .tail_segment = place.segment,
             .network = network_hash(entries.front().from),
             .chain = 1,
             .live_bytes = live_bytes_of(entries),
             .last_expiry = last_expiry});
  return {};
}

void PointerStore::set(const Rank& rank, const Pointer& pointer) {
  const auto [at, is_new] = keys_.try_emplace(rank);
  if (!is_new) account(at->second, false);
  at->second = pointer;
  account(pointer, true);
}

void PointerStore::account(const Pointer& pointer, bool is_there) {
  if (is_there) {
    live_bytes_ += pointer.live_bytes;
    if (pointer.network != 0) ++keys_of_network_[pointer.network];
    return;
  }
  live_bytes_ -= pointer.live_bytes;
  if (pointer.network == 0) return;
  const auto at = keys_of_network_.find(pointer.network);
  ASSERT(at != keys_of_network_.end());
  if (--at->second == 0) keys_of_network_.erase(at);
}

void PointerStore::forget(Keys::iterator at) {
  account(at->second, false);
  uncache(at->first);
  keys_.erase(at);
}

std::vector<PointerStore::Found> PointerStore::get(base::Instant now, const Key& key) {
  const Rank rank = rank_of(key);
  const auto at = keys_.find(rank);
  if (at == keys_.end()) return {};
  const std::int64_t now_seconds = seconds_at(now);
  auto entries = load(now_seconds, rank, at->second);
  if (!entries) return {};
  std::vector<Found> found;
  for (PointerEntry& one : *entries) {
    const std::int64_t age = std::max<std::int64_t>(now_seconds - one.received, 0);
    found.push_back({std::move(one.record), seconds(age)});
  }
  return found;
}

Result<void> PointerStore::sweep(base::Instant now) {
  const std::int64_t now_seconds = seconds_at(now);
  for (auto at = keys_.begin(); at != keys_.end();) {
    const auto next = std::next(at);
    if (at->second.last_expiry <= now_seconds) forget(at);
    at = next;
  }
  return tidy_journal(now_seconds);
}

Result<void> PointerStore::tidy_journal(std::int64_t now) {
  // Only from the oldest on: what makes a frame void lies behind it.
  while (journal_->segment_count() > 1 && journal_->oldest_kept_until() <= now)
    TRY(journal_->drop_oldest());
  for (int i = 0; i < segments_a_time; ++i) {
    if (journal_->segment_count() == 1 ||
        journal_->size_bytes() <= 2 * live_bytes_ + Limits::journal_slack_bytes) {
      break;
    }
    TRY(rewrite_oldest_segment(now));
  }
  return {};
}

Result<void> PointerStore::rewrite_oldest_segment(std::int64_t now) {
  const std::uint32_t oldest = journal_->oldest_segment();
  for (auto at = keys_.begin(); at != keys_.end();) {
    const auto next = std::next(at);
    if (at->second.tail_segment <= oldest) {
      const Entries entries = TRY(read(now, at->first, at->second));
      if (entries.empty()) {
        forget(at);
      } else {
        TRY(write_group(at->first, entries));
      }
    }
    at = next;
  }
  return journal_->drop_oldest();
}

}  // namespace tesseras::dht

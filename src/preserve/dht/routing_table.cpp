#include "preserve/dht/routing_table.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "foundation/base/assert.hpp"

namespace tesseras::dht {
namespace {

std::vector<Contact>::iterator find_in(std::vector<Contact>& contacts, const NodeId& id) {
  return std::ranges::find(contacts, id, [](const Contact& one) { return one.info.id; });
}

std::size_t count_in(const std::vector<Contact>& contacts, const Network& network,
                     const NodeId& except) {
  return static_cast<std::size_t>(std::ranges::count_if(contacts, [&](const Contact& one) {
    return network_of(one.reached_at) == network && one.info.id != except;
  }));
}

}  // namespace

NodeInfo dialable(const Contact& contact) {
  NodeInfo info = contact.info;
  std::erase(info.endpoints, contact.reached_at);
  info.endpoints.insert(info.endpoints.begin(), contact.reached_at);
  if (info.endpoints.size() > Limits::endpoints_max) info.endpoints.pop_back();
  return info;
}

RoutingTable::RoutingTable(const NodeId& own, const RoutingTableOptions& options)
    : own_(own), options_(options) {
  ASSERT(options.bucket_size > 0 && options.ping_failure_threshold > 0);
}

void RoutingTable::set_own_addresses(std::vector<IpAddress> addresses) {
  own_addresses_ = std::move(addresses);
}

RoutingTable::Bucket* RoutingTable::bucket_of(const NodeId& id) {
  const auto index = bucket_index(distance(own_, id));
  if (!index) return nullptr;
  const auto at = buckets_.find(*index);
  return at == buckets_.end() ? nullptr : &at->second;
}

bool RoutingTable::has_room(const Bucket& bucket, const Contact& contact) const {
  const Network network = network_of(contact.reached_at);
  if (is_exempt(network, own_addresses_)) return true;
  if (count_in(bucket.contacts, network, contact.info.id) >= Limits::network_contacts_per_bucket)
    return false;
  const auto at = networks_.find(network);
  if (at == networks_.end()) return true;
  const Contact* before = find(contact.info.id);
  const std::size_t itself = before && network_of(before->reached_at) == network ? 1 : 0;
  return at->second - itself < Limits::network_contacts_per_table;
}

void RoutingTable::put(Bucket& bucket, Contact contact) {
  ++networks_[network_of(contact.reached_at)];
  ++size_;
  ++changes_;
  bucket.contacts.push_back(std::move(contact));
}

void RoutingTable::erase(Bucket& bucket, std::size_t index) {
  const auto at = bucket.contacts.begin() + static_cast<std::ptrdiff_t>(index);
  const auto network = networks_.find(network_of(at->reached_at));
  ASSERT(network != networks_.end());
  if (--network->second == 0) networks_.erase(network);
  --size_;
  ++changes_;
  bucket.contacts.erase(at);
}

// Who waits comes in in the place of its network's others, too: a crowd must not fill the queue.
void RoutingTable::wait_in(Bucket& bucket, const Contact& contact) {
  const auto before = find_in(bucket.waiting, contact.info.id);
  if (before != bucket.waiting.end()) bucket.waiting.erase(before);
  const Network network = network_of(contact.reached_at);
  if (!is_exempt(network, own_addresses_) &&
      count_in(bucket.waiting, network, contact.info.id) >= Limits::network_contacts_per_bucket) {
    return;
  }
  if (bucket.waiting.size() == Limits::waiting_per_bucket)
    bucket.waiting.erase(bucket.waiting.begin());
  bucket.waiting.push_back(contact);
}

void RoutingTable::promote(Bucket& bucket) {
  for (auto at = bucket.waiting.rbegin(); at != bucket.waiting.rend(); ++at) {
    if (!has_room(bucket, *at)) continue;
    put(bucket, *at);
    bucket.waiting.erase(std::next(at).base());
    return;
  }
}

RoutingTable::Outcome RoutingTable::refresh(Bucket& bucket, std::size_t index, Contact contact) {
  if (bucket.pinged == contact.info.id) bucket.pinged.reset();
  const bool fits = has_room(bucket, contact);
  erase(bucket, index);
  if (fits) {
    put(bucket, std::move(contact));
    return {Admission::refreshed, {}};
  }
  // It has moved to a network that has its share already, and is no longer where it was.
  const NodeId id = contact.info.id;
  promote(bucket);
  if (bucket.contacts.empty()) buckets_.erase(*bucket_index(distance(own_, id)));
  return {Admission::crowded, {}};
}

RoutingTable::Outcome RoutingTable::seen(base::Instant now, const NodeInfo& info,
                                         const Endpoint& at, bool is_reachable) {
  const auto index = bucket_index(distance(own_, info.id));
  if (!index) return {Admission::ourselves, {}};
  if (!is_reachable || info.endpoints.empty()) return {Admission::unreachable, {}};
  Contact contact{info, at, now, 0};
  Bucket& bucket = buckets_[*index];
  const auto before = find_in(bucket.contacts, info.id);
  if (before != bucket.contacts.end()) {
    const auto position = static_cast<std::size_t>(before - bucket.contacts.begin());
    return refresh(bucket, position, std::move(contact));
  }
  if (!has_room(bucket, contact)) {
    if (bucket.contacts.empty()) buckets_.erase(*index);
    return {Admission::crowded, {}};
  }
  if (bucket.contacts.size() < options_.bucket_size) {
    put(bucket, std::move(contact));
    return {Admission::added, {}};
  }
  wait_in(bucket, contact);
  if (bucket.pinged) return {Admission::waiting, {}};
  bucket.pinged = bucket.contacts.front().info.id;
  return {Admission::waiting, bucket.contacts.front()};
}

bool RoutingTable::has_use_for(const NodeId& id) const {
  const auto index = bucket_index(distance(own_, id));
  if (!index) return false;
  const auto bucket = buckets_.find(*index);
  return bucket == buckets_.end() || bucket->second.contacts.size() < options_.bucket_size ||
         bucket->second.waiting.size() < Limits::waiting_per_bucket;
}

std::optional<Contact> RoutingTable::failed(const NodeId& id) {
  Bucket* bucket = bucket_of(id);
  if (bucket == nullptr) return std::nullopt;
  const auto waiting = find_in(bucket->waiting, id);
  if (waiting != bucket->waiting.end()) bucket->waiting.erase(waiting);
  const auto contact = find_in(bucket->contacts, id);
  if (contact == bucket->contacts.end()) return std::nullopt;
  if (bucket->pinged == id) bucket->pinged.reset();
  if (++contact->failures >= options_.ping_failure_threshold) {
    erase(*bucket, static_cast<std::size_t>(contact - bucket->contacts.begin()));
    promote(*bucket);
    if (bucket->contacts.empty()) buckets_.erase(*bucket_index(distance(own_, id)));
    return std::nullopt;
  }
  if (bucket->waiting.empty() || bucket->pinged) return std::nullopt;
  bucket->pinged = id;
  return *contact;
}

const Contact* RoutingTable::find(const NodeId& id) const {
  const auto index = bucket_index(distance(own_, id));
  const auto bucket = index ? buckets_.find(*index) : buckets_.end();
  if (bucket == buckets_.end()) return nullptr;
  const auto& contacts = bucket->second.contacts;
  const auto at = std::ranges::find(contacts, id, [](const Contact& one) { return one.info.id; });
  return at == contacts.end() ? nullptr : &*at;
}

std::vector<Contact> RoutingTable::closest(const Key& key, std::size_t count) const {
  std::vector<std::pair<Distance, const Contact*>> all;
  all.reserve(size_);
  for (const auto& [index, bucket] : buckets_)
    for (const Contact& one : bucket.contacts) all.emplace_back(distance(one.info.id, key), &one);
  count = std::min(count, all.size());
  std::ranges::partial_sort(all, all.begin() + static_cast<std::ptrdiff_t>(count), {},
                            [](const auto& one) { return one.first; });
  std::vector<Contact> nearest;
  nearest.reserve(count);
  for (std::size_t i = 0; i < count; ++i) nearest.push_back(*all[i].second);
  return nearest;
}

std::vector<Contact> RoutingTable::contacts() const {
  std::vector<Contact> all;
  all.reserve(size_);
  for (const auto& [index, bucket] : buckets_)
    all.insert(all.end(), bucket.contacts.begin(), bucket.contacts.end());
  return all;
}

std::vector<Contact> RoutingTable::unheard_of(base::Instant now, std::chrono::nanoseconds quiet,
                                              std::chrono::nanoseconds again) const {
  std::vector<Contact> unheard;
  for (const auto& [index, bucket] : buckets_)
    for (const Contact& one : bucket.contacts)
      if (now - one.last_seen >= quiet + one.failures * again) unheard.push_back(one);
  return unheard;
}

std::vector<std::size_t> RoutingTable::stale_buckets(base::Instant before) const {
  std::vector<std::size_t> stale;
  if (buckets_.empty()) return stale;
  // Beyond the first one are only ids without proof of work.
  for (std::size_t i = id_bits - Limits::proof_zero_bits; i-- > buckets_.begin()->first;)
    if (looked_up_[i] < before) stale.push_back(i);
  return stale;
}

void RoutingTable::looked_up(base::Instant now, const Key& key) {
  const auto index = bucket_index(distance(own_, key));
  if (index) looked_up_[*index] = now;
}

Key RoutingTable::key_in_bucket(std::size_t bucket, const Key& random) const {
  ASSERT(bucket < id_bits);
  const std::size_t byte = (id_bits - 1 - bucket) / 8;
  const auto bit = static_cast<std::byte>(1U << (bucket % 8));
  const std::byte below = bit | static_cast<std::byte>(std::to_integer<unsigned>(bit) - 1U);
  Key key = key_of(own_);
  // The bit itself differs; those below it are whatever they are.
  key.bytes[byte] ^= bit | (random.bytes[byte] & below & ~bit);
  for (std::size_t i = byte + 1; i < Key::size_bytes; ++i) key.bytes[i] = random.bytes[i];
  return key;
}

std::optional<Distance> RoutingTable::expected_radius(std::size_t count) const {
  const auto neighbours = closest(key_of(own_), options_.bucket_size);
  if (neighbours.size() < options_.bucket_size) return std::nullopt;
  const Distance reach = distance(own_, neighbours.back().info.id);
  return scaled(reach, static_cast<std::uint32_t>(count),
                static_cast<std::uint32_t>(options_.bucket_size));
}

}  // namespace tesseras::dht

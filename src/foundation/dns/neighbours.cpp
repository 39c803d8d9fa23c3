#include "foundation/dns/neighbours.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "foundation/dns/limits.hpp"

namespace tesseras::dns {
namespace {

using base::Instant;
using runtime::IpAddress;
using std::chrono::seconds;

}  // namespace

Neighbours::Neighbours(Name service, Name own_instance, runtime::NetworkLink link)
    : service_(std::move(service)),
      own_instance_(std::move(own_instance)),
      link_(std::move(link)) {}

std::vector<Neighbour> Neighbours::take(Instant now, std::span<const Record> records) {
  std::erase_if(entries_, [&](const auto& one) { return one.second.expires <= now; });
  // In the order in which one leads to the other, which is not always that in the message.
  for (const Record& record : records) take_pointer(now, record);
  for (const Record& record : records) take_of_instance(record);
  for (const Record& record : records) {
    if (record.is_only) clear_addresses(record);
  }
  for (const Record& record : records) take_address(record);
  if (now - minute_began_ >= std::chrono::minutes(1)) {
    minute_began_ = now;
    told_in_minute_ = 0;
  }
  std::vector<Neighbour> found;
  for (auto& [instance, entry] : entries_) {
    if (!entry.is_whole()) continue;
    Neighbour neighbour{instance, *entry.texts, {}};
    for (const auto& address : entry.addresses)
      neighbour.endpoints.push_back({address, entry.service->port});
    if (entry.told == neighbour) continue;
    if (told_in_minute_ >= Limits::tellings_per_minute) break;
    ++told_in_minute_;
    entry.told = neighbour;
    found.push_back(std::move(neighbour));
  }
  return found;
}

void Neighbours::take_pointer(Instant now, const Record& record) {
  const auto* instance = std::get_if<Name>(&record.data);
  if (instance == nullptr || record.name != service_) return;
  if (!instance->is_child_of(service_) || *instance == own_instance_) return;
  if (record.ttl_seconds == 0) {
    entries_.erase(*instance);
    return;
  }
  // Who came first stays: a flood of names does not drive out real neighbours.
  if (!entries_.contains(*instance) && entries_.size() >= Limits::neighbours_max) return;
  Entry& entry = entries_[*instance];
  entry.ttl_seconds = std::min(record.ttl_seconds, Limits::neighbour_ttl_seconds_max);
  entry.expires = now + seconds(entry.ttl_seconds);
}

void Neighbours::take_of_instance(const Record& record) {
  const auto at = entries_.find(record.name);
  if (at == entries_.end()) return;
  Entry& entry = at->second;
  const bool is_gone = record.ttl_seconds == 0;
  if (const auto* service = std::get_if<Service>(&record.data)) {
    const bool is_elsewhere = !entry.service || entry.service->host != service->host;
    if (is_gone || is_elsewhere) entry.addresses.clear();
    entry.service.reset();
    if (!is_gone && service->port != 0) entry.service = *service;
  } else if (const auto* texts = std::get_if<Texts>(&record.data)) {
    entry.texts.reset();
    if (!is_gone) entry.texts = *texts;
  }
}

void Neighbours::clear_addresses(const Record& record) {
  const auto* address = std::get_if<IpAddress>(&record.data);
  if (address == nullptr) return;
  for (auto& [instance, entry] : entries_) {
    if (!entry.service || entry.service->host != record.name) continue;
    std::erase_if(entry.addresses,
                  [&](const IpAddress& one) { return one.is_v4() == address->is_v4(); });
  }
}

void Neighbours::take_address(const Record& record) {
  const auto* address = std::get_if<IpAddress>(&record.data);
  if (address == nullptr || !can_be_dialled(*address)) return;
  for (auto& [instance, entry] : entries_) {
    if (!entry.service || entry.service->host != record.name) continue;
    std::erase(entry.addresses, *address);
    if (record.ttl_seconds == 0) continue;
    if (entry.addresses.size() < Limits::neighbour_endpoints_max)
      entry.addresses.push_back(*address);
  }
}

bool Neighbours::can_be_dialled(const IpAddress& address) const {
  // An address that is the same on every link of IPv6's says nothing without the link.
  if (address.is_unspecified() || address.is_multicast()) return false;
  if (address.is_link_local() && !address.is_v4()) return false;
  return std::ranges::any_of(link_.addresses,
                             [&](const auto& own) { return own.is_on_link(address); });
}

std::vector<Record> Neighbours::known(Instant now) const {
  std::vector<Record> known;
  for (const auto& [instance, entry] : entries_) {
    if (known.size() == Limits::known_answers_max) break;
    const auto left = std::chrono::duration_cast<seconds>(entry.expires - now).count();
    if (!entry.is_whole() || 2 * left <= std::int64_t{entry.ttl_seconds}) continue;
    known.push_back({service_, static_cast<std::uint32_t>(left), false, instance});
  }
  return known;
}

bool Neighbours::lacks_something() const {
  return std::ranges::any_of(entries_, [](const auto& one) {
    return !one.second.is_whole() && one.second.asked < Limits::follow_ups_max;
  });
}

std::vector<Question> Neighbours::missing() {
  std::vector<Question> questions;
  for (auto& [instance, entry] : entries_) {
    if (entry.is_whole() || entry.asked >= Limits::follow_ups_max) continue;
    if (questions.size() >= Limits::follow_up_questions_max) break;
    ++entry.asked;
    if (!entry.service) questions.push_back({instance, RecordType::srv, false});
    if (!entry.texts) questions.push_back({instance, RecordType::txt, false});
    if (!entry.service || !entry.addresses.empty()) continue;
    questions.push_back({entry.service->host, RecordType::a, false});
    questions.push_back({entry.service->host, RecordType::aaaa, false});
  }
  return questions;
}

}  // namespace tesseras::dns

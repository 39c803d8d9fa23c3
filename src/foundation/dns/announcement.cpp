#include "foundation/dns/announcement.hpp"

#include <algorithm>
#include <utility>

namespace tesseras::dns {
namespace {

// RFC 6763, section 9: who asks for this wants to know which services there are.
const Name& services_name() {
  static const Name name = Name::of("_services._dns-sd._udp.local");
  return name;
}

bool is_one_of(RecordType type, std::initializer_list<RecordType> types) {
  return type == RecordType::any || std::ranges::contains(types, type);
}

Record pointer_of(const Announcement& own) {
  return {own.service, pointer_ttl_seconds, false, own.instance};
}
Record listing_of(const Announcement& own) {
  return {services_name(), pointer_ttl_seconds, false, own.service};
}

// Section 7.1: the asker has it for at least half of its time to come.
bool is_known(const Message& query, const Record& record) {
  return std::ranges::any_of(query.records, [&](const Record& one) {
    return one.name == record.name && one.data == record.data &&
           one.ttl_seconds >= record.ttl_seconds / 2;
  });
}

}  // namespace

std::vector<Record> records_of(const Announcement& own) {
  std::vector<Record> records = {
      pointer_of(own),
      {own.instance, host_ttl_seconds, true, Service{own.port, own.host}},
      {own.instance, pointer_ttl_seconds, true, own.texts}};
  for (const auto& address : own.addresses)
    records.push_back({own.host, host_ttl_seconds, true, address});
  return records;
}

std::vector<Record> goodbye_of(const Announcement& own) {
  auto records = records_of(own);
  for (Record& record : records) record.ttl_seconds = 0;
  return records;
}

std::optional<Reply> reply_to(const Message& query, const Announcement& own) {
  bool is_asked = false, is_listing_asked = false, is_for_asker = true;
  for (const Question& question : query.questions) {
    const bool is_listing =
        question.name == services_name() && is_one_of(question.type, {RecordType::ptr});
    const bool is_ours =
        (question.name == own.service && is_one_of(question.type, {RecordType::ptr}) &&
         !is_known(query, pointer_of(own))) ||
        (question.name == own.instance &&
         is_one_of(question.type, {RecordType::srv, RecordType::txt})) ||
        (question.name == own.host && is_one_of(question.type, {RecordType::a, RecordType::aaaa}));
    if (is_listing && is_known(query, listing_of(own))) continue;
    if (!is_ours && !is_listing) continue;
    is_asked |= is_ours;
    is_listing_asked |= is_listing;
    is_for_asker &= question.wants_unicast;
  }
  if (!is_asked && !is_listing_asked) return std::nullopt;
  Reply reply{{}, is_for_asker};
  if (is_asked) reply.records = records_of(own);
  if (is_listing_asked) reply.records.push_back(listing_of(own));
  return reply;
}

Message legacy_reply(const Message& query, Reply reply) {
  for (Record& record : reply.records) {
    record.is_only = false;
    record.ttl_seconds = std::min(record.ttl_seconds, legacy_ttl_seconds);
  }
  return {query.id, true, query.questions, std::move(reply.records)};
}

}  // namespace tesseras::dns

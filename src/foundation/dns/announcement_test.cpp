#include "foundation/dns/announcement.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tesseras::dns {
namespace {

using runtime::IpAddress;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::Not;

const Name service = Name::of("_tesseras._udp.local");
const Name listing = Name::of("_services._dns-sd._udp.local");
const Announcement own{service, service.child("n1"),          Name::of("n1.local"), 4433,
                       {"v=1"}, {IpAddress::v4(192, 0, 2, 1)}};
const Record pointer{service, 4500, false, own.instance};

Message query(std::vector<Question> questions, std::vector<Record> known = {}) {
  return {0, false, std::move(questions), std::move(known)};
}

TEST(Announcement, SaysEverything) {
  EXPECT_THAT(records_of(own),
              ElementsAre(pointer, Record{own.instance, 120, true, Service{4433, own.host}},
                          Record{own.instance, 4500, true, Texts{"v=1"}},
                          Record{own.host, 120, true, IpAddress::v4(192, 0, 2, 1)}));
  EXPECT_THAT(goodbye_of(own), Each(Field(&Record::ttl_seconds, 0U)));
}

TEST(Announcement, AnswersWhatIsAskedOfIt) {
  for (const auto& [name, type] :
       std::vector<std::pair<Name, RecordType>>{{service, RecordType::ptr},
                                                {service, RecordType::any},
                                                {own.instance, RecordType::srv},
                                                {own.instance, RecordType::txt},
                                                {own.instance, RecordType::any},
                                                {own.host, RecordType::a},
                                                {own.host, RecordType::aaaa}}) {
    const auto reply = reply_to(query({{name, type, false}}), own);
    ASSERT_TRUE(reply) << name.text();
    EXPECT_EQ(reply->records, records_of(own));
    EXPECT_FALSE(reply->is_for_asker);
  }
  const auto which = reply_to(query({{listing, RecordType::ptr, false}}), own);
  ASSERT_TRUE(which);
  EXPECT_THAT(which->records, ElementsAre(Record{listing, 4500, false, service}));
}

TEST(Announcement, IsSilentOtherwise) {
  for (const auto& [name, type] :
       std::vector<std::pair<Name, RecordType>>{{service, RecordType::a},
                                                {service.child("n2"), RecordType::srv},
                                                {Name::of("_tesseras._tcp.local"), RecordType::ptr},
                                                {Name::of("n2.local"), RecordType::a},
                                                {own.host, RecordType::txt},
                                                {own.instance, RecordType::ptr},
                                                {Name{}, RecordType::any}}) {
    EXPECT_FALSE(reply_to(query({{name, type, false}}), own)) << name.text();
  }
  EXPECT_FALSE(reply_to(query({}), own));
}

TEST(Announcement, IsNotRepeatedToThoseWhoKnow) {
  const Question question{service, RecordType::ptr, false};
  Record known = pointer;
  known.ttl_seconds = 2250;
  EXPECT_FALSE(reply_to(query({question}, {known}), own));
  known.ttl_seconds = 2249;
  EXPECT_TRUE(reply_to(query({question}, {known}), own));
  known = {service, 4500, false, service.child("n2")};
  EXPECT_TRUE(reply_to(query({question}, {known}), own));
  // Who asks for more gets it.
  EXPECT_TRUE(reply_to(query({question, {own.instance, RecordType::srv, false}}, {pointer}), own));
}

TEST(Announcement, IsForTheAskerWhereAllWantThat) {
  EXPECT_TRUE(reply_to(query({{service, RecordType::ptr, true}}), own)->is_for_asker);
  const auto both =
      reply_to(query({{service, RecordType::ptr, true}, {own.host, RecordType::a, false}}), own);
  ASSERT_TRUE(both);
  EXPECT_FALSE(both->is_for_asker);
  // What is not ours does not count.
  const auto other = reply_to(
      query({{service, RecordType::ptr, true}, {Name::of("x.local"), RecordType::a, false}}), own);
  ASSERT_TRUE(other);
  EXPECT_TRUE(other->is_for_asker);
}

TEST(Announcement, SpeaksPlainDnsToThoseWhoDo) {
  Message asked = query({{service, RecordType::ptr, false}});
  asked.id = 77;
  const auto answer = legacy_reply(asked, *reply_to(asked, own));
  EXPECT_EQ(answer.id, 77);
  EXPECT_TRUE(answer.is_response);
  EXPECT_EQ(answer.questions, asked.questions);
  EXPECT_THAT(answer.records, Each(Field(&Record::ttl_seconds, ::testing::Le(10U))));
  EXPECT_THAT(answer.records, Not(Contains(Field(&Record::is_only, true))));
}

}  // namespace
}  // namespace tesseras::dns

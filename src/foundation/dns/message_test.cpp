#include "foundation/dns/message.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/dns/limits.hpp"

namespace tesseras::dns {
namespace {

using base::Bytes;
using base::Code;
using runtime::IpAddress;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const Name service = Name::of("_tesseras._udp.local");

Message announcement() {
  const Name instance = service.child("node one");
  const Name host = Name::of("n1.local");
  return {.id = 0,
          .is_response = true,
          .questions = {},
          .records = {{service, 4500, false, instance},
                      {instance, 120, true, Service{4433, host}},
                      {instance, 4500, true, Texts{"v=1", "id=00ff"}},
                      {host, 120, true, IpAddress::v4(192, 0, 2, 1)},
                      {host, 120, true, *IpAddress::parse("2001:db8::1")}}};
}

// A header, and what follows it.
Bytes message(std::string_view counts, std::string_view rest,
              std::string_view flags = {"\x84\0", 2}) {
  return base::to_bytes(std::string(2, '\0') + std::string(flags) + std::string(counts) +
                        std::string(rest));
}
using namespace std::string_literals;
using namespace std::string_view_literals;
constexpr auto one_answer = "\0\0\0\1\0\0\0\0"sv;
constexpr auto one_question = "\0\1\0\0\0\0\0\0"sv;

TEST(Name, IsLabels) {
  EXPECT_THAT(service.labels, ElementsAre("_tesseras", "_udp", "local"));
  EXPECT_EQ(Name::of("A.Local"), Name::of("a.local"));
  const Name child = service.child("Ab.C");
  EXPECT_TRUE(child.is_child_of(service));
  EXPECT_THAT(child.labels, ElementsAre("ab.c", "_tesseras", "_udp", "local"));
  EXPECT_FALSE(child.child("x").is_child_of(service));
  EXPECT_FALSE(service.is_child_of(service));
  EXPECT_FALSE(Name::of("x._tesseras._tcp.local").is_child_of(service));
  EXPECT_EQ(Name{{"a\x1b"}}.text(), "a\\x1b");
}

TEST(Message, IsReadAsItWasWritten) {
  const Message said = announcement();
  const auto bytes = encode_message(said);
  const auto heard = decode_message(bytes);
  ASSERT_TRUE(heard) << heard.error().message;
  EXPECT_EQ(*heard, said);
  // Names are written once.
  EXPECT_LT(bytes.size(), 160U);
  const Message query{.id = 7,
                      .is_response = false,
                      .questions = {{service, RecordType::ptr, false},
                                    {Name::of("n1.local"), RecordType::any, true},
                                    {Name{}, RecordType{47}, false}},
                      .records = {{service, 3000, false, service.child("other")}}};
  const auto asked = decode_message(encode_message(query));
  ASSERT_TRUE(asked) << asked.error().message;
  EXPECT_EQ(*asked, query);
}

TEST(Message, IsReadAsOthersWriteIt) {
  // RFC 1035's header and names; class with the top bit; a pointer to the middle of a name.
  const auto bytes = message("\0\0\0\2\0\0\0\0"sv,
                             "\x09_TESSERAS\x04_udp\x05local\0\0\x0c\0\1\0\0\x11\x94\0\4\1n\xC0\x0C"
                             "\1h\xC0\x1B\0\1\x80\1\0\0\0\x78\0\4\xC0\0\2\7"sv);
  const auto heard = decode_message(bytes);
  ASSERT_TRUE(heard) << heard.error().message;
  EXPECT_THAT(heard->records,
              ElementsAre(Record{service, 4500, false, service.child("n")},
                          Record{Name::of("h.local"), 120, true, IpAddress::v4(192, 0, 2, 7)}));
}

TEST(Message, PassesOverWhatItDoesNotKnow) {
  // An OPT record, a record of another class, and an authority's.
  const auto bytes = message("\0\0\0\1\0\1\0\1"sv,
                             "\1a\0\0\1\0\3\0\0\0\0\0\4\1\2\3\4"
                             "\1b\0\0\1\0\1\0\0\0\0\0\4\1\2\3\4"
                             "\0\0\x29\5\xa0\0\0\0\0\0\2xx"sv);
  const auto heard = decode_message(bytes);
  ASSERT_TRUE(heard) << heard.error().message;
  EXPECT_THAT(heard->records, IsEmpty());
}

TEST(Message, IsRefusedInEveryCutForm) {
  const auto bytes = encode_message(announcement());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto cut = decode_message(base::ByteSpan(bytes).first(size));
    ASSERT_FALSE(cut) << size;
    EXPECT_EQ(cut.error().code, Code::corrupt);
  }
}

struct BadMessage {
  const char* what;
  Bytes bytes;
  const char* reason;
};

class BadMessages : public ::testing::TestWithParam<BadMessage> {};

TEST_P(BadMessages, AreRefused) {
  const auto heard = decode_message(GetParam().bytes);
  ASSERT_FALSE(heard) << GetParam().what;
  EXPECT_EQ(heard.error().code, Code::corrupt);
  EXPECT_THAT(heard.error().message, HasSubstr(GetParam().reason)) << GetParam().what;
}

INSTANTIATE_TEST_SUITE_P(
    Message, BadMessages,
    ::testing::Values(
        BadMessage{"another operation", message(one_question, "\0\0\1\0\1"sv, {"\x28\0", 2}),
                   "neither a query"},
        BadMessage{"an error", message(one_question, "\0\0\1\0\1"sv, {"\x84\3", 2}),
                   "neither a query"},
        BadMessage{"many questions", message("\0\x41\0\0\0\0\0\0"sv, ""), "too many"},
        BadMessage{"many records", message("\0\0\xff\xff\xff\xff\xff\xff"sv, ""), "too many"},
        BadMessage{"a pointer to itself", message(one_question, "\xC0\x0C\0\1\0\1"sv), "itself"},
        BadMessage{"a pointer ahead", message(one_question, "\xC0\x20\0\1\0\1"sv), "itself"},
        BadMessage{"a name in a ring", message(one_question, "\1a\xC0\x0C\0\1\0\1"sv), "itself"},
        BadMessage{"a label of another kind", message(one_question, "\x40\0\0\1\0\1"sv), "label"},
        BadMessage{"half a pointer", message(one_question, "\xC0"sv), "byte"},
        BadMessage{"an address of five bytes",
                   message(one_answer, "\0\0\1\0\1\0\0\0\0\0\5\1\2\3\4\5"sv), "5 bytes"},
        BadMessage{"an AAAA of four bytes",
                   message(one_answer, "\0\0\x1c\0\1\0\0\0\0\0\4\1\2\3\4"sv), "4 bytes"},
        BadMessage{"a name shorter than its record",
                   message(one_answer, "\0\0\x0c\0\1\0\0\0\0\0\4\1a\0x"sv), "byte"},
        BadMessage{"a name longer than its record",
                   message(one_answer, "\0\0\x0c\0\1\0\0\0\0\0\2\1abc\0"sv), "byte"},
        BadMessage{"a text longer than its record",
                   message(one_answer, "\0\0\x10\0\1\0\0\0\0\0\3\5ab"sv), "byte"},
        BadMessage{"an SRV without a host",
                   message(one_answer, "\0\0\x21\0\1\0\0\0\0\0\6\0\0\0\0\0\1"sv), "byte"},
        BadMessage{"more than a message may have", Bytes(Limits::message_bytes_max + 1), "bytes"}));

TEST(Message, HasNamesOfUpTo255Bytes) {
  std::string labels;
  for (int i = 0; i < 127; ++i) labels += "\1a"sv;
  const auto most = decode_message(message(one_question, labels + "\0\0\1\0\1"s));
  ASSERT_TRUE(most) << most.error().message;
  EXPECT_THAT(most->questions[0].name.labels, SizeIs(127));
  labels += "\1a"sv;
  EXPECT_FALSE(decode_message(message(one_question, labels + "\0\0\1\0\1"s)));
}

}  // namespace
}  // namespace tesseras::dns

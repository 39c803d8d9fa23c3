#include "preserve/dht/holder_record.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "preserve/dht/dht_fixture.hpp"

namespace tesseras::dht {
namespace {

using base::Bytes;
using base::Code;
using testing::HasSubstr;

const Key& some_key() {
  static const Key key = key_of(base::ContentHash{});
  return key;
}

HolderRecord simple() { return holder_record(1, some_key(), endpoint("192.0.2.1:4433")); }

// As large as they get.
HolderRecord full() {
  HolderRecord record = simple();
  while (record.endpoints.size() < Limits::endpoints_max) {
    record.endpoints.push_back({runtime::IpAddress::parse("2001:db8::1").value(),
                                static_cast<std::uint16_t>(60000 + record.endpoints.size())});
  }
  record.share = PlanShare{PlanId{}, FragmentSet().set()};
  record.issue = ~std::uint64_t{0};
  record.ttl = Limits::ttl_max;
  return record;
}

TEST(HolderRecord, IsReadAsSigned) {
  HolderRecord some = simple();
  some.share = PlanShare{PlanId{}, FragmentSet().set(0).set(9)};
  for (const HolderRecord& record : {simple(), some, full()}) {
    const Bytes bytes = signed_record(1, record);
    const auto opened = open_holder_record(bytes);
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_EQ(*opened, record);
    EXPECT_EQ(decode_holder_record(bytes).value(), record);
  }
}

TEST(HolderRecord, LeavesRoomForLaterReleases) {
  EXPECT_LE(signed_record(1, full()).size(), Limits::holder_record_bytes_max - 150);
}

TEST(HolderRecord, ChangedAnywhereIsRefused) {
  const Bytes bytes = signed_record(1, simple());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (const unsigned bit : {0U, 3U, 7U}) {
      Bytes changed = bytes;
      changed[i] ^= static_cast<std::byte>(1U << bit);
      EXPECT_FALSE(open_holder_record(changed)) << i;
    }
    EXPECT_FALSE(open_holder_record(base::ByteSpan(bytes).first(i))) << i;
  }
}

TEST(HolderRecord, OfAnotherSignerIsForged) {
  // Our own sign() would not do it: the key is put in afterwards.
  const HolderRecord record = simple();
  const Bytes ours = signed_record(1, record);
  const Bytes theirs = signed_record(2, holder_record(2, some_key(), endpoint("192.0.2.1:4433")));
  Bytes forged = ours;
  std::copy(theirs.end() - 64, theirs.end(), forged.end() - 64);
  const auto opened = open_holder_record(forged);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::denied);
  EXPECT_THAT(opened.error().message, HasSubstr("forged"));
}

TEST(HolderRecord, WithoutProofOfWorkIsRefused) {
  HolderRecord record = simple();
  ++record.nonce;
  while (!has_proof(node_id_of(record.node_key, record.nonce))) ++record.nonce;
  EXPECT_EQ(open_holder_record(signed_record(1, record)).error().code, Code::invalid);
  record.nonce = Limits::nonce_end;
  EXPECT_EQ(open_holder_record(signed_record(1, record)).error().code, Code::invalid);
}

TEST(HolderRecord, TooLongIsRefused) {
  const auto opened = open_holder_record(Bytes(Limits::holder_record_bytes_max + 1));
  EXPECT_EQ(opened.error().code, Code::exhausted);
}

TEST(Sender, IsTheHolderAtOneOfItsAddresses) {
  const HolderRecord record = simple();
  EXPECT_TRUE(check_sender(record, record.node_key, endpoint("192.0.2.1:4433")));
  EXPECT_TRUE(check_sender(record, record.node_key, endpoint("192.0.2.1:9")));  // behind a NAT
  HolderRecord both = record;
  both.endpoints.push_back(endpoint("[2001:db8::1]:4433"));
  both.endpoints.push_back(endpoint("[2001:db8::1]:4434"));
  EXPECT_TRUE(check_sender(both, record.node_key, endpoint("192.0.2.1:4433")));
  EXPECT_TRUE(check_sender(both, record.node_key, endpoint("[2001:db8::1]:1")));
}

TEST(Sender, IsNobodyElse) {
  const HolderRecord record = simple();
  const auto code = [&](const HolderRecord& of, std::uint64_t peer, std::string_view from) {
    const auto checked = check_sender(of, test_key(peer).public_key(), endpoint(from));
    EXPECT_FALSE(checked);
    return checked ? Code::internal : checked.error().code;
  };
  EXPECT_EQ(code(record, 2, "192.0.2.1:4433"), Code::denied);
  EXPECT_EQ(code(record, 1, "192.0.2.2:4433"), Code::denied);
  EXPECT_EQ(code(record, 1, "[2001:db8::1]:4433"), Code::denied);
  HolderRecord victim = record;
  victim.endpoints.push_back(endpoint("198.51.100.7:443"));
  EXPECT_EQ(code(victim, 1, "192.0.2.1:4433"), Code::denied);
  HolderRecord two = record;
  two.endpoints.push_back(endpoint("[2001:db8::1]:4433"));
  two.endpoints.push_back(endpoint("[2001:db8::2]:4433"));
  EXPECT_EQ(code(two, 1, "192.0.2.1:4433"), Code::denied);
  for (const char* inner : {"127.0.0.1:4433", "10.0.0.1:4433", "[::1]:4433", "[fe80::1]:1"}) {
    HolderRecord inside = record;
    inside.endpoints.push_back(endpoint(inner));
    EXPECT_EQ(code(inside, 1, "192.0.2.1:4433"), Code::denied) << inner;
  }
}

TEST(HolderRecord, Expires) {
  const HolderRecord record = simple();
  EXPECT_EQ(remaining(record, std::chrono::hours(1)).value(), std::chrono::hours(23));
  EXPECT_EQ(remaining(record, std::chrono::hours(24)).error().code, Code::invalid);
  EXPECT_EQ(remaining(record, std::chrono::hours(1000)).error().code, Code::invalid);
}

}  // namespace
}  // namespace tesseras::dht

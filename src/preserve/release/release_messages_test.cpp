#include "preserve/release/release_messages.hpp"

#include <gtest/gtest.h>

#include "foundation/wire/body.hpp"
#include "preserve/release/limits.hpp"

namespace tesseras::release {
namespace {

using base::Code;

template <class Message>
void expect_round_trip(const Message& message) {
  const auto body = encode(message);
  const auto read = decode<Message>(body);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_TRUE(*read == message);
  for (std::size_t size = 0; size < body.size(); ++size)
    EXPECT_FALSE(decode<Message>(base::ByteSpan(body).first(size))) << size;
}

TEST(ReleaseMessages, AreReadAsTheyAreWritten) {
  expect_round_trip(KeepDepositRequest{"a MANIFEST",
                                       *crypto::Ed25519Signature::from_hex(std::string(128, '3')),
                                       base::to_bytes("witnesses")});
  expect_round_trip(GiveReleaseRequest{base::to_bytes("a release")});
  expect_round_trip(GiveResponse{GiveAnswer::not_wanted});
  expect_round_trip(GetReleaseRequest{*base::ContentHash::from_hex(std::string(64, '7'))});
  expect_round_trip(GetReleaseResponse{base::to_bytes("a release")});
  expect_round_trip(GetReleaseResponse{});
  expect_round_trip(ClockRequest{});
  expect_round_trip(ClockResponse{base::WallTime{2'000'000'000, 0}});
}

TEST(ReleaseMessages, AreBounded) {
  const KeepDepositRequest long_one{std::string(Limits::manifest_bytes_max + 1, 'm'), {}, {}};
  EXPECT_EQ(decode<KeepDepositRequest>(encode(long_one)).error().code, Code::corrupt);
  const KeepDepositRequest wide{"m", {}, base::Bytes(Limits::witnesses_bytes_max + 1)};
  EXPECT_EQ(decode<KeepDepositRequest>(encode(wide)).error().code, Code::corrupt);
}

TEST(ReleaseMessages, AnAnswerOfALaterReleaseIsOneToTryAgain) {
  const auto body = wire::pack_body([](wire::MapWriter& map) { map.number("answer", 9); });
  EXPECT_EQ(decode<GiveResponse>(body).value().answer, GiveAnswer::later);
}

TEST(ReleaseMessages, AClockBefore1970SaysZero) {
  const auto read = decode<ClockResponse>(encode(ClockResponse{base::WallTime{-5, 0}}));
  EXPECT_EQ(read.value().time.unix_seconds, 0);
}

}  // namespace
}  // namespace tesseras::release

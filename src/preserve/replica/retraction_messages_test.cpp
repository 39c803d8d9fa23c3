#include "preserve/replica/retraction_messages.hpp"

#include <gtest/gtest.h>

#include "foundation/wire/body.hpp"
#include "foundation/wire/message_pack.hpp"
#include "preserve/replica/retraction.hpp"

namespace tesseras::replica {
namespace {

using base::Bytes;
using base::Code;
using wire::MapWriter;

template <class Message>
void expect_read_as_written(const Message& message) {
  const auto again = decode<Message>(encode(message));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(*again, message);
}

TEST(RetractionMessages, AreReadAsWritten) {
  base::ContentHash content;
  content.bytes.fill(std::byte{5});
  expect_read_as_written(RetractRequest{Bytes(signed_retraction_bytes_max, std::byte{1})});
  for (const auto answer : {RetractAnswer::dropped, RetractAnswer::not_kept, RetractAnswer::later})
    expect_read_as_written(RetractResponse{answer});
  expect_read_as_written(GetRetractionRequest{content});
  expect_read_as_written(GetRetractionResponse{});
  expect_read_as_written(GetRetractionResponse{Bytes(8000, std::byte{2})});
}

TEST(RetractionMessages, AreRefusedWhereTheyAreNone) {
  const auto map = [](auto fill) { return wire::pack_body(fill); };
  const Bytes too_long =
      map([](MapWriter& one) { one.bytes("retraction", Bytes(signed_retraction_bytes_max + 1)); });
  const Bytes a_text = map([](MapWriter& one) { one.text("retraction", "mine"); });
  const Bytes empty = map([](MapWriter&) {});
  const Bytes short_hash = map([](MapWriter& one) { one.bytes("content", Bytes(31)); });
  EXPECT_EQ(decode<RetractRequest>(too_long).error().code, Code::corrupt);
  EXPECT_EQ(decode<GetRetractionResponse>(too_long).error().code, Code::corrupt);
  EXPECT_FALSE(decode<RetractRequest>(a_text));
  EXPECT_FALSE(decode<GetRetractionResponse>(a_text));
  EXPECT_FALSE(decode<RetractRequest>(empty));
  EXPECT_FALSE(decode<RetractResponse>(empty));
  EXPECT_FALSE(decode<GetRetractionRequest>(empty));
  EXPECT_FALSE(decode<GetRetractionRequest>(short_hash));
  EXPECT_FALSE(decode<RetractRequest>({}));
}

TEST(RetractionMessages, AnAnswerOfALaterReleaseIsToBeAskedForAgain) {
  const Bytes body = wire::pack_body([](MapWriter& map) { map.number("answer", 3); });
  EXPECT_EQ(decode<RetractResponse>(body)->answer, RetractAnswer::later);
}

}  // namespace
}  // namespace tesseras::replica

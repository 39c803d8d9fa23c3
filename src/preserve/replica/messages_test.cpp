#include "preserve/replica/messages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/wire/body.hpp"
#include "foundation/wire/frame.hpp"
#include "preserve/replica/plan.hpp"

namespace tesseras::replica {
namespace {

using base::Bytes;
using base::Code;
using wire::MapWriter;

constexpr std::uint64_t most = (std::uint64_t{1} << 63U) - 1;

template <class Id>
Id id_of(unsigned char byte) {
  Id id;
  id.bytes.fill(static_cast<std::byte>(byte));
  return id;
}
const auto content = id_of<base::ContentHash>(1);
const auto plan = id_of<base::PlanId>(2);

template <class Message>
void expect_read_as_written(const Message& message) {
  const auto again = decode<Message>(encode(message));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(*again, message);
}

TEST(FragmentMessages, AreReadAsWritten) {
  expect_read_as_written(OfferRequest{0, Bytes(7000), false});
  expect_read_as_written(OfferRequest{255, Bytes(signed_plan_bytes_max), true});
  expect_read_as_written(OfferResponse{Answer::wanted, most});
  for (const auto answer : {Answer::kept, Answer::no_room, Answer::over_limit, Answer::not_wanted,
                            Answer::later, Answer::taken_back}) {
    expect_read_as_written(OfferResponse{answer, 0});
    expect_read_as_written(SendResponse{answer});
  }
  expect_read_as_written(SendRequest{71, most, plan});
  expect_read_as_written(GetPlanRequest{content, plan});
  expect_read_as_written(GetPlanResponse{});
  expect_read_as_written(
      GetPlanResponse{dht::FragmentSet().set(), Bytes(signed_plan_bytes_max, std::byte{3})});
  expect_read_as_written(GetFragmentRequest{content, 23, 1, plan});
  expect_read_as_written(GetFragmentResponse{});
  expect_read_as_written(GetFragmentResponse{most});
}

TEST(FragmentMessages, FitIntoAFrameHoweverFull) {
  const auto offer = encode(OfferRequest{255, Bytes(signed_plan_bytes_max), true});
  EXPECT_TRUE(wire::encode(wire::Request{{most}, OfferRequest::method, offer}));
  const auto given =
      encode(GetPlanResponse{dht::FragmentSet().set(), Bytes(signed_plan_bytes_max)});
  EXPECT_TRUE(wire::encode(wire::Response{{most}, given}));
}

TEST(FragmentMessages, OfLaterReleasesCanBeTriedAgain) {
  const auto bytes = wire::pack_body([](MapWriter& map) {
    map.number("answer", 7);
    map.text("because", "of something new");
  });
  EXPECT_EQ(decode<OfferResponse>(bytes)->answer, Answer::later);
  EXPECT_EQ(decode<SendResponse>(bytes)->answer, Answer::later);
}

template <class Message, class Fill>
Code refusal(Fill fill) {
  const auto decoded = decode<Message>(wire::pack_body(fill));
  return decoded ? Code::internal : decoded.error().code;
}

TEST(FragmentMessages, OfAnotherFormAreRefused) {
  const auto offer = [](std::uint64_t fragment, std::size_t plan_bytes, bool has_repair) {
    return refusal<OfferRequest>([&](MapWriter& map) {
      map.number("fragment", fragment);
      map.bytes("plan", Bytes(plan_bytes));
      if (has_repair) map.boolean("repair", true);
    });
  };
  EXPECT_EQ(offer(255, 10, true), Code::internal);  // this one is good
  EXPECT_EQ(offer(256, 10, true), Code::corrupt);
  EXPECT_EQ(offer(0, signed_plan_bytes_max + 1, true), Code::corrupt);
  EXPECT_EQ(offer(0, 10, false), Code::corrupt);
  EXPECT_EQ(refusal<OfferResponse>([](MapWriter& map) { map.number("answer", 0); }), Code::corrupt);
  EXPECT_EQ(refusal<OfferResponse>([](MapWriter& map) {
              map.number("answer", 0);
              map.number("offset", most + 1);
            }),
            Code::corrupt);
  EXPECT_EQ(refusal<SendRequest>([](MapWriter& map) {
              map.number("fragment", 1);
              map.number("offset", 0);
              map.bytes("plan_id", Bytes(31));
            }),
            Code::corrupt);
  EXPECT_EQ(refusal<GetPlanRequest>([](MapWriter& map) { map.bytes("plan_id", plan.bytes); }),
            Code::corrupt);
  EXPECT_EQ(refusal<GetPlanResponse>(
                [](MapWriter& map) { map.bytes("fragments", Bytes(1, std::byte{1})); }),
            Code::corrupt);
  EXPECT_EQ(refusal<GetPlanResponse>([](MapWriter& map) { map.bytes("fragments", Bytes(1)); }),
            Code::corrupt);
  EXPECT_EQ(refusal<GetFragmentResponse>([](MapWriter& map) {
              map.boolean("kept", true);
              map.number("size", 0);
            }),
            Code::corrupt);
}

}  // namespace
}  // namespace tesseras::replica

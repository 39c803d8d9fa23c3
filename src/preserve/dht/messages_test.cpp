#include "preserve/dht/messages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/wire/frame.hpp"
#include "foundation/wire/message_pack.hpp"
#include "preserve/dht/dht_fixture.hpp"
#include "preserve/dht/limits.hpp"

namespace tesseras::dht {
namespace {

using base::Bytes;
using base::Code;
using std::chrono::seconds;
using testing::HasSubstr;

NodeInfo large_node(std::uint64_t number) {
  NodeInfo info = real_node(number, distinct_endpoint(static_cast<std::uint32_t>(number)));
  while (info.endpoints.size() < Limits::endpoints_max) {
    info.endpoints.push_back({runtime::IpAddress::parse("2001:db8::1").value(),
                              static_cast<std::uint16_t>(60000 + info.endpoints.size())});
  }
  info.capabilities = Capabilities(~std::uint64_t{0});
  return info;
}

FindValueResponse largest() {
  FindValueResponse response;
  for (std::uint64_t i = 0; i < Limits::nodes_per_answer; ++i)
    response.nodes.push_back(large_node(i));
  for (std::size_t i = 0; i < Limits::entries_per_key; ++i)
    response.records.push_back({Limits::ttl_max, Bytes(Limits::holder_record_bytes_max)});
  return response;
}

class Messages : public testing::Test {
 protected:
  template <class Message>
  void expect_read_as_written(const Message& request) {
    const auto again = decode_request(Message::method, encode(request), memo_);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(std::get<Message>(*again), request);
  }
  template <class Message>
  void expect_read_as_answered(const Message& response) {
    const auto again = decode_response<Message>(encode(response), memo_);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(*again, response);
  }
  template <class Fill>
  Code refused(std::string_view method, Fill fill) {
    const auto decoded = decode_request(method, wire::pack_map(fill).value(), memo_);
    EXPECT_FALSE(decoded);
    return decoded ? Code::internal : decoded.error().code;
  }

  ProofMemo memo_;
  NodeInfo node_ = real_node(1, endpoint("192.0.2.1:4433"));
  Key key_ = key_of(base::ContentHash{});
};

TEST_F(Messages, AreReadAsWritten) {
  expect_read_as_written(PingRequest{node_});
  expect_read_as_written(FindNodeRequest{key_});
  expect_read_as_written(FindValueRequest{key_});
  expect_read_as_written(StoreRequest{Bytes(300)});
  expect_read_as_written(DialBackRequest{endpoint("[2001:db8::1]:4433")});
  expect_read_as_answered(PingResponse{node_, endpoint("192.0.2.9:1")});
  expect_read_as_answered(FindNodeResponse{});
  expect_read_as_answered(FindNodeResponse{{node_, large_node(2)}});
  expect_read_as_answered(FindValueResponse{});
  expect_read_as_answered(largest());
  expect_read_as_answered(StoreResponse{true, seconds(86400), ""});
  expect_read_as_answered(StoreResponse{false, seconds(0), "no slot"});
  expect_read_as_answered(DialBackResponse{true});
}

TEST_F(Messages, FitIntoAFrameHoweverFull) {
  const auto frame =
      wire::encode(wire::Response{wire::RequestId{~std::uint64_t{0}}, encode(largest())});
  ASSERT_TRUE(frame);
  EXPECT_LT(frame->size(), wire::Limits::envelope_bytes_max / 2);
}

TEST_F(Messages, OfAnotherMethodAreUnsupported) {
  const Bytes body = encode(FindNodeRequest{key_});
  for (const char* method : {"find", "find_nodes", "replicate", ""}) {
    EXPECT_EQ(decode_request(method, body, memo_).error().code, Code::unsupported);
    EXPECT_EQ(decode_request(method, {}, memo_).error().code, Code::unsupported) << "any body";
  }
}

TEST_F(Messages, WithoutWhatTheyMustHaveAreRefused) {
  const auto nothing = [](wire::MapWriter&) {};
  for (const std::string_view method :
       {PingRequest::method, FindNodeRequest::method, FindValueRequest::method,
        StoreRequest::method, DialBackRequest::method}) {
    EXPECT_EQ(refused(method, nothing), Code::corrupt) << method;
    EXPECT_FALSE(decode_request(method, {}, memo_));
  }
  EXPECT_EQ(refused("find_node", [](wire::MapWriter& map) { map.bytes("key", Bytes(21)); }),
            Code::corrupt);
  EXPECT_EQ(refused("find_value", [](wire::MapWriter& map) { map.number("key", 1); }),
            Code::corrupt);
  EXPECT_EQ(refused("store", [](wire::MapWriter& map) { map.bytes("record", Bytes(641)); }),
            Code::corrupt);
  EXPECT_EQ(refused("dial_back", [](wire::MapWriter& map) { map.bytes("at", Bytes(6)); }),
            Code::invalid);
}

TEST_F(Messages, WithTooManyThingsAreRefused) {
  FindNodeResponse answer;
  for (std::uint64_t i = 0; i <= Limits::nodes_per_answer; ++i)
    answer.nodes.push_back(real_node(i, distinct_endpoint(static_cast<std::uint32_t>(i))));
  const Bytes many =
      wire::pack_map([&](wire::MapWriter& map) {
        map.list("nodes", answer.nodes, [](wire::ArrayWriter& list, const NodeInfo& info) {
          list.map([&](wire::MapWriter& one) { write(one, info); });
        });
      }).value();
  EXPECT_EQ(decode_response<FindNodeResponse>(many, memo_).error().code, Code::corrupt);
  answer.nodes.resize(2);
  answer.nodes[1] = answer.nodes[0];
  EXPECT_THAT(decode_response<FindNodeResponse>(encode(answer), memo_).error().message,
              HasSubstr("stands twice"));
  answer.nodes.pop_back();
  answer.nodes[0].endpoints.clear();
  EXPECT_EQ(decode_response<FindNodeResponse>(encode(answer), memo_).error().code, Code::corrupt);
}

TEST_F(Messages, OfNodesWithoutProofAreRefused) {
  NodeInfo cheat = node_;
  ++cheat.nonce;
  EXPECT_EQ(decode_response<FindNodeResponse>(encode(FindNodeResponse{{node_, cheat}}), memo_)
                .error()
                .code,
            Code::invalid);
  EXPECT_EQ(decode_request("ping", encode(PingRequest{cheat}), memo_).error().code, Code::invalid);
}

TEST_F(Messages, CutAnywhereAreRefused) {
  FindValueResponse response;
  response.nodes = {node_};
  response.records = {{seconds(1), Bytes(20)}};
  const Bytes whole = encode(response);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    EXPECT_FALSE(decode_response<FindValueResponse>(base::ByteSpan(whole).first(i), memo_));
  }
}

TEST_F(Messages, GiveReasonsThatFit) {
  StoreResponse response{false, seconds(0), std::string(1000, 'x')};
  EXPECT_EQ(decode_response<StoreResponse>(encode(response), memo_)->reason.size(), 256U);
  response.reason = std::string(255, 'x') + "\xc3\xa9";
  EXPECT_EQ(decode_response<StoreResponse>(encode(response), memo_)->reason.size(), 255U);
  response.reason = "\xff";
  EXPECT_TRUE(decode_response<StoreResponse>(encode(response), memo_));
}

TEST(DialBack, GoesToTheAskingAddressOnly) {
  EXPECT_TRUE(may_dial_back(endpoint("192.0.2.1:9"), endpoint("192.0.2.1:4433")));
  EXPECT_EQ(may_dial_back(endpoint("192.0.2.1:9"), endpoint("192.0.2.2:4433")).error().code,
            Code::denied);
  EXPECT_FALSE(may_dial_back(endpoint("192.0.2.1:9"), endpoint("[2001:db8::1]:4433")));
}

}  // namespace
}  // namespace tesseras::dht

#include "preserve/dht/node_info.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "preserve/dht/address_policy.hpp"
#include "preserve/dht/dht_fixture.hpp"
#include "preserve/dht/limits.hpp"

namespace tesseras::dht {
namespace {

using base::Bytes;
using base::Code;
using testing::HasSubstr;

NodeInfo full_node() {
  NodeInfo info = real_node(7, endpoint("192.0.2.1:4433"));
  while (info.endpoints.size() < Limits::endpoints_max) {
    info.endpoints.push_back({IpAddress::parse("2001:db8::1").value(),
                              static_cast<std::uint16_t>(5000 + info.endpoints.size())});
  }
  info.capabilities = Capabilities(~std::uint64_t{0});
  return info;
}

TEST(NodeInfo, IsReadAsWritten) {
  for (const NodeInfo& info : {real_node(1, endpoint("192.0.2.1:4433")), full_node()}) {
    const auto again = decode_node_info(encode(info));
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(*again, info);
  }
}

TEST(NodeInfo, OfAClientHasNoEndpoints) {
  NodeInfo info = real_node(1, endpoint("192.0.2.1:4433"));
  info.endpoints.clear();
  EXPECT_EQ(decode_node_info(encode(info)).value(), info);
}

TEST(NodeInfo, KeepsCapabilitiesThatItDoesNotKnow) {
  NodeInfo info = real_node(1, endpoint("192.0.2.1:4433"));
  info.capabilities = Capabilities((std::uint64_t{1} << 63U) | 1U);
  const auto again = decode_node_info(encode(info)).value();
  EXPECT_EQ(again.capabilities.bits, (std::uint64_t{1} << 63U) | 1U);
  EXPECT_TRUE(again.capabilities.has(Capability::ping));
  EXPECT_FALSE(again.capabilities.has(Capability::store));
}

Bytes with(const NodeInfo& info, const std::function<void(wire::MapWriter&)>& before,
           const std::function<void(wire::MapWriter&)>& endpoints,
           const std::function<void(wire::MapWriter&)>& after) {
  return wire::pack_map([&](wire::MapWriter& map) {
           before(map);
           endpoints(map);
           map.bytes("key", info.key.bytes);
           map.number("nonce", info.nonce);
           after(map);
         })
      .value();
}

base::Error refusal_of(const Bytes& bytes) {
  const auto decoded = decode_node_info(bytes);
  EXPECT_FALSE(decoded);
  return decoded ? base::Error{} : decoded.error();
}

TEST(NodeInfo, IgnoresFieldsOfLaterReleases) {
  const NodeInfo info = real_node(1, endpoint("192.0.2.1:4433"));
  const auto capabilities = [&](wire::MapWriter& map) {
    map.number("capabilities", info.capabilities.bits);
  };
  const auto endpoints = [&](wire::MapWriter& map) { write_endpoints(map, info.endpoints); };
  const Bytes later = with(info, capabilities, endpoints,
                           [](wire::MapWriter& map) { map.text("zone", "somewhere"); });
  EXPECT_EQ(decode_node_info(later).value(), info);
  const Bytes long_one = with(info, capabilities, endpoints, [](wire::MapWriter& map) {
    map.bytes("zone", Bytes(Limits::node_info_bytes_max));
  });
  EXPECT_EQ(refusal_of(long_one).code, Code::exhausted);
}

TEST(NodeInfo, WithEndpointsThatAreNoneIsRefused) {
  const NodeInfo info = real_node(1, endpoint("192.0.2.1:4433"));
  const auto capabilities = [](wire::MapWriter& map) { map.number("capabilities", 15); };
  const auto none = [](wire::MapWriter&) {};
  const auto listing = [&](const std::vector<Bytes>& all) {
    return refusal_of(with(
        info, capabilities,
        [&](wire::MapWriter& map) {
          map.list("endpoints", all,
                   [](wire::ArrayWriter& list, const Bytes& one) { list.bytes(one); });
        },
        none));
  };
  const Bytes good = encode(endpoint("192.0.2.1:4433"));
  EXPECT_THAT(listing({good, good}).message, HasSubstr("stands twice"));
  EXPECT_EQ(listing({Bytes(5)}).code, Code::corrupt);
  EXPECT_EQ(listing({Bytes(19)}).code, Code::corrupt);
  EXPECT_EQ(listing({encode(endpoint("0.0.0.0:1"))}).code, Code::invalid);
  EXPECT_EQ(listing({encode(endpoint("192.0.2.1:0"))}).code, Code::invalid);
  std::vector<Bytes> nine;
  for (std::uint32_t i = 0; i < 9; ++i) nine.push_back(encode(distinct_endpoint(i)));
  EXPECT_EQ(listing(nine).code, Code::corrupt);
  EXPECT_EQ(refusal_of(with(info, capabilities, none, none)).code, Code::corrupt);
}

TEST(NodeInfo, WithoutProofIsRefused) {
  NodeInfo info = real_node(1, endpoint("192.0.2.1:4433"));
  info.nonce = Limits::nonce_end;
  EXPECT_EQ(refusal_of(encode(info)).code, Code::invalid);
  info = real_node(1, endpoint("192.0.2.1:4433"));
  info.key.bytes[0] ^= std::byte{1};
  while (has_proof(node_id_of(info.key, info.nonce))) info.key.bytes[1] ^= std::byte{1};
  EXPECT_THAT(refusal_of(encode(info)).message, HasSubstr("too weak"));
}

TEST(NodeInfo, CutAnywhereIsRefused) {
  const Bytes whole = encode(full_node());
  for (std::size_t i = 0; i < whole.size(); ++i)
    EXPECT_FALSE(decode_node_info(base::ByteSpan(whole).first(i))) << i;
}

}  // namespace
}  // namespace tesseras::dht

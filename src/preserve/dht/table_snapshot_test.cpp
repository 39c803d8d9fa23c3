#include "preserve/dht/table_snapshot.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "foundation/crypto/blake3.hpp"
#include "preserve/dht/dht_fixture.hpp"

namespace tesseras::dht {
namespace {

using base::Bytes;
using base::Code;

std::vector<Contact> some_contacts() {
  std::vector<Contact> contacts;
  for (std::uint32_t i = 0; i < 5; ++i) {
    const Endpoint where = i == 3 ? endpoint("[2001:db8::3]:99") : distinct_endpoint(i);
    contacts.push_back({real_node(i, where), where, base::Instant{}, 0});
  }
  return contacts;
}

Bytes with_hash(Bytes bytes) {
  bytes.resize(bytes.size() - 32);
  const auto hash = crypto::blake3(bytes);
  bytes.insert(bytes.end(), hash.bytes.begin(), hash.bytes.end());
  return bytes;
}

Code refusal_of(const Bytes& bytes) {
  const auto decoded = decode_snapshot(bytes);
  EXPECT_FALSE(decoded);
  return decoded ? Code::internal : decoded.error().code;
}

TEST(TableSnapshot, IsReadAsWritten) {
  const auto contacts = some_contacts();
  const auto nodes = decode_snapshot(encode_snapshot(contacts));
  ASSERT_TRUE(nodes) << nodes.error().message;
  ASSERT_EQ(nodes->size(), contacts.size());
  for (std::size_t i = 0; i < contacts.size(); ++i) {
    EXPECT_EQ((*nodes)[i].info, contacts[i].info);
    EXPECT_EQ((*nodes)[i].reached_at, contacts[i].reached_at);
  }
  EXPECT_TRUE(decode_snapshot(encode_snapshot({}))->empty());
}

TEST(TableSnapshot, DamagedAnywhereIsRefused) {
  const Bytes whole = encode_snapshot(some_contacts());
  for (std::size_t i = 0; i < whole.size(); ++i) {
    EXPECT_FALSE(decode_snapshot(base::ByteSpan(whole).first(i))) << i;
    Bytes flipped = whole;
    flipped[i] ^= std::byte{4};
    EXPECT_FALSE(decode_snapshot(flipped)) << i;
  }
}

TEST(TableSnapshot, WithARightHashIsStillChecked) {
  const Bytes whole = encode_snapshot(some_contacts());
  Bytes later = whole;
  later[7] = std::byte{2};
  EXPECT_EQ(refusal_of(with_hash(later)), Code::unsupported);
  Bytes fewer = whole;
  fewer[8] = std::byte{4};
  EXPECT_EQ(refusal_of(with_hash(fewer)), Code::corrupt);
  Bytes more = whole;
  more[8] = std::byte{6};
  EXPECT_EQ(refusal_of(with_hash(more)), Code::corrupt);
  Bytes most = whole;
  most[9] = std::byte{0xff};
  EXPECT_EQ(refusal_of(with_hash(most)), Code::corrupt);
  Contact cheat = some_contacts()[0];
  ++cheat.info.nonce;
  EXPECT_EQ(refusal_of(encode_snapshot({cheat})), Code::invalid);
}

}  // namespace
}  // namespace tesseras::dht

#include "preserve/vault/record.hpp"

#include <gtest/gtest.h>

#include "foundation/crypto/blake3.hpp"
#include "preserve/vault/layout.hpp"
#include "preserve/vault/limits.hpp"

namespace tesseras::vault {
namespace {

base::BlobId id_of(std::string_view text) {
  return base::BlobId{crypto::blake3(base::as_bytes(text)).bytes};
}

TEST(Record, IsLaidOutAsSpecified) {
  const base::Bytes record = blob_record(base::as_bytes("abc"), id_of("abc"));
  ASSERT_EQ(record.size(), 55U);
  EXPECT_EQ(base::to_hex(base::ByteSpan(record).first(16)),
            "89544553524543"
            "0a"
            "01"
            "01"
            "0000"
            "03000000");
  EXPECT_EQ(base::to_hex(base::ByteSpan(record).subspan(16, 32)), id_of("abc").hex());
  const auto check = crypto::blake3(base::ByteSpan(record).first(48));
  EXPECT_EQ(base::to_hex(base::ByteSpan(record).subspan(48, 4)), check.hex().substr(0, 8));
  EXPECT_EQ(base::as_text(base::ByteSpan(record).subspan(52)), "abc");
}

TEST(Record, HeaderRoundTrips) {
  const RecordHeader header{record_version, 2, 104, id_of("x")};
  EXPECT_EQ(decode_header(encode(header)), header);
}

TEST(Record, RefusesAHeaderWithAnyBitChanged) {
  const auto good = encode({record_version, 1, 77, id_of("x")});
  for (std::size_t i = 0; i < good.size() * 8; ++i) {
    auto bad = good;
    bad[i / 8] ^= static_cast<std::byte>(1U << (i % 8));
    EXPECT_EQ(decode_header(bad), std::nullopt) << "bit " << i;
  }
}

TEST(Record, RefusesASizeBeyondTheLimit) {
  EXPECT_TRUE(decode_header(encode({record_version, 1, Limits::payload_bytes_max, {}})));
  EXPECT_FALSE(decode_header(encode({record_version, 1, Limits::payload_bytes_max + 1, {}})));
}

TEST(Record, KeptEntriesRoundTrip) {
  std::vector<KeptEntry> entries(3);
  entries[1] = {base::ContentHash{id_of("c").bytes}, id_of("e"), id_of("m"), -5};
  const base::Bytes record = kept_record(entries);
  EXPECT_EQ(decode_kept(base::ByteSpan(record).subspan(52)).value(), entries);
}

TEST(Record, RefusesOtherKeptPayloads) {
  for (const std::size_t size : {0U, 1U, 103U, 105U, 207U})
    EXPECT_FALSE(decode_kept(base::Bytes(size))) << size;
}

TEST(Record, RemovedEntriesRoundTripAndNothingElseDoes) {
  const RemovedEntry entry{base::ContentHash{id_of("c").bytes}, 1'780'000'000};
  const base::Bytes record = removed_record(entry);
  EXPECT_EQ(decode_removed(base::ByteSpan(record).subspan(52)).value(), entry);
  for (const std::size_t size : {0U, 39U, 41U, 80U})
    EXPECT_FALSE(decode_removed(base::Bytes(size))) << size;
}

TEST(Layout, NamesFiles) {
  const Layout layout("/d");
  const auto id = *base::BlobId::from_hex("ab01" + std::string(60, 'f'));
  EXPECT_EQ(layout.blob(id), "/d/blobs/ab/01/ab01" + std::string(60, 'f'));
  EXPECT_EQ(layout.pack(7), "/d/blobs/packs/00000007.pack");
}

TEST(Layout, KnowsPackNames) {
  EXPECT_EQ(pack_number("00000007.pack"), 7U);
  EXPECT_EQ(pack_number("99999999.pack"), 99'999'999U);
  for (const char* name : {"", "7.pack", "00000000.pack", "0000000x.pack", "-0000001.pack",
                           "000000007.pack", "00000007.pac", "00000007.pack~", "00000007"})
    EXPECT_EQ(pack_number(name), std::nullopt) << name;
}

}  // namespace
}  // namespace tesseras::vault

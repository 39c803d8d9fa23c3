#include "preserve/identity/seed_file.hpp"

#include <algorithm>

#include "foundation/base/assert.hpp"
#include "foundation/crypto/blake3.hpp"
#include "foundation/crypto/random.hpp"
#include "foundation/wire/reader.hpp"
#include "foundation/wire/writer.hpp"
#include "preserve/identity/limits.hpp"

namespace tesseras::identity {
namespace {

using base::ByteSpan;
using base::Code;
using base::fail;
using base::Result;

// On disk; these may never change.
constexpr std::byte heir_blob_version{0x01};
constexpr std::byte heir_blob_flags{0x00};
constexpr std::string_view magic = "TESSEED";  // no bare seed begins so: its first byte is 0x01
constexpr std::uint8_t protected_version = 0x01;
constexpr std::size_t header_size_bytes = 48;
constexpr std::size_t checksum_size_bytes = 32;

using Header = std::array<std::byte, header_size_bytes>;

Header encode_header(const crypto::Argon2idCost& cost, const Salt& salt,
                     const crypto::AeadNonce& nonce) {
  Header header{};
  wire::Writer writer(header);
  const bool fits = writer.bytes(base::as_bytes(magic)) && writer.u8(protected_version) &&
                    writer.u32_le(cost.memory_kib) && writer.u32_le(cost.iterations) &&
                    writer.u32_le(cost.lanes) && writer.bytes(salt) && writer.bytes(nonce);
  ASSERT(fits && writer.room() == 0);
  return header;
}

Result<void> check_cost(const crypto::Argon2idCost& cost) {
  TRY(crypto::check(cost));
  if (cost.memory_kib > Limits::cost_memory_kib_max ||
      cost.iterations > Limits::cost_iterations_max || cost.lanes > Limits::cost_lanes_max) {
    return fail(Code::invalid,
                "{} KiB, {} iterations and {} lanes of Argon2id; at most {}, {} and {} are allowed",
                cost.memory_kib, cost.iterations, cost.lanes, Limits::cost_memory_kib_max,
                Limits::cost_iterations_max, Limits::cost_lanes_max);
  }
  return {};
}

Result<crypto::SecretBytes<32>> key_from(ByteSpan passphrase, const Salt& salt,
                                         const crypto::Argon2idCost& cost) {
  return crypto::argon2id({.password = passphrase, .salt = salt}, cost);
}

Result<ProtectedSeed> decode_protected(ByteSpan bytes) {
  wire::Reader reader(bytes);
  TRY(reader.expect(base::as_bytes(magic)));
  const std::uint8_t version = TRY(reader.u8());
  if (version != protected_version) {
    return fail(Code::unsupported,
                "the root seed is protected in version {}, and this release reads {}; use a newer "
                "release of tes",
                version, protected_version);
  }
  ProtectedSeed seed;
  seed.cost.memory_kib = TRY(reader.u32_le());
  seed.cost.iterations = TRY(reader.u32_le());
  seed.cost.lanes = TRY(reader.u32_le());
  std::ranges::copy(TRY(reader.bytes(seed.salt.size())), seed.salt.begin());
  std::ranges::copy(TRY(reader.bytes(seed.nonce.size())), seed.nonce.begin());
  std::ranges::copy(TRY(reader.bytes(seed.sealed.size())), seed.sealed.begin());
  const ByteSpan summed = bytes.first(reader.offset());
  // Tells damage from a wrong passphrase. It covers what is readable anyway, so it tells
  // nothing about seed or passphrase.
  if (!std::ranges::equal(TRY(reader.bytes(checksum_size_bytes)), crypto::blake3(summed).bytes)) {
    return fail(Code::corrupt, "the root seed's file has been changed or damaged");
  }
  TRY(reader.expect_end());
  // Before a single block of memory is taken: anybody can write a checksum.
  if (const auto checked = check_cost(seed.cost); !checked) {
    return fail(Code::corrupt, "the root seed's file asks for {}", checked.error().message);
  }
  return seed;
}

}  // namespace

HeirBlob encode_heir_blob(const RootSeed& seed) {
  HeirBlob blob;
  const base::MutableByteSpan bytes = blob.mutable_span();
  bytes[0] = heir_blob_version;
  bytes[1] = heir_blob_flags;
  std::ranges::copy(seed.span(), bytes.begin() + 2);
  return blob;
}

Result<RootSeed> decode_heir_blob(ByteSpan bytes) {
  if (bytes.size() != heir_blob_size_bytes) {
    return fail(Code::corrupt, "a root seed of {} bytes, where {} belong", bytes.size(),
                heir_blob_size_bytes);
  }
  if (bytes[0] != heir_blob_version || bytes[1] != heir_blob_flags) {
    return fail(Code::unsupported,
                "a root seed of version {} with flags {}, and this release knows 1 and 0; use a "
                "newer release of tes",
                std::to_integer<int>(bytes[0]), std::to_integer<int>(bytes[1]));
  }
  return RootSeed::copy_of(bytes.subspan(2));
}

Result<ProtectedSeedBytes> protect(const RootSeed& seed, ByteSpan passphrase,
                                   const crypto::Argon2idCost& cost) {
  Salt salt{};
  crypto::AeadNonce nonce{};
  crypto::fill_random(salt);
  crypto::fill_random(nonce);
  return protect_with(seed, passphrase, cost, salt, nonce);
}

Result<ProtectedSeedBytes> protect_with(const RootSeed& seed, ByteSpan passphrase,
                                        const crypto::Argon2idCost& cost, const Salt& salt,
                                        const crypto::AeadNonce& nonce) {
  if (passphrase.empty()) {
    return fail(Code::invalid, "an empty passphrase protects nothing; give one, or none at all");
  }
  TRY(check_cost(cost));
  const auto key = TRY(key_from(passphrase, salt, cost));
  const Header header = encode_header(cost, salt, nonce);
  ProtectedSeed made;
  // The header is bound in, so that nobody can make the price cheaper and have it accepted.
  crypto::Aes256Gcm(key).seal(nonce, header, encode_heir_blob(seed).span(), made.sealed);
  ProtectedSeedBytes bytes{};
  wire::Writer writer(bytes);
  const bool fits = writer.bytes(header) && writer.bytes(made.sealed) &&
                    writer.bytes(crypto::blake3(writer.written()).bytes);
  ASSERT(fits && writer.room() == 0);
  return bytes;
}

bool looks_like_seed(ByteSpan bytes) {
  if (base::as_text(bytes).starts_with(magic)) return bytes.size() == protected_seed_size_bytes;
  return bytes.size() == heir_blob_size_bytes && bytes[0] == heir_blob_version &&
         bytes[1] == heir_blob_flags;
}

Result<SeedFile> decode_seed_file(ByteSpan bytes) {
  if (base::as_text(bytes).starts_with(magic)) return TRY(decode_protected(bytes));
  return TRY(decode_heir_blob(bytes));
}

Result<RootSeed> unprotect(const ProtectedSeed& seed, ByteSpan passphrase) {
  const auto key = TRY(key_from(passphrase, seed.salt, seed.cost));
  const Header header = encode_header(seed.cost, seed.salt, seed.nonce);
  HeirBlob blob;
  if (!crypto::Aes256Gcm(key).open(seed.nonce, header, seed.sealed, blob.mutable_span())) {
    return fail(Code::denied, "wrong passphrase for the root seed; try again");
  }
  return decode_heir_blob(blob.span());
}

}  // namespace tesseras::identity

#include "preserve/custody/spool.hpp"

#include "foundation/crypto/random.hpp"
#include "foundation/crypto/secret.hpp"

namespace tesseras::custody {
namespace {

crypto::AeadNonce nonce_of(std::uint64_t number) {
  crypto::AeadNonce nonce{};
  for (std::size_t at = 0; at < 8; ++at, number >>= 8U) nonce[at] = static_cast<std::byte>(number);
  return nonce;
}

}  // namespace

Result<std::unique_ptr<Spool>> Spool::make(runtime::Disk& disk) {
  crypto::SecretBytes<32> key;
  crypto::fill_random(key.mutable_span());
  auto scratch = TRY(Scratch::make(disk));
  auto file = TRY(disk.create(scratch->file(0), 0600));
  return std::unique_ptr<Spool>(
      new Spool(std::move(scratch), std::move(file), crypto::Aes256Gcm(key)));
}

Spool::Spool(std::unique_ptr<Scratch> scratch, std::unique_ptr<runtime::File> file,
             crypto::Aes256Gcm cipher)
    : scratch_(std::move(scratch)), file_(std::move(file)), cipher_(std::move(cipher)) {}

Result<void> Spool::put(const crypto::Blake3Hash& hash, base::ByteSpan bytes) {
  const std::lock_guard lock(mutex_);
  if (places_.contains(hash)) return {};
  const Place place{size_bytes_, bytes.size(), places_.size()};
  base::Bytes sealed(bytes.size() + crypto::Aes256Gcm::tag_size_bytes);
  cipher_.seal(nonce_of(place.number), hash.bytes, bytes, sealed);
  TRY(file_->append(sealed));
  size_bytes_ += sealed.size();
  places_.emplace(hash, place);
  return {};
}

Result<base::Bytes> Spool::get(const crypto::Blake3Hash& hash) {
  const std::lock_guard lock(mutex_);
  const Place& place = places_.at(hash);
  base::Bytes sealed(place.size_bytes + crypto::Aes256Gcm::tag_size_bytes);
  base::Bytes bytes(place.size_bytes);
  if (TRY(file_->read_at(place.offset, sealed)) != sealed.size() ||
      !cipher_.open(nonce_of(place.number), hash.bytes, sealed, bytes))
    return fail(Code::corrupt, "a temporary file was changed by somebody; run this again");
  return bytes;
}

}  // namespace tesseras::custody

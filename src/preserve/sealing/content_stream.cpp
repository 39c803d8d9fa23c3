#include "preserve/sealing/content_stream.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "foundation/base/assert.hpp"
#include "preserve/sealing/limits.hpp"

namespace tesseras::sealing {
namespace {

using base::Code;
using base::fail;

crypto::AeadNonce nonce_of(std::uint64_t chunk, bool is_last) {
  crypto::AeadNonce nonce{};
  for (std::size_t at = 10; at >= 3; --at) {
    nonce[at] = static_cast<std::byte>(chunk);
    chunk >>= 8U;
  }
  nonce[11] = is_last ? std::byte{1} : std::byte{0};
  return nonce;
}

crypto::Aes256Gcm cipher_of(const ContentKey& key, const Capsule& capsule) {
  return crypto::Aes256Gcm(derive("tesseras content stream v1", key, capsule.id));
}

std::uint64_t chunks_of(std::uint64_t plain_bytes) {
  return (plain_bytes + Limits::chunk_bytes - 1) / Limits::chunk_bytes;
}

}  // namespace

std::uint64_t padded_bytes(std::uint64_t pack_bytes) {
  ASSERT(pack_bytes >= 2);
  const auto e = static_cast<unsigned>(std::bit_width(pack_bytes)) - 1;
  const auto s = static_cast<unsigned>(std::bit_width(e));
  const std::uint64_t step = std::uint64_t{1} << (e - s);
  return (pack_bytes + step - 1) / step * step;
}

std::uint64_t sealed_bytes(std::uint64_t plain_bytes) {
  ASSERT(plain_bytes >= 1);
  return plain_bytes + chunks_of(plain_bytes) * Limits::tag_bytes;
}

Result<std::uint64_t> plain_bytes(std::uint64_t sealed_bytes) {
  const auto last = sealed_bytes % Limits::sealed_chunk_bytes;
  if (sealed_bytes == 0 || (last != 0 && last <= Limits::tag_bytes))
    return fail(Code::corrupt, "it was cut short: no encrypted content has {} bytes", sealed_bytes);
  const auto chunks = sealed_bytes / Limits::sealed_chunk_bytes + (last != 0 ? 1 : 0);
  return sealed_bytes - chunks * Limits::tag_bytes;
}

ContentWriter::ContentWriter(const ContentKey& key, const Capsule& capsule, Sink sink)
    : cipher_(cipher_of(key, capsule)),
      associated_(associated_data("tesseras content v1", capsule)),
      sink_(std::move(sink)),
      sealed_(Limits::sealed_chunk_bytes) {
  plain_.reserve(Limits::chunk_bytes);
}

Result<void> ContentWriter::append(base::ByteSpan plain) {
  appended_bytes_ += plain.size();
  while (!plain.empty()) {
    // Only when there is more is a full chunk known not to be the last.
    if (plain_.size() == Limits::chunk_bytes) {
      TRY(seal_chunk(plain_, false));
      plain_.clear();
    }
    // A chunk that lies there whole need not be copied first.
    if (plain_.empty() && plain.size() > Limits::chunk_bytes) {
      TRY(seal_chunk(plain.first(Limits::chunk_bytes), false));
      plain = plain.subspan(Limits::chunk_bytes);
      continue;
    }
    const auto piece = plain.first(std::min(plain.size(), Limits::chunk_bytes - plain_.size()));
    plain_.insert(plain_.end(), piece.begin(), piece.end());
    plain = plain.subspan(piece.size());
  }
  return {};
}

Result<void> ContentWriter::finish() {
  static constexpr std::array<std::byte, 4096> zeros{};
  for (auto left = padded_bytes(appended_bytes_) - appended_bytes_; left > 0;) {
    const auto piece = std::min<std::uint64_t>(left, zeros.size());
    TRY(append(base::ByteSpan(zeros).first(static_cast<std::size_t>(piece))));
    left -= piece;
  }
  return seal_chunk(plain_, true);
}

Result<void> ContentWriter::seal_chunk(base::ByteSpan plain, bool is_last) {
  const auto sealed =
      base::MutableByteSpan(sealed_).first(plain.size() + crypto::Aes256Gcm::tag_size_bytes);
  cipher_.seal(nonce_of(chunk_++, is_last), associated_, plain, sealed);
  return sink_(sealed);
}

Result<ContentReader> ContentReader::open(const ContentKey& key, const Capsule& capsule,
                                          std::uint64_t sealed_bytes, ReadAt read_at) {
  return ContentReader(key, capsule, TRY(plain_bytes(sealed_bytes)), std::move(read_at));
}

ContentReader::ContentReader(const ContentKey& key, const Capsule& capsule,
                             std::uint64_t plain_bytes, ReadAt read_at)
    : cipher_(cipher_of(key, capsule)),
      associated_(associated_data("tesseras content v1", capsule)),
      read_at_(std::move(read_at)),
      plain_bytes_(plain_bytes),
      sealed_(Limits::sealed_chunk_bytes) {}

Result<std::size_t> ContentReader::read_at(std::uint64_t offset, base::MutableByteSpan into) {
  if (offset >= plain_bytes_) return 0;
  into = into.first(
      static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), plain_bytes_ - offset)));
  const std::size_t wanted = into.size();
  while (!into.empty()) {
    TRY(open_chunk(offset / Limits::chunk_bytes));
    const auto from = base::ByteSpan(plain_).subspan(offset % Limits::chunk_bytes);
    const auto piece = from.first(std::min(from.size(), into.size()));
    std::ranges::copy(piece, into.begin());
    into = into.subspan(piece.size());
    offset += piece.size();
  }
  return wanted;
}

Result<void> ContentReader::open_chunk(std::uint64_t chunk) {
  if (in_plain_ == chunk) return {};
  in_plain_.reset();
  const auto begin = chunk * Limits::chunk_bytes;
  plain_.resize(
      static_cast<std::size_t>(std::min<std::uint64_t>(Limits::chunk_bytes, plain_bytes_ - begin)));
  const auto sealed = base::MutableByteSpan(sealed_).first(plain_.size() + Limits::tag_bytes);
  const bool is_last = begin + plain_.size() == plain_bytes_;
  if (TRY(read_at_(chunk * Limits::sealed_chunk_bytes, sealed)) != sealed.size())
    return fail(Code::corrupt, "the encrypted content became shorter while it was read");
  if (!cipher_.open(nonce_of(chunk, is_last), associated_, sealed, plain_)) {
    return fail(Code::corrupt, "the encrypted content was changed, in its chunk {} of {}",
                chunk + 1, chunks_of(plain_bytes_));
  }
  in_plain_ = chunk;
  return {};
}

}  // namespace tesseras::sealing

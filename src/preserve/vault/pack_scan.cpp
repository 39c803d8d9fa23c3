#include "preserve/vault/pack_scan.hpp"

#include <algorithm>
#include <optional>

#include "foundation/crypto/blake3.hpp"
#include "preserve/vault/limits.hpp"

namespace tesseras::vault {
namespace {

using base::ByteSpan;
using base::Result;

// A moving window over the file, large enough for the largest record.
class Window {
 public:
  Window(runtime::File& file, std::uint64_t end_bytes) : file_(file), end_bytes_(end_bytes) {}

  // The bytes from `offset` on: at least `size_bytes` of them, fewer only at the end. Valid
  // until the next call.
  Result<ByteSpan> at(std::uint64_t offset, std::size_t size_bytes) {
    const std::uint64_t wanted = std::min<std::uint64_t>(size_bytes, end_bytes_ - offset);
    if (offset < begin_ || offset + wanted > begin_ + held_) {
      begin_ = offset;
      const std::uint64_t rest = std::min<std::uint64_t>(window_bytes, end_bytes_ - offset);
      if (bytes_.size() < rest) bytes_.resize(rest);
      held_ = TRY(file_.read_at(offset, base::MutableByteSpan(bytes_).first(rest)));
    }
    return ByteSpan(bytes_).subspan(offset - begin_, held_ - (offset - begin_));
  }

 private:
  static constexpr std::size_t window_bytes = 2 * Limits::payload_bytes_max;

  runtime::File& file_;
  std::uint64_t end_bytes_;
  base::Bytes bytes_;
  std::uint64_t begin_ = 0;
  std::size_t held_ = 0;
};

class Scan {
 public:
  Scan(runtime::File& file, std::uint64_t begin_bytes, std::uint64_t end_bytes,
       const PackVisitor& visitor)
      : window_(file, end_bytes), at_(begin_bytes), end_(end_bytes), visitor_(visitor) {}

  Result<void> run() {
    while (at_ < end_) {
      const ByteSpan ahead = TRY(window_.at(at_, record_header_size_bytes));
      if (ahead.empty()) break;  // the file was cut meanwhile
      const auto header = header_in(ahead);
      if (!header) {
        TRY(skip_to_next_header());
        continue;
      }
      TRY(visit(*header));
    }
    return {};
  }

 private:
  static std::optional<RecordHeader> header_in(ByteSpan bytes) {
    if (bytes.size() < record_header_size_bytes) return std::nullopt;
    return decode_header(bytes.first(record_header_size_bytes));
  }

  Result<void> visit(const RecordHeader& header) {
    const std::size_t size = record_header_size_bytes + header.payload_size_bytes;
    const ByteSpan ahead = TRY(window_.at(at_, size));
    if (ahead.size() < size) {
      // A header may be right and the rest missing, with other records behind a torn write.
      TRY(skip_to_next_header("a record that is cut off"));
      return {};
    }
    const ByteSpan payload = ahead.subspan(record_header_size_bytes, header.payload_size_bytes);
    if (crypto::blake3(payload).bytes != header.payload_hash.bytes) {
      const bool is_blob = header.kind == static_cast<std::uint8_t>(RecordKind::blob);
      TRY(skip_to_next_header("a record whose contents do not have their hash",
                              is_blob ? at_ + size : at_));
      return {};
    }
    const std::uint64_t begin = at_;
    at_ += size;
    const bool is_known = header.version == record_version &&
                          header.kind >= static_cast<std::uint8_t>(RecordKind::blob) &&
                          header.kind <= static_cast<std::uint8_t>(RecordKind::complete);
    if (!is_known) {
      visitor_.damage({begin, size, true, true,
                       fmt::format("a record of version {} and kind {}, which this release does "
                                   "not know",
                                   header.version, header.kind)});
      return {};
    }
    return visitor_.record(
        {static_cast<RecordKind>(header.kind), begin, header.payload_hash, payload});
  }

  // `harmless_end`: when the next header stands there, nothing but a blob is skipped.
  Result<void> skip_to_next_header(std::string_view why = "bytes that are no record",
                                   std::uint64_t harmless_end = 0) {
    const std::uint64_t begin = at_;
    ++at_;
    while (at_ < end_) {
      const ByteSpan ahead = TRY(window_.at(at_, record_header_size_bytes));
      const auto found = std::ranges::search(ahead, record_magic());
      const auto passed = static_cast<std::uint64_t>(found.begin() - ahead.begin());
      if (found.empty()) {
        // The window's last bytes may be the beginning of a magic number.
        const std::size_t tail = std::min(ahead.size(), record_magic_size_bytes - 1);
        if (at_ + ahead.size() >= end_ || ahead.size() <= tail) {
          at_ = end_;
        } else {
          at_ += ahead.size() - tail;
        }
        continue;
      }
      at_ += passed;
      if (header_in(TRY(window_.at(at_, record_header_size_bytes)))) break;
      ++at_;
    }
    const bool is_harmless = at_ == harmless_end || TRY(is_one_blob(begin, at_ - begin));
    visitor_.damage({begin, at_ - begin, !is_harmless, false, std::string(why)});
    return {};
  }

  // Whether a record of a blob stands here of which the header alone was damaged. Commit records
  // are told apart for certain: a header's checksum covers its kind, and where only the checksum
  // differs, the payload must not be as long as a commit record's.
  Result<bool> is_one_blob(std::uint64_t begin, std::uint64_t size_bytes) {
    if (size_bytes < record_header_size_bytes ||
        size_bytes > record_header_size_bytes + Limits::small_blob_bytes_max)
      return false;
    const ByteSpan ahead = TRY(window_.at(begin, size_bytes));
    if (ahead.size() < size_bytes) return false;
    const ByteSpan found = ahead.first(record_header_size_bytes);
    const ByteSpan payload = ahead.subspan(record_header_size_bytes, size_bytes - found.size());
    const auto whole = encode({record_version, static_cast<std::uint8_t>(RecordKind::blob),
                               static_cast<std::uint32_t>(payload.size()),
                               base::BlobId{crypto::blake3(payload).bytes}});
    const auto holds = [&](std::size_t from, std::size_t to) {
      return std::ranges::equal(found.subspan(from, to - from),
                                ByteSpan(whole).subspan(from, to - from));
    };
    const bool front = holds(0, record_hash_at), hash = holds(record_hash_at, record_check_at),
               check = holds(record_check_at, record_header_size_bytes);
    if (check) return front || hash;
    return front && hash && !may_be_commit_payload(payload.size());
  }

  Window window_;
  std::uint64_t at_;
  std::uint64_t end_;
  const PackVisitor& visitor_;
};

}  // namespace

Result<void> scan_pack(runtime::File& pack, std::uint64_t begin_bytes, std::uint64_t end_bytes,
                       const PackVisitor& visitor) {
  const std::uint64_t size = TRY(pack.status()).size_bytes;
  return Scan(pack, begin_bytes, std::min(end_bytes, size), visitor).run();
}

}  // namespace tesseras::vault

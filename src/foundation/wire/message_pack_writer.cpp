#include <array>
#include <bit>
#include <utility>

#include "foundation/base/assert.hpp"
#include "foundation/base/text.hpp"
#include "foundation/crypto/wipe.hpp"
#include "foundation/wire/message_pack.hpp"

namespace tesseras::wire {
namespace {

using base::ByteSpan;
using base::Code;
using base::Result;

// What a head of two bytes for the count costs behind its first byte.
constexpr std::size_t wide_count_bytes = 2;
constexpr std::size_t narrow_count_max = 15;

std::byte byte_of(std::uint64_t number) { return static_cast<std::byte>(number & 0xffU); }

}  // namespace

Packer::Packer(std::size_t bytes_max) : bytes_max_(bytes_max) {
  ASSERT(bytes_max <= Limits::message_bytes_max);  // so that 16 bits are enough for every length
}

void Packer::refuse(Code code, std::string_view what) {
  if (!error_) error_ = base::Error{code, std::string(what)};
}

void Packer::append(ByteSpan bytes) {
  if (error_) return;
  if (bytes.size() > bytes_max_ - bytes_.size()) {
    refuse(Code::exhausted, fmt::format("the message has more than {} bytes", bytes_max_));
    return;
  }
  crypto::append_wiping(bytes_, bytes);  // there may be a key in it
}

void Packer::head(std::uint8_t first, std::uint64_t rest, std::size_t rest_bytes) {
  if (++values_ > Limits::values_max) {
    refuse(Code::exhausted, fmt::format("the message has more than {} values", Limits::values_max));
  }
  std::array<std::byte, 9> head{byte_of(first)};
  for (std::size_t i = 0; i < rest_bytes; ++i) {
    head[rest_bytes - i] = byte_of(rest >> (8U * i));
  }
  append(ByteSpan(head).first(1 + rest_bytes));
}

void Packer::boolean(bool value) { head(value ? 0xc3 : 0xc2, 0, 0); }

void Packer::number(std::uint64_t value) {
  if (value < 0x80) return head(static_cast<std::uint8_t>(value), 0, 0);
  if (value < 0x100) return head(0xcc, value, 1);
  if (value < 0x1'0000) return head(0xcd, value, 2);
  if (value < 0x1'0000'0000) return head(0xce, value, 4);
  head(0xcf, value, 8);
}

void Packer::text(std::string_view text) {
  if (!base::is_utf8(text)) {
    return refuse(Code::invalid, "a text of the message is not UTF-8");
  }
  if (text.size() < 0x20) {
    head(static_cast<std::uint8_t>(0xa0U | text.size()), 0, 0);
  } else if (text.size() < 0x100) {
    head(0xd9, text.size(), 1);
  } else {
    head(0xda, text.size(), 2);
  }
  append(base::as_bytes(text));
}

void Packer::bytes(ByteSpan bytes) {
  if (bytes.size() < 0x100) {
    head(0xc4, bytes.size(), 1);
  } else {
    head(0xc5, bytes.size(), 2);
  }
  append(bytes);
}

std::size_t Packer::open() {
  ASSERT(depth_ < Limits::depth_max);
  ++depth_;
  const std::size_t place = bytes_.size();
  head(0, 0, 0);
  return place;
}

void Packer::close(Type type, std::size_t place, std::size_t count) {
  ASSERT(depth_ > 0);
  --depth_;
  if (error_) return;
  const bool map = type == Type::map;
  if (count <= narrow_count_max) {
    bytes_[place] = byte_of((map ? 0x80U : 0x90U) | count);
    return;
  }
  if (bytes_.size() + wide_count_bytes > bytes_max_) {
    return refuse(Code::exhausted, fmt::format("the message has more than {} bytes", bytes_max_));
  }
  const std::array<std::byte, wide_count_bytes> wide{byte_of(count >> 8U), byte_of(count)};
  bytes_[place] = byte_of(map ? 0xdeU : 0xdcU);
  crypto::reserve_wiping(bytes_, wide.size());
  bytes_.insert(bytes_.begin() + static_cast<std::ptrdiff_t>(place) + 1, wide.begin(), wide.end());
}

Result<base::Bytes> Packer::take() && {
  ASSERT(depth_ == 0);
  if (error_) return base::fail(*std::move(error_));
  return std::move(bytes_);
}

void MapWriter::key(std::string_view key) {
  ASSERT(packer_.depth() == depth_);
  ASSERT(is_key(key) && key > last_key_);
  last_key_ = key;
  ++count_;
  packer_.text(key);
}

void MapWriter::boolean(std::string_view name, bool value) {
  key(name);
  packer_.boolean(value);
}
void MapWriter::number(std::string_view name, std::uint64_t value) {
  key(name);
  packer_.number(value);
}
void MapWriter::text(std::string_view name, std::string_view text) {
  key(name);
  packer_.text(text);
}
void MapWriter::bytes(std::string_view name, ByteSpan bytes) {
  key(name);
  packer_.bytes(bytes);
}

void ArrayWriter::next() {
  ASSERT(packer_.depth() == depth_);
  ++count_;
}

void ArrayWriter::boolean(bool value) {
  next();
  packer_.boolean(value);
}
void ArrayWriter::number(std::uint64_t value) {
  next();
  packer_.number(value);
}
void ArrayWriter::text(std::string_view text) {
  next();
  packer_.text(text);
}
void ArrayWriter::bytes(ByteSpan bytes) {
  next();
  packer_.bytes(bytes);
}

}  // namespace tesseras::wire

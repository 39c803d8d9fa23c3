#include "foundation/wire/message_pack.hpp"

#include <algorithm>
#include <array>

#include "foundation/base/assert.hpp"
#include "foundation/base/text.hpp"
#include "foundation/wire/reader.hpp"

namespace tesseras::wire {
namespace {

using base::ByteSpan;
using base::Code;
using base::fail;
using base::Result;

// The first bytes of values: spec/wire.md section 2, and the MessagePack specification.
struct Head {
  Type type;
  std::uint64_t number;  // the value, the length in bytes, or the count
};

// A head whose number takes `Number`'s bytes, which it may only when it needs them.
template <std::unsigned_integral Number>
Result<Head> wide_head(Type type, Result<Number> number, std::uint64_t min, std::size_t at) {
  const std::uint64_t value = TRY(std::move(number));
  if (value < min) {
    return fail(Code::corrupt, "at byte {}: {} is written in more bytes than it needs", at, value);
  }
  return Head{type, value};
}

Result<Head> read_head(Reader& reader) {
  const std::size_t at = reader.offset();
  const std::uint8_t first = TRY(reader.u8());
  if (first <= 0x7f) return Head{Type::number, first};
  if (first <= 0x8f) return Head{Type::map, first & 0x0fU};
  if (first <= 0x9f) return Head{Type::array, first & 0x0fU};
  if (first <= 0xbf) return Head{Type::text, first & 0x1fU};
  switch (first) {
    case 0xc2: return Head{Type::boolean, 0};
    case 0xc3: return Head{Type::boolean, 1};
    case 0xc4: return wide_head(Type::bytes, reader.u8(), 0, at);
    case 0xc5: return wide_head(Type::bytes, reader.u16_be(), 0x100, at);
    case 0xcc: return wide_head(Type::number, reader.u8(), 0x80, at);
    case 0xcd: return wide_head(Type::number, reader.u16_be(), 0x100, at);
    case 0xce: return wide_head(Type::number, reader.u32_be(), 0x1'0000, at);
    case 0xcf: return wide_head(Type::number, reader.u64_be(), 0x1'0000'0000, at);
    case 0xd9: return wide_head(Type::text, reader.u8(), 0x20, at);
    case 0xda: return wide_head(Type::text, reader.u16_be(), 0x100, at);
    case 0xdc: return wide_head(Type::array, reader.u16_be(), 0x10, at);
    case 0xde: return wide_head(Type::map, reader.u16_be(), 0x10, at);
    default:
      return fail(Code::corrupt, "at byte {}: 0x{:02x} begins no value that is in use", at, first);
  }
}

// An array or a map that is not yet at its end.
struct Open {
  Type type = Type::array;
  std::uint64_t left = 0;
  std::string_view last_key;
};

// The check of a whole message. It remembers where it is in at most depth_max containers, and does
// not call itself.
class Check {
 public:
  explicit Check(ByteSpan message) : reader_(message) {}

  Result<void> run() {
    do {
      TRY(step());
      while (depth_ > 0 && open_[depth_ - 1].left == 0) --depth_;
    } while (depth_ > 0);
    return reader_.expect_end();
  }

 private:
  // One value, after its key where it has one; of an array or a map only the head.
  Result<void> step() {
    if (depth_ > 0) {
      Open& inside = open_[depth_ - 1];
      --inside.left;
      if (inside.type == Type::map) TRY(key(inside));
    }
    const std::size_t at = reader_.offset();
    TRY(count_value(at));
    const Head head = TRY(read_head(reader_));
    switch (head.type) {
      case Type::boolean:
      case Type::number: return {};
      case Type::bytes: TRY(reader_.bytes(head.number)); return {};
      case Type::text:
        if (!base::is_utf8(base::as_text(TRY(reader_.bytes(head.number))))) {
          return fail(Code::corrupt, "at byte {}: a text that is not UTF-8", at);
        }
        return {};
      case Type::array: return enter(head, at, 1);
      case Type::map: return enter(head, at, 3);  // a key of one letter, and a value
    }
    return {};
  }

  Result<void> key(Open& inside) {
    const std::size_t at = reader_.offset();
    TRY(count_value(at));
    const Head head = TRY(read_head(reader_));
    if (head.type != Type::text || head.number > Limits::key_bytes_max) {
      return fail(Code::corrupt, "at byte {}: not the key of a map", at);
    }
    const std::string_view name = base::as_text(TRY(reader_.bytes(head.number)));
    if (!is_key(name)) {
      return fail(Code::corrupt, "at byte {}: '{}' is no key", at, base::to_printable(name));
    }
    // Ascending order is one order, and lets no key be there twice: two readers that each believed
    // another of them would disagree about what was signed.
    if (name <= inside.last_key) {
      return fail(Code::corrupt, "at byte {}: '{}' may not follow '{}'", at, name, inside.last_key);
    }
    inside.last_key = name;
    return {};
  }

  Result<void> enter(Head head, std::size_t at, std::size_t element_bytes_min) {
    // A count is believed only when its elements can be there.
    if (head.number > reader_.remaining() / element_bytes_min) {
      return fail(Code::corrupt, "at byte {}: {} elements do not fit in the {} bytes left", at,
                  head.number, reader_.remaining());
    }
    if (depth_ == open_.size()) {
      return fail(Code::corrupt, "at byte {}: deeper than {}", at, open_.size());
    }
    open_[depth_++] = Open{head.type, head.number, {}};
    return {};
  }

  Result<void> count_value(std::size_t at) {
    if (++values_ <= Limits::values_max) return {};
    return fail(Code::corrupt, "at byte {}: more than {} values", at, Limits::values_max);
  }

  Reader reader_;
  std::array<Open, Limits::depth_max> open_{};
  std::size_t depth_ = 0;
  std::size_t values_ = 0;
};

// The head at `at` of a message that passed Check; `at` becomes where its content begins.
Head checked_head(ByteSpan message, std::size_t& at) {
  Reader reader(message.subspan(at));
  const auto head = read_head(reader);
  ASSERT(head.has_value());
  at += reader.offset();
  return *head;
}

// Where the value at `at` of a message that passed Check ends.
std::size_t end_of(ByteSpan message, std::size_t at) {
  for (std::uint64_t left = 1; left > 0; --left) {
    const Head head = checked_head(message, at);
    switch (head.type) {
      case Type::boolean:
      case Type::number: break;
      case Type::bytes:
      case Type::text: at += head.number; break;
      case Type::array: left += head.number; break;
      case Type::map: left += 2 * head.number; break;
    }
  }
  return at;
}

const char* name_of(Type type) {
  switch (type) {
    case Type::boolean: return "a boolean";
    case Type::number: return "a number";
    case Type::text: return "a text";
    case Type::bytes: return "bytes";
    case Type::array: return "an array";
    case Type::map: return "a map";
  }
  return "nothing";
}

// What `read` makes of the field, and the field's name before what it refuses.
template <class Read>
auto field(const MapView& map, std::string_view key, Read read)
    -> decltype(read(std::declval<Value>())) {
  auto result = read(TRY(map.at(key)));
  if (!result) return base::fail_in(std::move(result).error(), "{}", key);
  return result;
}

}  // namespace

bool is_key(std::string_view text) {
  return !text.empty() && text.size() <= Limits::key_bytes_max &&
         std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
         });
}

Result<Value> unpack(ByteSpan message, std::size_t bytes_max) {
  ASSERT(bytes_max <= Limits::message_bytes_max);
  if (message.size() > bytes_max) {
    return fail(Code::exhausted, "{} bytes, and a message has at most {}", message.size(),
                bytes_max);
  }
  TRY(Check(message).run());
  return Value(message, 0);
}

Result<MapView> unpack_map(ByteSpan message, std::size_t bytes_max) {
  return TRY(unpack(message, bytes_max)).map();
}

Result<std::uint64_t> read_number(Reader& reader) {
  const std::size_t at = reader.offset();
  const Head head = TRY(read_head(reader));
  if (head.type == Type::number) return head.number;
  return fail(Code::corrupt, "at byte {}: {} where a number belongs", at, name_of(head.type));
}

Type Value::type() const {
  std::size_t at = at_;
  return checked_head(message_, at).type;
}

std::size_t Value::content() const {
  std::size_t at = at_;
  checked_head(message_, at);
  return at;
}

Result<std::uint64_t> Value::expect(Type wanted) const {
  std::size_t at = at_;
  const Head head = checked_head(message_, at);
  if (head.type == wanted) return head.number;
  return fail(Code::corrupt, "at byte {}: {} belongs here, and this is {}", at_, name_of(wanted),
              name_of(head.type));
}

Result<bool> Value::boolean() const { return TRY(expect(Type::boolean)) != 0; }

Result<std::uint64_t> Value::number(std::uint64_t max) const {
  const std::uint64_t value = TRY(expect(Type::number));
  if (value <= max) return value;
  return fail(Code::corrupt, "at byte {}: {}, and at most {} is allowed", at_, value, max);
}

Result<std::string_view> Value::text(std::size_t bytes_max) const {
  const std::size_t size_bytes = TRY(expect(Type::text));
  if (size_bytes <= bytes_max) return base::as_text(message_.subspan(content(), size_bytes));
  return fail(Code::corrupt, "at byte {}: a text of {} bytes, and at most {} are allowed", at_,
              size_bytes, bytes_max);
}

Result<ByteSpan> Value::bytes(std::size_t bytes_max) const {
  const std::size_t size_bytes = TRY(expect(Type::bytes));
  if (size_bytes <= bytes_max) return message_.subspan(content(), size_bytes);
  return fail(Code::corrupt, "at byte {}: {} bytes, and at most {} are allowed", at_, size_bytes,
              bytes_max);
}

Result<ByteSpan> Value::bytes_exactly(std::size_t size_bytes) const {
  const std::size_t there = TRY(expect(Type::bytes));
  if (there == size_bytes) return message_.subspan(content(), there);
  return fail(Code::corrupt, "at byte {}: {} bytes, and there must be {}", at_, there, size_bytes);
}

Result<ArrayView> Value::array(std::size_t count_max) const {
  const std::size_t count = TRY(expect(Type::array));
  if (count <= count_max) return ArrayView(message_, at_, content(), count);
  return fail(Code::corrupt, "at byte {}: an array of {}, and at most {} are allowed", at_, count,
              count_max);
}

Result<MapView> Value::map() const {
  const std::size_t count = TRY(expect(Type::map));
  return MapView(message_, at_, content(), count);
}

ByteSpan Value::encoded() const { return message_.subspan(at_, end_of(message_, at_) - at_); }

Result<Value> ArrayView::at(std::size_t index) const {
  std::size_t left = index;
  for (const Value element : *this) {
    if (left-- == 0) return element;
  }
  return fail(Code::corrupt, "at byte {}: an array of {}, and element {} is missing", start_,
              count_, index);
}

ArrayView::Iterator& ArrayView::Iterator::operator++() {
  at_ = end_of(message_, at_);
  --left_;
  return *this;
}

MapView::Field MapView::Iterator::operator*() const {
  std::size_t at = at_;
  const std::size_t size_bytes = checked_head(message_, at).number;
  return {base::as_text(message_.subspan(at, size_bytes)), Value(message_, at + size_bytes)};
}

MapView::Iterator& MapView::Iterator::operator++() {
  at_ = end_of(message_, end_of(message_, at_));
  --left_;
  return *this;
}

std::optional<Value> MapView::find(std::string_view key) const {
  for (const auto [name, value] : *this) {
    if (name == key) return value;
    if (name > key) break;  // keys ascend
  }
  return std::nullopt;
}

Result<Value> MapView::at(std::string_view key) const {
  const auto value = find(key);
  if (value) return *value;
  return fail(Code::corrupt, "{}: missing from the map at byte {}", key, start_);
}

Result<bool> MapView::boolean(std::string_view key) const {
  return field(*this, key, [](Value value) { return value.boolean(); });
}
Result<std::uint64_t> MapView::number(std::string_view key, std::uint64_t max) const {
  return field(*this, key, [&](Value value) { return value.number(max); });
}
Result<std::string_view> MapView::text(std::string_view key, std::size_t bytes_max) const {
  return field(*this, key, [&](Value value) { return value.text(bytes_max); });
}
Result<ByteSpan> MapView::bytes(std::string_view key, std::size_t bytes_max) const {
  return field(*this, key, [&](Value value) { return value.bytes(bytes_max); });
}
Result<ByteSpan> MapView::bytes_exactly(std::string_view key, std::size_t size_bytes) const {
  return field(*this, key, [&](Value value) { return value.bytes_exactly(size_bytes); });
}
Result<ArrayView> MapView::array(std::string_view key, std::size_t count_max) const {
  return field(*this, key, [&](Value value) { return value.array(count_max); });
}
Result<MapView> MapView::map(std::string_view key) const {
  return field(*this, key, [](Value value) { return value.map(); });
}

}  // namespace tesseras::wire

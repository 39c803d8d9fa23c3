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

enum class Fault : std::uint8_t { none, cut, longer_than_needed, not_in_use };

// The first bytes of a value: spec/wire.md section 3, and the MessagePack specification.
struct Head {
  Type type = Type::number;
  Fault fault = Fault::none;
  std::uint8_t size_bytes = 1;  // of the head; when it is cut, what it needs
  std::uint64_t number = 0;     // the value, the length in bytes, or the count
};

// A head whose number stands in `rest_bytes`, which it may only when it is at least `min`.
Head wide_head(ByteSpan bytes, Type type, std::uint8_t rest_bytes, std::uint64_t min) {
  Head head{.type = type, .size_bytes = static_cast<std::uint8_t>(1 + rest_bytes)};
  if (bytes.size() < head.size_bytes) {
    head.fault = Fault::cut;
    return head;
  }
  for (const std::byte next : bytes.subspan(1, rest_bytes)) {
    head.number = (head.number << 8U) | std::to_integer<std::uint64_t>(next);
  }
  if (head.number < min) head.fault = Fault::longer_than_needed;
  return head;
}

// No Result here: it is called for every value of a message, and again at every look for a field.
Head parse_head(ByteSpan bytes) {
  if (bytes.empty()) return {.fault = Fault::cut};
  const auto first = std::to_integer<std::uint8_t>(bytes.front());
  if (first <= 0x7f) return {.type = Type::number, .number = first};
  if (first <= 0x8f) return {.type = Type::map, .number = first & 0x0fU};
  if (first <= 0x9f) return {.type = Type::array, .number = first & 0x0fU};
  if (first <= 0xbf) return {.type = Type::text, .number = first & 0x1fU};
  switch (first) {
    case 0xc2: return {.type = Type::boolean, .number = 0};
    case 0xc3: return {.type = Type::boolean, .number = 1};
    case 0xc4: return wide_head(bytes, Type::bytes, 1, 0);
    case 0xc5: return wide_head(bytes, Type::bytes, 2, 0x100);
    case 0xcc: return wide_head(bytes, Type::number, 1, 0x80);
    case 0xcd: return wide_head(bytes, Type::number, 2, 0x100);
    case 0xce: return wide_head(bytes, Type::number, 4, 0x1'0000);
    case 0xcf: return wide_head(bytes, Type::number, 8, 0x1'0000'0000);
    case 0xd9: return wide_head(bytes, Type::text, 1, 0x20);
    case 0xda: return wide_head(bytes, Type::text, 2, 0x100);
    case 0xdc: return wide_head(bytes, Type::array, 2, 0x10);
    case 0xde: return wide_head(bytes, Type::map, 2, 0x10);
    default: return {.fault = Fault::not_in_use};
  }
}

// What is wrong with the head that `bytes` begin with, at byte `at` of the message.
base::Error fault_of(const Head& head, ByteSpan bytes, std::size_t at) {
  switch (head.fault) {
    case Fault::none: break;
    case Fault::cut:
      return {Code::corrupt, fmt::format("at byte {}: {} bytes belong here, and only {} are left",
                                         at, head.size_bytes, bytes.size())};
    case Fault::longer_than_needed:
      return {Code::corrupt, fmt::format("at byte {}: {} is written in more bytes than it needs",
                                         at, head.number)};
    case Fault::not_in_use:
      return {Code::corrupt, fmt::format("at byte {}: 0x{:02x} begins no value that is in use", at,
                                         std::to_integer<unsigned>(bytes.front()))};
  }
  return {Code::internal, "a head without a fault"};
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
  explicit Check(ByteSpan message) : message_(message) {}

  Result<void> run() {
    do {
      TRY(step());
      while (depth_ > 0 && open_[depth_ - 1].left == 0) --depth_;
    } while (depth_ > 0);
    if (left() == 0) return {};
    return fail(Code::corrupt, "at byte {}: {} bytes too many", at_, left());
  }

 private:
  // One value, after its key where it has one; of an array or a map only the head.
  Result<void> step() {
    if (depth_ > 0) {
      Open& inside = open_[depth_ - 1];
      --inside.left;
      if (inside.type == Type::map) TRY(key(inside));
    }
    const std::size_t at = at_;
    const Head head = TRY(take_head());
    switch (head.type) {
      case Type::boolean:
      case Type::number: return {};
      case Type::bytes: TRY(take(head.number)); return {};
      case Type::text:
        if (!base::is_utf8(base::as_text(TRY(take(head.number))))) {
          return fail(Code::corrupt, "at byte {}: a text that is not UTF-8", at);
        }
        return {};
      case Type::array: return enter(head, at, 1);
      case Type::map: return enter(head, at, 3);  // a key of one letter, and a value
    }
    return {};
  }

  Result<void> key(Open& inside) {
    const std::size_t at = at_;
    const Head head = TRY(take_head());
    if (head.type != Type::text || head.number > Limits::key_bytes_max) {
      return fail(Code::corrupt, "at byte {}: not the key of a map", at);
    }
    const std::string_view name = base::as_text(TRY(take(head.number)));
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
    if (head.number > left() / element_bytes_min) {
      return fail(Code::corrupt, "at byte {}: {} elements do not fit in the {} bytes left", at,
                  head.number, left());
    }
    if (depth_ == open_.size()) {
      return fail(Code::corrupt, "at byte {}: deeper than {}", at, open_.size());
    }
    open_[depth_++] = Open{head.type, head.number, {}};
    return {};
  }

  // The head of the next key or value, which is one more of them.
  Result<Head> take_head() {
    if (++values_ > Limits::values_max) {
      return fail(Code::corrupt, "at byte {}: more than {} values", at_, Limits::values_max);
    }
    const ByteSpan rest = message_.subspan(at_);
    const Head head = parse_head(rest);
    if (head.fault != Fault::none) return fail(fault_of(head, rest, at_));
    at_ += head.size_bytes;
    return head;
  }

  Result<ByteSpan> take(std::uint64_t size_bytes) {
    if (size_bytes > left()) {
      return fail(Code::corrupt, "at byte {}: {} bytes belong here, and only {} are left", at_,
                  size_bytes, left());
    }
    const ByteSpan taken = message_.subspan(at_, size_bytes);
    at_ += size_bytes;
    return taken;
  }

  std::size_t left() const { return message_.size() - at_; }

  ByteSpan message_;
  std::size_t at_ = 0;
  std::array<Open, Limits::depth_max> open_{};
  std::size_t depth_ = 0;
  std::size_t values_ = 0;
};

// The head at `at` of a message that passed Check; `at` becomes where its content begins.
Head checked_head(ByteSpan message, std::size_t& at) {
  const Head head = parse_head(message.subspan(at));
  ASSERT(head.fault == Fault::none);
  at += head.size_bytes;
  return head;
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
  const ByteSpan rest = TRY(Reader(reader).bytes(reader.remaining()));
  const Head head = parse_head(rest);
  if (head.fault != Fault::none) return fail(fault_of(head, rest, reader.offset()));
  if (head.type != Type::number) {
    return fail(Code::corrupt, "at byte {}: {} where a number belongs", reader.offset(),
                name_of(head.type));
  }
  TRY(reader.bytes(head.size_bytes));
  return head.number;
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

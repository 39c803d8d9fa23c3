// Messages as MessagePack, the strict part of it that spec/wire.md names: one encoding a message.
//
//   Result<Bytes> encode(const Peer& peer) {
//     return wire::pack_map([&](wire::MapWriter& map) {
//       map.bytes("key", peer.key.bytes);  // fields in the order of their names
//       map.number("port", peer.port);
//     });
//   }
//   Result<Peer> decode_peer(ByteSpan bytes) {
//     const wire::MapView map = TRY(wire::unpack_map(bytes));
//     return Peer{TRY(map.id<PeerKey>("key")), TRY(map.number_to<std::uint16_t>("port"))};
//   }
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "foundation/wire/limits.hpp"

namespace tesseras::wire {

class ArrayView;
class MapView;
class Reader;

enum class Type : std::uint8_t { boolean, number, text, bytes, array, map };

// True for what may be the key of a map, or the name of a method: 1 to 31 of a-z 0-9 _.
bool is_key(std::string_view text);

// One value of a message that unpack has found good. It is a view: it borrows the message, takes
// no memory, and is copied freely.
//
// Each accessor returns corrupt, with the byte in the message, for a value of another type or
// outside what is asked for; a caller may copy what comes out.
class Value {
 public:
  Type type() const;

  base::Result<bool> boolean() const;
  base::Result<std::uint64_t> number(
      std::uint64_t max = std::numeric_limits<std::uint64_t>::max()) const;
  base::Result<std::string_view> text(std::size_t bytes_max) const;  // well-formed UTF-8
  base::Result<base::ByteSpan> bytes(std::size_t bytes_max) const;
  base::Result<base::ByteSpan> bytes_exactly(std::size_t size_bytes) const;
  base::Result<ArrayView> array(std::size_t count_max) const;
  base::Result<MapView> map() const;

  template <std::unsigned_integral Number>
  base::Result<Number> number_to() const {
    return static_cast<Number>(TRY(number(std::numeric_limits<Number>::max())));
  }
  // An id of a fixed size (base::StrongId).
  template <class Id>
  base::Result<Id> id() const {
    return *Id::from_bytes(TRY(bytes_exactly(Id::size_bytes)));
  }

  // The value as it stands in the message, head and all: what to keep when it is passed on with
  // fields that we do not know.
  base::ByteSpan encoded() const;
  // Where in the message it begins.
  std::size_t offset() const { return at_; }

 private:
  friend class ArrayView;
  friend class MapView;
  friend base::Result<Value> unpack(base::ByteSpan message, std::size_t bytes_max);
  Value(base::ByteSpan message, std::size_t at) : message_(message), at_(at) {}

  base::Result<std::uint64_t> expect(Type type) const;
  std::size_t content() const;  // where what follows the head begins

  base::ByteSpan message_;
  std::size_t at_;
};

// The elements of an array, in order: `for (const Value element : TRY(map.array("nodes", 20)))`.
class ArrayView {
 public:
  class Iterator {
   public:
    Value operator*() const { return {message_, at_}; }
    Iterator& operator++();
    bool operator!=(const Iterator& other) const { return left_ != other.left_; }

   private:
    friend class ArrayView;
    Iterator(base::ByteSpan message, std::size_t at, std::size_t left)
        : message_(message), at_(at), left_(left) {}

    base::ByteSpan message_;
    std::size_t at_;
    std::size_t left_;
  };

  std::size_t count() const { return count_; }
  // By position; corrupt when the array is shorter.
  base::Result<Value> at(std::size_t index) const;
  Iterator begin() const { return {message_, at_, count_}; }
  Iterator end() const { return {message_, at_, 0}; }

  // Each element through `decode(Value) -> Result<T>`; its first error, with the element's index.
  template <std::invocable<Value> Decode>
  auto each(Decode decode) const
      -> base::Result<std::vector<typename std::invoke_result_t<Decode, Value>::value_type>> {
    std::vector<typename std::invoke_result_t<Decode, Value>::value_type> all;
    all.reserve(count_);  // bounded by array()'s count_max
    for (const Value element : *this) {
      auto one = decode(element);
      if (!one) return base::fail_in(std::move(one).error(), "element {}", all.size());
      all.push_back(*std::move(one));
    }
    return all;
  }

 private:
  friend class Value;
  ArrayView(base::ByteSpan message, std::size_t start, std::size_t at, std::size_t count)
      : message_(message), start_(start), at_(at), count_(count) {}

  base::ByteSpan message_;
  std::size_t start_;  // of the array itself, for messages
  std::size_t at_;     // of its first element
  std::size_t count_;
};

// The fields of a map, by name. A field that nobody asks for is ignored, so later versions may add
// some; one that is asked for and is not there is corrupt, as is what Value's accessors refuse.
// Every message names the field. What may be left out is asked for with has().
class MapView {
 public:
  struct Field {
    std::string_view key;
    Value value;
  };
  // In the order of the keys, for who takes whatever is there: `for (const auto [key, value] :
  // map)`.
  class Iterator {
   public:
    Field operator*() const;
    Iterator& operator++();
    bool operator!=(const Iterator& other) const { return left_ != other.left_; }

   private:
    friend class MapView;
    Iterator(base::ByteSpan message, std::size_t at, std::size_t left)
        : message_(message), at_(at), left_(left) {}

    base::ByteSpan message_;
    std::size_t at_;
    std::size_t left_;
  };

  std::size_t count() const { return count_; }
  Iterator begin() const { return {message_, at_, count_}; }
  Iterator end() const { return {message_, at_, 0}; }

  bool has(std::string_view key) const { return find(key).has_value(); }
  std::optional<Value> find(std::string_view key) const;
  base::Result<Value> at(std::string_view key) const;

  base::Result<bool> boolean(std::string_view key) const;
  base::Result<std::uint64_t> number(
      std::string_view key, std::uint64_t max = std::numeric_limits<std::uint64_t>::max()) const;
  base::Result<std::string_view> text(std::string_view key, std::size_t bytes_max) const;
  base::Result<base::ByteSpan> bytes(std::string_view key, std::size_t bytes_max) const;
  base::Result<base::ByteSpan> bytes_exactly(std::string_view key, std::size_t size_bytes) const;
  base::Result<ArrayView> array(std::string_view key, std::size_t count_max) const;
  base::Result<MapView> map(std::string_view key) const;

  template <std::unsigned_integral Number>
  base::Result<Number> number_to(std::string_view key) const {
    return static_cast<Number>(TRY(number(key, std::numeric_limits<Number>::max())));
  }
  template <class Id>
  base::Result<Id> id(std::string_view key) const {
    return *Id::from_bytes(TRY(bytes_exactly(key, Id::size_bytes)));
  }
  // An array of at most `count_max`, each element through `decode(Value) -> Result<T>`.
  template <std::invocable<Value> Decode>
  auto list(std::string_view key, std::size_t count_max, Decode decode) const
      -> base::Result<std::vector<typename std::invoke_result_t<Decode, Value>::value_type>> {
    auto all = TRY(array(key, count_max)).each(std::move(decode));
    if (!all) return base::fail_in(std::move(all).error(), "{}", key);
    return all;
  }

 private:
  friend class Value;
  MapView(base::ByteSpan message, std::size_t start, std::size_t at, std::size_t count)
      : message_(message), start_(start), at_(at), count_(count) {}

  base::ByteSpan message_;
  std::size_t start_;  // of the map itself, for messages
  std::size_t at_;     // of its first key
  std::size_t count_;
};

// The one value that `message` is, all of it checked: types, shortest forms, UTF-8, keys in
// ascending order and so no key twice, depth and number of values, nothing behind it. No memory is
// taken. The span is borrowed by everything that comes out.
// corrupt, with the byte, for anything else; exhausted for more than `bytes_max` bytes, which is at
// most Limits::message_bytes_max.
base::Result<Value> unpack(base::ByteSpan message,
                           std::size_t bytes_max = Limits::message_bytes_max);
// And corrupt, when it is no map: what every message of ours is.
base::Result<MapView> unpack_map(base::ByteSpan message,
                                 std::size_t bytes_max = Limits::message_bytes_max);

// A number off the front of bytes that are not checked, and may not be MessagePack any further.
base::Result<std::uint64_t> read_number(Reader& reader);

class ArrayWriter;
class MapWriter;

// A message that is one map, or one array; `fill` writes what is in it.
// invalid: a text is not UTF-8. exhausted: more than `bytes_max` bytes, or Limits::values_max.
template <std::invocable<MapWriter&> Fill>
base::Result<base::Bytes> pack_map(Fill fill, std::size_t bytes_max = Limits::message_bytes_max);
template <std::invocable<ArrayWriter&> Fill>
base::Result<base::Bytes> pack_array(Fill fill, std::size_t bytes_max = Limits::message_bytes_max);

// What the writers below write into. Whatever it refuses, unpack would: the first refusal is kept,
// nothing is written after it, and take() tells.
class Packer {
 public:
  // At most Limits::message_bytes_max.
  explicit Packer(std::size_t bytes_max);

  void boolean(bool value);
  void number(std::uint64_t value);
  void text(std::string_view text);  // invalid: not UTF-8
  void bytes(base::ByteSpan bytes);

  // An array or a map whose number of elements is known when it is closed. The place to close.
  std::size_t open();
  void close(Type type, std::size_t place, std::size_t count);
  std::size_t depth() const { return depth_; }

  // invalid: a text was not UTF-8. exhausted: more bytes or values than may be read.
  base::Result<base::Bytes> take() &&;

 private:
  void head(std::uint8_t first, std::uint64_t rest, std::size_t rest_bytes);
  void append(base::ByteSpan bytes);
  void refuse(base::Code code, std::string_view what);

  base::Bytes bytes_;
  std::size_t bytes_max_;
  std::size_t depth_ = 0;
  std::size_t values_ = 0;
  std::optional<base::Error> error_;
};

// The fields of one map. Names out of order, twice, or not is_key() are our own mistake and end
// the program, as does writing to a map while one inside it is still being written.
class MapWriter {
 public:
  void boolean(std::string_view key, bool value);
  void number(std::string_view key, std::uint64_t value);
  void text(std::string_view key, std::string_view text);
  void bytes(std::string_view key, base::ByteSpan bytes);

  // `fill` is called once, at once.
  template <std::invocable<MapWriter&> Fill>
  void map(std::string_view key, Fill fill);
  template <std::invocable<ArrayWriter&> Fill>
  void array(std::string_view key, Fill fill);
  // An array with `write(ArrayWriter&, element)` called for each of `elements`.
  template <class Range, class Write>
  void list(std::string_view key, const Range& elements, Write write);

 private:
  friend class ArrayWriter;
  template <std::invocable<MapWriter&> Fill>
  friend base::Result<base::Bytes> pack_map(Fill fill, std::size_t bytes_max);
  explicit MapWriter(Packer& packer)
      : packer_(packer), place_(packer.open()), depth_(packer.depth()) {}
  void key(std::string_view key);
  void close() { packer_.close(Type::map, place_, count_); }

  Packer& packer_;
  std::size_t place_;
  std::size_t depth_;
  std::size_t count_ = 0;
  std::string last_key_;
};

// The elements of one array.
class ArrayWriter {
 public:
  void boolean(bool value);
  void number(std::uint64_t value);
  void text(std::string_view text);
  void bytes(base::ByteSpan bytes);

  template <std::invocable<MapWriter&> Fill>
  void map(Fill fill) {
    next();
    MapWriter inner(packer_);
    fill(inner);
    inner.close();
  }
  template <std::invocable<ArrayWriter&> Fill>
  void array(Fill fill) {
    next();
    ArrayWriter inner(packer_);
    fill(inner);
    inner.close();
  }

 private:
  friend class MapWriter;
  template <std::invocable<ArrayWriter&> Fill>
  friend base::Result<base::Bytes> pack_array(Fill fill, std::size_t bytes_max);
  explicit ArrayWriter(Packer& packer)
      : packer_(packer), place_(packer.open()), depth_(packer.depth()) {}
  void next();
  void close() { packer_.close(Type::array, place_, count_); }

  Packer& packer_;
  std::size_t place_;
  std::size_t depth_;
  std::size_t count_ = 0;
};

template <std::invocable<MapWriter&> Fill>
base::Result<base::Bytes> pack_map(Fill fill, std::size_t bytes_max) {
  Packer packer(bytes_max);
  MapWriter map(packer);
  fill(map);
  map.close();
  return std::move(packer).take();
}

template <std::invocable<ArrayWriter&> Fill>
base::Result<base::Bytes> pack_array(Fill fill, std::size_t bytes_max) {
  Packer packer(bytes_max);
  ArrayWriter array(packer);
  fill(array);
  array.close();
  return std::move(packer).take();
}

template <std::invocable<MapWriter&> Fill>
void MapWriter::map(std::string_view name, Fill fill) {
  key(name);
  MapWriter inner(packer_);
  fill(inner);
  inner.close();
}

template <std::invocable<ArrayWriter&> Fill>
void MapWriter::array(std::string_view name, Fill fill) {
  key(name);
  ArrayWriter inner(packer_);
  fill(inner);
  inner.close();
}

template <class Range, class Write>
void MapWriter::list(std::string_view name, const Range& elements, Write write) {
  array(name, [&](ArrayWriter& out) {
    for (const auto& element : elements) write(out, element);
  });
}

}  // namespace tesseras::wire

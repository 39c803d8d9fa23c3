// Whatever unpack takes has one encoding: written again, it is the same bytes.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "foundation/base/assert.hpp"
#include "foundation/wire/message_pack.hpp"

namespace tesseras {
namespace {

using wire::Limits;
using wire::Type;
using wire::Value;

wire::ArrayView elements_of(Value value) { return *value.array(Limits::values_max); }

void rewrite(wire::MapWriter& out, wire::MapView map);

void rewrite(wire::ArrayWriter& out, Value value) {
  switch (value.type()) {
    case Type::boolean: return out.boolean(*value.boolean());
    case Type::number: return out.number(*value.number());
    case Type::text: return out.text(*value.text(Limits::message_bytes_max));
    case Type::bytes: return out.bytes(*value.bytes(Limits::message_bytes_max));
    case Type::array:
      return out.array([&](wire::ArrayWriter& inner) {
        for (const Value element : elements_of(value)) rewrite(inner, element);
      });
    case Type::map: return out.map([&](wire::MapWriter& inner) { rewrite(inner, *value.map()); });
  }
}

void rewrite(wire::MapWriter& out, wire::MapView map) {
  for (const auto [key, value] : map) {
    ASSERT(map.at(key)->offset() == value.offset());
    switch (value.type()) {
      case Type::boolean: out.boolean(key, *value.boolean()); break;
      case Type::number: out.number(key, *value.number()); break;
      case Type::text: out.text(key, *value.text(Limits::message_bytes_max)); break;
      case Type::bytes: out.bytes(key, *value.bytes(Limits::message_bytes_max)); break;
      case Type::array:
        out.array(key, [&](wire::ArrayWriter& inner) {
          for (const Value element : elements_of(value)) rewrite(inner, element);
        });
        break;
      case Type::map:
        out.map(key, [&](wire::MapWriter& inner) { rewrite(inner, *value.map()); });
        break;
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto message = std::as_bytes(std::span(data, size));
  const auto value = wire::unpack(message);
  if (!value) {
    ASSERT(value.error().code ==
           (size > Limits::message_bytes_max ? base::Code::exhausted : base::Code::corrupt));
    ASSERT(!value.error().message.empty());
    return 0;
  }
  ASSERT(value->encoded().size() == size);
  if (value->type() == Type::map) {
    const auto again = wire::pack_map([&](wire::MapWriter& out) { rewrite(out, *value->map()); });
    ASSERT(again && std::ranges::equal(*again, message));
  } else if (value->type() == Type::array) {
    const auto again = wire::pack_array([&](wire::ArrayWriter& out) {
      for (const Value element : elements_of(*value)) rewrite(out, element);
    });
    ASSERT(again && std::ranges::equal(*again, message));
  }
  return 0;
}

}  // namespace tesseras

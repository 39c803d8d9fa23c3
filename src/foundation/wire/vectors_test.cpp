// spec/vectors/wire, made by other code than ours: see make.py there.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <utility>

#include "foundation/base/vector_fixture.hpp"
#include "foundation/wire/frame.hpp"
#include "foundation/wire/message_pack.hpp"

namespace tesseras::wire {
namespace {

using base::Bytes;
using base::ByteSpan;

using Fields = base::VectorFields;

std::string hex_of(ByteSpan bytes) { return base::to_hex(bytes); }

ArrayView elements_of(Value value) { return *value.array(Limits::values_max); }
MapView fields_of(Value value) { return *value.map(); }

// The value in the words of the vectors.
std::string told(Value value) {
  std::string all;
  const auto add = [&](const std::string& one) { all += (all.empty() ? "" : ", ") + one; };
  switch (value.type()) {
    case Type::boolean: return *value.boolean() ? "true" : "false";
    case Type::number: return std::to_string(*value.number());
    case Type::text: return "\"" + std::string(*value.text(Limits::message_bytes_max)) + "\"";
    case Type::bytes: return "<" + base::to_hex(*value.bytes(Limits::message_bytes_max)) + ">";
    case Type::array:
      for (const Value element : elements_of(value)) add(told(element));
      return "[" + all + "]";
    case Type::map:
      for (const auto [key, inner] : fields_of(value)) add(std::string(key) + ": " + told(inner));
      return "{" + all + "}";
  }
  return all;
}

void rewrite(MapWriter& out, MapView map);

void rewrite(ArrayWriter& out, Value value) {
  switch (value.type()) {
    case Type::boolean: return out.boolean(*value.boolean());
    case Type::number: return out.number(*value.number());
    case Type::text: return out.text(*value.text(Limits::message_bytes_max));
    case Type::bytes: return out.bytes(*value.bytes(Limits::message_bytes_max));
    case Type::array:
      return out.array([&](ArrayWriter& inner) {
        for (const Value element : elements_of(value)) rewrite(inner, element);
      });
    case Type::map: return out.map([&](MapWriter& inner) { rewrite(inner, *value.map()); });
  }
}

void rewrite(MapWriter& out, MapView map) {
  for (const auto [key, value] : map) {
    switch (value.type()) {
      case Type::boolean: out.boolean(key, *value.boolean()); break;
      case Type::number: out.number(key, *value.number()); break;
      case Type::text: out.text(key, *value.text(Limits::message_bytes_max)); break;
      case Type::bytes: out.bytes(key, *value.bytes(Limits::message_bytes_max)); break;
      case Type::array:
        out.array(key, [&](ArrayWriter& inner) {
          for (const Value element : elements_of(value)) rewrite(inner, element);
        });
        break;
      case Type::map: out.map(key, [&](MapWriter& inner) { rewrite(inner, *value.map()); }); break;
    }
  }
}

bool check_value(Fields& v) {
  const Bytes bytes = base::bytes_of_vector(v["value"]);
  const auto value = unpack(bytes);
  EXPECT_EQ(value ? "valid" : name_of(value.error().code), v["expect"]);
  if (!value) return false;
  if (v.contains("reads")) {
    EXPECT_EQ(told(*value), v["reads"]);
  }
  // And we write the same bytes, for there are no others that say it.
  Bytes again;
  if (value->type() == Type::map) {
    again = *pack_map([&](MapWriter& out) { rewrite(out, *value->map()); });
  } else if (value->type() == Type::array) {
    again = *pack_array([&](ArrayWriter& out) {
      for (const Value element : elements_of(*value)) rewrite(out, element);
    });
  } else {
    again = *pack_array([&](ArrayWriter& out) { rewrite(out, *value); });
    again.erase(again.begin());
  }
  EXPECT_EQ(hex_of(again), hex_of(bytes));
  return true;
}

void check_envelope(Fields& v, const Envelope& envelope) {
  if (const auto* request = std::get_if<Request>(&envelope)) {
    EXPECT_EQ(v["kind"], "request");
    EXPECT_EQ(std::to_string(request->id.value), v["id"]);
    EXPECT_EQ(request->method, v["method"]);
    EXPECT_EQ(hex_of(request->body), hex_of(base::bytes_of_vector(v["body"])));
  } else if (const auto* response = std::get_if<Response>(&envelope)) {
    EXPECT_EQ(v["kind"], "response");
    EXPECT_EQ(std::to_string(response->id.value), v["id"]);
    EXPECT_EQ(hex_of(response->body), hex_of(base::bytes_of_vector(v["body"])));
  } else {
    const auto& refusal = std::get<Refusal>(envelope);
    EXPECT_EQ(v["kind"], "error");
    EXPECT_EQ(std::to_string(refusal.id.value), v["id"]);
    EXPECT_EQ(std::to_string(std::to_underlying(refusal.code)), v["code"]);
    EXPECT_EQ(refusal.reason, v["reason"]);
  }
}

// What came of the stream up to its first frame, or of its end.
base::Result<Envelope> read_stream(FrameReader& reader, ByteSpan stream, std::size_t& taken) {
  taken = TRY(reader.take(stream));
  TRY(reader.expect_end());
  if (!reader.complete()) return base::fail(base::Code::corrupt, "no frame");
  return decode_envelope(reader.envelope());
}

bool check_stream(Fields& v) {
  const Bytes stream = base::bytes_of_vector(v["stream"]);
  FrameReader reader;
  std::size_t taken = 0;
  const auto envelope = read_stream(reader, stream, taken);
  EXPECT_EQ(envelope ? "valid" : name_of(envelope.error().code), v["expect"]);
  if (envelope) {
    check_envelope(v, *envelope);
    EXPECT_EQ(hex_of(ByteSpan(stream).subspan(taken)), hex_of(base::bytes_of_vector(v["left"])));
    return true;
  }
  EXPECT_EQ(std::to_string(std::to_underlying(error_code(envelope.error().code))), v["told"]);
  const auto frame =
      reader.complete() ? refusal_of(reader.envelope(), envelope.error()) : std::nullopt;
  EXPECT_EQ(frame.has_value(), v.contains("id"));
  if (frame && v.contains("id")) {
    const auto answer = decode_envelope(ByteSpan(*frame).subspan(Limits::frame_header_bytes));
    const auto& refusal = std::get<Refusal>(answer.value());
    EXPECT_EQ(std::to_string(refusal.id.value), v["id"]);
    EXPECT_EQ(std::to_string(std::to_underlying(refusal.code)), v["told"]);
  }
  return false;
}

TEST(WireVectors, Hold) {
  int valid = 0, refused = 0;
  const std::filesystem::path folder = TESSERAS_SOURCE_DIR "/spec/vectors/wire";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".txt") continue;
    SCOPED_TRACE(entry.path().filename());
    Fields vector = base::read_vector(entry.path());
    const bool taken = vector.contains("value") ? check_value(vector) : check_stream(vector);
    ++(taken ? valid : refused);
  }
  EXPECT_GE(valid, 50);
  EXPECT_GE(refused, 130);
}

}  // namespace
}  // namespace tesseras::wire

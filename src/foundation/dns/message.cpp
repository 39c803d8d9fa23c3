#include "foundation/dns/message.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "foundation/base/ascii.hpp"
#include "foundation/base/assert.hpp"
#include "foundation/base/text.hpp"
#include "foundation/dns/limits.hpp"
#include "foundation/wire/reader.hpp"

namespace tesseras::dns {
namespace {

using base::Bytes;
using base::ByteSpan;
using base::Code;
using base::fail;
using base::Result;
using runtime::IpAddress;
using wire::Reader;

constexpr std::uint16_t class_in = 1;
constexpr std::uint16_t top_bit = 0x8000;  // of a class: unicast wanted, or the only record
constexpr std::uint16_t response_bit = 0x8000, authoritative_bit = 0x0400;
constexpr std::uint16_t opcode_mask = 0x7800, rcode_mask = 0x000F;
constexpr unsigned pointer_bits = 0xC0;
constexpr std::size_t label_bytes_max = 63, encoded_name_bytes_max = 255;

// A label, or where the rest of the name stands.
struct Step {
  std::string label;  // empty: the name ends
  std::optional<std::size_t> pointer;
};

Result<Step> read_step(Reader& reader) {
  const auto at = reader.offset();
  const unsigned first = TRY(reader.u8());
  if (first >= pointer_bits) {
    const unsigned second = TRY(reader.u8());
    return Step{{}, (first & ~pointer_bits) << 8U | second};
  }
  if (first > label_bytes_max)
    return fail(Code::corrupt, "byte {}: a label of an unknown kind", at);
  return Step{base::to_lower(base::as_text(TRY(reader.bytes(first)))), std::nullopt};
}

Result<Name> read_name(ByteSpan message, Reader& reader) {
  Name name;
  std::size_t size_bytes = 1;
  Reader elsewhere(message);
  Reader* from = &reader;
  // Each pointer leads to before the last one, so there is an end.
  std::size_t before = reader.offset();
  for (;;) {
    const auto step = TRY(read_step(*from));
    if (step.pointer) {
      if (*step.pointer >= before)
        return fail(Code::corrupt, "byte {}: a name leads on to itself", before);
      before = *step.pointer;
      elsewhere = Reader(message);
      (void)TRY(elsewhere.bytes(before));
      from = &elsewhere;
      continue;
    }
    if (step.label.empty()) return name;
    size_bytes += 1 + step.label.size();
    if (size_bytes > encoded_name_bytes_max)
      return fail(Code::corrupt, "byte {}: a name of more than 255 bytes", reader.offset());
    name.labels.push_back(step.label);
  }
}

Result<Texts> read_texts(ByteSpan data) {
  Texts texts;
  for (Reader reader(data); reader.remaining() > 0;) {
    const auto text = TRY(reader.prefixed_u8(255));
    if (!text.empty()) texts.emplace_back(base::as_text(text));
  }
  return texts;
}

Result<Service> read_service(ByteSpan message, Reader& reader) {
  (void)TRY(reader.u16_be());  // priority
  (void)TRY(reader.u16_be());  // weight
  const auto port = TRY(reader.u16_be());
  return Service{port, TRY(read_name(message, reader))};
}

// nullopt: one of another kind, passed over.
Result<std::optional<Record>> read_record(ByteSpan message, Reader& reader) {
  Record record;
  record.name = TRY(read_name(message, reader));
  const auto type = RecordType{TRY(reader.u16_be())};
  const auto kind = TRY(reader.u16_be());
  record.ttl_seconds = TRY(reader.u32_be());
  const auto data_bytes = TRY(reader.u16_be());
  const auto data_at = reader.offset();
  const auto data = TRY(reader.bytes(data_bytes));
  if ((kind & ~top_bit) != class_in) return std::nullopt;
  record.is_only = (kind & top_bit) != 0;
  // Names in it may lead to anywhere before it.
  Reader inside(message.first(data_at + data_bytes));
  (void)TRY(inside.bytes(data_at));
  switch (type) {
    case RecordType::a:
    case RecordType::aaaa:
      if (data.size() != (type == RecordType::a ? 4U : 16U))
        return fail(Code::corrupt, "byte {}: an address of {} bytes", data_at, data.size());
      record.data = *IpAddress::from_bytes(data);
      return record;
    case RecordType::ptr: record.data = TRY(read_name(message, inside)); break;
    case RecordType::srv: record.data = TRY(read_service(message, inside)); break;
    case RecordType::txt: record.data = TRY(read_texts(data)); return record;
    case RecordType::any:
    default: return std::nullopt;
  }
  TRY(inside.expect_end());
  return record;
}

Result<Question> read_question(ByteSpan message, Reader& reader) {
  Question question;
  question.name = TRY(read_name(message, reader));
  question.type = RecordType{TRY(reader.u16_be())};
  const auto kind = TRY(reader.u16_be());
  question.wants_unicast = (kind & top_bit) != 0;
  return question;
}

class Encoder {
 public:
  void u16(std::size_t value) {
    bytes_.push_back(static_cast<std::byte>(value >> 8U));
    bytes_.push_back(static_cast<std::byte>(value & 0xFFU));
  }
  void u32(std::uint32_t value) {
    u16(value >> 16U);
    u16(value & 0xFFFFU);
  }
  void text(std::string_view text, std::size_t bytes_max) {
    ASSERT(text.size() <= bytes_max);
    bytes_.push_back(static_cast<std::byte>(text.size()));
    const auto bytes = base::as_bytes(text);
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  }
  // What was written before is pointed to (RFC 1035, section 4.1.4).
  void name(const Name& name) {
    for (auto rest = name.labels; !rest.empty(); rest.erase(rest.begin())) {
      const auto [at, is_new] = written_.try_emplace(rest, bytes_.size());
      if (!is_new) return u16(at->second | pointer_bits << 8U);
      if (bytes_.size() > 0x3FFF) written_.erase(at);  // too far for a pointer
      ASSERT(!rest.front().empty());
      text(rest.front(), label_bytes_max);
    }
    bytes_.push_back(std::byte{0});
  }
  void record(const Record& record);

  Bytes take() && { return std::move(bytes_); }

 private:
  Bytes bytes_;
  std::map<std::vector<std::string>, std::size_t> written_;
};

RecordType type_of(const Record& record) {
  if (const auto* address = std::get_if<IpAddress>(&record.data))
    return address->is_v4() ? RecordType::a : RecordType::aaaa;
  if (std::holds_alternative<Name>(record.data)) return RecordType::ptr;
  return std::holds_alternative<Service>(record.data) ? RecordType::srv : RecordType::txt;
}

void Encoder::record(const Record& record) {
  name(record.name);
  u16(std::to_underlying(type_of(record)));
  u16(class_in | (record.is_only ? top_bit : 0U));
  u32(record.ttl_seconds);
  const auto size_at = bytes_.size();
  u16(0);
  if (const auto* address = std::get_if<IpAddress>(&record.data)) {
    const auto bytes = ByteSpan(address->bytes).subspan(address->is_v4() ? 12 : 0);
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  } else if (const auto* pointer = std::get_if<Name>(&record.data)) {
    name(*pointer);
  } else if (const auto* service = std::get_if<Service>(&record.data)) {
    u32(0);  // priority, weight
    u16(service->port);
    name(service->host);
  } else {
    const auto& texts = std::get<Texts>(record.data);
    for (const auto& one : texts) text(one, 255);
    if (texts.empty()) text("", 255);  // RFC 6763, section 6.1
  }
  const auto size_bytes = bytes_.size() - size_at - 2;
  bytes_[size_at] = static_cast<std::byte>(size_bytes >> 8U);
  bytes_[size_at + 1] = static_cast<std::byte>(size_bytes & 0xFFU);
}

}  // namespace

Name Name::of(std::string_view text) {
  Name name;
  while (!text.empty()) {
    const auto end = std::min(text.find('.'), text.size());
    name.labels.push_back(base::to_lower(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return name;
}

Name Name::child(std::string_view label) const {
  Name child{{base::to_lower(label)}};
  child.labels.insert(child.labels.end(), labels.begin(), labels.end());
  return child;
}

bool Name::is_child_of(const Name& parent) const {
  return labels.size() == parent.labels.size() + 1 &&
         std::equal(labels.begin() + 1, labels.end(), parent.labels.begin());
}

std::string Name::text() const {
  std::string text;
  for (const auto& label : labels) {
    if (!text.empty()) text += '.';
    text += base::to_printable(label);
  }
  return text;
}

Result<Message> decode_message(ByteSpan bytes) {
  if (bytes.size() > Limits::message_bytes_max)
    return fail(Code::corrupt, "a message of {} bytes", bytes.size());
  Reader reader(bytes);
  Message message;
  message.id = TRY(reader.u16_be());
  const auto flags = TRY(reader.u16_be());
  if ((flags & (opcode_mask | rcode_mask)) != 0)
    return fail(Code::corrupt, "byte 2: neither a query nor an answer to one");
  message.is_response = (flags & response_bit) != 0;
  const std::size_t questions = TRY(reader.u16_be());
  const std::size_t answers = TRY(reader.u16_be());
  const std::size_t authorities = TRY(reader.u16_be());
  const std::size_t additions = TRY(reader.u16_be());
  if (questions > Limits::message_questions_max ||
      answers + authorities + additions > Limits::message_records_max)
    return fail(Code::corrupt, "byte 4: too many questions or records");
  for (std::size_t i = 0; i < questions; ++i)
    message.questions.push_back(TRY(read_question(bytes, reader)));
  for (std::size_t i = 0; i < answers + authorities + additions; ++i) {
    auto record = TRY(read_record(bytes, reader));
    const bool is_authority = i >= answers && i < answers + authorities;
    if (record && !is_authority) message.records.push_back(*std::move(record));
  }
  return message;
}

Bytes encode_message(const Message& message) {
  Encoder encoder;
  encoder.u16(message.id);
  encoder.u16(message.is_response ? response_bit | authoritative_bit : 0U);
  encoder.u16(message.questions.size());
  encoder.u16(message.records.size());
  encoder.u32(0);
  for (const auto& question : message.questions) {
    encoder.name(question.name);
    encoder.u16(std::to_underlying(question.type));
    encoder.u16(class_in | (question.wants_unicast ? top_bit : 0U));
  }
  for (const auto& record : message.records) encoder.record(record);
  return std::move(encoder).take();
}

}  // namespace tesseras::dns

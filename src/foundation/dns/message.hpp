// DNS messages as neighbours send them to one another (RFC 1035, section 4; RFC 2782; RFC 6762,
// section 18). Pure.
//
// Ours, because c-ares, which speaks to name servers, refuses what multicast DNS adds: messages
// without a question, and the top bit of a class.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "foundation/base/bytes.hpp"
#include "foundation/base/result.hpp"
#include "foundation/runtime/endpoint.hpp"

namespace tesseras::dns {

// Labels, the top level last. DNS does not tell case: A to Z are always written small here.
struct Name {
  std::vector<std::string> labels;

  auto operator<=>(const Name&) const = default;

  // "_tesseras._udp.local": labels without points in them, so for names of ours only.
  static Name of(std::string_view text);
  // `label` before this name.
  Name child(std::string_view label) const;
  bool is_child_of(const Name& parent) const;
  // For people, with what cannot be shown escaped.
  std::string text() const;
};

enum class RecordType : std::uint16_t { a = 1, ptr = 12, txt = 16, aaaa = 28, srv = 33, any = 255 };

struct Question {
  Name name;
  RecordType type = RecordType::any;  // also one that is not named above
  bool wants_unicast = false;         // RFC 6762, section 5.4

  bool operator==(const Question&) const = default;
};

struct Service {  // of SRV, but for priority and weight
  std::uint16_t port = 0;
  Name host;

  bool operator==(const Service&) const = default;
};
using Texts = std::vector<std::string>;  // of TXT, without empty ones

struct Record {
  Name name;
  std::uint32_t ttl_seconds = 0;
  bool is_only = false;  // others of this name and type are no longer true (the cache-flush bit)
  std::variant<runtime::IpAddress, Name, Service, Texts> data;  // A or AAAA, PTR, SRV, TXT

  bool operator==(const Record&) const = default;
};

struct Message {
  std::uint16_t id = 0;
  bool is_response = false;
  std::vector<Question> questions;
  std::vector<Record> records;  // answers, and what is added to them

  bool operator==(const Message&) const = default;
};

// Records of other types and classes are left out, and so is the section of authorities. corrupt,
// with the offset: not such a message, or one with more than Limits allow.
base::Result<Message> decode_message(base::ByteSpan bytes);

// All records are written as answers. Names have labels of 1 to 63 bytes, 255 bytes in all; texts
// 255 at most.
base::Bytes encode_message(const Message& message);

}  // namespace tesseras::dns

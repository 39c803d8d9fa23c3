#include "foundation/runtime/endpoint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <vector>

namespace tesseras::runtime {
namespace {

constexpr std::size_t v4_prefix_bytes = 12;

unsigned byte_of(const IpAddress& address, std::size_t i) {
  return std::to_integer<unsigned>(address.bytes[i]);
}

// Decimal without sign or leading zeros.
std::optional<unsigned> decimal(std::string_view text, unsigned max) {
  if (text.empty() || text.size() > 5 || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value > max) return std::nullopt;
  return value;
}

std::optional<IpAddress> parse_v4(std::string_view text) {
  std::array<std::uint8_t, 4> parts{};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto dot = text.find('.');
    if ((dot == std::string_view::npos) != (i == 3)) return std::nullopt;
    const auto value = decimal(text.substr(0, dot), 255);
    if (!value) return std::nullopt;
    parts[i] = static_cast<std::uint8_t>(*value);
    text.remove_prefix(dot == std::string_view::npos ? text.size() : dot + 1);
  }
  return IpAddress::v4(parts[0], parts[1], parts[2], parts[3]);
}

// Groups of a part of an IPv6 address that has no "::" in it. Where the address ends with it, its
// last two groups may be written as an IPv4 address.
std::optional<std::vector<std::uint16_t>> parse_groups(std::string_view text, bool is_end) {
  std::vector<std::uint16_t> groups;
  while (!text.empty()) {
    const auto colon = text.find(':');
    const auto word = text.substr(0, colon);
    if (groups.size() == 8) return std::nullopt;
    if (is_end && colon == std::string_view::npos && word.contains('.')) {
      const auto v4 = parse_v4(word);
      if (!v4) return std::nullopt;
      for (std::size_t i = v4_prefix_bytes; i < 16; i += 2) {
        groups.push_back(static_cast<std::uint16_t>(byte_of(*v4, i) << 8U | byte_of(*v4, i + 1)));
      }
      return groups;
    }
    std::uint16_t value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value, 16);
    if (word.empty() || word.size() > 4 || error != std::errc() ||
        end != word.data() + word.size()) {
      return std::nullopt;
    }
    groups.push_back(value);
    if (colon == std::string_view::npos) break;
    text.remove_prefix(colon + 1);
    if (text.empty()) return std::nullopt;  // a colon at the end
  }
  return groups;
}

std::optional<IpAddress> parse_v6(std::string_view text) {
  const auto gap = text.find("::");
  const bool has_gap = gap != std::string_view::npos;
  const auto head = parse_groups(text.substr(0, gap), !has_gap);
  const auto tail = parse_groups(has_gap ? text.substr(gap + 2) : std::string_view(), true);
  if (!head || !tail) return std::nullopt;
  const auto count = head->size() + tail->size();
  if (has_gap ? count > 7 : count != 8) return std::nullopt;
  IpAddress address;
  const auto put = [&](std::size_t group, std::uint16_t value) {
    address.bytes[2 * group] = static_cast<std::byte>(value >> 8U);
    address.bytes[2 * group + 1] = static_cast<std::byte>(value & 0xffU);
  };
  for (std::size_t i = 0; i < head->size(); ++i) put(i, (*head)[i]);
  for (std::size_t i = 0; i < tail->size(); ++i) put(8 - tail->size() + i, (*tail)[i]);
  return address;
}

std::string v6_text(const IpAddress& address) {
  std::array<unsigned, 8> groups{};
  for (std::size_t i = 0; i < 8; ++i) {
    groups[i] = byte_of(address, 2 * i) << 8U | byte_of(address, 2 * i + 1);
  }
  // RFC 5952, 4.2: the longest run of two or more, the first of equal ones.
  std::size_t run_begin = 8;
  std::size_t run_length = 1;
  for (std::size_t i = 0; i < 8; ++i) {
    std::size_t length = 0;
    while (i + length < 8 && groups[i + length] == 0) ++length;
    if (length <= run_length) continue;
    run_begin = i;
    run_length = length;
  }
  std::string text;
  for (std::size_t i = 0; i < 8; ++i) {
    if (i == run_begin) {
      text += "::";
      i += run_length - 1;
      continue;
    }
    if (!text.empty() && text.back() != ':') text += ':';
    text += fmt::format("{:x}", groups[i]);
  }
  return text;
}

}  // namespace

IpAddress IpAddress::v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
  IpAddress address;
  address.bytes[10] = address.bytes[11] = std::byte{0xff};
  address.bytes[12] = std::byte{a};
  address.bytes[13] = std::byte{b};
  address.bytes[14] = std::byte{c};
  address.bytes[15] = std::byte{d};
  return address;
}

IpAddress IpAddress::v6_loopback() {
  IpAddress address;
  address.bytes[15] = std::byte{1};
  return address;
}

std::optional<IpAddress> IpAddress::from_bytes(base::ByteSpan from) {
  IpAddress address = v4(0, 0, 0, 0);
  if (from.size() == 4) {
    std::ranges::copy(from, address.bytes.begin() + v4_prefix_bytes);
  } else if (from.size() == 16) {
    std::ranges::copy(from, address.bytes.begin());
  } else {
    return std::nullopt;
  }
  return address;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  return text.contains(':') ? parse_v6(text) : parse_v4(text);
}

std::string IpAddress::text() const {
  const auto& address = *this;
  if (!is_v4()) return v6_text(address);
  return fmt::format("{}.{}.{}.{}", byte_of(address, 12), byte_of(address, 13),
                     byte_of(address, 14), byte_of(address, 15));
}

bool IpAddress::is_v4() const {
  static constexpr std::array<std::byte, v4_prefix_bytes> prefix = {
      {{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, std::byte{0xff}, std::byte{0xff}}};
  return std::memcmp(bytes.data(), prefix.data(), prefix.size()) == 0;
}

bool IpAddress::is_unspecified() const { return *this == IpAddress{} || *this == v4(0, 0, 0, 0); }

bool IpAddress::is_loopback() const {
  return is_v4() ? byte_of(*this, 12) == 127 : *this == v6_loopback();
}

bool IpAddress::is_link_local() const {
  if (is_v4()) return byte_of(*this, 12) == 169 && byte_of(*this, 13) == 254;
  return byte_of(*this, 0) == 0xfe && (byte_of(*this, 1) & 0xc0U) == 0x80U;
}

bool IpAddress::is_private() const {
  if (!is_v4()) return (byte_of(*this, 0) & 0xfeU) == 0xfcU;
  const auto first = byte_of(*this, 12);
  const auto second = byte_of(*this, 13);
  return first == 10 || (first == 172 && (second & 0xf0U) == 16U) ||
         (first == 192 && second == 168);
}

bool IpAddress::is_multicast() const {
  return is_v4() ? (byte_of(*this, 12) & 0xf0U) == 0xe0U : byte_of(*this, 0) == 0xff;
}

IpAddress IpAddress::block() const {
  IpAddress network = *this;
  const std::size_t kept_bytes = is_v4() ? v4_prefix_bytes + 3 : 6;
  std::fill(network.bytes.begin() + static_cast<std::ptrdiff_t>(kept_bytes), network.bytes.end(),
            std::byte{0});
  return network;
}

std::optional<Endpoint> Endpoint::parse(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = decimal(text.substr(colon + 1), 65535);
  auto host = text.substr(0, colon);
  const bool in_brackets = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (in_brackets) host = host.substr(1, host.size() - 2);
  // An IPv6 address without brackets leaves open where it ends.
  if (in_brackets != host.contains(':')) return std::nullopt;
  const auto address = IpAddress::parse(host);
  if (!address || !port) return std::nullopt;
  return Endpoint{*address, static_cast<std::uint16_t>(*port)};
}

std::string Endpoint::text() const {
  return address.is_v4() ? fmt::format("{}:{}", address.text(), port)
                         : fmt::format("[{}]:{}", address.text(), port);
}

}  // namespace tesseras::runtime

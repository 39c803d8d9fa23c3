// What a node tells its neighbours of itself, and when (RFC 6762, section 6; RFC 6763). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "foundation/dns/message.hpp"

namespace tesseras::dns {

struct Announcement {
  Name service;   // "_tesseras._udp.local"
  Name instance;  // a child of it that nobody else uses
  Name host;      // likewise
  std::uint16_t port = 0;
  Texts texts;
  std::vector<runtime::IpAddress> addresses;  // on the network where it is announced
};

// How long others keep what we say: RFC 6762, section 10.
inline constexpr std::uint32_t pointer_ttl_seconds = 4500;
inline constexpr std::uint32_t host_ttl_seconds = 120;
// For those who ask as plain DNS does and would keep it as such: section 6.7.
inline constexpr std::uint32_t legacy_ttl_seconds = 10;

// All that there is to say.
std::vector<Record> records_of(const Announcement& own);
// The same with no time to live: it is no longer there.
std::vector<Record> goodbye_of(const Announcement& own);

struct Reply {
  std::vector<Record> records;
  bool is_for_asker = false;  // every question that we answer asked for that
};
// Whatever of ours is asked for, all of it is said. nullopt: nothing is, or the asker knows it.
std::optional<Reply> reply_to(const Message& query, const Announcement& own);
// The same as an answer to a question of plain DNS.
Message legacy_reply(const Message& query, Reply reply);

}  // namespace tesseras::dns

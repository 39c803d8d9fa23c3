// Every maximum of this library, with its reason.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace tesseras::dns {

struct Limits {
  // RFC 1035, section 2.3.4, as text without the last point.
  static constexpr std::size_t name_bytes_max = 253;
  // Of one name. A service with more of them is not what a node looks for.
  static constexpr std::size_t addresses_max = 32;
  // Text records of one name, and what one of them may say: some peers each.
  static constexpr std::size_t texts_max = 32;
  static constexpr std::size_t text_bytes_max = 1024;
  // Questions under way at once; each takes two at most of the resolver's.
  static constexpr std::size_t questions_max = 64;
  // What a server is given to answer, and how often it is asked.
  static constexpr std::chrono::milliseconds server_timeout{2000};
  static constexpr int tries = 2;

  // RFC 6762, section 17: with all headers, what multicast may carry.
  static constexpr std::size_t message_bytes_max = 9000;
  // Of one message. A house full of devices answers in several.
  static constexpr std::size_t message_questions_max = 64;
  static constexpr std::size_t message_records_max = 256;

  // Others of our kind on one network that are remembered, and addresses of each.
  static constexpr std::size_t neighbours_max = 64;
  static constexpr std::size_t neighbour_endpoints_max = 8;
  // For how long one of them is remembered that says nothing more: the 75 minutes that RFC 6762,
  // section 10, advises, whatever it claims. Who floods us holds the places no longer than that.
  static constexpr std::uint32_t neighbour_ttl_seconds_max = 4500;
  // Times in a minute that something new is told of those on one network: all of them once, with
  // room for a few that move. Who changes what it says all the time does not keep us busy.
  static constexpr std::size_t tellings_per_minute = 96;
  // Of them named to the others when we ask, so that those do not answer: 55 bytes each, in one
  // packet.
  static constexpr std::size_t known_answers_max = 16;
  // Times that what a neighbour has left out is asked for.
  static constexpr int follow_ups_max = 3;
  // In one packet.
  static constexpr std::size_t follow_up_questions_max = 8;
  // Answers that one network's neighbours get of us alone, a second: a person who looks around.
  static constexpr int unicast_answers_per_second = 10;
  // Networks of one machine that we look on.
  static constexpr std::size_t links_max = 16;
};

}  // namespace tesseras::dns

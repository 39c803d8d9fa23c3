// Who else offers the same service on one network, as they say (RFC 6762, section 5; RFC 6763).
// Pure; time is an argument.
//
// A neighbour can say anything of itself, but send us only to its own network: an address that is
// not on the link is passed over.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "foundation/base/time.hpp"
#include "foundation/dns/message.hpp"
#include "foundation/runtime/network_links.hpp"

namespace tesseras::dns {

struct Neighbour {
  Name instance;
  Texts texts;
  std::vector<runtime::Endpoint> endpoints;  // at least one; on the link

  bool operator==(const Neighbour&) const = default;
};

class Neighbours {
 public:
  // Those of `service` on `link`, but for ourselves.
  Neighbours(Name service, Name own_instance, runtime::NetworkLink link);

  // Takes what a response says. Gives those of whom all is known, and something is new: port, text
  // or address; within Limits::tellings_per_minute.
  std::vector<Neighbour> take(base::Instant now, std::span<const Record> records);

  // Those that need not answer when we ask: what they said holds for more than half of its time.
  std::vector<Record> known(base::Instant now) const;
  // What is to be asked because a neighbour left it out; each a few times only.
  std::vector<Question> missing();
  bool lacks_something() const;

  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::uint32_t ttl_seconds = 0;
    base::Instant expires;
    std::optional<Service> service;
    std::optional<Texts> texts;
    std::vector<runtime::IpAddress> addresses;
    int asked = 0;
    std::optional<Neighbour> told;

    bool is_whole() const { return service && texts && !addresses.empty(); }
  };

  void take_pointer(base::Instant now, const Record& record);
  void take_of_instance(const Record& record);
  void take_address(const Record& record);
  void clear_addresses(const Record& record);
  bool can_be_dialled(const runtime::IpAddress& address) const;

  Name service_;
  Name own_instance_;
  runtime::NetworkLink link_;
  std::map<Name, Entry> entries_;  // by instance
  base::Instant minute_began_;
  std::size_t told_in_minute_ = 0;
};

}  // namespace tesseras::dns

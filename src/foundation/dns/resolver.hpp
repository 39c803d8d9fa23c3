// Names to addresses and texts, by the machine's own name servers (RFC 1035; RFC 3596).
//
// What comes back is whatever a server, or anybody on the way, said: hints, bounded, and nothing
// to trust.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/result.hpp"
#include "foundation/base/time.hpp"
#include "foundation/runtime/endpoint.hpp"
#include "foundation/runtime/loop.hpp"
#include "foundation/runtime/task.hpp"

namespace tesseras::dns {

// On the thread of its loop, which outlives it. Dropping it, or a task of its, with questions under
// way is fine: who still waits is told cancelled.
//
// Errors of both: not_found (no such name, or nothing of that kind under it), invalid (no name at
// all; an answer of more than Limits allow), unavailable (no server that answers, or all refuse),
// corrupt (an answer that is none), timeout, exhausted (too many questions at once).
class Resolver {
 public:
  virtual ~Resolver() = default;

  // All addresses that the name has, IPv4's and IPv6's, at least one, each once. An address as text
  // is its own. What the machine knows by itself (/etc/hosts) comes before what servers say.
  virtual runtime::Task<base::Result<std::vector<runtime::IpAddress>>> resolve(
      std::string host, base::Instant deadline) = 0;
  // Its TXT records, at least one, the strings of each joined. Any bytes.
  virtual runtime::Task<base::Result<std::vector<std::string>>> texts(std::string name,
                                                                      base::Instant deadline) = 0;
};

struct ResolverOptions {
  std::vector<runtime::Endpoint> servers;  // none: those of the machine, as they change
};

// Through c-ares, which has a thread of its own for its sockets. Errors: exhausted, internal.
base::Result<std::unique_ptr<Resolver>> make_resolver(runtime::Loop& loop,
                                                      const ResolverOptions& options = {});

}  // namespace tesseras::dns

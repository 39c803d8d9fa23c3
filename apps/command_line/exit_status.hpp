// The one table from what went wrong to what a script sees. It stands in the man pages, and
// never changes its numbers.
#pragma once

#include "foundation/base/result.hpp"

namespace tesseras::command_line {

constexpr int status_ok = 0;
constexpr int status_wrong_tessera = 1;  // verify and import: the tessera does not hold
constexpr int status_usage = 2;

constexpr int exit_status_of(base::Code code) {
  switch (code) {
    case base::Code::corrupt: return status_wrong_tessera;
    case base::Code::invalid: return status_usage;
    case base::Code::not_found: return 3;
    case base::Code::conflict: return 4;
    case base::Code::denied: return 5;
    case base::Code::unsupported: return 6;
    case base::Code::exhausted: return 7;
    case base::Code::unavailable: return 8;
    case base::Code::timeout: return 9;
    case base::Code::io: return 10;
    case base::Code::internal: return 11;
    case base::Code::cancelled: return 130;
  }
  return 11;
}

}  // namespace tesseras::command_line

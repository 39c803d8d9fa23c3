// What custody works with: the machine, and somebody who may watch and interrupt.
#pragma once

#include <stop_token>

#include "foundation/base/result.hpp"
#include "foundation/runtime/clock.hpp"
#include "foundation/runtime/disk.hpp"
#include "foundation/runtime/progress.hpp"
#include "foundation/runtime/workers.hpp"

namespace tesseras::custody {

using base::Code;
using base::fail;
using base::fail_in;
using base::Result;
using std::filesystem::path;

// Borrowed for the length of a call.
struct Tools {
  runtime::Disk& disk;
  runtime::Clock& clock;
  runtime::Workers& workers;
  runtime::Progress& progress;
  std::stop_token stop;  // requested: the call undoes what is half done and returns cancelled
};

}  // namespace tesseras::custody

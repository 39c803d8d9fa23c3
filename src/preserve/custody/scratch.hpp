// A folder of our own among the system's temporary files, gone when this is.
#pragma once

#include <memory>

#include "preserve/custody/tools.hpp"

namespace tesseras::custody {

class Scratch {
 public:
  // Nobody else may look into it. not_found: the system has no folder for temporary files; the
  // disk's errors otherwise. `disk` is borrowed.
  static Result<std::unique_ptr<Scratch>> make(runtime::Disk& disk);
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  // A name for a file, the same each time.
  path file(std::size_t number) const { return folder_ / std::to_string(number); }

 private:
  Scratch(runtime::Disk& disk, path folder) : disk_(disk), folder_(std::move(folder)) {}

  runtime::Disk& disk_;
  path folder_;
};

}  // namespace tesseras::custody

// What long work says while it runs. Called from several threads; must not block.
#pragma once

#include <cstdint>
#include <string_view>

namespace tesseras::runtime {

class Progress {
 public:
  virtual ~Progress() = default;
  // A new stage begins; `total_bytes` 0 when it is not known.
  virtual void stage(std::string_view what, std::uint64_t total_bytes) = 0;
  virtual void advance(std::uint64_t bytes) = 0;
};

// Says nothing. Lives as long as the program.
Progress& no_progress();

}  // namespace tesseras::runtime

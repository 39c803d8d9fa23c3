#include "foundation/runtime/progress.hpp"

namespace tesseras::runtime {

Progress& no_progress() {
  class Silent final : public Progress {
   public:
    void stage(std::string_view /*what*/, std::uint64_t /*total_bytes*/) override {}
    void advance(std::uint64_t /*bytes*/) override {}
  };
  static Silent silent;
  return silent;
}

}  // namespace tesseras::runtime

// Where a tessera lies for a moment on its way between the vault and a daemon.
#pragma once

#include <filesystem>
#include <string_view>
#include <utility>

#include "apps/tes/session.hpp"

namespace tesseras::tes {

// A folder of this process in the data dir; gone when this goes.
class Passage {
 public:
  // Named by what is done in it, and by the process. What processes left that were killed, as large
  // as the tesserae that they had there, goes first. Errors of the disk.
  static Result<Passage> make(Session& session, std::string_view doing);

  Passage(Passage&& other) noexcept
      : session_(std::exchange(other.session_, nullptr)), folder_(std::move(other.folder_)) {}
  Passage& operator=(Passage&&) = delete;
  ~Passage();

  const std::filesystem::path& folder() const { return folder_; }

 private:
  Passage(Session& session, std::filesystem::path folder)
      : session_(&session), folder_(std::move(folder)) {}

  Session* session_;
  std::filesystem::path folder_;
};

// The folders of that kind whose processes are gone. Where one cannot be removed it takes room, and
// does no other harm.
void clear_passages(Session& session, std::string_view doing);

}  // namespace tesseras::tes

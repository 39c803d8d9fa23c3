#include "apps/tes/passage.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <optional>

namespace tesseras::tes {
namespace {

std::string beginning(std::string_view doing) { return fmt::format("{}-", doing); }

// The process that the folder's name says.
std::optional<pid_t> process_of(std::string_view name, std::string_view doing) {
  const auto before = beginning(doing);
  if (!name.starts_with(before)) return std::nullopt;
  pid_t process = 0;
  const char* const end = name.data() + name.size();
  const auto read = std::from_chars(name.data() + before.size(), end, process);
  if (read.ec != std::errc() || read.ptr != end || process <= 0) return std::nullopt;
  return process;
}

}  // namespace

Result<Passage> Passage::make(Session& session, std::string_view doing) {
  constexpr std::uint32_t folder_permissions = 0700;
  clear_passages(session, doing);
  Passage passage(session, session.data_dir() / fmt::format("{}{}", beginning(doing), getpid()));
  TRY(session.disk().make_folders(passage.folder(), folder_permissions));
  return passage;
}

Passage::~Passage() {
  if (session_ != nullptr) (void)session_->disk().remove_tree(folder_);
}

void clear_passages(Session& session, std::string_view doing) {
  const auto entries = session.disk().list(session.data_dir());
  if (!entries) return;
  for (const auto& entry : *entries) {
    const auto process = process_of(entry.name, doing);
    if (!process || entry.kind != runtime::FileKind::folder) continue;
    const bool is_gone = *process == getpid() || (kill(*process, 0) != 0 && errno == ESRCH);
    if (is_gone) (void)session.disk().remove_tree(session.data_dir() / entry.name);
  }
}

}  // namespace tesseras::tes

#include "apps/tes/handing_over.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

#include "foundation/base/text.hpp"
#include "preserve/custody/export.hpp"
#include "preserve/custody/hand_over.hpp"

namespace tesseras::tes {
namespace {

using base::fail;

// The same folder, however it was named.
bool is_same(const std::filesystem::path& a, const std::filesystem::path& b) {
  std::error_code error;
  return std::filesystem::equivalent(a, b, error) && !error;
}

// Whether we write into the daemon's vault ourselves: when it is ours. Into another user's root
// could, but the daemon could not change what root has written there.
bool may_write(const std::filesystem::path& data_dir) {
  const auto blobs = data_dir / "blobs";
  struct stat status{};
  return stat(blobs.c_str(), &status) == 0 && status.st_uid == geteuid() &&
         access(blobs.c_str(), R_OK | W_OK | X_OK) == 0;
}

Result<void> hand_over_file_by_file(Session& session, const DaemonLink& link, vault::Vault& own,
                                    const base::ContentHash& hash) {
  const auto theirs = TRY(session.open_vault_at(link.data_dir()));
  auto tools = session.tools();
  const auto given = TRY(custody::hand_over(own, hash, *theirs, tools));
  if (!given.was_there) {
    session.terminal().detail(
        fmt::format("handed to the daemon's vault: {}, of which {} are shared",
                    base::human_size(given.size_bytes), base::human_size(given.shared_bytes)));
  }
  return {};
}

constexpr std::string_view handing_over = "handing-over-";  // and the number of its process

// What processes left that were killed: as large as the tesserae that they were handing over. Where
// it cannot be removed it takes room, and does no other harm.
void clear_left_over(Session& session) {
  const auto entries = session.disk().list(session.data_dir());
  if (!entries) return;
  for (const auto& entry : *entries) {
    if (entry.kind != runtime::FileKind::folder || !entry.name.starts_with(handing_over)) continue;
    pid_t process = 0;
    const char* const end = entry.name.data() + entry.name.size();
    const auto read = std::from_chars(entry.name.data() + handing_over.size(), end, process);
    if (read.ec != std::errc() || read.ptr != end || process <= 0) continue;
    const bool is_gone = process == getpid() || (kill(process, 0) != 0 && errno == ESRCH);
    if (is_gone) (void)session.disk().remove_tree(session.data_dir() / entry.name);
  }
}

// The same for a vault that only the daemon itself may write into.
Result<void> hand_over_as_tar(Session& session, DaemonLink& link, vault::Vault& own,
                              const base::ContentHash& hash) {
  const auto size_bytes = TRY(own.tessera(hash)).size_bytes;
  if (!TRY(link.ask(node::OfferRequest{hash, size_bytes})).is_wanted) return {};
  auto tools = session.tools();
  const auto folder = session.data_dir() / fmt::format("{}{}", handing_over, getpid());
  const auto files = custody::files_in_vault(own, hash);
  const auto exported = custody::export_tessera(*files, folder, custody::ExportFormat::tar, tools);
  auto sent = exported ? link.send(hash, exported->at) : fail(exported.error());
  TRY(session.disk().remove_tree(folder));
  return sent;
}

}  // namespace

Result<void> hand_over(Session& session, DaemonLink& link, const base::ContentHash& hash) {
  clear_left_over(session);
  if (is_same(link.data_dir(), session.data_dir())) return {};
  const auto own = session.open_vault();
  const auto ours = own ? (*own)->tessera(hash) : fail(own.error());
  if (!ours) {
    if (TRY(link.ask(node::StatusRequest{hash})).is_in_vault) return {};
    return fail(ours.error());
  }
  return may_write(link.data_dir()) ? hand_over_file_by_file(session, link, **own, hash)
                                    : hand_over_as_tar(session, link, **own, hash);
}

}  // namespace tesseras::tes

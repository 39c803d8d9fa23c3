#include "apps/tes/handing_over.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "foundation/base/text.hpp"
#include "node/tessera_plan.hpp"
#include "preserve/custody/hand_over.hpp"
#include "preserve/custody/pack.hpp"
#include "preserve/custody/verify.hpp"

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

// The same for a vault that only the daemon itself may write into.
Result<void> hand_over_as_pack(Session& session, DaemonLink& link, vault::Vault& own,
                               const base::ContentHash& hash) {
  const auto size_bytes = TRY(own.tessera(hash)).size_bytes;
  if (!TRY(link.ask(node::OfferRequest{hash, size_bytes})).is_wanted) return {};
  auto tools = session.tools();
  TRY(custody::check_kept(own, hash, tools));
  auto pack = TRY(custody::Pack::open(own, hash));
  return link.send(hash, pack);
}

}  // namespace

Result<void> hand_over(Session& session, DaemonLink& link, const base::ContentHash& hash) {
  if (is_same(link.data_dir(), session.data_dir())) return {};
  const auto own = session.open_vault();
  const auto ours = own ? (*own)->tessera(hash) : fail(own.error());
  if (!ours) {
    if (TRY(link.ask(node::StatusRequest{hash})).is_in_vault) return {};
    return fail(ours.error());
  }
  TRY(node::check_may_be_given(*ours));
  return may_write(link.data_dir()) ? hand_over_file_by_file(session, link, **own, hash)
                                    : hand_over_as_pack(session, link, **own, hash);
}

}  // namespace tesseras::tes

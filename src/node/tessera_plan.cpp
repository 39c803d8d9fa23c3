#include "node/tessera_plan.hpp"

#include "foundation/base/text.hpp"
#include "preserve/custody/limits.hpp"
#include "preserve/custody/pack.hpp"
#include "preserve/custody/verify.hpp"
#include "preserve/replica/planning.hpp"

namespace tesseras::node {

using base::Code;
using base::fail;
using base::Result;

Result<replica::SignedPlan> plan_tessera(vault::Vault& vault, const base::ContentHash& content_hash,
                                         const identity::Identity& author, custody::Tools& tools) {
  constexpr auto media_bytes_max = custody::Limits::published_media_bytes_max;
  const auto info = TRY(vault.tessera(content_hash));
  if (info.media_bytes > media_bytes_max) {
    return fail(Code::exhausted,
                "it has {} of media, and others keep at most {} in one tessera; make several of "
                "them: tes create --split",
                base::human_size(info.media_bytes), base::human_size(media_bytes_max));
  }
  TRY(custody::check_kept(vault, content_hash, tools));
  auto pack = TRY(custody::Pack::open(vault, content_hash));
  tools.progress.stage("planning", pack.size_bytes());
  std::uint64_t told_bytes = 0;
  return replica::make_plan(
      pack.manifest().text(), pack.size_bytes(),
      [&](std::uint64_t offset, base::MutableByteSpan into) -> Result<void> {
        if (TRY(pack.read_at(offset, into)) == into.size()) return {};
        return fail(Code::corrupt, "the pack became shorter while it was read");
      },
      author,
      [&](std::uint64_t read_bytes) {
        tools.progress.advance(read_bytes - told_bytes);
        told_bytes = read_bytes;
        return !tools.stop.stop_requested();
      });
}

}  // namespace tesseras::node

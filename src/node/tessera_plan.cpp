#include "node/tessera_plan.hpp"

#include "foundation/base/text.hpp"
#include "preserve/custody/pack.hpp"
#include "preserve/custody/published_size.hpp"
#include "preserve/custody/verify.hpp"
#include "preserve/replica/planning.hpp"

namespace tesseras::node {

using base::Code;
using base::fail;
using base::Result;

Result<void> check_may_be_given(const vault::TesseraInfo& tessera) {
  // Of an encrypted one the memories are not to be seen.
  if (tessera.memories == 0 ||
      tessera.visibility == tessera::name_of(tessera::Visibility::everyone))
    return {};
  return fail(Code::denied,
              "{} was made to be {}, and lies here as it was opened, for anybody to read; publish "
              "the encrypted tessera that it came out of",
              tessera.content_hash.hex().substr(0, 16), tessera.visibility);
}

Result<replica::SignedPlan> plan_tessera(vault::Vault& vault, const base::ContentHash& content_hash,
                                         const identity::Identity& author, custody::Tools& tools) {
  TRY(check_may_be_given(TRY(vault.tessera(content_hash))));
  auto pack = TRY(custody::Pack::open(vault, content_hash));
  TRY(custody::check_published_size(pack.manifest()));
  TRY(custody::check_kept(vault, content_hash, tools));
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

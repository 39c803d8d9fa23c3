#include "node/own_packs.hpp"

#include <memory>
#include <optional>
#include <utility>

#include "preserve/custody/pack.hpp"

namespace tesseras::node {

using base::Code;
using base::ContentHash;
using base::fail;
using base::Result;

replica::OpenPack opens_pack(OpenVault open_vault, const ContentHash& content_hash) {
  return [open_vault = std::move(open_vault), content_hash]() -> Result<erasure::ReadPack> {
    // The pack reads from the vault, and goes first.
    struct Opened {
      std::unique_ptr<vault::Vault> vault;
      std::optional<custody::Pack> pack;
    };
    const auto opened = std::make_shared<Opened>();
    opened->vault = TRY(open_vault());
    opened->pack = TRY(custody::Pack::open(*opened->vault, content_hash));
    return [opened](std::uint64_t offset, base::MutableByteSpan into) -> Result<void> {
      if (TRY(opened->pack->read_at(offset, into)) == into.size()) return {};
      return fail(Code::corrupt, "the tessera is not as it was when its plan was signed");
    };
  };
}

replica::OwnTesserae own_tesserae(const Publications& publications, const OwnPlans& plans,
                                  const replica::Refusals& refusals, OpenVault open_vault) {
  return {.has =
              [&publications, &plans, &refusals](const ContentHash& hash) {
                return publications.all().contains(hash) && plans.all().contains(hash) &&
                       !refusals.of(hash);
              },
          .plan = [&plans](const ContentHash& hash) { return plans.plan(hash); },
          .open_pack = [open_vault = std::move(open_vault)](
                           const ContentHash& hash) { return opens_pack(open_vault, hash)(); }};
}

}  // namespace tesseras::node

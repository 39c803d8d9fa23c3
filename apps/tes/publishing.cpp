#include "apps/tes/publishing.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "apps/tes/capsule.hpp"
#include "apps/tes/handing_over.hpp"
#include "apps/tes/safety.hpp"
#include "node/control_fragment_messages.hpp"
#include "node/tessera_plan.hpp"
#include "preserve/custody/files.hpp"
#include "preserve/custody/published_size.hpp"

namespace tesseras::tes {
namespace {

using base::Code;
using base::fail;

std::string why_nobody(const node::PublishAnswer& answer, const DaemonLink& link) {
  if (answer.is_reachable) return "no other node keeps pointers for it yet";
  return link.info().contacts == 0 ? "it knows no other node yet"
                                   : "no other node can reach it (see `tes node-info`)";
}

// False: it is another author's.
Result<bool> sign_plan(Session& session, DaemonLink& link, vault::Vault& vault,
                       const base::ContentHash& hash, const identity::Identity& author) {
  if (TRY(vault.tessera(hash)).creator != author.public_keys().ed25519) return false;
  auto tools = session.tools();
  const auto plan = TRY(node::plan_tessera(vault, hash, author, tools));
  TRY(link.ask(node::SpreadRequest{plan.encoded()}));
  return true;
}

// Nothing: there is no identity here, so nothing of it can be signed.
Result<std::optional<identity::Identity>> identity_at_hand(Session& session,
                                                           const PublishOptions& options) {
  auto author = session.open_identity(options.passphrase_file);
  if (!author && author.error().code == Code::not_found) return std::nullopt;
  return TRY(std::move(author));
}

// Before anything is read, copied or told: nobody should wait for hours for what nobody keeps. Of
// another author's only the pointer is published, whatever its size.
Result<void> refuse_too_large(Session& session, const DaemonLink& link,
                              const base::ContentHash& hash, const PublishOptions& options) {
  const auto vault = vault_with(session, link, hash);
  if (!vault || !(*vault)->tessera(hash)) return {};
  const auto manifest =
      TRY(tessera::Manifest::parse(TRY(custody::files_in_vault(**vault, hash)->manifest())));
  auto fits = custody::check_published_size(manifest);
  if (fits) return {};
  const auto is_theirs = [&](const identity::Identity& author) {
    return manifest.header().creator.bytes == author.public_keys().ed25519.bytes;
  };
  if (options.author != nullptr) return is_theirs(*options.author) ? fits : Result<void>{};
  const auto author = TRY(identity_at_hand(session, options));
  return author && is_theirs(*author) ? fits : Result<void>{};
}

// The plan that others keep it by, unless the daemon has it already. False: it is another author's,
// who alone can make it.
Result<bool> give_plan(Session& session, DaemonLink& link, const base::ContentHash& hash,
                       const PublishOptions& options) {
  if (TRY(link.ask(node::StatusRequest{hash})).others) return true;
  const auto vault = vault_with(session, link, hash);
  if (!vault) return false;
  if (options.author != nullptr) return sign_plan(session, link, **vault, hash, *options.author);
  const auto author = TRY(identity_at_hand(session, options));
  return author ? sign_plan(session, link, **vault, hash, *author) : Result<bool>(false);
}

// Until the daemon has done what it can for now.
Result<node::KeptByOthers> wait_for_others(Session& session, DaemonLink& link,
                                           const base::ContentHash& hash) {
  std::optional<std::uint64_t> shown;
  for (;;) {
    const auto others = TRY(link.ask(node::StatusRequest{hash})).others;
    if (!others) return fail(Code::internal, "the daemon has lost the plan; publish it again");
    if (!others->is_busy) return *others;
    if (shown != others->kept) {
      session.terminal().progress().stage(
          fmt::format("giving it to others: {} of {} fragments", others->kept, others->fragments),
          0);
      shown = others->kept;
    }
    TRY(link.pause());
  }
}

}  // namespace

Result<Published> publish(Session& session, DaemonLink& link, const base::ContentHash& hash,
                          const PublishOptions& options) {
  Published published;
  published.content_hash = hash;
  published.node_id = link.info().id;
  TRY(refuse_too_large(session, link, hash, options));
  TRY(hand_over(session, link, hash));
  TRY(keep_capsule(session, link, hash, options.is_key_left ? options.author : nullptr));
  published.is_ours = TRY(give_plan(session, link, hash, options));
  session.terminal().progress().stage("telling the network", 0);
  published.told = TRY(link.ask(node::PublishRequest{hash}));
  if (published.told.kept == 0) {
    session.terminal().end_progress();
    return fail(Code::unavailable, "the daemon keeps {} and will say so as soon as it can; but {}",
                hash.hex().substr(0, 16), why_nobody(published.told, link));
  }
  if (published.is_ours && options.is_waited_for)
    published.others = TRY(wait_for_others(session, link, hash));
  session.terminal().end_progress();
  return published;
}

nlohmann::ordered_json to_json(const Published& published) {
  nlohmann::ordered_json json = {{"content_hash", published.content_hash.hex()},
                                 {"node_id", published.node_id.hex()},
                                 {"nodes_asked", published.told.asked},
                                 {"nodes_keeping", published.told.kept}};
  if (!published.others) return json;
  const auto& others = *published.others;
  json["fragments"] = others.fragments;
  json["fragments_kept"] = others.kept;
  json["holders"] = others.holders;
  if (others.may_vanish) json["may_vanish"] = *others.may_vanish;
  json["trouble"] = others.trouble;
  return json;
}

void print(Terminal& terminal, const Published& published) {
  const auto& others = published.others;
  const auto name = published.content_hash.hex().substr(0, 16);
  terminal.out(fmt::format("Published {}: {} {} the pointer to it.", name, published.told.kept,
                           published.told.kept == 1 ? "node keeps" : "nodes keep"));
  if (others) terminal.out(sentence_of(*others));
  if (others && !others->trouble.empty()) {
    terminal.note(
        fmt::format("{}; the daemon goes on trying. See: tes status {}", others->trouble, name));
  }
  if (!published.is_ours) {
    terminal.note(
        "It is another author's: your daemon keeps all of it for others, and gives them no "
        "fragments, which takes its author's signature.");
  }
  terminal.note(fmt::format("Anybody gets it with: tes fetch {}", published.content_hash.hex()));
}

}  // namespace tesseras::tes

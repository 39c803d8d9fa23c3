#include "apps/tes/capsule.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "foundation/base/text.hpp"
#include "preserve/contacts/witness_notes.hpp"
#include "preserve/custody/files.hpp"
#include "preserve/custody/opening.hpp"
#include "preserve/tessera/paths.hpp"

namespace tesseras::tes {

using base::Code;
using base::fail;

namespace {

Result<crypto::Ed25519Signature> signature_of(vault::Vault& vault, const base::ContentHash& hash) {
  const auto bytes =
      TRY(custody::files_in_vault(vault, hash)->signature(tessera::paths::ed25519_signature));
  const auto signature = crypto::Ed25519Signature::from_bytes(bytes);
  if (signature) return *signature;
  return fail(Code::corrupt, "the signature of {} has {} bytes; run `tes vault check`",
              hash.hex().substr(0, 16), bytes.size());
}

}  // namespace

Result<void> keep_capsule(Session& session, DaemonLink& link, const base::ContentHash& hash,
                          const identity::Identity* author) {
  const auto opened = TRY(vault_with(session, link, hash));
  const auto closed = custody::Closed::find(*opened, hash);
  // What cannot be read may be sealed: its witnesses must not be forgotten without a word.
  if (!closed && closed.error().code != Code::unsupported) return fail(closed.error());
  const bool is_sealed = closed && closed->manifest().header().open_after.has_value();
  if (!is_sealed && author != nullptr) {
    return fail(Code::invalid,
                "{} is not sealed: there is no date at which its key could be published",
                hash.hex().substr(0, 16));
  }
  if (!is_sealed) return {};
  node::KeepCapsuleRequest request;
  request.manifest = closed->manifest().text();
  const contacts::WitnessNotes notes(session.disk(), session.data_dir());
  // Its author alone has a note; whoever else publishes it need not tell its witnesses again.
  if (auto nodes = notes.read(hash)) {
    request.nodes = *std::move(nodes);
    request.witnesses = TRY(closed->witnesses_file());
    request.signature = TRY(signature_of(*opened, hash));
  } else if (nodes.error().code != Code::not_found) {
    return fail(nodes.error());
  }
  if (author != nullptr)
    request.key = crypto::SecretBuffer::copy_of(TRY(closed->key_of(*author)).span());
  if (request.nodes.empty() && author == nullptr) return {};
  TRY(link.ask(request));
  return {};
}

Result<node::CapsuleAnswer> capsule_of(DaemonLink& link, const base::ContentHash& hash) {
  auto answer = link.ask(node::CapsuleRequest{hash});
  if (!answer && answer.error().code == Code::unsupported) return node::CapsuleAnswer{};
  return answer;
}

Result<std::string> key_line_of(DaemonLink& link, const base::ContentHash& hash,
                                bool is_taken_back) {
  const auto capsule = TRY(capsule_of(link, hash));
  if (capsule.is_published) return std::string("published; see: tes unseal");
  std::string line;
  if (is_taken_back) {
    if (capsule.witnesses.empty()) return line;
    return fmt::format("{} to be told that it was taken back",
                       base::counted(capsule.witnesses.size(), "witness is", "witnesses are"));
  }
  if (!capsule.witnesses.empty()) {
    const auto told =
        std::ranges::count_if(capsule.witnesses, [](const auto& one) { return one.has_deposit; });
    line = fmt::format("{} of {} witnesses have their part", told, capsule.witnesses.size());
  }
  if (capsule.has_key) {
    line += line.empty() ? "" : "; ";
    line += "this daemon publishes it when it is due";
  }
  return line;
}

}  // namespace tesseras::tes

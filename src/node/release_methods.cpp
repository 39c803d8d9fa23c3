#include "node/release_methods.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "foundation/crypto/wipe.hpp"

namespace tesseras::node {

using base::Bytes;
using base::Code;
using base::fail;
using base::Result;
using release::Release;
using runtime::Task;

bool ReleaseMethods::is_method(std::string_view method) {
  constexpr std::array known = {KeepCapsuleRequest::method, CapsuleRequest::method,
                                PublishKeyRequest::method, FindKeyRequest::method,
                                OpenDepositRequest::method};
  return std::ranges::contains(known, method);
}

Task<Result<Bytes>> ReleaseMethods::answer(std::string_view method, Bytes body) {
  if (method == KeepCapsuleRequest::method) {
    const crypto::Wiper wiper(body);
    auto request = CO_TRY(decode<KeepCapsuleRequest>(body));
    CO_TRY(keep(std::move(request)));
    co_return encode(KeepCapsuleAnswer{});
  }
  if (method == CapsuleRequest::method)
    co_return encode(capsule(CO_TRY(decode<CapsuleRequest>(body))));
  if (method == PublishKeyRequest::method) {
    auto request = CO_TRY(decode<PublishKeyRequest>(body));
    co_return encode(CO_TRY(co_await publish(std::move(request))));
  }
  if (method == FindKeyRequest::method) {
    const auto request = CO_TRY(decode<FindKeyRequest>(body));
    co_return encode(CO_TRY(co_await find(request)));
  }
  const auto request = CO_TRY(decode<OpenDepositRequest>(body));
  co_return encode(CO_TRY(co_await open(request)));
}

Result<void> ReleaseMethods::keep(KeepCapsuleRequest request) {
  Capsule capsule;
  if (request.witnesses.empty()) {
    capsule.manifest = std::make_shared<const tessera::Manifest>(
        TRY(release::encrypted_manifest(std::move(request.manifest))));
    if (!capsule.manifest->header().open_after)
      return fail(Code::invalid, "that tessera is not sealed; it has no date");
  } else {
    const auto deposit = release::Deposit::of(std::move(request.manifest), request.witnesses);
    if (!deposit) return fail(Code::invalid, "{}", deposit.error().message);
    TRY(deposit->check_signature(request.signature));
    capsule.manifest = deposit->shared_manifest();
    capsule.witnesses = std::move(request.witnesses);
    capsule.signature = request.signature;
    for (const auto& node : request.nodes) capsule.told.emplace(node, Capsule::Witness{});
  }
  if (request.key.size() > 0) {
    auto key = sealing::ContentKey::copy_of(request.key.span());
    TRY(release::check_key(*capsule.manifest, key));
    capsule.key = std::make_shared<const sealing::ContentKey>(std::move(key));
  }
  return releases_.own().keep(std::move(capsule));
}

CapsuleAnswer ReleaseMethods::capsule(const CapsuleRequest& request) const {
  CapsuleAnswer answer;
  answer.is_published = releases_.releasing().has_key(request.content_hash);
  const auto* capsule = releases_.own().find(request.content_hash);
  if (capsule == nullptr) return answer;
  answer.has_key = capsule->key != nullptr;
  answer.witnesses.reserve(capsule->told.size());
  for (const auto& [node, witness] : capsule->told) answer.witnesses.push_back({node, witness.has});
  return answer;
}

Task<Result<PublishKeyAnswer>> ReleaseMethods::publish(PublishKeyRequest request) {
  auto release = CO_TRY(Release::decode(request.release));
  const auto given = CO_TRY(co_await releases_.releasing().publish(std::move(release)));
  co_return PublishKeyAnswer{given.asked, given.kept};
}

Task<Result<FindKeyAnswer>> ReleaseMethods::find(FindKeyRequest request) {
  const auto found = CO_TRY(co_await releases_.releasing().find(request.content_hash));
  co_return FindKeyAnswer{found.encoded()};
}

Task<Result<PublishKeyAnswer>> ReleaseMethods::open(OpenDepositRequest request) {
  const auto given = CO_TRY(co_await releases_.witnessing().open(request.content_hash));
  co_return PublishKeyAnswer{given.asked, given.kept};
}

}  // namespace tesseras::node

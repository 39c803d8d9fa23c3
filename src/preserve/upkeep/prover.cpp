#include "preserve/upkeep/prover.hpp"

#include <algorithm>
#include <utility>

#include "foundation/transport/frame_stream.hpp"

namespace tesseras::upkeep {
namespace {

using base::Code;
using base::fail;
using replica::FragmentStore;

// nullopt, too, when the disk does not give it now: whoever asks cannot get the fragment then.
std::optional<ChunkProof> prove(FragmentStore& store, const Challenge& challenge) {
  // Plan ids stand in holder records, for anybody to read; content hashes do not.
  if (!std::ranges::contains(store.plans_of(challenge.content_hash), challenge.name.plan))
    return std::nullopt;
  auto proof = store.prove(challenge.name, challenge.chunk);
  if (!proof) return std::nullopt;
  return *std::move(proof);
}

Result<base::Bytes> encoded(const Result<ProveResponse>& response) {
  if (!response) return fail(response.error());
  return encode(*response);
}

}  // namespace

Prover::Prover(runtime::Offload offload, std::shared_ptr<FragmentStore> store,
               const ProverOptions& options)
    : offload_(offload), store_(std::move(store)), rate_(options.rate) {}

Task<Result<ProveResponse>> Prover::answer(const transport::Session& session,
                                           transport::Stream& stream, base::ByteSpan body) {
  CO_TRY(co_await transport::expect_end(stream, offload_.loop().now() + Limits::answer_time_max));
  auto request = CO_TRY(decode<ProveRequest>(body));
  const auto caller = replica::caller_of(session);
  const auto slot = slots_.take(caller);
  if (!slot) co_return fail(Code::unavailable, "too much is being proved; ask again later");
  if (!rate_.admit(offload_.loop().now(), replica::rate_name(caller.key), caller.from,
                   static_cast<std::uint32_t>(request.challenges.size())))
    co_return fail(Code::unavailable, "enough was proved for now; ask again later");
  co_return co_await offload_.run(
      [store = store_, challenges = std::move(request.challenges)]() -> Result<ProveResponse> {
        ProveResponse response;
        for (const auto& one : challenges) response.proofs.push_back(prove(*store, one));
        return response;
      });
}

Task<void> Prover::serve(std::shared_ptr<transport::Session> session,
                         std::unique_ptr<transport::Stream> stream,
                         transport::ReceivedRequest request) {
  const auto response = co_await answer(*session, *stream, request.request.body);
  if (response) {
    const auto proved = std::ranges::count_if(response->proofs,
                                              [](const auto& proof) { return proof.has_value(); });
    counts_.proved += static_cast<std::uint64_t>(proved);
    counts_.not_kept += response->proofs.size() - static_cast<std::uint64_t>(proved);
  } else {
    ++counts_.refused;
  }
  co_await transport::answer_or_refuse(*stream, request.request.id, encoded(response),
                                       offload_.loop().now() + Limits::answer_time_max);
}

}  // namespace tesseras::upkeep

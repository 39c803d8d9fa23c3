#include "preserve/replica/giver.hpp"

#include <algorithm>
#include <utility>

#include "preserve/replica/limits.hpp"

namespace tesseras::replica {

using base::Bytes;
using base::ByteSpan;
using base::Code;
using base::fail;
using runtime::Offload;

namespace {

// The plan of that id, of that tessera. not_found: to who does not know both there is none.
Result<SignedPlan> plan_of(FragmentStore& store, const base::PlanId& id,
                           const base::ContentHash& content_hash) {
  auto plan = TRY(store.plan(id));
  if (plan.plan().content_hash != content_hash)
    return fail(Code::not_found, "the plan is of another tessera");
  return plan;
}

// What is wrong with our own files is not the peer's to know.
base::Error of_our_own(const base::Error&) { return {Code::unavailable, "not now"}; }

}  // namespace

Giver::Giver(Offload offload, std::shared_ptr<FragmentStore> store, runtime::Log log)
    : offload_(offload),
      store_(std::move(store)),
      log_(log),
      slots_(Limits::giving_max, Limits::giving_per_peer_max) {}

Task<Result<GetPlanResponse>> Giver::plan(GetPlanRequest request) {
  co_return co_await offload_.run([store = store_, request]() -> Result<GetPlanResponse> {
    const auto plan = plan_of(*store, request.plan, request.content_hash);
    if (!plan && plan.error().code == Code::not_found) return GetPlanResponse{};
    if (!plan) return fail(of_our_own(plan.error()));
    GetPlanResponse response{store->kept(request.plan), {}};
    if (response.fragments.any()) response.plan = plan->encoded();
    return response;
  });
}

Task<Result<Giver::Gift>> Giver::open(dht::NodePublicKey peer, GetFragmentRequest request) {
  auto slot = slots_.take(peer);
  if (!slot) co_return fail(Code::unavailable, "too much is being given; ask again later");
  const auto opened =
      co_await offload_.run([store = store_, request]() -> Result<std::shared_ptr<Opened>> {
        TRY(plan_of(*store, request.plan, request.content_hash));
        auto reader = TRY(store->read({request.plan, request.fragment}, request.offset));
        return std::make_shared<Opened>(store, std::move(reader));
      });
  if (!opened && opened.error().code == Code::not_found) co_return Gift{};
  if (!opened && opened.error().code == Code::invalid)
    co_return fail(Code::corrupt, "the fragment has fewer bytes than that");
  if (!opened) co_return fail(of_our_own(opened.error()));
  co_return Gift{{(*opened)->reader.size_bytes()}, *opened, std::move(slot)};
}

Task<Result<void>> Giver::give(Gift gift, transport::Stream& stream) {
  const auto piece = std::make_shared<Bytes>(Limits::piece_bytes);
  const auto end = offload_.loop().now() + Limits::time_for(gift.opened->reader.size_bytes());
  while (true) {
    const auto count = co_await offload_.run(
        [opened = gift.opened, piece] { return opened->reader.read(*piece); });
    if (!count && count.error().code == Code::corrupt) {
      ++counts_.rotten;
      log_.warn("a fragment has rotted; it is set aside, and was not given",
                {{"why", count.error().message}});
    }
    const auto size = CO_TRY(count);
    if (size == 0) break;
    CO_TRY(co_await stream.write(ByteSpan(*piece).first(size),
                                 std::min(end, offload_.loop().now() + Limits::silence_max)));
    counts_.bytes_given += size;
  }
  ++counts_.fragments_given;
  co_return Result<void>();
}

}  // namespace tesseras::replica

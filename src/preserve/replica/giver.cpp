#include "preserve/replica/giver.hpp"

#include <utility>

#include "preserve/replica/byte_flow.hpp"
#include "preserve/replica/limits.hpp"

namespace tesseras::replica {

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
std::unexpected<base::Error> not_now() { return fail(Code::unavailable, "not now"); }

}  // namespace

Giver::Giver(Offload offload, std::shared_ptr<FragmentStore> store, runtime::Log log,
             OnGiving on_giving)
    : offload_(offload),
      store_(std::move(store)),
      log_(log),
      on_giving_(std::move(on_giving)),
      slots_({Limits::giving_max, Limits::giving_per_peer_max, Limits::giving_per_network_max}) {}

Task<Result<GetPlanResponse>> Giver::plan(GetPlanRequest request) {
  co_return co_await offload_.run([store = store_, request]() -> Result<GetPlanResponse> {
    const auto id = request.plan ? request.plan : most_kept(*store, request.content_hash);
    if (!id) return GetPlanResponse{};
    const auto plan = plan_of(*store, *id, request.content_hash);
    if (!plan && plan.error().code == Code::not_found) return GetPlanResponse{};
    if (!plan) return not_now();
    GetPlanResponse response{store->kept(*id), {}};
    if (response.fragments.any()) response.plan = plan->encoded();
    return response;
  });
}

Task<Result<Giver::Gift>> Giver::open(Caller caller, GetFragmentRequest request) {
  auto slot = slots_.take(caller);
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
  if (!opened) co_return not_now();
  if (on_giving_) on_giving_(caller.key, request.plan);
  co_return Gift{{(*opened)->reader.size_bytes()}, *opened, std::move(slot)};
}

Task<Result<void>> Giver::give(Gift gift, transport::Stream& stream) {
  const auto given = co_await write_flow(
      stream, offload_, gift.opened->reader.size_bytes(),
      [opened = gift.opened](base::MutableByteSpan into) { return opened->reader.read(into); },
      counts_.bytes_given);
  if (given) {
    ++counts_.fragments_given;
  } else if (given.error().code == Code::corrupt) {
    ++counts_.rotten;
    log_.warn("a fragment has rotted; it is set aside, and was not given",
              {{"why", given.error().message}});
  }
  co_return given;
}

}  // namespace tesseras::replica

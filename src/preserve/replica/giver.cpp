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
std::unexpected<base::Error> too_much() {
  return fail(Code::unavailable, "too much is being given; ask again later");
}

Result<GetPlanResponse> kept_plan(FragmentStore& store, const GetPlanRequest& request) {
  const auto id = request.plan ? request.plan : most_kept(store, request.content_hash);
  if (!id) return GetPlanResponse{};
  const auto plan = plan_of(store, *id, request.content_hash);
  if (!plan && plan.error().code == Code::not_found) return GetPlanResponse{};
  if (!plan) return not_now();
  GetPlanResponse response{store.kept(*id), {}};
  if (response.fragments.any()) response.plan = plan->encoded();
  return response;
}

// What its pack gives, and what this node may keep of it for somebody beside.
Result<GetPlanResponse> own_plan(const OwnTesserae& own, const FragmentStore& store,
                                 const GetPlanRequest& request) {
  const auto plan = TRY(own.plan(request.content_hash));
  if (request.plan && *request.plan != plan.id())
    return fail(Code::not_found, "it has another plan");
  return GetPlanResponse{in_pack(plan.plan().shape) | store.kept(plan.id()), plan.encoded()};
}

Result<OpenFragment> open_kept(const std::shared_ptr<FragmentStore>& store,
                               const GetFragmentRequest& request) {
  // The reader is of the store, and goes first.
  struct Opened {
    std::shared_ptr<FragmentStore> store;
    FragmentReader reader;
  };
  TRY(plan_of(*store, request.plan, request.content_hash));
  auto reader = TRY(store->read({request.plan, request.fragment}, request.offset));
  const auto size_bytes = reader.size_bytes();
  const auto opened = std::make_shared<Opened>(store, std::move(reader));
  return OpenFragment{size_bytes,
                      [opened](base::MutableByteSpan into) { return opened->reader.read(into); }};
}

}  // namespace

Giver::Giver(Offload offload, std::shared_ptr<FragmentStore> store, runtime::Log log,
             OnGiving on_giving, OwnTesserae own)
    : offload_(offload),
      store_(std::move(store)),
      log_(log),
      on_giving_(std::move(on_giving)),
      own_(std::move(own)),
      slots_({Limits::giving_max, Limits::giving_per_peer_max, Limits::giving_per_network_max}),
      own_slots_({Limits::giving_own_max, Limits::giving_own_per_peer_max,
                  Limits::giving_own_per_network_max}) {}

Task<Result<GetPlanResponse>> Giver::plan(GetPlanRequest request) {
  const bool is_own = has_own(request.content_hash);
  co_return co_await offload_.run(
      [store = store_, own = own_, is_own, request]() -> Result<GetPlanResponse> {
        if (is_own) {
          auto whole = own_plan(own, *store, request);
          if (whole) return whole;
        }
        return kept_plan(*store, request);
      });
}

Task<Result<Giver::Gift>> Giver::open(Caller caller, GetFragmentRequest request) {
  auto slot = slots_.take(caller);
  if (!slot) co_return too_much();
  auto opened =
      co_await offload_.run([store = store_, request] { return open_kept(store, request); });
  const bool is_own =
      !opened && opened.error().code == Code::not_found && has_own(request.content_hash);
  auto own_slot = is_own ? own_slots_.take(caller) : std::nullopt;
  if (is_own) {
    if (!own_slot) co_return too_much();
    opened = co_await offload_.run([own = own_, request] { return open_own(own, request); });
    if (!opened && opened.error().code == Code::corrupt)
      tell_damage(request.content_hash, opened.error());
  }
  if (!opened && opened.error().code == Code::not_found) co_return Gift{};
  if (!opened && opened.error().code == Code::invalid)
    co_return fail(Code::corrupt, "the fragment has fewer bytes than that");
  if (!opened) co_return not_now();
  if (on_giving_) on_giving_(caller.key, request.plan);
  const auto of_own = is_own ? std::optional(request.content_hash) : std::nullopt;
  co_return Gift{{opened->size_bytes},
                 std::make_shared<OpenFragment>(*std::move(opened)),
                 std::move(slot),
                 std::move(own_slot),
                 of_own};
}

Task<Result<void>> Giver::give(Gift gift, transport::Stream& stream) {
  const auto given = co_await write_flow(
      stream, offload_, gift.opened->size_bytes,
      [opened = gift.opened](base::MutableByteSpan into) { return opened->read(into); },
      counts_.bytes_given);
  if (given) {
    ++counts_.fragments_given;
  } else if (given.error().code == Code::corrupt) {
    ++counts_.rotten;
    if (gift.of_own) {
      tell_damage(*gift.of_own, given.error());
    } else {
      log_.warn("a fragment has rotted; it is set aside, and was not given",
                {{"why", given.error().message}});
    }
  }
  co_return given;
}

void Giver::tell_damage(const base::ContentHash& content_hash, const base::Error& why) {
  if (!told_damaged_.insert(content_hash).second) return;
  log_.warn("a tessera in the vault is damaged, and was not given; run `tes vault check`",
            {{"content_hash", content_hash.hex()}, {"why", why.message}});
}

}  // namespace tesseras::replica

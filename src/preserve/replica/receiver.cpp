#include "preserve/replica/receiver.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "foundation/base/assert.hpp"
#include "preserve/replica/byte_flow.hpp"
#include "preserve/replica/limits.hpp"

namespace tesseras::replica {

using base::ByteSpan;
using base::Code;
using base::fail;
using runtime::Offload;
using transport::Stream;

namespace {

Answer answer_of(Admission refused) {
  switch (refused) {
    case Admission::disk_is_full:
    case Admission::share_is_full:
    case Admission::too_many_fragments: return Answer::no_room;
    default: return Answer::over_limit;
  }
}

// The disk's doing, which no peer can help.
bool is_ours(const base::Error& why) {
  return why.code == Code::exhausted || why.code == Code::denied || why.code == Code::io;
}

}  // namespace

// What the store says before anything is weighed.
struct Receiver::Room {
  FragmentStore::Prospect prospect;
  std::uint64_t free_bytes = 0;
  Tally kept;
  std::uint64_t leftover_bytes = 0;  // of fragments that did not come to their end
};

// A promise that is being used. When that is broken off, the promise goes: work for it may still be
// under way on another thread, with the writer, and whoever offers again gets what has come.
class Receiver::Use {
 public:
  Use(Promises& of, const PromiseKey& key) : of_(&of), key_(key) { of.find(key)->is_used = true; }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;
  ~Use() {
    if (of_ != nullptr) of_->withdraw(key_);
  }
  // Others see to the promise from now on.
  void leave() { of_ = nullptr; }

 private:
  Promises* of_;
  PromiseKey key_;
};

Receiver::Receiver(Offload offload, std::shared_ptr<FragmentStore> store,
                   std::shared_ptr<Ledger> ledger, ReceiverOptions options, runtime::Log log)
    : offload_(offload),
      store_(std::move(store)),
      ledger_(std::move(ledger)),
      options_(std::move(options)),
      log_(log),
      offers_({Limits::offers_per_peer, Limits::offers_per_network}),
      promises_(ledger_),
      slots_({Limits::receiving_max, Limits::receiving_per_peer_max,
              Limits::receiving_per_network_max}),
      tasks_(offload_.loop()) {
  tasks_.spawn(tidy());
}

Task<void> Receiver::tidy() {
  while (true) {
    promises_.drop_late(now());
    base::WallTime before = offload_.loop().wall_now();
    before.unix_seconds -= std::chrono::seconds(Limits::leftover_time).count();
    const auto cleared =
        co_await offload_.run([store = store_, before] { return store->clear_incoming(before); });
    if (!cleared) {
      log_.warn("what was left of fragments could not be removed",
                {{"why", cleared.error().message}});
    } else if (*cleared > 0) {
      log_.debug("what was left of fragments is gone", {{"bytes", *cleared}});
    }
    co_await runtime::sleep_until(offload_.loop(), now() + Limits::tidying_time);
  }
}

void Receiver::set_own_addresses(const std::vector<runtime::IpAddress>& addresses) {
  offers_.set_own_addresses(addresses);
  promises_.set_own_addresses(addresses);
  slots_.set_own_addresses(addresses);
}

Task<Result<OfferResponse>> Receiver::offer(Caller caller, OfferRequest request) {
  if (!offers_.admit(now(), rate_name(caller.key), caller.from))
    co_return OfferResponse{Answer::later, 0};
  promises_.drop_late(now());
  const auto plan = CO_TRY(co_await offload_.run(
      [bytes = std::move(request.plan)]() -> Result<std::shared_ptr<const SignedPlan>> {
        return std::make_shared<const SignedPlan>(TRY(SignedPlan::decode(bytes)));
      }));
  const auto& shape = plan->plan().shape;
  if (request.fragment >= shape.fragments())
    co_return fail(Code::corrupt, "the plan has no fragment {}", request.fragment);
  if (const auto answer = refused(*plan)) co_return OfferResponse{*answer, 0};
  if (shape.pack_bytes() > options_.pack_bytes_max) co_return OfferResponse{Answer::not_wanted, 0};
  if (request.is_repair && options_.is_lost &&
      !options_.is_lost(caller.key, *plan, request.fragment))
    co_return OfferResponse{Answer::later, 0};
  const auto room = CO_TRY(co_await look(plan, request.fragment, caller));
  if (room.prospect.is_kept) co_return OfferResponse{Answer::kept, 0};

  // From here to where it is promised nothing waits: two offers cannot get the same room.
  const PromiseKey key{caller.key, plan->id(), request.fragment};
  if (const Promise* earlier = promises_.find(key); earlier != nullptr) {
    if (earlier->is_used) co_return OfferResponse{Answer::later, 0};
    promises_.withdraw(key);
  }
  if (!promises_.has_place(caller)) co_return OfferResponse{Answer::later, 0};
  const auto admission = weigh(caller, plan->plan(), request.is_repair, room);
  if (admission != Admission::granted) {
    ++counts_.offers_refused;
    log_.debug("a fragment was refused", {{"from", caller.key.hex()}, {"why", explain(admission)}});
    co_return OfferResponse{answer_of(admission), 0};
  }
  // Where all bytes have come, and could not be kept then, the last is asked for again.
  const auto offset = std::min(room.prospect.left_bytes, shape.fragment_bytes() - 1);
  promises_.add(key, {.plan = plan,
                      .from = caller.from,
                      .is_repair = request.is_repair,
                      .until = now() + Limits::promise_time,
                      .offset = offset,
                      .is_used = false});
  if (!room.prospect.is_here) co_return OfferResponse{Answer::wanted, offset};
  const auto answer = co_await keep_what_is_here(key, plan);
  co_return OfferResponse{CO_TRY(unless_ours(key, answer)), 0};
}

// Others may have room where our disk has failed. What is wrong with it, only we are told.
Result<Answer> Receiver::unless_ours(const PromiseKey& key, Result<Answer> answer) {
  if (answer || !is_ours(answer.error())) return answer;
  ++counts_.offers_refused;
  log_.warn("a fragment could not be kept", {{"from", key.peer.hex()},
                                             {"plan", key.plan.hex()},
                                             {"fragment", key.fragment},
                                             {"why", answer.error().message}});
  return Answer::no_room;
}

std::optional<Answer> Receiver::refused(const SignedPlan& plan) const {
  if (!options_.refusal) return std::nullopt;
  const auto refusal = options_.refusal(plan.plan().content_hash);
  if (!refusal) return std::nullopt;
  return *refusal == Refusal::retracted ? Answer::taken_back : Answer::not_wanted;
}

Task<Result<Receiver::Room>> Receiver::look(std::shared_ptr<const SignedPlan> plan,
                                            unsigned fragment, Caller caller) {
  co_return co_await offload_.run([store = store_, plan, fragment, caller]() -> Result<Room> {
    Room room;
    room.prospect = TRY(store->prospect(*plan, fragment, caller.key));
    room.free_bytes = TRY(store->free_bytes());
    room.kept = store->charged();
    room.leftover_bytes = store->leftover_bytes();
    return room;
  });
}

Admission Receiver::weigh(const Caller& caller, const Plan& plan, bool is_repair,
                          const Room& room) {
  Offer offer;
  offer.size_bytes = Limits::charged_bytes(plan.shape.fragment_bytes());
  offer.is_repair = is_repair;
  offer.is_exempt = options_.is_exempt && options_.is_exempt(caller.key);
  offer.free_bytes = room.free_bytes - std::min(room.free_bytes, promises_.bytes());
  offer.kept_bytes = room.kept.bytes + room.leftover_bytes + promises_.bytes();
  offer.fragments = room.kept.fragments + promises_.count();
  // What was promised is in the ledger.
  offer.repaired_bytes = ledger_->repaired_bytes();
  offer.account = ledger_->account(caller.key);
  // Whose leftovers are is not known; whoever leaves them on purpose has no history.
  const auto newcomers = ledger_->kept_for_newcomers();
  offer.newcomers_bytes = newcomers.bytes + room.leftover_bytes;
  offer.newcomers_fragments = newcomers.fragments;
  offer.block_bytes = ledger_->kept_for_newcomers_of(caller.from.address).bytes;
  return admit(offer, options_.admission);
}

// On a worker, since what has come so far is hashed again.
Task<Result<std::shared_ptr<Receiver::Incoming>>> Receiver::begin(
    PromiseKey key, std::shared_ptr<const SignedPlan> plan) {
  co_return co_await offload_.run(
      [store = store_, key, plan = std::move(plan)]() -> Result<std::shared_ptr<Incoming>> {
        auto writer = TRY(store->receive(*plan, key.fragment, key.peer));
        return std::make_shared<Incoming>(store, std::move(writer));
      });
}

// The bytes came under another name, or from somebody else.
Task<Result<Answer>> Receiver::keep_what_is_here(PromiseKey key,
                                                 std::shared_ptr<const SignedPlan> plan) {
  Use use(promises_, key);
  const auto incoming = CO_TRY(co_await begin(key, std::move(plan)));
  // They went meanwhile.
  if (incoming->writer.offset() < incoming->writer.size_bytes()) co_return Answer::later;
  use.leave();
  co_return co_await keep(key, incoming);
}

Task<Result<SendResponse>> Receiver::receive(Caller caller, SendRequest request, Stream& stream) {
  const PromiseKey key{caller.key, request.plan, request.fragment};
  const auto answer = co_await take(key, caller, request, stream);
  co_return SendResponse{CO_TRY(unless_ours(key, answer))};
}

Task<Result<Answer>> Receiver::take(PromiseKey key, Caller caller, SendRequest request,
                                    Stream& stream) {
  const Promise* const promise = promises_.find(key);
  const bool is_good = promise != nullptr && !promise->is_used && promise->until > now() &&
                       request.offset <= promise->offset;
  if (!is_good) co_return Answer::later;
  if (const auto answer = refused(*promise->plan)) co_return *answer;
  const auto slot = slots_.take(caller);
  if (!slot) co_return Answer::later;
  Use use(promises_, key);
  const auto begun = co_await begin(key, promise->plan);
  // What is being done for an earlier attempt, which was broken off, comes to its end first.
  if (!begun && begun.error().code == Code::conflict) co_return Answer::later;
  const auto incoming = CO_TRY(begun);
  // Less is there than there was.
  if (request.offset > incoming->writer.offset()) co_return Answer::later;
  if (incoming->writer.offset() < incoming->writer.size_bytes())
    CO_TRY(co_await read_into(incoming, request.offset, stream));
  use.leave();
  co_return co_await keep(key, incoming);
}

Task<Result<void>> Receiver::read_into(std::shared_ptr<Incoming> incoming, std::uint64_t offset,
                                       Stream& stream) {
  const auto size_bytes = incoming->writer.size_bytes();
  const auto read = co_await read_flow(
      stream, offload_, size_bytes - offset,
      [incoming, at = offset](ByteSpan bytes) mutable {
        // What had come before, and is sent again.
        const auto known = std::min<std::uint64_t>(bytes.size(), incoming->writer.offset() - at);
        at += bytes.size();
        return incoming->writer.append(bytes.subspan(known));
      },
      counts_.bytes_received);
  const bool is_too_long =
      !read && read.error().code == Code::corrupt && incoming->writer.offset() == size_bytes;
  if (is_too_long) {
    CO_TRY(co_await offload_.run([incoming]() -> Result<void> {
      incoming->writer.discard();
      return {};
    }));
  }
  co_return read;
}

// Goes on to its end whether or not the peer waits for it: what the store keeps must be booked.
Task<Result<Answer>> Receiver::keep(PromiseKey key, std::shared_ptr<Incoming> incoming) {
  const auto done = std::make_shared<runtime::Waiter<Answer>>(offload_.loop());
  tasks_.spawn(keep_and_book(key, std::move(incoming), done));
  co_return co_await done->wait(base::Instant::never());
}

Task<void> Receiver::keep_and_book(PromiseKey key, std::shared_ptr<Incoming> incoming,
                                   std::shared_ptr<runtime::Waiter<Answer>> done) {
  const Promise promise = *promises_.find(key);
  const Charge charge = promise.charge(key.peer, offload_.loop().wall_now().unix_seconds);
  const auto kept = co_await offload_.run(
      [incoming, charge] { return incoming->store->keep(incoming->writer, charge); });
  if (kept && !*kept) {
    // Somebody else brought it before, and is charged for it.
    promises_.withdraw(key);
    done->set(Answer::kept);
    co_return;
  }
  if (kept) {
    promises_.fulfil(key);
    ++counts_.fragments_kept;
    log_.debug("a fragment is kept",
               {{"from", key.peer.hex()}, {"plan", key.plan.hex()}, {"fragment", key.fragment}});
    if (options_.on_kept) options_.on_kept(*promise.plan, key.fragment);
    done->set(Answer::kept);
    co_return;
  }
  promises_.withdraw(key);
  // What an earlier attempt had left was damaged since: nobody's fault, and the next one is whole.
  if (kept.error().code == Code::unavailable) {
    done->set(Answer::later);
  } else {
    done->set(fail(kept.error()));
  }
}

}  // namespace tesseras::replica

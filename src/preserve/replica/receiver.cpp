#include "preserve/replica/receiver.hpp"

#include <algorithm>
#include <utility>

#include "foundation/base/assert.hpp"
#include "foundation/transport/frame_stream.hpp"
#include "preserve/replica/limits.hpp"

namespace tesseras::replica {

using base::Bytes;
using base::ByteSpan;
using base::Code;
using base::fail;
using runtime::Offload;
using transport::Stream;

namespace {

Answer answer_of(Admission refused) {
  switch (refused) {
    case Admission::disk_is_full:
    case Admission::share_is_full: return Answer::no_room;
    default: return Answer::over_limit;
  }
}

}  // namespace

// What the store says before anything is weighed.
struct Receiver::Room {
  bool is_kept = false;
  std::uint64_t free_bytes = 0;
  std::uint64_t kept_bytes = 0;
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
      promises_(ledger_),
      slots_(Limits::receiving_max, Limits::receiving_per_peer_max),
      tasks_(offload_.loop()) {
  for (const auto& reference : store_->references())
    if (reference.charge && reference.charge->is_repair) repaired_bytes_ += reference.size_bytes;
}

Task<Result<OfferResponse>> Receiver::offer(Sender sender, OfferRequest request) {
  promises_.drop_late(now());
  const auto plan = CO_TRY(co_await offload_.run(
      [bytes = std::move(request.plan)]() -> Result<std::shared_ptr<const SignedPlan>> {
        return std::make_shared<const SignedPlan>(TRY(SignedPlan::decode(bytes)));
      }));
  const auto& shape = plan->plan().shape;
  if (request.fragment >= shape.fragments())
    co_return fail(Code::corrupt, "the plan has no fragment {}", request.fragment);
  if (shape.pack_bytes() > options_.pack_bytes_max) co_return OfferResponse{Answer::not_wanted, 0};
  const auto room = CO_TRY(co_await look(plan->id(), request.fragment));
  if (room.is_kept) co_return OfferResponse{Answer::kept, 0};

  // From here to where it is promised nothing waits: two offers cannot get the same room.
  const PromiseKey key{sender.key, plan->id(), request.fragment};
  if (const Promise* earlier = promises_.find(key); earlier != nullptr) {
    if (earlier->is_used) co_return OfferResponse{Answer::later, 0};
    promises_.withdraw(key);
  }
  if (!promises_.has_place(sender.key)) co_return OfferResponse{Answer::later, 0};
  const auto admission = weigh(sender, plan->plan(), request.is_repair, room);
  if (admission != Admission::granted) {
    ++counts_.offers_refused;
    log_.debug("a fragment was refused", {{"from", sender.key.hex()}, {"why", explain(admission)}});
    co_return OfferResponse{answer_of(admission), 0};
  }
  co_return co_await promise(key, {.plan = plan,
                                   .address = sender.address,
                                   .is_repair = request.is_repair,
                                   .until = now() + Limits::promise_time,
                                   .incoming = nullptr,
                                   .is_used = false});
}

Task<Result<Receiver::Room>> Receiver::look(base::PlanId plan, unsigned fragment) {
  co_return co_await offload_.run([store = store_, plan, fragment]() -> Result<Room> {
    Room room;
    room.is_kept = store->kept(plan).test(fragment);
    room.free_bytes = TRY(store->free_bytes());
    room.kept_bytes = store->size_bytes();
    room.leftover_bytes = TRY(store->leftover_bytes());
    return room;
  });
}

Admission Receiver::weigh(const Sender& sender, const Plan& plan, bool is_repair,
                          const Room& room) {
  Offer offer;
  offer.size_bytes = plan.shape.fragment_bytes();
  offer.is_repair = is_repair;
  offer.is_exempt = options_.is_exempt && options_.is_exempt(sender.key);
  offer.free_bytes = room.free_bytes - std::min(room.free_bytes, promises_.bytes());
  offer.kept_bytes = room.kept_bytes + room.leftover_bytes + promises_.bytes();
  offer.repaired_bytes = repaired_bytes_ + promises_.repair_bytes();
  offer.account = ledger_->account(sender.key);
  // Whose leftovers are is not known; whoever leaves them on purpose has no history.
  offer.newcomers_bytes = ledger_->kept_for_newcomers() + room.leftover_bytes;
  offer.block_bytes = ledger_->kept_for_newcomers_of(sender.address);
  return admit(offer, options_.admission);
}

Task<Result<OfferResponse>> Receiver::promise(PromiseKey key, Promise promise) {
  const auto plan = promise.plan;
  promises_.add(key, std::move(promise));
  Use use(promises_, key);
  const auto incoming = co_await offload_.run(
      [store = store_, plan, fragment = key.fragment]() -> Result<std::shared_ptr<Incoming>> {
        auto writer = TRY(store->receive(*plan, fragment));
        return std::make_shared<Incoming>(store, std::move(writer));
      });
  // Somebody else is sending the same.
  if (!incoming && incoming.error().code == Code::conflict)
    co_return OfferResponse{Answer::later, 0};
  CO_TRY(incoming);
  use.leave();
  const auto& writer = (*incoming)->writer;
  if (writer.offset() == writer.size_bytes())
    co_return OfferResponse{CO_TRY(co_await keep(key, *incoming)), 0};
  Promise* const made = promises_.find(key);
  made->incoming = *incoming;
  made->is_used = false;
  co_return OfferResponse{Answer::wanted, writer.offset()};
}

Task<Result<SendResponse>> Receiver::receive(Sender sender, SendRequest request, Stream& stream) {
  const PromiseKey key{sender.key, request.plan, request.fragment};
  const Promise* const promise = promises_.find(key);
  const bool is_good = promise != nullptr && !promise->is_used && promise->until > now() &&
                       request.offset <= promise->incoming->writer.offset();
  if (!is_good) co_return SendResponse{Answer::later};
  const auto slot = slots_.take(sender.key);
  if (!slot) co_return SendResponse{Answer::later};
  Use use(promises_, key);
  const auto incoming = promise->incoming;
  CO_TRY(co_await read_into(incoming, request.offset, stream));
  use.leave();
  co_return SendResponse{CO_TRY(co_await keep(key, incoming))};
}

Task<Result<void>> Receiver::read_into(std::shared_ptr<Incoming> incoming, std::uint64_t offset,
                                       Stream& stream) {
  const auto piece = std::make_shared<Bytes>(Limits::piece_bytes);
  const auto& writer = incoming->writer;
  const auto end = now() + Limits::time_for(writer.size_bytes() - offset);
  while (offset < writer.size_bytes()) {
    const auto room = std::min<std::uint64_t>(piece->size(), writer.size_bytes() - offset);
    const auto count = CO_TRY(co_await stream.read(base::MutableByteSpan(*piece).first(room),
                                                   std::min(end, now() + Limits::silence_max)));
    if (count == 0)
      co_return fail(Code::corrupt, "the fragment ends {} bytes early",
                     writer.size_bytes() - offset);
    counts_.bytes_received += count;
    // What had come before, and is sent again.
    const auto known = std::min<std::uint64_t>(count, writer.offset() - offset);
    offset += count;
    if (known == count) continue;
    CO_TRY(co_await offload_.run([incoming, piece, known, count] {
      return incoming->writer.append(ByteSpan(*piece).first(count).subspan(known));
    }));
  }
  co_return co_await transport::expect_end(stream, now() + Limits::silence_max);
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
  const Charge charge{key.peer, promise.address, promise.is_repair,
                      offload_.loop().wall_now().unix_seconds};
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
    if (promise.is_repair) repaired_bytes_ += promise.size_bytes();
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

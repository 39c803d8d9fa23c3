#include "preserve/dht/service.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "foundation/runtime/whole_file.hpp"
#include "foundation/transport/exchange.hpp"
#include "foundation/transport/frame_stream.hpp"
#include "preserve/dht/limits.hpp"
#include "preserve/dht/table_snapshot.hpp"

namespace tesseras::dht {
namespace {

using base::Code;
using base::fail;
using base::Instant;
using base::Result;
using runtime::path;
using runtime::Task;

constexpr const char* contacts_name = "contacts";
constexpr std::uint32_t file_permissions = 0600;
constexpr std::uint32_t folder_permissions = 0700;
constexpr std::size_t contacts_bytes_max =
    Limits::snapshot_nodes_max * (Limits::node_info_bytes_max + 64);

// Whether nothing follows a request, as wire.md has it in section 6; otherwise the peer has been
// told.
Task<bool> is_all(transport::Stream& stream, wire::RequestId id, Instant deadline) {
  const auto ended = co_await transport::expect_end(stream, deadline);
  if (ended) co_return true;
  if (ended.error().code == Code::corrupt) {
    co_await transport::refuse(stream, id, ended.error(), deadline);
  } else {
    stream.reset(wire::error_code(ended.error().code));
  }
  co_return false;
}

NodePublicKey key_of_peer(const transport::PeerId& id) { return NodePublicKey{id.bytes}; }

// Contacts are a help, not a promise: a damaged file costs some time.
std::vector<KnownNode> read_contacts(runtime::Disk& disk, const path& file,
                                     const runtime::Log& log) {
  const auto bytes = runtime::read_whole(disk, file, contacts_bytes_max);
  if (!bytes && bytes.error().code == Code::not_found) return {};
  auto known = bytes ? decode_snapshot(*bytes) : fail(bytes.error());
  if (known) return *std::move(known);
  path aside = file;
  aside += ".damaged";
  log.warn("the file of contacts cannot be read; it is set aside",
           {{"file", file.native()}, {"why", known.error().message}});
  (void)disk.rename(file, aside);
  return {};
}

}  // namespace

Result<std::unique_ptr<Service>> Service::open(runtime::Loop& loop, runtime::Disk& disk,
                                               const path& folder, transport::Transport& transport,
                                               MakeTransport make_transport,
                                               const crypto::Ed25519Key& key, std::uint64_t nonce,
                                               crypto::SecretBytes<32> store_secret,
                                               ServiceOptions options, runtime::Log log) {
  TRY(disk.make_folders(folder, folder_permissions));
  // A new folder is on the medium only when the one that holds its name is.
  TRY(disk.sync(std::array{folder.parent_path()}));
  const auto id = node_id_of(key.public_key(), nonce);
  auto store = std::make_unique<PointerStore>(
      TRY(PointerStore::open(disk, folder / "pointers", id, std::move(store_secret), options.store,
                             loop.now(), loop.wall_now())));
  auto known = read_contacts(disk, folder / contacts_name, log);
  std::unique_ptr<Service> service(new Service(loop, disk, folder, transport,
                                               std::move(make_transport), std::move(store), key,
                                               nonce, std::move(options), log));
  service->begin(std::move(known));
  return service;
}

Service::Service(runtime::Loop& loop, runtime::Disk& disk, path folder,
                 transport::Transport& transport, MakeTransport make_transport,
                 std::unique_ptr<PointerStore> store, const crypto::Ed25519Key& key,
                 std::uint64_t nonce, ServiceOptions options, runtime::Log log)
    : loop_(loop),
      disk_(disk),
      folder_(std::move(folder)),
      transport_(transport),
      make_transport_(std::move(make_transport)),
      store_(std::move(store)),
      options_(std::move(options)),
      log_(log),
      engine_(key, nonce, *store_, options_.memo != nullptr ? *options_.memo : memo_,
              options_.engine, loop.now()),
      started_at_(loop.now()),
      tasks_(loop) {}

Service::~Service() { alive_.reset(); }

void Service::begin(std::vector<KnownNode> known) {
  engine_.bootstrap(loop_.now(), options_.bootstrap, std::move(known));
  tasks_.spawn(keep_saving());
  pump();
}

// Calls into the engine may come from inside of one another; what it says goes out in one place.
void Service::pump_soon() {
  loop_.post([this, alive = std::weak_ptr(alive_)] {
    if (!alive.expired()) pump();
  });
}

void Service::pump() {
  if (std::exchange(is_pumping_, true)) return;
  while (auto out = engine_.poll(loop_.now())) {
    if (!out->is_answer) {
      tasks_.spawn(ask(*std::move(out)));
    } else if (const auto at = answers_->find(out->stream); at != answers_->end()) {
      at->second->set(std::move(out->frame));
    }
  }
  while (const auto event = engine_.next_event()) tell(*event);
  is_pumping_ = false;
  wait();
}

// Most of what the engine waits for comes, so a timer that is early is left alone.
void Service::wait() {
  const auto deadline = engine_.deadline();
  if (timer_ != nullptr && timer_at_ <= deadline) return;
  timer_at_ = deadline;
  timer_ = loop_.call_at(deadline, [this] {
    timer_.reset();
    if (loop_.now() < engine_.deadline()) return wait();
    engine_.on_deadline(loop_.now());
    pump();
  });
}

void Service::tell(const Event& event) {
  if (const auto* bootstrapped = std::get_if<Bootstrapped>(&event)) {
    log_.info("bootstrap successful", {{"contacts", bootstrapped->contacts}});
  } else if (const auto* reached = std::get_if<Reached>(&event)) {
    for (const auto& endpoint : reached->endpoints) {
      log_.info("others reach this node", {{"at", endpoint.text()}});
    }
    if (reached->endpoints.empty()) log_.warn("nobody reaches this node any more");
    if (options_.on_reached) options_.on_reached(reached->endpoints);
  } else if (const auto* published = std::get_if<Published>(&event)) {
    log_.debug("published", {{"asked", published->asked}, {"kept", published->kept}});
    give(publishing_, published->key, *published);
  } else if (const auto* found = std::get_if<Found>(&event)) {
    log_.debug("looked", {{"asked", found->asked},
                          {"holders", found->holders.size()},
                          {"hops", found->hops},
                          {"depth", found->depth}});
    give(finding_, found->key, *found);
    if (found->width == Limits::shortlist_max) give(surveying_, found->key, *found);
  } else if (const auto* refused = std::get_if<Refused>(&event)) {
    // No louder: whoever wants to fill our log need only ask.
    log_.debug("a request was refused", {{"from", refused->from.text()},
                                         {"method", refused->method},
                                         {"why", refused->why.message}});
  }
}

Task<void> Service::serve(std::shared_ptr<transport::Session> session,
                          std::unique_ptr<transport::Stream> stream,
                          transport::ReceivedRequest request) {
  const auto deadline = loop_.now() + 2 * options_.engine.request_timeout;
  if (!co_await is_all(*stream, request.request.id, deadline)) co_return;
  Answer answer(loop_);
  const auto number = ++last_stream_;
  answers_->emplace(number, &answer);
  // Also when the session ends, and this with it; or the service does, and this a little later.
  struct Leave {
    std::shared_ptr<Answers> from;
    std::uint64_t number;
    ~Leave() { from->erase(number); }
  } const leave{answers_, number};
  engine_.on_message(
      loop_.now(), {key_of_peer(session->peer()), session->remote(), session->is_dialled(), number},
      request.envelope);
  pump_soon();
  const auto frame = co_await answer.wait(deadline);
  if (!frame) {
    stream->reset(wire::ErrorCode::overloaded);
    co_return;
  }
  (void)co_await stream->write(*frame, deadline);
  stream->finish();
}

Task<void> Service::ask(Outgoing request) {
  const auto id = request.id;
  const auto asked = co_await exchange(std::move(request));
  if (!asked) {
    log_.debug("no answer", {{"request", id.value}, {"why", asked.error().message}});
    engine_.on_failure(loop_.now(), id);
  }
  pump_soon();
}

Task<Result<void>> Service::exchange(Outgoing request) {
  const auto deadline = loop_.now() + options_.engine.request_timeout;
  std::unique_ptr<transport::Transport> fresh;
  auto* through = &transport_;
  if (request.needs_new_connection) {
    fresh = CO_TRY(make_transport_());
    through = fresh.get();
  }
  std::shared_ptr<transport::Session> session;
  if (request.to) {
    session = CO_TRY(co_await through->open(
        {transport::PeerId{request.to->bytes}, request.endpoints}, deadline));
  } else {
    session = CO_TRY(co_await through->meet(request.endpoints, deadline));
  }
  const auto stream = CO_TRY(co_await session->open_stream(deadline));
  CO_TRY(co_await stream->write(request.frame, deadline));
  stream->finish();
  log_.trace("asked", {{"request", request.id.value}, {"at", session->remote().text()}});
  const auto envelope = co_await transport::read_envelope(*stream, deadline);
  if (!envelope) {
    if (envelope.error().code != Code::timeout)
      stream->reset(wire::error_code(envelope.error().code));
    co_return fail(envelope.error());
  }
  log_.trace("answered", {{"request", request.id.value}});
  if (!*envelope) co_return fail(Code::corrupt, "the peer ended the stream without an answer");
  if (const auto ended = co_await transport::expect_end(*stream, deadline); !ended) {
    if (ended.error().code == Code::corrupt) stream->reset(wire::ErrorCode::invalid);
    co_return fail(ended.error());
  }
  engine_.on_message(loop_.now(),
                     {key_of_peer(session->peer()), session->remote(), session->is_dialled(), {}},
                     **envelope);
  co_return Result<void>();
}

template <class T>
void Service::give(Waiting<T>& waiting, const Key& key, const T& value) {
  const auto [from, to] = waiting.equal_range(key);
  for (auto at = from; at != to; ++at) {
    if (const auto waiter = at->second.lock()) waiter->set(value);
  }
  waiting.erase(from, to);
}

template <class T>
Task<Result<T>> Service::wait(Waiting<T>& waiting, Key key, Instant deadline) {
  const auto waiter = std::make_shared<runtime::Waiter<T>>(loop_);
  waiting.emplace(key, waiter);
  pump_soon();
  co_return co_await waiter->wait(deadline);
}

void Service::add_bootstrap(std::span<const Endpoint> endpoints, HintOrigin origin) {
  engine_.add_bootstrap(loop_.now(), endpoints, origin);
  pump_soon();
}

Task<Result<Published>> Service::publish(Key key, std::optional<PlanShare> share,
                                         Instant deadline) {
  engine_.publish(loop_.now(), key, share);
  co_return co_await wait(publishing_, key, deadline);
}

Task<Result<Found>> Service::find(Key key, Instant deadline) {
  engine_.find(loop_.now(), key);
  co_return co_await wait(finding_, key, deadline);
}

Task<Result<Found>> Service::survey(Key key, Instant deadline) {
  engine_.find(loop_.now(), key, Limits::shortlist_max);
  co_return co_await wait(surveying_, key, deadline);
}

Result<void> Service::save() {
  TRY(store_->sync());
  return save_contacts();
}

Result<void> Service::save_contacts() {
  const auto changes = engine_.table().changes();
  TRY(runtime::replace_whole(disk_, folder_ / contacts_name, file_permissions,
                             encode_snapshot(engine_.table().contacts())));
  saved_changes_ = changes;
  return {};
}

Task<void> Service::keep_saving() {
  auto next_whole = loop_.now() + options_.save_every;
  for (;;) {
    co_await runtime::sleep_until(loop_,
                                  std::min(next_whole, loop_.now() + options_.save_contacts_every));
    Result<void> saved;
    if (loop_.now() >= next_whole) {
      next_whole = loop_.now() + options_.save_every;
      saved = save();
    } else if (loop_.now() - started_at_ < options_.save_every &&
               saved_changes_ != engine_.table().changes()) {
      saved = save_contacts();
    }
    if (!saved) {
      log_.warn("contacts and pointers could not be written", {{"why", saved.error().message}});
    }
  }
}

}  // namespace tesseras::dht

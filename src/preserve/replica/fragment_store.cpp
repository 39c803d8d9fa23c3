#include "preserve/replica/fragment_store.hpp"

#include <algorithm>
#include <mutex>
#include <set>
#include <utility>

#include "foundation/base/assert.hpp"
#include "foundation/runtime/whole_file.hpp"
#include "preserve/replica/fragment_index.hpp"
#include "preserve/replica/holding_layout.hpp"
#include "preserve/replica/holding_recovery.hpp"
#include "preserve/replica/incoming_fragment.hpp"
#include "preserve/replica/leftovers.hpp"
#include "preserve/replica/reference_log.hpp"

namespace tesseras::replica {

using base::Bytes;
using base::ByteSpan;
using base::Code;
using base::fail;
using base::PlanId;
using crypto::Blake3Hash;
using runtime::path;

namespace {

constexpr std::uint32_t folder_permissions = 0700;
constexpr std::uint32_t file_permissions = 0600;

}  // namespace

// An object that is kept, and which file of it.
struct KeptObject {
  ObjectId id;
  std::uint64_t generation = 0;
};

struct FragmentStore::State {
  State(runtime::Disk& disk_under, const path& folder)
      : disk(disk_under), layout(folder), objects(disk_under, layout) {}

  runtime::Disk& disk;
  const HoldingLayout layout;
  FragmentObjects objects;

  mutable std::mutex mutex;  // guards what follows, and what has no bytes of fragments on the disk
  FragmentIndex index;
  std::optional<ReferenceLog> log;   // always, once open
  std::set<FragmentName> receiving;  // those that have a writer
  std::set<path> durable_shards;     // folders of two digits whose names are surely on the medium

  struct Put {
    bool has_object = false;
    bool has_plan = false;
  };

  // The caller holds the mutex for these.
  Result<void> open_log();
  Result<void> rewrite_log();
  Result<void> be_ready_to_note();
  Result<void> note(const ReferenceEvent& event);
  Result<void> make_shard(const path& file, std::set<path>& to_sync);
  Result<void> check_size(const Plan& plan, unsigned fragment) const;
  bool is_sound(const SignedPlan& plan);
  Result<bool> put_plan(const SignedPlan& plan, std::set<path>& to_sync);
  Result<Put> put_files(FragmentWriter::State& writer);
  void take_back(FragmentWriter::State& writer, Put put);

  Result<Leftovers> leftovers() { return Leftovers::find(disk, layout.incoming(), receiving); }

  // These take it.
  Result<KeptObject> find(const FragmentName& name) const;
  bool quarantine(const KeptObject& object);
};

// The name is taken for as long as this lives.
struct FragmentWriter::State {
  State(FragmentStore::State& into, SignedPlan of, FragmentName its_name)
      : store(into),
        plan(std::move(of)),
        name(its_name),
        object{plan.plan().hash_of(name.fragment), plan.plan().shape.fragment_bytes()} {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    incoming.reset();
    const std::lock_guard lock(store.mutex);
    store.receiving.erase(name);
  }

  FragmentStore::State& store;
  const SignedPlan plan;
  const FragmentName name;
  const ObjectId object;
  std::unique_ptr<IncomingFragment> incoming;  // null: it was there already, or is now
};

struct FragmentReader::State {
  FragmentStore::State& store;
  KeptObject object;
  std::unique_ptr<runtime::File> file;
  std::uint64_t offset = 0;
  bool has_hashed_before = false;  // what lies before where reading began
  bool is_damaged = false;
  crypto::Blake3 hasher;

  Result<std::size_t> read(base::MutableByteSpan into);
};

// The log.

Result<void> FragmentStore::State::open_log() {
  log = TRY(ReferenceLog::open(disk, layout.log(),
                               [&](const ReferenceEvent& event) { index.apply(event); }));
  TRY(complete(disk, layout, log->condition(), index));
  // Where it cannot be written now, all can be read, and whoever writes first tries again.
  if (log->must_be_rewritten()) (void)rewrite_log();
  clear_orphans(disk, layout, index);
  return {};
}

Result<void> FragmentStore::State::rewrite_log() {
  auto reference = index.references().begin();
  auto object = index.objects().begin();
  return log->rewrite([&]() -> std::optional<ReferenceEvent> {
    if (reference != index.references().end()) return (reference++)->second;
    while (object != index.objects().end() && !object->second.is_quarantined) ++object;
    if (object == index.objects().end()) return std::nullopt;
    return QuarantinedEvent{(object++)->first};
  });
}

Result<void> FragmentStore::State::be_ready_to_note() {
  if (!log->must_be_rewritten()) return {};
  return rewrite_log();
}

// Once this returns the event survives a power cut, and the index has it.
Result<void> FragmentStore::State::note(const ReferenceEvent& event) {
  TRY(log->append(event));
  index.apply(event);
  // A larger log does no harm; it is tried again later.
  if (log->is_mostly_void(index.event_count())) (void)rewrite_log();
  return {};
}

// Writing.

Result<void> FragmentStore::State::make_shard(const path& file, std::set<path>& to_sync) {
  const path shard = file.parent_path();
  TRY(disk.make_folders(shard, folder_permissions));
  to_sync.insert(shard);
  // Also one that is there: a call that failed may have made it, and not brought it to the medium.
  if (!durable_shards.contains(shard)) to_sync.insert(shard.parent_path());
  return {};
}

// That the plan is on the disk and can be read.
bool FragmentStore::State::is_sound(const SignedPlan& plan) {
  const auto there = runtime::read_whole(disk, layout.plan(plan.id()), signed_plan_bytes_max);
  if (!there) return false;
  if (*there == plan.encoded()) return true;
  // An author may have signed it twice, with other signatures.
  const auto other = SignedPlan::decode(*there);
  return other && other->id() == plan.id();
}

// Whether it was put.
Result<bool> FragmentStore::State::put_plan(const SignedPlan& plan, std::set<path>& to_sync) {
  // What is there of a plan without references was never acknowledged, and may not be durable.
  if (index.has_plan(plan.id()) && is_sound(plan)) return false;
  const path place = layout.plan(plan.id());
  TRY(make_shard(place, to_sync));
  const path fresh = TRY(runtime::write_new(disk, place, file_permissions, plan.encoded()));
  const auto renamed = disk.rename(fresh, place);
  if (renamed) return true;
  (void)disk.remove(fresh);
  return fail(renamed.error());
}

// Everything but the event in the log. Where it fails, nothing has changed.
Result<FragmentStore::State::Put> FragmentStore::State::put_files(FragmentWriter::State& writer) {
  const path place = layout.object(writer.object.hash);
  std::set<path> to_sync;
  Put put;
  if (writer.incoming) {
    TRY(make_shard(place, to_sync));
    to_sync.insert(layout.incoming());
    TRY(writer.incoming->move_to(place));
    put.has_object = true;
  }
  const auto has_plan = put_plan(writer.plan, to_sync);
  put.has_plan = has_plan.value_or(false);
  auto done = has_plan ? Result<void>() : Result<void>(fail(has_plan.error()));
  const std::vector<path> folders(to_sync.begin(), to_sync.end());
  if (done && !folders.empty()) done = disk.sync(folders);
  if (!done) {
    take_back(writer, put);
    return fail(std::move(done).error());
  }
  durable_shards.insert(folders.begin(), folders.end());
  return put;
}

void FragmentStore::State::take_back(FragmentWriter::State& writer, Put put) {
  if (put.has_object) writer.incoming->move_back(layout.object(writer.object.hash));
  if (put.has_plan && !index.has_plan(writer.name.plan))
    (void)disk.remove(layout.plan(writer.name.plan));
}

// A plan can say what it likes of a hash. With another size than its bytes have, a reference to an
// object that is kept would make it look damaged.
Result<void> FragmentStore::State::check_size(const Plan& plan, unsigned fragment) const {
  const auto* object = index.find(plan.hash_of(fragment));
  if (!object || object->size_bytes == plan.shape.fragment_bytes()) return {};
  return fail(Code::corrupt, "the plan says that fragment {} has {} bytes, and it has {}", fragment,
              plan.shape.fragment_bytes(), object->size_bytes);
}

Result<FragmentWriter> FragmentStore::receive(const SignedPlan& plan, unsigned fragment) {
  if (fragment >= plan.plan().shape.fragments())
    return fail(Code::invalid, "the plan has no fragment {}", fragment);
  const FragmentName name{plan.id(), fragment};
  bool is_kept = false;
  {
    const std::lock_guard lock(state_->mutex);
    TRY(state_->check_size(plan.plan(), fragment));
    if (!state_->receiving.insert(name).second)
      return fail(Code::conflict, "fragment {} of plan {} is being received already", fragment,
                  plan.id().hex());
    is_kept = state_->index.is_kept(plan.plan().hash_of(fragment));
  }
  FragmentWriter writer(std::make_unique<FragmentWriter::State>(*state_, plan, name));
  const ObjectId& object = writer.state_->object;
  {
    const std::lock_guard lock(state_->mutex);
    const auto left = TRY(state_->leftovers());
    TRY(left.make_place());
  }
  if (!is_kept)
    writer.state_->incoming = TRY(IncomingFragment::open(
        state_->disk, state_->layout.incoming(name), object.hash, object.size_bytes));
  return writer;
}

Result<bool> FragmentStore::keep(FragmentWriter& received, const Charge& charge) {
  FragmentWriter::State& writer = *received.state_;
  ASSERT(&writer.store == state_.get());
  if (writer.incoming) TRY(writer.incoming->finish());
  const std::lock_guard lock(state_->mutex);
  TRY(state_->check_size(writer.plan.plan(), writer.name.fragment));
  const bool is_whole = state_->index.is_kept(writer.object.hash);
  if (!is_whole && !writer.incoming)
    return fail(Code::unavailable, "the fragment was here and went meanwhile; receive it again");
  // Another plan's bytes, or those that came before, are these.
  if (is_whole && writer.incoming) {
    writer.incoming->discard();
    writer.incoming.reset();
  }
  const KeptEvent* before = state_->index.find(writer.name);
  const bool is_new = before == nullptr;
  if (before && is_whole && state_->is_sound(writer.plan)) return is_new;
  TRY(state_->be_ready_to_note());
  const auto put = TRY(state_->put_files(writer));
  const auto noted =
      state_->note(KeptEvent{writer.name, writer.plan.plan().content_hash, writer.object.hash,
                             writer.object.size_bytes, before ? before->charge : charge});
  if (noted) {
    // Had it been in quarantine.
    if (put.has_object) (void)state_->disk.remove(state_->layout.quarantined(writer.object.hash));
    writer.incoming.reset();
  } else if (!state_->log->must_be_rewritten()) {
    state_->take_back(writer, put);
  } else if (writer.incoming) {
    // A power cut may leave the event, so what it leads to stays. Else the next start removes it.
    writer.incoming->give_up();
  }
  if (!noted) return fail(noted.error());
  return is_new;
}

Result<void> FragmentStore::drop(const FragmentName& name) {
  const std::lock_guard lock(state_->mutex);
  const KeptEvent* reference = state_->index.find(name);
  if (!reference)
    return fail(Code::not_found, "fragment {} of plan {} is not kept here", name.fragment,
                name.plan.hex());
  const Blake3Hash object = reference->object;
  TRY(state_->be_ready_to_note());
  TRY(state_->note(DroppedEvent{name}));
  if (!state_->index.find(object)) state_->objects.remove(object);
  // What cannot be removed now goes at the next start.
  if (!state_->index.has_plan(name.plan)) (void)state_->disk.remove(state_->layout.plan(name.plan));
  return {};
}

// Looking.

Result<SignedPlan> FragmentStore::plan(const PlanId& id) {
  const std::lock_guard lock(state_->mutex);
  if (!state_->index.has_plan(id)) return fail(Code::not_found, "no plan {} is here", id.hex());
  const auto bytes =
      runtime::read_whole(state_->disk, state_->layout.plan(id), signed_plan_bytes_max);
  if (!bytes && bytes.error().code == Code::not_found)
    return fail(Code::corrupt, "the plan {} is gone from the disk", id.hex());
  if (!bytes) return fail(bytes.error());
  auto plan = SignedPlan::decode(*bytes);
  if (plan && plan->id() != id)
    return fail(Code::corrupt, "another plan is where {} should be", id.hex());
  return plan;
}

std::vector<PlanId> FragmentStore::plans_of(const base::ContentHash& content_hash) const {
  const std::lock_guard lock(state_->mutex);
  return state_->index.plans_of(content_hash);
}

Fragments FragmentStore::kept(const PlanId& id) const {
  const std::lock_guard lock(state_->mutex);
  Fragments fragments = state_->index.fragments_of(id);
  for (unsigned i = 0; i < fragments.size(); ++i)
    if (fragments.test(i) &&
        !state_->index.is_kept(state_->index.find(FragmentName{id, i})->object))
      fragments.reset(i);
  return fragments;
}

std::vector<Reference> FragmentStore::references() const {
  const std::lock_guard lock(state_->mutex);
  std::vector<Reference> all;
  all.reserve(state_->index.references().size());
  for (const auto& [name, kept] : state_->index.references())
    all.push_back({name, kept.size_bytes, kept.charge, !state_->index.is_kept(kept.object)});
  return all;
}

// Reading.

Result<KeptObject> FragmentStore::State::find(const FragmentName& name) const {
  const std::lock_guard lock(mutex);
  const KeptEvent* reference = index.find(name);
  if (!reference || !index.is_kept(reference->object))
    return fail(Code::not_found, "fragment {} of plan {} is not kept here", name.fragment,
                name.plan.hex());
  return KeptObject{{reference->object, reference->size_bytes},
                    index.find(reference->object)->generation};
}

// False: it went meanwhile, or is another file now, and whoever found the damage may ask again.
bool FragmentStore::State::quarantine(const KeptObject& object) {
  const std::lock_guard lock(mutex);
  const auto* known = index.find(object.id.hash);
  if (!known || known->is_quarantined || known->generation != object.generation) return false;
  // Where this cannot be written down, it is not given either for as long as the store is open.
  const auto ready = be_ready_to_note();
  if (!ready || !note(QuarantinedEvent{object.id.hash})) index.quarantine(object.id.hash);
  objects.set_aside(object.id.hash);
  return true;
}

Result<FragmentReader> FragmentStore::read(const FragmentName& name, std::uint64_t offset) {
  const KeptObject object = TRY(state_->find(name));
  if (offset >= object.id.size_bytes)
    return fail(Code::invalid, "fragment {} of plan {} has {} bytes", name.fragment,
                name.plan.hex(), object.id.size_bytes);
  auto file = state_->objects.open(object.id);
  if (!file && file.error().code == Code::corrupt && !state_->quarantine(object))
    return read(name, offset);
  if (!file) return fail(std::move(file).error());
  auto reader = std::make_unique<FragmentReader::State>(*state_, object, *std::move(file), offset);
  return FragmentReader(std::move(reader));
}

Result<ChunkProof> FragmentStore::prove(const FragmentName& name, std::uint64_t chunk_index) {
  const KeptObject object = TRY(state_->find(name));
  if (chunk_index >= crypto::blake3_chunk_count(object.id.size_bytes))
    return fail(Code::invalid, "fragment {} of plan {} has no chunk {}", name.fragment,
                name.plan.hex(), chunk_index);
  auto proof = state_->objects.prove(object.id, chunk_index);
  if (!proof && proof.error().code == Code::corrupt && !state_->quarantine(object))
    return prove(name, chunk_index);
  return proof;
}

Result<void> FragmentStore::check(const FragmentName& name) {
  const KeptObject object = TRY(state_->find(name));
  auto checked = state_->objects.check(object.id);
  if (!checked && checked.error().code == Code::corrupt && !state_->quarantine(object))
    return check(name);
  return checked;
}

// The rest.

Result<std::uint64_t> FragmentStore::clear_incoming(base::WallTime before) {
  const std::lock_guard lock(state_->mutex);
  const auto left = TRY(state_->leftovers());
  return left.clear(before);
}

Result<std::uint64_t> FragmentStore::leftover_bytes() {
  const std::lock_guard lock(state_->mutex);
  const auto left = TRY(state_->leftovers());
  return left.size_bytes();
}

std::uint64_t FragmentStore::size_bytes() const {
  const std::lock_guard lock(state_->mutex);
  return state_->index.size_bytes();
}

Result<std::uint64_t> FragmentStore::free_bytes() {
  return state_->disk.free_bytes(state_->layout.folder());
}

Result<std::unique_ptr<FragmentStore>> FragmentStore::open(runtime::Disk& disk,
                                                           const path& folder) {
  auto state = std::make_unique<State>(disk, folder);
  TRY(prepare_folders(disk, state->layout));
  {
    const std::lock_guard lock(state->mutex);
    TRY(state->open_log());
  }
  return std::unique_ptr<FragmentStore>(new FragmentStore(std::move(state)));
}

FragmentStore::FragmentStore(std::unique_ptr<State> state) : state_(std::move(state)) {}
FragmentStore::~FragmentStore() = default;

FragmentWriter::FragmentWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
FragmentWriter::FragmentWriter(FragmentWriter&&) noexcept = default;
FragmentWriter& FragmentWriter::operator=(FragmentWriter&&) noexcept = default;
FragmentWriter::~FragmentWriter() = default;

const FragmentName& FragmentWriter::name() const { return state_->name; }
std::uint64_t FragmentWriter::size_bytes() const { return state_->object.size_bytes; }
std::uint64_t FragmentWriter::offset() const {
  return state_->incoming ? state_->incoming->offset() : size_bytes();
}

Result<void> FragmentWriter::append(ByteSpan bytes) {
  if (state_->incoming) return state_->incoming->append(bytes);
  if (bytes.empty()) return {};
  return fail(Code::exhausted, "all {} bytes of the fragment are there", size_bytes());
}

FragmentReader::FragmentReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
FragmentReader::FragmentReader(FragmentReader&&) noexcept = default;
FragmentReader& FragmentReader::operator=(FragmentReader&&) noexcept = default;
FragmentReader::~FragmentReader() = default;

std::uint64_t FragmentReader::size_bytes() const { return state_->object.id.size_bytes; }

Result<std::size_t> FragmentReader::read(base::MutableByteSpan into) {
  auto size = state_->read(into);
  if (size || size.error().code != Code::corrupt) return size;
  state_->is_damaged = true;
  std::ranges::fill(into, std::byte{0});
  (void)state_->store.quarantine(state_->object);
  return size;
}

Result<std::size_t> FragmentReader::State::read(base::MutableByteSpan into) {
  const auto& [hash, size_bytes] = object.id;
  if (is_damaged) return fail(Code::corrupt, "the object {} is damaged", hash.hex());
  if (!has_hashed_before) {
    crypto::Blake3 before;
    TRY(each_piece(*file, 0, offset, [&](ByteSpan piece) -> Result<void> {
      before.update(piece);
      return {};
    }));
    hasher = before;
    has_hashed_before = true;
  }
  const auto wanted =
      static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), size_bytes - offset));
  if (wanted == 0) return 0;
  const auto bytes = into.first(wanted);
  if (TRY(file->read_at(offset, bytes)) < wanted)
    return fail(Code::corrupt, "the object {} became shorter", hash.hex());
  hasher.update(bytes);
  offset += wanted;
  if (offset == size_bytes && hasher.finish() != hash)
    return fail(Code::corrupt, "the object {} no longer has its hash", hash.hex());
  return wanted;
}

}  // namespace tesseras::replica

#include "preserve/replica/fragment_store.hpp"

#include <algorithm>
#include <utility>

#include "foundation/base/assert.hpp"
#include "foundation/runtime/whole_file.hpp"
#include "preserve/replica/fragment_store_state.hpp"
#include "preserve/replica/holding_recovery.hpp"
#include "preserve/replica/limits.hpp"

namespace tesseras::replica {

using base::ByteSpan;
using base::Code;
using base::fail;
using base::PlanId;
using crypto::Blake3Hash;
using runtime::path;

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

std::set<base::ContentHash> FragmentStore::tesserae() const {
  const std::lock_guard lock(state_->mutex);
  return state_->index.tesserae();
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

std::optional<Reference> FragmentStore::State::reference(const FragmentName& name) const {
  const std::lock_guard lock(mutex);
  const KeptEvent* kept = index.find(name);
  if (!kept) return std::nullopt;
  return Reference{name, kept->size_bytes, kept->charge, !index.is_kept(kept->object)};
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

bool FragmentStore::State::refuse(const KeptObject& object) {
  const std::lock_guard lock(mutex);
  const auto* known = index.find(object.id.hash);
  if (!known || known->is_quarantined || known->generation != object.generation) return false;
  if (++refused_checks[object] < Limits::refused_checks_max) return false;
  // A disk on which nothing can be noted either says nothing of this object.
  if (!be_ready_to_note() || !note(QuarantinedEvent{object.id.hash})) return false;
  refused_checks.erase(object);
  objects.set_aside(object.id.hash);
  return true;
}

void FragmentStore::State::accept(const KeptObject& object) {
  const std::lock_guard lock(mutex);
  refused_checks.erase(object);
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
  if (!checked && checked.error().code == Code::io)
    return state_->refuse(object)
               ? fail(Code::corrupt, "the disk gives {} no longer", object.id.hash.hex())
               : checked;
  state_->accept(object);
  if (!checked && checked.error().code == Code::corrupt && !state_->quarantine(object))
    return check(name);
  return checked;
}

// The rest.

Result<std::uint64_t> FragmentStore::clear_incoming(base::WallTime before) {
  return state_->arrivals.clear(before);
}

std::uint64_t FragmentStore::leftover_bytes() const { return state_->arrivals.left_bytes(); }

std::uint64_t FragmentStore::size_bytes() const {
  const std::lock_guard lock(state_->mutex);
  return state_->index.size_bytes();
}

Tally FragmentStore::charged() const {
  const std::lock_guard lock(state_->mutex);
  return {state_->index.charged_bytes(), state_->index.references().size()};
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
  state->arrivals.load();
  return std::unique_ptr<FragmentStore>(new FragmentStore(std::move(state)));
}

FragmentStore::FragmentStore(std::unique_ptr<State> state) : state_(std::move(state)) {}
FragmentStore::~FragmentStore() = default;

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

std::optional<base::PlanId> most_kept(const FragmentStore& store,
                                      const base::ContentHash& content_hash) {
  std::optional<base::PlanId> best;
  std::size_t most = 0;
  for (const auto& plan : store.plans_of(content_hash)) {
    const auto count = store.kept(plan).count();
    if (count <= most) continue;
    best = plan;
    most = count;
  }
  return best;
}

}  // namespace tesseras::replica

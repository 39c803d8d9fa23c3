// How a FragmentStore takes fragments, keeps them and lets go of them (spec/holding.md, section 5).
#include <utility>
#include <vector>

#include "foundation/base/assert.hpp"
#include "foundation/runtime/whole_file.hpp"
#include "preserve/replica/fragment_store.hpp"
#include "preserve/replica/fragment_store_state.hpp"

namespace tesseras::replica {

using base::ByteSpan;
using base::Code;
using base::fail;
using crypto::Blake3Hash;
using runtime::path;

namespace {

constexpr std::uint32_t folder_permissions = 0700;
constexpr std::uint32_t file_permissions = 0600;

}  // namespace

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

Result<FragmentStore::Prospect> FragmentStore::prospect(const SignedPlan& plan, unsigned fragment,
                                                        const dht::NodePublicKey& sender) const {
  if (fragment >= plan.plan().shape.fragments())
    return fail(Code::invalid, "the plan has no fragment {}", fragment);
  const FragmentName name{plan.id(), fragment};
  Prospect prospect;
  prospect.left_bytes = state_->arrivals.left_bytes({name, mark_of(sender)});
  const std::lock_guard lock(state_->mutex);
  TRY(state_->check_size(plan.plan(), fragment));
  prospect.is_here = state_->index.is_kept(plan.plan().hash_of(fragment));
  prospect.is_kept = prospect.is_here && state_->index.find(name) != nullptr;
  return prospect;
}

Result<FragmentWriter> FragmentStore::receive(const SignedPlan& plan, unsigned fragment,
                                              const dht::NodePublicKey& sender) {
  const auto prospect = TRY(this->prospect(plan, fragment, sender));
  const IncomingName file{{plan.id(), fragment}, mark_of(sender)};
  TRY(state_->arrivals.begin(file));
  FragmentWriter writer(
      std::make_unique<FragmentWriter::State>(*state_, plan, file, prospect.left_bytes));
  FragmentWriter::State& state = *writer.state_;
  TRY(state_->arrivals.make_place());
  if (!prospect.is_here) {
    state.incoming = TRY(IncomingFragment::open(state_->disk, state_->layout.incoming(file),
                                                state.object.hash, state.object.size_bytes));
  } else if (state.unread_bytes > 0) {
    discard_incoming(state_->disk, state_->layout.incoming(file));
  }
  state.unread_bytes = 0;
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
    state_->arrivals.remove(writer.name);
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
  const auto note = [&]() -> Result<void> {
    TRY(state_->be_ready_to_note());
    return state_->note(DroppedEvent{name});
  };
  auto noted = note();
  if (!noted && noted.error().code == Code::exhausted &&
      state_->index.find(object)->references == 1) {
    // Else a full disk could not be made any emptier: what is to go makes room for the note of it.
    state_->objects.remove(object);
    noted = note();
    if (!noted) state_->index.quarantine(object);
  }
  TRY(noted);
  if (!state_->index.find(object)) state_->objects.remove(object);
  // What cannot be removed now goes at the next start.
  if (!state_->index.has_plan(name.plan)) (void)state_->disk.remove(state_->layout.plan(name.plan));
  return {};
}

Result<void> FragmentStore::drop_all(const base::ContentHash& content_hash,
                                     std::vector<Reference>& dropped) {
  for (const auto& plan : plans_of(content_hash)) {
    for (unsigned i = 0; i <= fragment_max; ++i) {
      const FragmentName name{plan, i};
      if (const auto reference = state_->reference(name)) {
        const auto done = drop(name);
        if (!done && done.error().code != Code::not_found) return done;
        if (done) dropped.push_back(*reference);
      }
      state_->arrivals.remove(name);
    }
  }
  return {};
}

FragmentWriter::FragmentWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
FragmentWriter::FragmentWriter(FragmentWriter&&) noexcept = default;
FragmentWriter& FragmentWriter::operator=(FragmentWriter&&) noexcept = default;
FragmentWriter::~FragmentWriter() = default;

const FragmentName& FragmentWriter::name() const { return state_->name; }
std::uint64_t FragmentWriter::size_bytes() const { return state_->object.size_bytes; }
std::uint64_t FragmentWriter::offset() const {
  return state_->incoming ? state_->incoming->offset() : size_bytes();
}

void FragmentWriter::discard() {
  if (state_->incoming) state_->incoming->discard();
}

Result<void> FragmentWriter::append(ByteSpan bytes) {
  if (state_->incoming) return state_->incoming->append(bytes);
  if (bytes.empty()) return {};
  return fail(Code::exhausted, "all {} bytes of the fragment are there", size_bytes());
}

}  // namespace tesseras::replica

// What a FragmentStore, its writers and its readers are made of. Private to this library: the store
// is written in fragment_store.cpp, and what writes in fragment_keeping.cpp.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <utility>

#include "preserve/replica/arrivals.hpp"
#include "preserve/replica/fragment_index.hpp"
#include "preserve/replica/fragment_objects.hpp"
#include "preserve/replica/fragment_store.hpp"
#include "preserve/replica/holding_layout.hpp"
#include "preserve/replica/incoming_fragment.hpp"
#include "preserve/replica/reference_log.hpp"

namespace tesseras::replica {

// An object that is kept, and which file of it.
struct KeptObject {
  ObjectId id;
  std::uint64_t generation = 0;

  auto operator<=>(const KeptObject&) const = default;
};

struct FragmentStore::State {
  State(runtime::Disk& disk_under, const runtime::path& folder)
      : disk(disk_under),
        layout(folder),
        objects(disk_under, layout),
        arrivals(disk_under, layout) {}

  runtime::Disk& disk;
  const HoldingLayout layout;
  FragmentObjects objects;
  Arrivals arrivals;

  mutable std::mutex mutex;  // guards what follows, and what has no bytes of fragments on the disk
  FragmentIndex index;
  // Checks, one after another, that the disk has refused.
  std::map<KeptObject, unsigned> refused_checks;
  std::optional<ReferenceLog> log;  // always, once open
  std::set<runtime::path>
      durable_shards;  // folders of two digits, their names surely on the medium

  struct Put {
    bool has_object = false;
    bool has_plan = false;
  };

  // The caller holds the mutex for these.
  Result<void> open_log();
  Result<void> rewrite_log();
  Result<void> be_ready_to_note();
  Result<void> note(const ReferenceEvent& event);
  Result<void> make_shard(const runtime::path& file, std::set<runtime::path>& to_sync);
  Result<void> check_size(const Plan& plan, unsigned fragment) const;
  bool is_sound(const SignedPlan& plan);
  Result<bool> put_plan(const SignedPlan& plan, std::set<runtime::path>& to_sync);
  Result<Put> put_files(FragmentWriter::State& writer);
  void take_back(FragmentWriter::State& writer, Put put);

  // These take it.
  Result<KeptObject> find(const FragmentName& name) const;
  std::optional<Reference> reference(const FragmentName& name) const;
  bool quarantine(const KeptObject& object);
  // The disk does not give it now. Whether it is in quarantine for that.
  bool refuse(const KeptObject& object);
  void accept(const KeptObject& object);
};

// The name is taken for as long as this lives, and was before.
struct FragmentWriter::State {
  State(FragmentStore::State& into, SignedPlan of, const IncomingName& its_file,
        std::uint64_t there_bytes)
      : store(into),
        plan(std::move(of)),
        file(its_file),
        name(its_file.fragment),
        object{plan.plan().hash_of(name.fragment), plan.plan().shape.fragment_bytes()},
        unread_bytes(there_bytes) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    const std::uint64_t left_bytes = incoming != nullptr ? incoming->left_bytes() : unread_bytes;
    incoming.reset();
    // Not the store's mutex, which others hold while a disk works: who drops a writer may be the
    // thread that serves all peers.
    store.arrivals.end(file, left_bytes);
  }

  FragmentStore::State& store;
  const SignedPlan plan;
  const IncomingName file;
  const FragmentName name;
  const ObjectId object;
  std::uint64_t unread_bytes;  // of an earlier writer, before there is an `incoming`
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

}  // namespace tesseras::replica
